"""Zip members read forward by their local headers (PKWARE APPNOTE 6.3.10), and what a zip says beside them: comments, extra fields."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from secretscan.model import Reason
from secretscan.readers.compression import BLOCK, Chunks, Damaged, decompress
from secretscan.readers.tar import REST

LOCAL = struct.Struct("<4s5H3I2H")
MEMBER = b"PK\x03\x04"
_DESCRIPTOR = b"PK\x07\x08"  # also the marker that a split archive begins with, then followed by a member
_ENDS = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08")  # directory, its end, its zip64 end, archive extra data
_LOCATOR = b"PK\x06\x07"
_KINDS = {8: "deflate", 12: "bzip2", 93: "zstd", 95: "xz"}
_ENCRYPTED, LENGTH_FOLLOWS = 0x1, 0x8
_UNKNOWN = 0xFFFFFFFF
_EXTRA = b"!(extra field)"
_REMARK = 16  # bytes: no shorter extra field can hold a text that matters
_SIZES = (1, 10)  # extra fields that hold numbers: zip64, NTFS times


class ZipMember(NamedTuple):
    """A file in a zip: `chunks` gives its inflated bytes and raises Damaged where they end early. `unread` says why there are none."""

    name: bytes
    chunks: Chunks
    unread: Damaged | None = None


def remarked(name: bytes, extra: bytes) -> Iterator[ZipMember]:
    if said := _remark(extra):
        yield ZipMember(name + _EXTRA, iter([said]))


def _remark(extra: bytes) -> bytes:
    """What an extra field may say in words: its blocks but those of sizes and times."""
    said = []
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        block, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind not in _SIZES and len(block.strip(b"\0")) >= _REMARK:
            said.append(block)
    return b"\n".join([*said, extra]) if said or len(extra) >= _REMARK else b""


def behind(stream: ByteStream, before: Iterable[bytes] = ()) -> Iterator[ZipMember]:
    """What was found `before`, comments and extra fields of the directory, and whatever follows its end, as one text if there is any."""
    said = itertools.chain(before, _remarks(stream))
    first = next(said, None)
    if first is not None:
        yield ZipMember(REST, itertools.chain([first], said))


def _remarks(stream: ByteStream) -> Chunks:
    while signature := stream.exactly(4):
        if signature == _ENDS[0]:
            record = stream.exactly(42)
            if len(record) == 42:
                name_size, extra_size, comment_size = struct.unpack_from("<3H", record, 24)
                stream.exactly(name_size)
                for said in (_remark(stream.exactly(extra_size)), stream.exactly(comment_size)):
                    if said:
                        yield said + b"\n"
        elif signature == _ENDS[1]:
            record = stream.exactly(18)
            comment = stream.exactly(int.from_bytes(record[16:18], "little"))
            if comment:
                yield comment + b"\n"
            break
        elif signature == _ENDS[2]:
            size = int.from_bytes(stream.exactly(8), "little")
            stream.exactly(44)
            yield from stream.upto(size - 44)
        elif signature == _LOCATOR:
            stream.exactly(16)
        else:
            stream.back(signature)
            break
    head = stream.some(BLOCK)
    while head and not bytes(head).strip(b"\0"):
        head = stream.some(BLOCK)
    if head:
        yield head
        yield from stream.all()


def opened(name: bytes, flags: int, method: int, packed: Chunks) -> ZipMember:
    """A member whose packed bytes are `packed`, and no more."""
    if flags & _ENCRYPTED:
        return ZipMember(name, iter(()), Damaged(Reason.ENCRYPTED, "a zip member with a password"))
    if method == 0:
        return ZipMember(name, packed)
    if method == 14:
        return ZipMember(name, _lzma(packed))
    if method in _KINDS:
        return ZipMember(name, _inflated(packed, _KINDS[method]))
    return ZipMember(name, iter(()), Damaged(Reason.UNSUPPORTED, f"zip compression method {method}"))


def _inflated(packed: Chunks, kind: str) -> Chunks:
    """What a member inflates to, and behind it the bytes that lie behind its stream."""
    tail: list[bytes] = []
    yield from decompress(packed, kind, tail)
    yield from tail
    yield from packed


def measured(chunks: Chunks, size: int) -> Chunks:
    for chunk in chunks:
        size -= len(chunk)
        yield chunk
    if size > 0:
        raise Damaged(Reason.TRUNCATED, "the zip member ends early")


def _lzma(packed: Chunks) -> Chunks:
    """Method 14 (APPNOTE 5.8.8): version, size of the properties, the properties of LZMA1, raw data."""
    import lzma

    head = b""
    for chunk in packed:
        head += chunk
        if len(head) >= 9:
            break
    if len(head) < 9 or head[2:4] != b"\x05\x00" or head[4] >= 225 or int.from_bytes(head[5:9], "little") > 64 << 20:
        raise Damaged(Reason.CORRUPT, "the zip member's lzma header is none, or asks for more than 64 MiB")
    rest, literal = divmod(head[4], 9)
    settings = {"id": lzma.FILTER_LZMA1, "lc": literal, "lp": rest % 5, "pb": rest // 5, "dict_size": int.from_bytes(head[5:9], "little")}
    try:
        machine = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[settings])
        for chunk in itertools.chain([head[9:]], packed):
            data = bytes(chunk)
            while not machine.eof and (data or not machine.needs_input):
                yield machine.decompress(data, BLOCK)
                data = b""
            if machine.eof:
                yield data or machine.unused_data
    except (lzma.LZMAError, ValueError, EOFError):
        raise Damaged(Reason.CORRUPT, "the zip member's lzma data does not inflate") from None


class ByteStream:
    """Chunks as a stream with a way back."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._current = memoryview(b"")

    def some(self, most: int) -> memoryview:
        """The next bytes, at least one and at most `most`; none at the end."""
        while not self._current:
            following = next(self._chunks, None)
            if following is None:
                break
            self._current = memoryview(following)
        taken, self._current = self._current[:most], self._current[most:]
        return taken

    def exactly(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end."""
        parts = []
        while size > 0 and (part := self.some(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def back(self, data: bytes) -> None:
        if data:
            self._chunks = itertools.chain([data, self._current], self._chunks)
            self._current = memoryview(b"")

    def upto(self, size: int) -> Chunks:
        while size > 0 and (part := self.some(min(size, BLOCK))):
            size -= len(part)
            yield part

    def all(self) -> Chunks:
        while part := self.some(BLOCK):
            yield part


def walk(stream: ByteStream, complete: bool = True) -> Iterator[ZipMember]:
    """Members by their local headers. One without a length ends where its deflate stream ends, or else with the archive.

    A `complete` archive ends in a directory.
    """
    while True:
        signature = stream.exactly(4)
        if not signature and not complete:
            return
        if signature in (_DESCRIPTOR, b"PK00"):
            signature = stream.exactly(4)
        if signature in _ENDS:
            break
        header = signature + stream.exactly(LOCAL.size - 4)
        if len(header) < LOCAL.size:
            raise Damaged(Reason.TRUNCATED, "the zip ends early")
        if signature != MEMBER:
            raise Damaged(Reason.CORRUPT, "no zip member where one should begin")
        _, _, flags, method, _, _, _, packed_size, size, name_size, extra_size = LOCAL.unpack(header)
        name, extra = stream.exactly(name_size), stream.exactly(extra_size)
        yield from remarked(name, extra)
        packed_size = _zip64_size(extra, packed_size, size)
        if flags & LENGTH_FOLLOWS and packed_size in (0, _UNKNOWN) and not name.endswith(b"/"):
            yield from _endless(stream, name, flags, method)
            continue
        packed = stream.upto(packed_size)
        if not (name.endswith(b"/") and not packed_size):
            yield opened(name, flags, method, measured(packed, packed_size))
        for _ in packed:
            pass
        if flags & LENGTH_FOLLOWS:
            _pass_descriptor(stream)
    stream.back(signature)
    yield from behind(stream)


def _endless(stream: ByteStream, name: bytes, flags: int, method: int) -> Iterator[ZipMember]:
    tail: list[bytes] = []
    if flags & _ENCRYPTED or method not in (0, 8):
        why = "a password" if flags & _ENCRYPTED else f"compression method {method}"
        reason = Reason.ENCRYPTED if flags & _ENCRYPTED else Reason.UNSUPPORTED
        for _ in stream.all():
            pass
        raise Damaged(reason, f"a zip member with {why} and without a length: what follows it was not read")
    if method == 0:
        yield ZipMember(name, stream.all())
        raise Damaged(Reason.UNSUPPORTED, "a stored zip member without a length: what follows it was read as its raw bytes")
    inflated = decompress(stream.all(), "deflate", tail)
    yield ZipMember(name, inflated)
    for _ in inflated:
        pass
    stream.back(b"".join(tail))
    _pass_descriptor(stream)


def _pass_descriptor(stream: ByteStream) -> None:
    """A checksum and two sizes of 4 or 8 bytes, with a signature before them or without (APPNOTE 4.3.9): the next signature tells which."""
    ahead = stream.exactly(28)
    starts = [at for at in (16, 24, 12, 20) if ahead[at : at + 4] in (MEMBER, *_ENDS)]
    stream.back(ahead[starts[0] :] if starts else ahead)


def _zip64_size(extra: bytes, packed_size: int, size: int) -> int:
    if packed_size != _UNKNOWN:
        return packed_size
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == 1:
            at = 8 if size == _UNKNOWN else 0
            return int.from_bytes(extra[4 + at : 12 + at], "little")
        extra = extra[4 + length :]
    return packed_size
