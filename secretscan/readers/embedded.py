"""Packed content that stands in another file by its magic and by no directory: behind a script, in a program, in a disk image."""

from __future__ import annotations

from collections.abc import Iterator

from secretscan._core import find_packed
from secretscan.model import Reason
from secretscan.readers.compression import Chunks, Damaged, begins, decompress
from secretscan.readers.magic import COMPRESSED, HEAD, describe
from secretscan.readers.zip_stream import ZipMember

_TRIES = 1000
"""Places in a file that look like packed content and are none."""
_OPENED = ("7z", "git pack")
_SLICE = 64 << 10


def packed(data: bytes, end: int, start: int) -> Iterator[ZipMember]:
    """What is packed in data[:end]; `start` is where in the file the data begins. A member without a name is said of the whole file."""
    at = tries = 0
    said: set[str] = set()
    while (found := find_packed(data, at)) is not None and found[1] < end:
        kind, offset = found
        at = offset + 1
        name = b"(%s at %d)" % (kind.encode(), start + offset)
        if kind in COMPRESSED:
            if begins(data[offset : offset + HEAD], kind) is not None:
                slices = _Slices(data, offset)
                tail: list[bytes] = []
                yield ZipMember(name, decompress(slices, kind, tail))
                at = max(at, slices.at - sum(map(len, tail)))  # a damaged one is not read twice
            elif (tries := tries + 1) == _TRIES:
                yield ZipMember(b"", iter(()), Damaged(Reason.CAP, "more that looks like packed content than is tried"))
                return
        elif kind in _OPENED:
            yield ZipMember(name, iter([data[offset:]]))
            return
        elif kind not in said:
            said.add(kind)
            reason, what = describe(kind)
            yield ZipMember(b"", iter(()), Damaged(reason, f"{what} in another file"))


class _Slices:
    """The data from an offset on; `at` is where the next begins."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = memoryview(data)
        self.at = at

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> memoryview:
        taken = self._data[self.at : self.at + _SLICE]
        if not taken:
            raise StopIteration
        self.at += len(taken)
        return taken
