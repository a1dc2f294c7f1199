"""A file that carries packed content and is no archive itself: a program or a script with a zip behind it, a PDF with packed streams.

Its bytes are passed on, for they must be matched as they are too; those that the packed content may lie in are kept meanwhile.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from secretscan import lazy_re
from secretscan.readers.compression import Chunks

ZIP_END = b"PK\x05\x06"
_TAIL = (1 << 16) + 22  # bytes: the end of a zip's directory is 22 long, and a comment or a signature may follow it
_LOCATOR = b"PK\x06\x07"  # of a zip64 directory, right before its end
_MEMBER = lazy_re.compile(rb"PK\x03\x04")  # to search a memoryview for, which has no find()
_END = lazy_re.compile(re.escape(ZIP_END))
_BORDER = 3  # bytes: one less than that is long


class ZipEnd(NamedTuple):
    """The end of a zip's directory. `exact`: it is also the end of the file, so nothing else can be meant."""

    exact: bool


class Carrier:
    """Chunks, passed on, and up to `room` bytes of them kept: all of a file with `packed` streams, else from where a zip may begin."""

    def __init__(self, chunks: Chunks, room: int, *, packed: bool = False) -> None:
        self._chunks = chunks
        self._room = room
        self._keeping = packed
        self._last: bytes | memoryview = b""
        self._tail = b""
        self._kept: list[bytes | memoryview] = []
        self.held = 0
        """Bytes kept."""
        self.whole = True
        """Whether all was kept that should be."""

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> bytes | memoryview:
        chunk = next(self._chunks)
        if not self._keeping and self._last:
            # A chunk is searched when another follows it: of the last, and most files have but one, the end tells more.
            border = bytes(self._last[-_BORDER:])
            if _MEMBER.search(self._last):
                self._keeping = True
                self._keep(self._last)
            elif _MEMBER.search(border + bytes(chunk[:_BORDER])):
                self._keeping = True
                self._keep(border)
        if self._keeping:
            self._keep(chunk)
        self._last = chunk
        return chunk

    def _keep(self, chunk: bytes | memoryview) -> None:
        self._tail = self._tail[len(chunk) - _TAIL :] + bytes(chunk) if len(chunk) < _TAIL else bytes(chunk[-_TAIL:])
        if self.held + len(chunk) <= self._room and self.whole:
            self._kept.append(chunk)
            self.held += len(chunk)
        else:
            self.whole = False

    def take(self) -> Chunks:
        """What was kept, each chunk given away as it comes."""
        self._kept.reverse()
        while self._kept:
            yield self._kept.pop()

    def zip_end(self) -> ZipEnd | None:
        """The end of a zip's directory near the end of what has passed."""
        if not self._keeping:
            if not _END.search(self._last, max(0, len(self._last) - _TAIL)):
                return None
            self._keep(self._last)
        tail = self._tail
        at = len(tail)
        while (at := tail.rfind(ZIP_END, 0, at)) >= 0:
            count, size, comment = (int.from_bytes(tail[at + start : at + end], "little") for start, end in ((10, 12), (12, 16), (20, 22)))
            exact = at + 22 + comment == len(tail)
            directory = size <= at and tail[at - size :].startswith(b"PK\x01\x02")
            if count and (exact or directory or tail[max(0, at - 20) :].startswith(_LOCATOR)):
                return ZipEnd(exact)
        return None
