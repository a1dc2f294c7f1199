"""Whatever the spelling, every value is found with its pointer, and what is called exact is the source's own bytes (read() checks that)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from manifests import read

from secretscan._core import Map, Scalar, Seq
from secretscan.readers.kubernetes.documents import Document, documents
from secretscan.readers.kubernetes.nodes import Node
from secretscan.readers.kubernetes.text import Run, Text

# Keys and values that mean nothing special: that special ones are handled is other tests' business.
_KEYS = st.text("xyz.-_/ äß'\"\\", min_size=1, max_size=8).map(lambda key: f"q{key}q")
_VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n \"'\\:#-äß😀"), min_size=1, max_size=40).map(
    lambda text: f"w{text}w"
)
_TREES = st.recursive(
    _VALUES,
    lambda children: st.dictionaries(_KEYS, children, min_size=1, max_size=4) | st.lists(children, min_size=1, max_size=4),
    max_leaves=12,
)
_OBJECTS = st.dictionaries(_KEYS, _TREES, min_size=1, max_size=4)


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, child in value.items():
            plain = key.replace("-", "").replace("_", "").isascii() and key.replace("-", "").replace("_", "").isalnum()
            quoted = key.replace("\\", "\\\\").replace("'", "\\'")
            yield from _leaves(child, (f"{path}.{key}" if path else key) if plain else f"{path}['{quoted}']")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _leaves(child, f"{path}[{index}]")
    else:
        yield path, str(value)


def _check(text: str, tree: dict[str, object]) -> None:
    found = read(text.encode())
    assert not found.notes
    joined: dict[str, str] = {}
    for shown in found.shown:
        joined[shown.pointer] = joined.get(shown.pointer, "") + shown.text
    for pointer, value in _leaves(tree):
        if len(value) >= 4:
            # Between the exact runs of a value lie only what its spelling added or took: escapes and line ends.
            shown_text = "".join(joined[pointer].split())
            wanted = "".join(value.split()).replace("apiVersion", "apiversion")  # a view must not look like a manifest
            at = 0
            for character in shown_text:
                at = wanted.index(character, at) + 1
            assert wanted in "".join("".join(view.split()) for view in found.views)


@given(_OBJECTS)
@settings(max_examples=60, deadline=None)
def test_json_values_are_found_where_they_stand(tree: dict[str, object]) -> None:
    whole = {"apiVersion": "v1", "kind": "Example", **tree}
    _check(json.dumps(whole, indent=1), tree)
    _check(json.dumps(whole, ensure_ascii=False), tree)


@given(_OBJECTS, st.sampled_from([None, "'", '"', "|", ">"]), st.booleans(), st.sampled_from([20, 80, 10_000]))
@settings(max_examples=100, deadline=None)
def test_yaml_values_are_found_where_they_stand(tree: dict[str, object], style: str | None, unicode: bool, width: int) -> None:
    whole = {"apiVersion": "v1", "kind": "Example", **tree}
    text = yaml.safe_dump(whole, default_style=style, allow_unicode=unicode, width=width, sort_keys=False)
    _check(text, tree)


def _plain(node: Node) -> object:
    if isinstance(node, Map):
        return {key: _plain(child) for key, child in node.entries}
    if isinstance(node, Seq):
        return [_plain(child) for child in node.items]
    return node.value if isinstance(node, Scalar) else None


@given(_OBJECTS)
@settings(max_examples=60, deadline=None)
def test_json_and_yaml_give_the_tree_that_the_standard_library_gives(tree: dict[str, object]) -> None:
    for text in (json.dumps(tree), json.dumps(tree, ensure_ascii=False), yaml.safe_dump(tree), yaml.safe_dump_all([tree, tree])):
        raw = text.encode()
        found = list(documents(Text(raw, [Run(0, 0, len(raw), True)])))
        assert found and all(isinstance(document, Document) for document in found)
        assert all(_plain(document.node) == tree for document in found if isinstance(document, Document))


@pytest.mark.parametrize(
    ("spelling", "column"),
    [
        ("some-value", 4),
        ("'some-value'", 5),
        ('"some-value"', 5),
        ("!!str some-value", 10),
        ("&anchor 'some-value'", 13),
        ("some-value # comment", 4),
        ('"some\\x2dvalue"', 5),
        ('"some-\\\n  value"', 4),
    ],
)
def test_a_value_is_found_behind_its_quotes_tags_and_anchors(spelling: str, column: int) -> None:
    shown = read(f"apiVersion: v1\nkind: X\nä: {spelling}\n".encode()).shown
    assert shown[0].line == 3
    assert shown[0].line_of_view == "ä=some-value"
    assert shown[0].column == column + 1  # ä is two bytes


def test_a_byte_order_mark_does_not_move_a_place() -> None:
    shown = read(b"\xef\xbb\xbfapiVersion: v1\nkind: X\na: some-value\n").at("a")
    assert (shown.line, shown.column, shown.exact) == (3, 4, True)


def test_places_in_later_documents_count_from_the_text() -> None:
    found = read("""
        # a comment first
        %YAML 1.1
        ---
        apiVersion: v1
        kind: A
        a: [
        ---
        apiVersion: v1
        kind: B
        b: second-value
        ...
        ---
        {"apiVersion": "v1", "kind": "C", "c": "third-value"}
        ---
        # nothing here
        ---
        apiVersion: v1
        kind: D
        d: fourth-value""")
    assert [(s.line_of_view, s.line) for s in found.shown] == [("b=second-value", 10), ("c=third-value", 13), ("d=fourth-value", 19)]
    assert [detail.split(":")[0] for _, detail in found.notes] == ["document 1"]


def test_json_texts_may_follow_each_other() -> None:
    found = read(b'{"apiVersion":"v1","kind":"A","a":"first-value"}\n{"apiVersion":"v1","kind":"B","a":"second-value"}')
    assert [facts["kind"] for facts in found.facts] == ["A", "B"]
