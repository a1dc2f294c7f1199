"""Tar streams, member by member, read forward. What follows a header that is no header is handed out raw: nothing is lost to it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TypeAlias

from secretscan._core import TarFile, TarMember, TarWalker, digest
from secretscan.model import PIECE, Reason
from secretscan.readers.compression import Chunks, Damaged
from secretscan.readers.remarks import Remarks

Content: TypeAlias = "bytes | Chunks"
_Events: TypeAlias = "Iterator[TarMember | memoryview | TarFile | None]"

REST = b"(after the last member)"
"""What the bytes behind a broken header are called in paths."""


class _Broken(Damaged):
    """A header is no header. `rest` are the bytes behind the last data before it."""

    def __init__(self, detail: str, rest: Chunks) -> None:
        super().__init__(Reason.CORRUPT, f"tar: {detail}")
        self.rest = rest


def entries(chunks: Chunks, remarks: Remarks | None = None) -> Iterator[tuple[TarMember | None, Content]]:
    """Every member with its content: bytes for up to PIECE of them, else an iterator to be read before the next member is asked for.

    An iterator ends where its data ends, damaged or not. None instead of a member: raw bytes behind a broken header.
    What its headers say beside names and numbers goes to `remarks`. Damaged comes last, after all that could be read.
    """
    for entry in _entries(chunks, remarks, digests=False):
        yield entry[:2]


def digested(chunks: Chunks, remarks: Remarks | None = None) -> Iterator[tuple[TarMember | None, Content, int]]:
    """The same, each with the digest of its content; 0 if that is an iterator."""
    return _entries(chunks, remarks, digests=True)


def _entries(chunks: Chunks, remarks: Remarks | None, *, digests: bool) -> Iterator[tuple[TarMember | None, Content, int]]:
    try:
        yield from _members(_events(chunks, remarks, digests=digests), digests=digests)
    except _Broken as broken:
        yield None, broken.rest, 0
        raise


def _members(events: _Events, *, digests: bool) -> Iterator[tuple[TarMember, Content, int]]:
    for event in events:
        if isinstance(event, TarFile):
            yield event
            continue
        assert isinstance(event, TarMember)
        if event.size > PIECE:
            data = _Data(events)
            yield event, data, 0
            for _ in data:
                pass
            if data.damage is not None:
                raise data.damage
            continue
        parts: list[memoryview] = []
        damage: Damaged | None = None
        try:
            for part in events:
                if not isinstance(part, memoryview):
                    break
                parts.append(part)
        except Damaged as met:
            damage = met
        content = b"".join(parts)
        yield event, content, digest(content) if digests else 0
        if damage is not None:
            raise damage


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


def _events(chunks: Chunks, remarks: Remarks | None, *, digests: bool) -> _Events:
    walker = TarWalker(PIECE, digests)
    chunk: bytes | memoryview = b""
    for following in chunks:
        try:
            events = walker.feed(following)
        except ValueError as problem:
            raise _Broken(str(problem), itertools.chain([chunk[walker.behind :], following], chunks)) from None
        if remarks is not None:
            remarks.add(walker.remarks())
        yield from events
        chunk = following
    wrong = walker.close()
    if wrong == "truncated":
        raise Damaged(Reason.TRUNCATED, "the tar ends early")
    if wrong is not None:
        raise _Broken(wrong, iter([chunk[walker.behind :]]))
