"""A view growing line by line, with the way back to the text it is made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from secretscan.model import Json, Segment, View

MOST_BYTES = 16 << 20
"""Bytes of one view: what is read is at most a piece of 4 MiB, so only an encoding that grows comes near."""


class Piece(NamedTuple):
    """`content` came from text[start:end]: the same bytes if `exact`, else all of it stands for that stretch."""

    content: bytes
    start: int
    end: int
    exact: bool


class Lines:
    """Lines of a view. What is put before a value is made up; the value's pieces lead back."""

    def __init__(self) -> None:
        self.text = bytearray()
        self.segments: list[Segment] = []

    @property
    def full(self) -> bool:
        return len(self.text) >= MOST_BYTES

    def add(self, before: bytes, pieces: Iterable[Piece], facts: Mapping[str, Json] | None = None, after: bytes = b"") -> None:
        """One more line: `before`, the pieces, `after`."""
        if self.text and not self.text.endswith(b"\n"):
            self.text += b"\n"
        self.text += before
        for content, start, end, exact in pieces:
            if content:
                at = len(self.text)
                self.text += content
                self.segments.append(Segment(at, len(self.text), start, end, exact, facts or {}))
        self.text += after

    def view(self) -> View | None:
        """The view, if there is anything to show."""
        if not self.segments:
            return None
        self.text += b"\n"
        return View(bytes(self.text), tuple(self.segments))


def key(text: bytes, most: int = 120) -> bytes:
    """A name as what stands before an equals sign on one line."""
    return b" ".join(text[:most].split()).replace(b"=", b"_")
