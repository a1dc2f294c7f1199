"""Compiled Python (.pyc): strings that look like tokens, each on its own line. Format: CPython's marshal.c.

In a .pyc a string has its length in one byte before it and the next object's type behind it; both are often letters, and then no rule
that asks for a token's ends finds any. Nothing is unmarshalled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secretscan.model import Reason, Silence, View
from secretscan.readers.lines import Lines, Piece

MARKERS = (b"<module>",)

# Type (short ASCII, interned or not, flagged for reference or not), length, then what may be a token.
_SHORT = re.compile(rb"(?=[zZ\xfa\xda]([\x10-\xff])([!-~]{16}))")
_DIGIT = re.compile(rb"[0-9]")
_LONGER = re.compile(rb"(?=[auAts\xe1\xf5\xc1\xf4\xf3]([\x00-\xff]{2}\x00\x00)([!-~]{16}))")


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view: a quoted string a line, of those that hold no blank and a digit."""
    del name
    if text[2:4] != b"\r\n" or b"\0" not in text[:32]:
        return
    lines = Lines()
    for pattern in (_SHORT, _LONGER):
        for found in pattern.finditer(text):
            start = found.start(2)
            end = start + int.from_bytes(found[1], "little")
            content = text[start:end]
            if end <= len(text) and _DIGIT.search(content) and content.isascii() and not lines.full:
                lines.add(b'"', [Piece(content, start, end, True)], after=b'"')
    view = lines.view()
    if view is not None:
        yield view
