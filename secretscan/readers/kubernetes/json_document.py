"""JSON by tokens with byte positions. libyaml is no JSON reader (surrogate pairs, long keys), json.loads tells no positions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.readers.kubernetes.nodes import MAX_DEPTH, MAX_EVENTS, Map, Node, Seq, Unparsed, stands_alone
from secretscan.readers.kubernetes.text import Scalar

# A comma is white space here: it separates nothing that needs separating. Groups: bracket, string, colon after it, number or word.
_TOKEN = lazy_re.compile(
    rb'[\s,]*+(?:([{}\[\]])|"([^"\\\n]*+(?:\\.[^"\\\n]*+)*+)"(\s*+:)?|(-?+[0-9][0-9.eE+-]*+|true|false|null)(?![A-Za-z0-9_]))', re.ASCII
)
_BLANK = lazy_re.compile(rb"[\s,]*+\Z")


def parse_json(content: bytes) -> Iterator[Node]:
    """The values of a stream of JSON texts (RFC 8259), and before one that lists objects those objects; marks are byte offsets.

    Unparsed where it ends to be JSON, or at a cap.
    """
    make = tuple.__new__
    stack: list[tuple[Map | Seq, str | None]] = []
    top: Map | Seq | None = None
    key: str | None = None
    at = 0
    match = _TOKEN.match
    for _ in range(MAX_EVENTS):
        token = match(content, at)
        if token is None:
            if _BLANK.match(content, at) and top is None:
                return
            raise Unparsed(f"not JSON after byte {at}" if at < len(content) else "JSON that ends too early")
        at = token.end()
        node: Node
        group = token.lastindex
        if group == 3:
            if type(top) is not Map or key is not None:
                raise Unparsed(f"not JSON before byte {at}")
            key = _string(token[2])
            continue
        if group == 2:
            node = make(Scalar, (_string(token[2]), token.start(2) - 1, at, '"'))
        elif group == 4:
            node = make(Scalar, (token[4].decode(), token.start(4), at, ""))
        elif token[1] in b"{[":
            if len(stack) >= MAX_DEPTH:
                raise Unparsed(f"nested more than {MAX_DEPTH} deep")
            if key is None and type(top) is Map:
                raise Unparsed(f"not JSON before byte {at}")
            stack.append((top, key))  # type: ignore[arg-type]  # the outermost has nothing around it
            top = Map(at - 1) if token[1] == b"{" else Seq(at - 1)
            key = None
            continue
        else:
            if top is None or (type(top) is Map) != (token[1] == b"}") or key is not None:
                raise Unparsed(f"not JSON before byte {at}")
            top.end = at
            node = top
            top, key = stack.pop()
        if type(top) is Seq and group == 1 and stands_alone(node, stack):
            yield node
        elif type(top) is Map:
            if key is None:
                raise Unparsed(f"not JSON before byte {at}")
            top.entries.append((key, node))
            key = None
        elif type(top) is Seq:
            top.items.append(node)
        else:
            yield node
    raise Unparsed(f"more than {MAX_EVENTS} values")


def _string(raw: bytes) -> str:
    if b"\\" not in raw:
        return raw.decode(errors="replace")
    try:
        return json.loads(b'"' + raw + b'"', strict=False)  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        return raw.decode(errors="replace")
