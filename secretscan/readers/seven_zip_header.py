"""The header of a 7z archive: which files stand in which folders, and how those are packed (7zFormat.txt of the LZMA SDK)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from secretscan.model import Reason
from secretscan.readers.compression import Damaged

BCJ2 = b"\x03\x03\x01\x1b"
_END, _HEADER, _ARCHIVE, _STREAMS, _FILES, _PACKED, _FOLDERS, _SUBSTREAMS = 0, 1, 2, 4, 5, 6, 7, 8
_SIZE, _SUMS, _FOLDER, _SIZES, _COUNTS, _EMPTY, _NAMES = 9, 10, 11, 12, 13, 14, 17
_CODERS = 8
"""In a folder, and streams of one: nobody's has more than five."""
_FILES_MOST = 1 << 20
_FOLDERS_MOST = 1 << 16
"""Each is some hundred bytes of memory, and three of a header that may have been packed a thousandfold."""


class Malformed(Exception):
    """It is no header."""


class Coder(NamedTuple):
    id: bytes
    properties: bytes
    inputs: int
    outputs: int


class Folder(NamedTuple):
    """`coders` in the order in which they unpack; its (main) stream, `packed` bytes from `start` behind the start header; `size` bytes when
    unpacked, `sizes` of the files that follow each other in it. `summed`: it has a checksum."""

    coders: tuple[Coder, ...]
    size: int
    start: int = 0
    packed: int = 0
    sizes: tuple[int, ...] = ()
    summed: bool = False


class Header(NamedTuple):
    """`names` are those of the files that have content, in the order in which they stand in the folders."""

    folders: list[Folder]
    names: list[bytes]


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        if size < 0 or size > len(self._data) - self._at:
            raise Malformed
        self._at += size
        return self._data[self._at - size : self._at]

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        """As many bytes follow as the first has leading ones; the rest of the first are the highest bits."""
        first = self.byte()
        mask, value = 0x80, 0
        for place in range(8):
            if not first & mask:
                return value | (first & mask - 1) << 8 * place
            value |= self.byte() << 8 * place
            mask >>= 1
        return value

    def count(self, most: int, things: str) -> int:
        """Of things that each take a byte of the header at least. Damaged if there are more than `most`."""
        number = self.number()
        if number > len(self._data):
            raise Malformed
        return _bounded(number, most, things)

    def bits(self, count: int) -> bytes:
        """A bit each, the first the highest."""
        return self.take((count + 7) // 8)

    def expect(self, id: int) -> None:
        if self.byte() != id:
            raise Malformed

    def sections(self) -> Iterator[int]:
        """The ids of sections until the end, none twice: some are work for all folders and take two bytes."""
        seen = set()
        while (id := self.byte()) != _END:
            if id in seen:
                raise Malformed
            seen.add(id)
            yield id


def _bounded(number: int, most: int, things: str) -> int:
    if number > most:
        raise Damaged(Reason.CAP, f"a 7z archive of more than {most} {things}")
    return number


def _is_set(bits: bytes, at: int) -> bool:
    return bool(bits[at >> 3] & 0x80 >> (at & 7))


def read_streams(data: bytes) -> list[Folder]:
    """The folders of a packed header's own streams. Malformed, or Damaged."""
    stream = _Bytes(data)
    stream.byte()
    return _streams(stream)


def read_header(data: bytes) -> Header:
    """Malformed if it is none, Damaged if it holds too much."""
    stream = _Bytes(data)
    stream.expect(_HEADER)
    folders: list[Folder] = []
    names: list[bytes] = []
    for id in stream.sections():
        if id == _ARCHIVE:
            while stream.byte() != _END:
                stream.take(stream.number())
        elif id == _STREAMS:
            folders = _streams(stream)
        elif id == _FILES:
            names = _names(stream)
        else:
            raise Malformed
    return Header(folders, names)


def _streams(stream: _Bytes) -> list[Folder]:
    packed: list[tuple[int, int]] = []
    folders: list[Folder] = []
    for id in stream.sections():
        if id == _PACKED:
            packed = list(_packed(stream))
        elif id == _FOLDERS:
            folders = _folders(stream, packed)
        elif id == _SUBSTREAMS:
            folders = _substreams(stream, folders)
        else:
            raise Malformed
    return folders


def _packed(stream: _Bytes) -> Iterator[tuple[int, int]]:
    """(start, size) of every packed stream"""
    start, count = stream.number(), stream.count(_CODERS * _FOLDERS_MOST, "streams")
    for id in stream.sections():
        if id == _SIZE:
            for _ in range(count):
                size = stream.number()
                yield start, size
                start += size
        elif id == _SUMS:
            _sums(stream, count)
        else:
            raise Malformed


def _sums(stream: _Bytes, count: int) -> bytes:
    """Over checksums of four bytes each; as bits, which of `count` things have one."""
    if stream.byte():
        stream.take(4 * count)
        return b"\xff" * ((count + 7) // 8)
    present = stream.bits(count)
    stream.take(4 * (int.from_bytes(present, "big") >> -count % 8).bit_count())
    return present


def _folders(stream: _Bytes, packed: Sequence[tuple[int, int]]) -> list[Folder]:
    stream.expect(_FOLDER)
    count = stream.count(_FOLDERS_MOST, "folders")
    stream.expect(0)  # else they stand elsewhere: nobody writes that
    read = [_folder(stream) for _ in range(count)]
    stream.expect(_SIZES)
    folders = []
    first = 0
    for coders, order, last, inputs, main in read:
        sizes = [stream.number() for coder in coders for _ in range(coder.outputs)]
        if first + inputs > len(packed):
            raise Malformed
        start, size = packed[first + main]
        folders.append(Folder(tuple(coders[at] for at in order), sizes[last], start, size, (sizes[last],)))
        first += inputs
    for id in stream.sections():
        if id != _SUMS:
            raise Malformed
        present = _sums(stream, count)
        folders = [folder._replace(summed=_is_set(present, at)) for at, folder in enumerate(folders)]
    return folders


def _folder(stream: _Bytes) -> tuple[list[Coder], list[int], int, int, int]:
    """(coders, the order in which they unpack, the output that is the folder's, how many packed streams it takes, which is the main one)"""
    coders = []
    count = stream.number()
    if not 0 < count <= _CODERS:
        raise Malformed
    for _ in range(count):
        flags = stream.byte()
        id = stream.take(flags & 15)
        inputs, outputs = (stream.number(), stream.number()) if flags & 0x10 else (1, 1)
        if inputs > _CODERS or outputs != 1:  # more than one output is history
            raise Malformed
        coders.append(Coder(id, stream.take(stream.number()) if flags & 0x20 else b"", inputs, outputs))
    bound = {}  # output (of the coder of that number): the input that takes it
    for _ in range(count - 1):
        taken = stream.number()
        bound[stream.number()] = taken
    owners = [number for number, coder in enumerate(coders) for _ in range(coder.inputs)]
    free = len(owners) - len(bound)
    inputs_of = [stream.number() for _ in range(free)] if free > 1 else [at for at in range(len(owners)) if at not in bound.values()]
    last = next((number for number in range(count) if number not in bound), -1)
    if last < 0 or len(inputs_of) != free or free < 1:
        raise Malformed
    # From the end back to the packed stream, by each coder's first input: BCJ2's main stream is its first.
    order = [last]
    at = sum(coder.inputs for coder in coders[:last])
    while at not in inputs_of:
        maker = next((output for output, taken in bound.items() if taken == at), -1)
        if not 0 <= maker < count or maker in order:
            raise Malformed
        order.append(maker)
        at = sum(coder.inputs for coder in coders[:maker])
    return coders, order[::-1], last, free, inputs_of.index(at)


def _substreams(stream: _Bytes, folders: list[Folder]) -> list[Folder]:
    counts = [1] * len(folders)
    known = False
    for id in stream.sections():
        if id == _COUNTS:
            counts = [stream.count(_FILES_MOST, "files") for _ in folders]
            _bounded(sum(counts), _FILES_MOST, "files")
        elif id == _SIZE:
            folders = [folder._replace(sizes=_sizes(stream, folder, count)) for folder, count in zip(folders, counts, strict=True)]
            known = True
        elif id == _SUMS:  # of the streams that have none yet
            _sums(stream, sum(count for folder, count in zip(folders, counts, strict=True) if count != 1 or not folder.summed))
        else:
            raise Malformed
    if not known:
        folders = [folder._replace(sizes=() if not count else (folder.size,)) for folder, count in zip(folders, counts, strict=True)]
    return folders


def _sizes(stream: _Bytes, folder: Folder, count: int) -> tuple[int, ...]:
    sizes = [stream.number() for _ in range(count - 1)]
    if sum(sizes) > folder.size:
        raise Malformed
    return (*sizes, folder.size - sum(sizes)) if count else ()


def _names(stream: _Bytes) -> list[bytes]:
    count = stream.count(_FILES_MOST, "files")
    names: list[str] = []
    empty = bytes((count + 7) // 8)
    while (id := stream.byte()) != _END:  # one that fills up to a round offset may come again
        data = _Bytes(stream.take(stream.number()))
        if id == _EMPTY:
            empty = data.bits(count)
        elif id == _NAMES:
            data.expect(0)
            try:
                names = data.rest().decode("utf-16-le", "surrogatepass").split("\0", count)[:count]
            except UnicodeDecodeError:
                raise Malformed from None
    return [name.encode("utf-8", "surrogatepass") for at, name in enumerate(names) if not _is_set(empty, at)]
