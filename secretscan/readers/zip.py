"""Zip archives (PKWARE APPNOTE 6.3.10): by their directory where the whole is held in memory, else by their local headers as they pass.

What no directory names is read too: members that were dropped from it, bytes between members, comments, and what follows the end.
"""

from __future__ import annotations

import io
import itertools
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from secretscan.model import Reason
from secretscan.readers.compression import BLOCK, Chunks, Damaged, decompress
from secretscan.readers.tar import REST

_LOCAL = struct.Struct("<4s5H3I2H")
_MEMBER = b"PK\x03\x04"
_DESCRIPTOR = b"PK\x07\x08"  # also the marker that a split archive begins with, then followed by a member
_ENDS = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08")  # directory, its end, its zip64 end, archive extra data
_LOCATOR = b"PK\x06\x07"
_KINDS = {8: "deflate", 12: "bzip2", 93: "zstd", 95: "xz"}
_ENCRYPTED, _LENGTH_FOLLOWS, _UTF8 = 0x1, 0x8, 0x800
_UNKNOWN = 0xFFFFFFFF
_DESCRIPTOR_SIZE = 24  # bytes, at most
_EXTRA = b"!(extra field)"
_REMARK = 16  # bytes: no shorter extra field can hold a text that matters
_SIZES = (1, 10)  # extra fields that hold numbers: zip64, NTFS times


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
        file = io.BytesIO()
        self._chunks = chunks
        self._whole = True
        self._end = 0  # where the directory begins
        for chunk in chunks:
            file.write(chunk)
            if file.tell() > room:
                self._whole = False
                break
        self.held = file.tell()
        self._held = file.getvalue()  # shared, not copied; of getbuffer() CPython up to 3.12.1 can crash when it collects garbage

    def members(self) -> Iterator[ZipMember]:
        """Every file. Damaged comes last, if the archive does not end where it says."""
        found = self._directory() if self._whole else None
        buffer = memoryview(self._held)
        if found is None:
            return _walk(_Bytes(itertools.chain([buffer], self._chunks)))
        files = (entry for entry in found if entry.size or not entry.name.endswith(b"/"))
        return itertools.chain((_listed(buffer, entry) for entry in files), _unlisted(buffer, found, self._end))

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
    return _opened(entry.name, entry.flags, entry.method, _complete(chunks, entry.size))


def _data_of(buffer: memoryview, entry: _Entry) -> tuple[int, int] | None:
    """Where a member's extra field and where its packed bytes begin. None if its header is not where the directory says."""
    header = buffer[entry.offset : entry.offset + _LOCAL.size] if entry.offset >= 0 else b""
    if len(header) < _LOCAL.size or bytes(header[:4]) != _MEMBER:
        return None
    *_, name_size, extra_size = _LOCAL.unpack(header)
    extra = entry.offset + _LOCAL.size + name_size
    return extra, extra + extra_size


def _unlisted(buffer: memoryview, entries: list[_Entry], end: int) -> Iterator[ZipMember]:
    """What lies before the directory, at `end`, and in none of its entries; then what the directory says beside names, and what follows."""
    taken = [(end, end, 0)]
    for entry in entries:
        where = _data_of(buffer, entry)
        if where is not None:
            extra, data = where
            taken.append((entry.offset, data + entry.size, _DESCRIPTOR_SIZE if entry.flags & _LENGTH_FOLLOWS else 0))
            yield from _remarked(entry.name, bytes(buffer[extra:data]))
    found: list[bytes] = []
    done = slack = 0
    for start, stop, descriptor in sorted(taken):
        if start - done > slack:
            gap = bytes(buffer[done:start])
            member = gap.find(_MEMBER)
            found.append(gap[: member if member >= 0 else len(gap)].strip(b"\0"))
            if member >= 0:
                yield from _walk(_Bytes(iter([gap[member:]])), complete=False)
        if stop >= done:
            done, slack = stop, descriptor
    yield from _behind(_Bytes(iter([buffer[end:]])), [text + b"\n" for text in found if text])


def _remarked(name: bytes, extra: bytes) -> Iterator[ZipMember]:
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


def _behind(stream: _Bytes, before: Iterable[bytes] = ()) -> Iterator[ZipMember]:
    """What was found `before`, comments and extra fields of the directory, and whatever follows its end, as one text if there is any."""
    said = itertools.chain(before, _remarks(stream))
    first = next(said, None)
    if first is not None:
        yield ZipMember(REST, itertools.chain([first], said))


def _remarks(stream: _Bytes) -> Chunks:
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


def _opened(name: bytes, flags: int, method: int, packed: Chunks) -> ZipMember:
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
            if machine.eof:
                yield data or machine.unused_data
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


def _walk(stream: _Bytes, complete: bool = True) -> Iterator[ZipMember]:
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
        header = signature + stream.exactly(_LOCAL.size - 4)
        if len(header) < _LOCAL.size:
            raise Damaged(Reason.TRUNCATED, "the zip ends early")
        if signature != _MEMBER:
            raise Damaged(Reason.CORRUPT, "no zip member where one should begin")
        _, _, flags, method, _, _, _, packed_size, size, name_size, extra_size = _LOCAL.unpack(header)
        name, extra = stream.exactly(name_size), stream.exactly(extra_size)
        yield from _remarked(name, extra)
        packed_size = _zip64_size(extra, packed_size, size)
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
    stream.back(signature)
    yield from _behind(stream)


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
