from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from secretscan.model import OVERLAP, PIECE, REACH
from secretscan.readers.pieces import cut


def test_a_short_text_is_one_unit_that_is_the_last() -> None:
    (unit,) = cut("id", [b"one\n", memoryview(b"two")], b"name")
    assert (unit.content, unit.name, unit.start, unit.line, unit.column, unit.last) == (b"one\ntwo", b"name", 0, 1, 1, True)


def test_an_empty_text_is_still_a_unit() -> None:
    (unit,) = cut("id", [])
    assert unit.content == b"" and unit.last


@given(st.integers(1, 3 * PIECE // (1 << 16)), st.integers(40, 4000))
def test_pieces_overlap_and_know_their_lines(blocks: int, width: int) -> None:
    line = b"x" * width + b"\n"
    text = (line * ((blocks << 16) // len(line) + 1))[: blocks << 16]
    pieces = list(cut("id", (text[at : at + (1 << 16)] for at in range(0, len(text), 1 << 16))))
    for piece in pieces:
        assert text[piece.start : piece.start + len(piece.content)] == piece.content
        before = text[: piece.start]
        assert piece.line == before.count(b"\n") + 1
        assert piece.column == piece.start - (before.rfind(b"\n") + 1) + 1
        assert len(piece.content) <= PIECE
    for left, right in itertools.pairwise(pieces):
        assert left.start + len(left.content) - right.start == OVERLAP and not left.last
    assert pieces[-1].last and pieces[-1].start + len(pieces[-1].content) == len(text)


def test_every_offset_belongs_to_exactly_one_piece() -> None:
    size = 3 * PIECE + 12345
    pieces = list(cut("id", iter([b"a" * size])))
    owned = [
        (piece.start + (REACH if piece.start else 0), piece.start + len(piece.content) - (0 if piece.last else REACH)) for piece in pieces
    ]
    assert owned[0][0] == 0 and owned[-1][1] == size
    assert all(left[1] == right[0] for left, right in itertools.pairwise(owned))
