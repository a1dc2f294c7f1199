"""YAML and JSON read by the core: what it understands it reads as libyaml does, and as a plain reader of JSON does."""

from __future__ import annotations

import itertools
import json

import document_oracles
import pytest
import yaml
from document_oracles import Tree
from hypothesis import example, given, settings
from hypothesis import strategies as st

from secretscan._core import ItemsWalk, Map, Scalar, Seq, blank_actions, read_json, read_yaml
from secretscan.readers.kubernetes.nodes import Node, Unparsed
from secretscan.readers.kubernetes.yaml_document import parse_yaml

LIMITS = {"depth": 100, "events": 100_000}
UNDERSTOOD = """\
# What people write.
---
apiVersion: v1
kind:   "Exam\\u00e9ple\\n"
"quoted": 'it''s'
empty:
nothing: []
flow: {a: 1, "b":2, c: [x, "y", {}], d: [
    1, 2,   # a comment
  ]}
list:
- name: x
  value: |
    first
      second

    third
- - nested
  - deeper: >-
      folded
      lines

      and a paragraph
        indented
-
  below: yes
- plain over
  several

  lines
keep: |+
  text

indented:
    - |2
        two more
    - é: ü
last: "over
  several\\
  lines"
"""


def _tree(node: Node, offsets: list[int] | None = None) -> Tree:
    """A node as plain tuples, its marks as byte offsets."""

    def mark(at: int) -> int:
        return at if offsets is None else offsets[at]

    if isinstance(node, Scalar):
        return node.value, mark(node.start), mark(node.end), node.style
    if isinstance(node, Map):
        return mark(node.start), mark(node.end), [(key, _tree(child, offsets)) for key, child in node.entries]
    assert isinstance(node, Seq)
    return mark(node.start), mark(node.end), [_tree(child, offsets) for child in node.items]


def _by_libyaml(text: str) -> list[Tree]:
    offsets = [0, *itertools.accumulate(len(char.encode()) for char in text)]
    return [_tree(node, offsets) for node in parse_yaml(text.encode())]


def _check_as_libyaml(text: str) -> None:
    raw = text.encode()
    tree = read_yaml(raw, **LIMITS)
    if tree is None:
        return
    nodes = list(tree.nodes())
    assert [_tree(node) for node in nodes] == _by_libyaml(text)
    for scalar in _scalars(nodes):
        if scalar.at >= 0:
            assert raw[scalar.at : scalar.at + len(scalar.value.encode())] == scalar.value.encode()


def _scalars(nodes: list[Node]) -> list[Scalar]:
    found: list[Scalar] = []
    for node in nodes:
        if isinstance(node, Scalar):
            found.append(node)
        elif isinstance(node, Map):
            found += _scalars([child for _, child in node.entries])
        elif isinstance(node, Seq):
            found += _scalars(node.items)
    return found


def test_what_people_write_is_understood() -> None:
    assert read_yaml(UNDERSTOOD.encode(), **LIMITS) is not None
    _check_as_libyaml(UNDERSTOOD)


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x\n", "a: !tag b\n", "? a\n: b\n", "a:\tb\n", "a: b\r\nc: d\r\n", "%YAML 1.1\n---\na: b\n", "a: b: c\n",
        "a: b\n c: d\n",
        "a:\n  b: c\n d: e\n", "- a\nb: c\n", "a: 'b\n", "a: [b\n", "a: {b}\n", "[a]: b\n", "just text\n", "", "a: \x00\n",
        "a: \u2028b\n",
        'a: "\\ud83d"\n', 'a: "b" c\n', "a: b\n---\nc: d\n", "a: b\n...\n", "a: @b\n", "[a: b]\n", "a\n b: c\n",
    ],
)  # fmt: skip
def test_what_is_rare_or_wrong_is_left_to_libyaml(text: str) -> None:
    assert read_yaml(text.encode(), **LIMITS) is None


_PIECES = st.sampled_from(
    [
        "a", "b: c", "key:", "- ", "-", "- x", ": ", ":", "'", '"', "''", '"q"', "'s'", "|", "|-\n", "|+\n", ">\n", ">-\n",
        "|2\n", "#", " # c",
        "[", "]", "{", "}", ",", ", ", "[x, y]", "{a: b}", "\\", "\\n", "\\x41", "\\u00e9", "\\\n", "é", "日", "\t", " ", "  ",
        "    ", "\n", "\n",
        "\n  ", "\n    ", "\n- ", "\n  - ", "\na: ", "\n  b: ", "\n\n", "---\n", "...", "?", "&a", "*a", "!t", "@", "%", "`",
        "~", "1", "text here",
        "http://x/?y", "\r", "\u2028", "<<: ",
    ]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=24).map("".join))
@example("a: |\n    \n  x\n")
@example("- >\n\n  a\n\n\n   b\n  c\n")
@example('a: "x  \n \n  y \\\n  z"\n')
@settings(max_examples=1_200, deadline=None)
def test_what_is_understood_is_as_libyaml_reads_it(text: str) -> None:
    _check_as_libyaml(text)


@given(st.integers(0, len(UNDERSTOOD)), st.integers(0, 6), _PIECES)
@settings(max_examples=1_200, deadline=None)
def test_a_document_that_was_changed_anywhere_is_as_libyaml_reads_it(at: int, cut: int, piece: str) -> None:
    _check_as_libyaml(UNDERSTOOD[:at] + piece + UNDERSTOOD[at + cut :])


_VALUES = st.recursive(
    st.text(max_size=40) | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=12), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1), _VALUES, min_size=1), st.booleans())
@settings(max_examples=80, deadline=None)
def test_dumps_are_as_libyaml_reads_them(value: dict[str, object], flow: bool) -> None:
    _check_as_libyaml(yaml.safe_dump(value, allow_unicode=True, default_flow_style=flow or None, width=40))


def _check_as_plain_json(content: bytes) -> None:
    tree = read_json(content, **LIMITS)
    assert ([_tree(node) for node in tree.nodes()], not tree.problem) == document_oracles.read_json(content)


_TOKENS = st.sampled_from(
    [
        b"{", b"}", b"[", b"]", b'"a"', b'"k":', b'"k" : ', b'"\\n\\u00e9"', b'"\\ud83d\\ude00"', b'"\\ud83d"', b'"\\q"',
        b'"\xff"', b"1", b"-2.5e3",
        b"true", b"null", b"nul", b",", b":", b" ", b"\n", b'"', b"\\", b"x", b'"\t"', b"1a",
    ]
)  # fmt: skip


@given(st.lists(_TOKENS, max_size=30).map(b"".join))
@example(b'{"a":1}{"b":2} {"c"')
@example(b'"\\')
@example(b'"\\"\xff"')
@example(b'"\\ud83d\xff"')
@settings(max_examples=1_000, deadline=None)
def test_json_is_as_a_plain_reader_reads_it(content: bytes) -> None:
    _check_as_plain_json(content)


@given(_VALUES, st.booleans())
@settings(max_examples=200, deadline=None)
def test_json_that_was_written_is_read_whole(value: object, ascii_only: bool) -> None:
    content = json.dumps({"value": value, "more": [value]}, ensure_ascii=ascii_only).encode()
    assert not read_json(content, **LIMITS).problem
    _check_as_plain_json(content)


def test_objects_of_a_list_come_before_it_and_those_before_a_break_are_not_lost() -> None:
    item = '{"apiVersion":"v1","kind":"Secret"}'
    found = list(read_json(f'{{"items":[{item},1,{item}],"kind":"List"}}'.encode(), **LIMITS).nodes())
    assert [type(node) for node in found] == [Map, Map, Map]
    rest = found[2]
    assert isinstance(rest, Map) and rest.text("kind") == "List"
    items = rest.get("items")
    assert isinstance(items, Seq) and len(items.items) == 1
    broken = read_json(f'{{"items":[{item},{item},{{"apiVersion"'.encode(), **LIMITS)
    assert len(list(broken.nodes())) == 2
    assert broken.problem


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_depth_and_number_are_limited(opening: bytes) -> None:
    assert read_json(opening * 200_000, **LIMITS).problem == "nested more than 100 deep"
    assert read_json(b"[" + b"1 " * 200_000 + b"]", **LIMITS).problem == "more than 100000 values"
    assert read_yaml(b"a: " + opening * 200_000, **LIMITS) is None
    assert read_yaml(b"- " * 200 + b"x", **LIMITS) is None
    assert read_yaml(b"- x\n" * 200_000, **LIMITS) is None
    with pytest.raises(Unparsed):
        list(parse_yaml(b"a: " + b"[" * 200))


_ACTIONS = st.sampled_from(
    [
        b"{{", b"}}", b"{%", b"%}", b"{", b"}", b" ", b"\n", b"\t", b"\r\n", b":", b"-", b"a", b" toYaml ", b"indent",
        b"x_indent", b"{{ .V }}",
        b"{{- if }}", b"  ", b"key: ", b"| nindent 4 }}",
    ]
)  # fmt: skip


@given(st.lists(_ACTIONS, max_size=16).map(b"".join))
@settings(max_examples=1_000, deadline=None)
def test_actions_are_blanked_out_as_the_rules_say(content: bytes) -> None:
    assert blank_actions(content) == document_oracles.blank_actions(content)


@given(st.lists(_VALUES, max_size=5), st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 60))
@settings(max_examples=200, deadline=None)
def test_a_list_is_cut_at_the_same_places_however_it_comes(items: list[object], steps: list[int], enough: int) -> None:
    objects = [{"kind": "X", "value": item} for item in items]
    text = json.dumps({"a": {"items": [{}]}, "items": objects, "kind": 'Li"st'}, indent=1).encode()

    def events(steps: list[int]) -> list[tuple[str, int]]:
        walk, held, given_out, found, sizes = ItemsWalk(), bytearray(), 0, [], itertools.cycle(steps)
        rest = text
        while True:
            event = walk.next(held, enough)
            if event == "more":
                if not rest:
                    return found
                size = next(sizes)
                held += rest[:size]
                rest = rest[size:]
                continue
            size = walk.at if event != "cut" else walk.cut
            found.append((event, given_out + size))
            walk.drop(size)
            del held[:size]
            given_out += size
            if event == "end":
                return found

    whole = events([len(text)])
    assert events(steps) == whole
    assert [event for event, _ in whole if event != "cut"] == ["begin", "end"]
    cuts = [at for event, at in whole if event == "cut"]
    assert all(text[:at].endswith(b"}") and text[at:].lstrip(b" \n")[:1] in (b",", b"]") for at in cuts)
    assert enough or len(cuts) == len(objects)
