"""Long texts in overlapping pieces, so that nothing is ever held whole."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from secretscan._core import count_lines
from secretscan.model import OVERLAP, PIECE, Unit


def cut(id: Hashable, chunks: Iterable[bytes | memoryview], name: bytes | None = None) -> Iterator[Unit]:
    """Turn chunks of any size into Units of at most PIECE bytes that overlap by OVERLAP and know where they stand.

    An empty text gives one empty Unit: it was seen, and it was read.
    """
    held = bytearray()
    start, line, column = 0, 1, 1
    for chunk in chunks:
        held += chunk
        while len(held) > PIECE:
            yield Unit(id, bytes(memoryview(held)[:PIECE]), name, start, line, column, last=False)
            step = PIECE - OVERLAP
            newlines, tail = count_lines(held, 0, step)
            start, line, column = start + step, line + newlines, tail + 1 if newlines else column + tail
            del held[:step]
    yield Unit(id, bytes(held), name, start, line, column)
