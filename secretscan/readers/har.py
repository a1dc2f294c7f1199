"""HTTP archives (HAR 1.2): headers, cookies, forms and bodies of every request, as lines that header and form rules know."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from secretscan.model import Reason, Silence, View
from secretscan.readers.json_text import Path, String, begins_object, pieces, pointer, strings
from secretscan.readers.lines import Lines, Piece
from secretscan.readers.named_values import NamedValues

MARKERS = (b'"entries"', b'"request"', b'"headers"', b'"log"')

_PAIRS = {"headers": b": ", "cookies": b"=", "queryString": b"=", "params": b"="}
_LARGEST = 4 << 20  # bytes of a base64 body that are decoded


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view: `Name: value` for a header, `name=value` for a cookie or a form's field, and the text of bodies."""
    del name
    if not begins_object(text):
        return  # a text that only speaks of the format
    lines = Lines()
    named = NamedValues(text, lines, "name")
    bodies: dict[Path, String] = {}
    try:
        for string in strings(text):
            path, last = string.path[:-1], string.path[-1] if string.path else ""
            kind = str(path[-2]) if len(path) >= 2 and isinstance(path[-1], int) else ""
            if kind in _PAIRS and named.holds(string):
                named.add(string, b"", _PAIRS[kind])
            elif last == "text" and path and path[-1] in ("postData", "content"):
                bodies[path] = string
            elif last == "encoding" and text[string.start : string.end] == b"base64" and path in bodies:
                body = bodies.pop(path)
                if not lines.full and body.end - body.start <= _LARGEST:
                    lines.add(b"", _decoded(text, body), {"pointer": pointer(body.path), "decoded": ["base64"]})
    except ValueError as error:
        yield Reason.UNPARSED, f"an HTTP archive that is not JSON ({error}); read as text"
    for body in bodies.values():
        if not lines.full:
            lines.add(b"", pieces(text, body.start, body.end), {"pointer": pointer(body.path)})
    view = lines.view()
    if view is not None:
        yield view


def _decoded(text: bytes, body: String) -> Iterator[Piece]:
    try:
        yield Piece(base64.b64decode(text[body.start : body.end]), body.start, body.end, False)
    except binascii.Error:
        return
