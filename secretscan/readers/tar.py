"""Tar streams, member by member, read forward. What follows a header that is no header is handed out raw: nothing is lost to it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TypeAlias

from secretscan._core import TarMember, TarWalker
from secretscan.model import PIECE, Reason
from secretscan.readers.compression import Chunks, Damaged
from secretscan.readers.remarks import Remarks

Content: TypeAlias = "bytes | Chunks"
_Events: TypeAlias = "Iterator[TarMember | memoryview | None]"

REST = b"(after the last member)"
"""What the bytes behind a broken header are called in paths."""


class _Broken(Damaged):
    """A header is no header. `rest` are the bytes from about there on: a few that were read already may come again, none is left out."""

    def __init__(self, detail: str, rest: Chunks) -> None:
        super().__init__(Reason.CORRUPT, f"tar: {detail}")
        self.rest = rest


def entries(chunks: Chunks, remarks: Remarks | None = None) -> Iterator[tuple[TarMember | None, Content]]:
    """Every member with its content: bytes for up to PIECE of them, else an iterator to be read before the next member is asked for.

    An iterator ends where its data ends, damaged or not. None instead of a member: raw bytes behind a broken header.
    What its headers say beside names and numbers goes to `remarks`. Damaged comes last, after all that could be read.
    """
    try:
        yield from _members(_events(chunks, remarks))
    except _Broken as broken:
        yield None, broken.rest
        raise


def _members(events: _Events) -> Iterator[tuple[TarMember, Content]]:
    for member in events:
        assert isinstance(member, TarMember)
        if member.size > PIECE:
            data = _Data(events)
            yield member, data
            for _ in data:
                pass
            if data.damage is not None:
                raise data.damage
            continue
        parts: list[memoryview] = []
        try:
            for part in events:
                if not isinstance(part, memoryview):
                    break
                parts.append(part)
        except Damaged:
            yield member, b"".join(parts)
            raise
        yield member, b"".join(parts)  # a copy, so that a block may go when it is walked


class _Data:
    """A long member's data. Damage ends it and is kept for whoever walks on."""

    def __init__(self, events: _Events) -> None:
        self._events = events
        self._ended = False
        self.damage: Damaged | None = None

    def __iter__(self) -> Iterator[memoryview]:
        return self

    def __next__(self) -> memoryview:
        if not self._ended:
            try:
                event = next(self._events, None)
            except Damaged as damage:
                event, self.damage = None, damage
            if isinstance(event, memoryview):
                return event
            self._ended = True
        raise StopIteration


def _events(chunks: Chunks, remarks: Remarks | None) -> _Events:
    walker = TarWalker()
    chunk: bytes | memoryview = b""
    last: TarMember | memoryview | None = None
    for following in chunks:
        try:
            events = walker.feed(following)
        except ValueError as problem:
            raise _Broken(str(problem), itertools.chain([_behind(chunk, last), following], chunks)) from None
        if remarks is not None:
            remarks.add(walker.remarks())
        yield from events
        chunk = following
        last = next((event for event in reversed(events) if isinstance(event, memoryview)), None)
    wrong = walker.close()
    if wrong == "truncated":
        raise Damaged(Reason.TRUNCATED, "the tar ends early")
    if wrong is not None:
        raise _Broken(wrong, iter([_behind(chunk, last)]))


def _behind(chunk: bytes | memoryview, last: TarMember | memoryview | None) -> bytes:
    """The chunk's bytes behind the last data that it gave; all of it if it gave none. Where like bytes stand before, a little more."""
    whole = bytes(chunk)
    return whole[whole.find(last) + len(last) :] if isinstance(last, memoryview) else whole
