"""Zip archives (PKWARE APPNOTE 6.3.10): by their directory where the whole is held in memory, else by their local headers as they pass."""

from __future__ import annotations

import io
import itertools
import struct
from collections.abc import Iterator
from typing import NamedTuple

from secretscan.model import Reason
from secretscan.readers.compression import BLOCK, Chunks, Damaged, decompress

_LOCAL = struct.Struct("<4s5H3I2H")
_MEMBER = b"PK\x03\x04"
_DESCRIPTOR = b"PK\x07\x08"  # also the marker that a split archive begins with, then followed by a member
_ENDS = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08")
_KINDS = {8: "deflate", 12: "bzip2", 93: "zstd", 95: "xz"}
_ENCRYPTED, _LENGTH_FOLLOWS, _UTF8 = 0x1, 0x8, 0x800
_UNKNOWN = 0xFFFFFFFF


class _Entry(NamedTuple):
    """What the directory tells of a file; `size` is that of its packed bytes."""

    name: bytes
    flags: int
    method: int
    size: int
    offset: int


class ZipMember(NamedTuple):
    """A file in a zip: `chunks` gives its inflated bytes and raises Damaged where they end early. `unread` says why there are none."""

    name: bytes
    chunks: Chunks
    unread: Damaged | None = None


class Archive:
    """A zip read from chunks. It takes in up to `room` bytes (`held` of them, while it lives) to have the directory at the end."""

    def __init__(self, chunks: Chunks, room: int) -> None:
        self._buffer = io.BytesIO()
        self._chunks = chunks
        self._whole = True
        for chunk in chunks:
            self._buffer.write(chunk)
            if self._buffer.tell() > room:
                self._whole = False
                break
        self.held = self._buffer.tell()

    def members(self) -> Iterator[ZipMember]:
        """Every file. Damaged comes last, if the archive does not end where it says."""
        found = self._directory() if self._whole else None
        buffer = self._buffer.getbuffer()
        if found is None:
            return _walk(_Bytes(itertools.chain([buffer], self._chunks)))
        return (_listed(buffer, entry) for entry in found)

    def _directory(self) -> list[_Entry] | None:
        """Every file. None if the directory cannot be read: the local headers will do."""
        import zipfile

        try:
            with zipfile.ZipFile(self._buffer) as archive:
                return [
                    _Entry(
                        info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437"),
                        info.flag_bits,
                        info.compress_type,
                        info.compress_size,
                        info.header_offset,
                    )
                    for info in archive.infolist()
                    if not (info.is_dir() and not info.compress_size)
                ]
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OSError, EOFError, IndexError):
            return None


def _listed(buffer: memoryview, entry: _Entry) -> ZipMember:
    header = buffer[entry.offset : entry.offset + _LOCAL.size] if entry.offset >= 0 else b""
    if len(header) < _LOCAL.size or bytes(header[:4]) != _MEMBER:
        return ZipMember(entry.name, iter(()), Damaged(Reason.CORRUPT, "the zip's directory points to no member"))
    *_, name_size, extra_size = _LOCAL.unpack(header)
    start = entry.offset + _LOCAL.size + name_size + extra_size
    packed = buffer[start : start + entry.size]
    chunks: Chunks = (packed[at : at + BLOCK] for at in range(0, len(packed), BLOCK))
    return _opened(entry.name, entry.flags, entry.method, _complete(chunks, entry.size))


def _opened(name: bytes, flags: int, method: int, packed: Chunks) -> ZipMember:
    """A member whose packed bytes are `packed`, and no more."""
    if flags & _ENCRYPTED:
        return ZipMember(name, iter(()), Damaged(Reason.ENCRYPTED, "a zip member with a password"))
    if method == 0:
        return ZipMember(name, packed)
    if method == 14:
        return ZipMember(name, _lzma(packed))
    if method in _KINDS:
        return ZipMember(name, decompress(packed, _KINDS[method]))
    return ZipMember(name, iter(()), Damaged(Reason.UNSUPPORTED, f"zip compression method {method}"))


def _complete(chunks: Chunks, size: int) -> Chunks:
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
    except (lzma.LZMAError, ValueError, EOFError):
        raise Damaged(Reason.CORRUPT, "the zip member's lzma data does not inflate") from None


class _Bytes:
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


def _walk(stream: _Bytes) -> Iterator[ZipMember]:
    """Members by their local headers. One without a length ends where its deflate stream ends, or else with the archive."""
    while True:
        signature = stream.exactly(4)
        if signature in (_DESCRIPTOR, b"PK00"):
            signature = stream.exactly(4)
        if signature in _ENDS:
            break
        header = signature + stream.exactly(_LOCAL.size - 4)
        if len(header) < _LOCAL.size:
            raise Damaged(Reason.TRUNCATED, "the zip ends early")
        if signature != _MEMBER:
            raise Damaged(Reason.CORRUPT, "no zip member where one should begin")
        _, _, flags, method, _, _, _, packed_size, size, name_size, extra_size = _LOCAL.unpack(header)
        name = stream.exactly(name_size)
        packed_size = _zip64_size(stream.exactly(extra_size), packed_size, size)
        if flags & _LENGTH_FOLLOWS and packed_size in (0, _UNKNOWN) and not name.endswith(b"/"):
            yield from _endless(stream, name, flags, method)
            continue
        packed = stream.upto(packed_size)
        if not (name.endswith(b"/") and not packed_size):
            yield _opened(name, flags, method, _complete(packed, packed_size))
        for _ in packed:
            pass
        if flags & _LENGTH_FOLLOWS:
            _pass_descriptor(stream)
    for _ in stream.all():
        pass


def _endless(stream: _Bytes, name: bytes, flags: int, method: int) -> Iterator[ZipMember]:
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


def _pass_descriptor(stream: _Bytes) -> None:
    """A checksum and two sizes of 4 or 8 bytes, with a signature before them or without (APPNOTE 4.3.9): the next signature tells which."""
    ahead = stream.exactly(28)
    starts = [at for at in (16, 24, 12, 20) if ahead[at : at + 4] in (_MEMBER, *_ENDS)]
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
