"""A text to its documents: YAML streams, JSON texts one after another, templates. What does not parse costs only itself."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import NamedTuple

from secretscan import lazy_re
from secretscan._core import blank_actions, read_yaml
from secretscan.readers.kubernetes.json_document import parse_json
from secretscan.readers.kubernetes.nodes import MAX_DEPTH, MAX_EVENTS, Node, Unparsed
from secretscan.readers.kubernetes.text import Text
from secretscan.readers.kubernetes.yaml_document import parse_yaml

MAX_BYTES = 8 << 20
"""A longer document is read as text only."""
MAX_DOCUMENTS = 10_000
_MAX_OBJECTS = 100_000  # items of one List, or JSON texts without a separator

_DEFINITION = lazy_re.compile(rb"kind:[ \t]*[\"']?CustomResourceDefinition[\"']?[ \t]*\r?$", re.MULTILINE)
_NEXT_KEY = lazy_re.compile(rb"\n(?=[A-Za-z\"'])")
_NO_CONTENT = lazy_re.compile(rb"(?:[ \t]*+(?:[#%][^\n]*+)?(?:\r?\n|\Z))*+\Z")
_NOT_ASCII = bytes(range(128)) + b"?" * 128


class Document(NamedTuple):
    """One document: its tree and the text that the tree's marks count in."""

    text: Text
    node: Node


class Schema(NamedTuple):
    """A stretch of the root text that describes values and holds none: a CustomResourceDefinition's spec."""

    start: int
    end: int


def documents(whole: Text) -> Iterator[Document | Schema | str]:
    """The documents of a text in order. A str says what of it was not parsed, and why."""
    content = whole.content
    number = 0
    for start, end in _stretches(content):
        number += 1
        if number > MAX_DOCUMENTS:
            yield f"more than {MAX_DOCUMENTS} documents"
            return
        if end - start > MAX_BYTES:
            yield f"document {number} is larger than {MAX_BYTES >> 20} MB"
            continue
        schema = _schema(content, start, end)
        if schema is not None:
            yield Schema(*whole.span(*schema))
            continue
        problem = yield from _parse(whole, start, end)
        if problem:
            yield f"document {number}: {problem}"


def _parse(whole: Text, start: int, end: int) -> Generator[Document, None, str]:
    """Give the documents of one stretch; return what is wrong with the rest of it, if anything."""
    raw = whole.content[start:end]
    if raw.lstrip(b" \t\r\n,")[:1] in (b"{", b"["):
        given, problem = yield from _all(parse_json(raw), whole.part(start, end))
        if given or not problem:
            return problem
    parsed = raw
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError:
            parsed = raw.translate(_NOT_ASCII)
    problem = ""
    blanked = blank_actions(parsed)
    for variant in (parsed,) if blanked is None else (blanked, parsed):
        stands_in = None if variant is raw else variant
        tree = read_yaml(variant, depth=MAX_DEPTH, events=MAX_EVENTS)
        if tree is not None:
            given, found = yield from _all(tree.nodes(), whole.part(start, end, stands_in))
        else:
            given, found = yield from _all(parse_yaml(variant), whole.part(start, end, stands_in, by_character=True))
        problem = problem or found
        if given or not found:
            return found
    return problem


def _all(nodes: Iterator[Node], text: Text) -> Generator[Document, None, tuple[int, str]]:
    """Give what parses; return how much that was, and what is wrong with the rest."""
    given = 0
    try:
        for node in nodes:
            yield Document(text, node)
            given += 1
            if given > _MAX_OBJECTS:
                return given, f"more than {_MAX_OBJECTS} objects"
    except Unparsed as error:
        return given, str(error)
    return given, ""


def _stretches(content: bytes) -> Iterator[tuple[int, int]]:
    """Cut a YAML stream at its `---` lines, which may stand nowhere else. What holds only comments and directives belongs to the next."""
    start = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    at = start
    while True:
        cut = content.find(b"\n---", at)
        end = cut + 1 if cut >= 0 else len(content)
        if cut >= 0 and content[cut + 4 : cut + 5] not in b" \t\r\n":
            at = cut + 4
            continue
        if not _NO_CONTENT.match(content, start, end):
            yield start, end
            start = end
        elif b"%" not in content[start:end]:
            start = end
        if cut < 0:
            return
        at = end + 3


def _schema(content: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Where the spec of a CustomResourceDefinition stands, told without parsing: they are the bulk of many repositories."""
    if content.find(b"CustomResourceDefinition", start, end) < 0:
        return None
    kind, spec = _key(content, b"kind:", start, end), _key(content, b"spec:", start, end)
    if kind < 0 or spec < 0 or not _DEFINITION.match(content, kind, end):
        return None
    following = _NEXT_KEY.search(content, spec, end)
    return spec, following.end() if following else end


def _key(content: bytes, key: bytes, start: int, end: int) -> int:
    """Where a line first begins with a key; negative if none does."""
    if content.startswith(key, start, end):
        return start
    found = content.find(b"\n" + key, start, end)
    return found + 1 if found >= 0 else -1
