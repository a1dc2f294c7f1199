"""Long texts in overlapping pieces, so that nothing is ever held whole."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from secretscan._core import count_lines
from secretscan.model import OVERLAP, PIECE, Unit


def cut(id: Hashable, chunks: Iterable[bytes | memoryview], name: bytes | None = None) -> Iterator[Unit]:
    """Turn chunks of any size into Units of at most PIECE bytes that overlap by OVERLAP and know where they stand.

    An empty text gives one empty Unit: it was seen, and it was read.
    """
    held: list[bytes | memoryview] = []
    size = 0
    start, line, column = 0, 1, 1
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        while size > PIECE:
            last = memoryview(held.pop())
            fits = len(last) - (size - PIECE)
            piece = b"".join((*held, last[:fits]))
            yield Unit(id, piece, name, start, line, column, last=False)
            step = PIECE - OVERLAP
            newlines, tail = count_lines(piece, 0, step)
            start, line, column = start + step, line + newlines, tail + 1 if newlines else column + tail
            held = [piece[step:], last[fits:]]
            size -= step
    yield Unit(id, b"".join(held), name, start, line, column)
