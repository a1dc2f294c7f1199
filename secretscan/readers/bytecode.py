"""Compiled Python (.pyc): strings that look like tokens, each on its own line. Format: CPython's marshal.c.

In a .pyc a string has its length in one byte before it and the next object's type behind it; both are often letters, and then no rule
that asks for a token's ends finds any. Nothing is unmarshalled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.model import Reason, Silence, View
from secretscan.readers.lines import Lines, Piece

MARKERS = (b"<module>",)

# Type (short ASCII, interned or not, flagged for reference or not), length, then what may be a token: no blank and a digit. Only the
# type is taken, so that what looks like a beginning hides no other.
_SHORT = lazy_re.compile(rb"[zZ\xfa\xda](?=[\x10-\xff][!-/:-~]{0,60}[0-9])(?=.[!-~]{16})", re.DOTALL)
_LONGER = lazy_re.compile(rb"\0\0(?<=[auAt\xe1\xf5\xc1\xf4]..\0\0)(?=[!-~]{16})", re.DOTALL)
_LONGEST = 4096  # bytes of a token
_DIGIT = lazy_re.compile(rb"[0-9]")
_GRAPHIC = lazy_re.compile(rb"[!-~]+")


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view: a quoted string a line, of those that hold no blank and a digit."""
    del name
    if text[2:4] != b"\r\n" or b"\0" not in text[:32]:
        return
    lines = Lines()
    for pattern, size in ((_SHORT, 1), (_LONGER, 4)):
        for found in pattern.finditer(text):
            start = found.end() + (1 if size == 1 else 0)
            end = start + int.from_bytes(text[start - size : start], "little")
            content = text[start : min(end, start + _LONGEST)]
            if end <= min(len(text), start + _LONGEST) and _DIGIT.search(content) and _GRAPHIC.fullmatch(content) and not lines.full:
                lines.add(b'"', [Piece(content, start, end, True)], after=b'"')
    view = lines.view()
    if view is not None:
        yield view
