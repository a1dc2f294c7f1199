"""Zip archives (PKWARE APPNOTE 6.3.10): by their directory where the whole is held in memory, else by their local headers as they pass.

What no directory names is read too: members that were dropped from it, bytes between members, comments, and what follows the end.
"""

from __future__ import annotations

import io
import itertools
import struct
from collections.abc import Iterator
from typing import NamedTuple

from secretscan.model import Reason
from secretscan.readers.compression import BLOCK, Chunks, Damaged
from secretscan.readers.zip_stream import LENGTH_FOLLOWS, LOCAL, MEMBER, ByteStream, ZipMember, behind, measured, opened, remarked, walk

_UTF8 = 0x800
_DESCRIPTOR_SIZE = 24  # bytes, at most


class _Entry(NamedTuple):
    """What the directory tells of a file; `size` is that of its packed bytes."""

    name: bytes
    flags: int
    method: int
    size: int
    offset: int


class Archive:
    """A zip read from chunks. It takes in up to `room` bytes (`held` of them, while it lives) to have the directory at the end.

    Of one that is `carried` by another file, what lies before its first member is none of its own.
    """

    def __init__(self, chunks: Chunks, room: int, *, carried: bool = False) -> None:
        file = io.BytesIO()
        self._chunks = chunks
        whole = True
        self._carried = carried
        self._end = 0  # where the directory begins
        for chunk in chunks:
            file.write(chunk)
            if file.tell() > room:
                whole = False
                break
        self.held = file.tell()
        self._held = file.getvalue()  # shared, not copied; of getbuffer() CPython up to 3.12.1 can crash when it collects garbage
        self._found = self._directory() if whole else None

    @property
    def listed(self) -> bool:
        """Whether its directory could be read."""
        return self._found is not None

    @property
    def start(self) -> int:
        """Where its first own byte is, if it is carried by another file; without a directory that is not known, and 0."""
        return self._first(self._found) if self._found is not None else 0

    def members(self) -> Iterator[ZipMember]:
        """Every file. Damaged comes last, if the archive does not end where it says, or is carried and cannot be read."""
        found = self._found
        buffer = memoryview(self._held)
        if found is None and self._carried:
            raise Damaged(Reason.CORRUPT, "a zip in another file: its directory cannot be read")
        if found is None:
            return walk(ByteStream(itertools.chain([buffer], self._chunks)))
        files = (entry for entry in found if entry.size or not entry.name.endswith(b"/"))
        return itertools.chain((_listed(buffer, entry) for entry in files), _unlisted(buffer, found, self._first(found), self._end))

    def _first(self, entries: list[_Entry]) -> int:
        """Where its first own byte is."""
        return min((entry.offset for entry in entries), default=self._end) if self._carried else 0

    def _directory(self) -> list[_Entry] | None:
        """Every file. None if the directory cannot be read: the local headers will do."""
        import zipfile

        try:
            with zipfile.ZipFile(io.BytesIO(self._held)) as archive:
                self._end = archive.start_dir
                return [
                    _Entry(
                        info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437"),
                        info.flag_bits,
                        info.compress_type,
                        info.compress_size,
                        info.header_offset,
                    )
                    for info in archive.infolist()
                ]
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OSError, EOFError, IndexError):
            return None


def _listed(buffer: memoryview, entry: _Entry) -> ZipMember:
    where = _data_of(buffer, entry)
    if where is None:
        return ZipMember(entry.name, iter(()), Damaged(Reason.CORRUPT, "the zip's directory points to no member"))
    packed = buffer[where[1] : where[1] + entry.size]
    chunks: Chunks = (packed[at : at + BLOCK] for at in range(0, len(packed), BLOCK))
    return opened(entry.name, entry.flags, entry.method, measured(chunks, entry.size))


def _data_of(buffer: memoryview, entry: _Entry) -> tuple[int, int] | None:
    """Where a member's extra field and where its packed bytes begin. None if its header is not where the directory says."""
    header = buffer[entry.offset : entry.offset + LOCAL.size] if entry.offset >= 0 else b""
    if len(header) < LOCAL.size or bytes(header[:4]) != MEMBER:
        return None
    *_, name_size, extra_size = LOCAL.unpack(header)
    extra = entry.offset + LOCAL.size + name_size
    return extra, extra + extra_size


def _unlisted(buffer: memoryview, entries: list[_Entry], first: int, end: int) -> Iterator[ZipMember]:
    """What lies from `first` to the directory, at `end`, and in none of its entries; then the directory's remarks and what follows."""
    taken = [(end, end, 0)]
    for entry in entries:
        where = _data_of(buffer, entry)
        if where is not None:
            extra, data = where
            taken.append((entry.offset, data + entry.size, _DESCRIPTOR_SIZE if entry.flags & LENGTH_FOLLOWS else 0))
            yield from remarked(entry.name, bytes(buffer[extra:data]))
    found: list[bytes] = []
    done, slack = max(0, first), 0
    for start, stop, descriptor in sorted(taken):
        if start - done > slack:
            gap = bytes(buffer[done:start])
            member = gap.find(MEMBER)
            found.append(gap[: member if member >= 0 else len(gap)].strip(b"\0"))
            if member >= 0:
                yield from walk(ByteStream(iter([gap[member:]])), complete=False)
        if stop >= done:
            done, slack = stop, descriptor
    yield from behind(ByteStream(iter([buffer[end:]])), [text + b"\n" for text in found if text])
