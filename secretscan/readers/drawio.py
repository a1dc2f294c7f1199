"""Diagrams of diagrams.net: XML that is percent-encoded, deflated and written in base64 (its `compressed` form, long the default)."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from secretscan import lazy_re
from secretscan.model import Reason, Segment, View

MARKERS = (b"<mxfile", b"<diagram")
_PACKED = lazy_re.compile(rb"<diagram\b[^>]*>\s*([A-Za-z0-9+/]{16,}={0,2})\s*</diagram>")
_INFLATED = 64 << 20
"""Bytes that all diagrams of one file may give."""


def views(text: bytes, name: bytes | None) -> Iterator[View | tuple[Reason, str]]:
    """The XML of every packed diagram."""
    del name
    left = _INFLATED
    for found in _PACKED.finditer(text):
        unpacker = zlib.decompressobj(-15)
        try:
            inflated = unpacker.decompress(base64.b64decode(found[1] + b"=="), max(1, left))
        except (zlib.error, ValueError):
            continue  # base64 of something else is seen as such
        left -= len(inflated)
        if not unpacker.eof:
            yield Reason.CAP if left <= 0 else Reason.CORRUPT, "a packed diagram could not be inflated whole"
        xml = unquote_to_bytes(inflated)
        yield View(xml, (Segment(0, len(xml), *found.span(1), False, {"decoded": ["diagram"]}),))
