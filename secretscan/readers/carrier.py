"""A file that carries packed content and is no archive itself: a program or a script with an archive behind it, a disk image, a PDF.

Its bytes are passed on, for they must be matched as they are too; those that the packed content may lie in are kept meanwhile.
"""

from __future__ import annotations

from typing import NamedTuple

from secretscan import lazy_re
from secretscan._core import find_packed
from secretscan.model import PIECE
from secretscan.readers.compression import Chunks

ZIP_END = b"PK\x05\x06"
CARRIED = (
    ZIP_END, b"\x1f\x8b\x08\0", b"\x1f\x8b\x08\4", b"\x1f\x8b\x08\x08", b"\x1f\x8b\x08\x10", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"1AY&SY",
    b"\4\x22\x4d\x18", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"MSCF\0\0\0\0", b"hsqs", b"PACK\0\0\0\2", b"PACK\0\0\0\3",
    b"koly\0\0\0\4\0\0\2\0", b"\x57\xfb\x80\x8b\x24\x75\x47\xdb", b"\xf7\xcf\xf4\x85\xb7\x41\xe2\x88", b"UPX!", b"\xef\xbe\xad\xdeNull",
    b"Inno Setup Setup Data (", b"MEI\x0c\x0b\x0a\x0b\x0e", b"zTXt", b"iTXt", b"LitT", b"Dbgi",
)  # fmt: skip
"""One of these stands in every file that carries anything but is no PDF (see ext/embedded.c)."""
_TAIL = (1 << 16) + 22  # bytes: the end of a zip's directory is 22 long, and a comment or a signature may follow it
_LOCATOR = b"PK\x06\x07"  # of a zip64 directory, right before its end
_MEMBER = lazy_re.compile(rb"PK\x03\x04")  # to search a memoryview for, which has no find()
_BORDER = 1024  # bytes: no head of packed content is longer


class ZipEnd(NamedTuple):
    """The end of a zip's directory. `exact`: it is also the end of the file, so nothing else can be meant."""

    exact: bool


class Carrier:
    """Chunks, passed on, and up to `room` bytes of them kept: all of a file with `packed` streams, else from where packed content
    may begin.

    A file of at most PIECE bytes is looked through only if `search` says so: such files are matched whole, which finds CARRIED for nothing.
    """

    def __init__(self, chunks: Chunks, room: int, *, packed: bool = False, search: bool = False) -> None:
        self._chunks = chunks
        self._room = room
        self._keeping = packed
        self._early: list[bytes | memoryview] | None = None if packed else []  # until it is decided whether to look
        self._looking = search
        self._size = 0
        self._border = b""
        self._tail = b""
        self._kept: list[bytes | memoryview] = []
        self.held = 0
        """Bytes kept."""
        self.start = 0
        """Where in the file what is kept begins."""
        self.whole = True
        """Whether all was kept that should be."""
        self.missed = False
        """Whether packed content may begin in what was not kept."""

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> bytes | memoryview:
        chunk = next(self._chunks, None)
        if chunk is None:
            if self._looking:
                self._look()
            raise StopIteration
        self._size += len(chunk)
        if self._keeping:
            self._keep(chunk)
            return chunk
        if self._early is not None:
            self._early.append(chunk)
        elif self._looking:
            self._look_at(chunk)
        if self._size > PIECE:
            self._looking = True
            self._look()
        return chunk

    def _look(self) -> None:
        early, self._early = self._early or (), None
        for chunk in early:
            if self._keeping:
                self._keep(chunk)
            else:
                self._look_at(chunk)

    def _look_at(self, chunk: bytes | memoryview) -> None:
        data = self._border + chunk if self._border else chunk
        if _MEMBER.search(data) is not None or find_packed(data) is not None:
            self._keeping = True
            self._keep(data)
        else:
            self.start += len(data) - min(len(data), _BORDER)
            self._border = bytes(data[-_BORDER:])

    def _keep(self, chunk: bytes | memoryview) -> None:
        self._tail = self._tail[len(chunk) - _TAIL :] + bytes(chunk) if len(chunk) < _TAIL else bytes(chunk[-_TAIL:])
        if self.held + len(chunk) <= self._room and self.whole:
            self._kept.append(chunk)
            self.held += len(chunk)
            return
        self.whole = False
        if not self.missed:
            data = self._border + chunk if self._border else chunk
            self.missed = find_packed(data) is not None
            self._border = bytes(data[-_BORDER:])

    def take(self) -> Chunks:
        """What was kept, each chunk given away as it comes."""
        self._kept.reverse()
        while self._kept:
            yield self._kept.pop()

    def zip_end(self) -> ZipEnd | None:
        """The end of a zip's directory near the end of what has passed."""
        tail = self._tail
        at = len(tail)
        while (at := tail.rfind(ZIP_END, 0, at)) >= 0:
            count, size, comment = (int.from_bytes(tail[at + start : at + end], "little") for start, end in ((10, 12), (12, 16), (20, 22)))
            exact = at + 22 + comment == len(tail)
            directory = size <= at and tail[at - size :].startswith(b"PK\x01\x02")
            if count and (exact or directory or tail[max(0, at - 20) :].startswith(_LOCATOR)):
                return ZipEnd(exact)
        return None
