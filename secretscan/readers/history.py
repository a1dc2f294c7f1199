"""Histories as libedit writes them (`mysql`, `psql` on many systems): blanks and signs as `\\040`. Source: editline's history.c."""

from __future__ import annotations

import re
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.model import Reason, Silence, View
from secretscan.readers.lines import Lines, Piece

MARKERS = (b"_HiStOrY_V2_\n",)

_PART = lazy_re.compile(rb"[^\\\n]+|(?:\\[0-7]{3})+|\\")
_ESCAPE = lazy_re.compile(rb"\\([0-7]{3})")


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view: the commands as they were typed."""
    del name
    if not text.startswith(MARKERS[0]):
        return
    lines = Lines()
    at = len(MARKERS[0])
    while at < len(text) and not lines.full:
        end = text.find(b"\n", at)
        end = len(text) if end < 0 else end
        lines.add(b"", (_piece(part) for part in _PART.finditer(text, at, end)))
        at = end + 1
    view = lines.view()
    if view is not None:
        yield view


def _piece(part: re.Match[bytes]) -> Piece:
    exact = not part[0].startswith(b"\\") or part[0] == b"\\"
    said = part[0] if exact else _ESCAPE.sub(lambda found: bytes([int(found[1], 8) & 0xFF]), part[0])
    return Piece(said, part.start(), part.end(), exact)
