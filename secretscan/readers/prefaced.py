"""Formats that are a short head before packed data: Flash films (SWF 19, chapter 2), Android backups, WOFF fonts (W3C, 1.0 and 2.0)."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Iterator

from secretscan.model import Reason
from secretscan.readers.compression import BLOCK, Chunks, Damaged, decompress
from secretscan.readers.zip_stream import ByteStream, ZipMember

_TABLES = 4096  # of a font; there are some 60 kinds
_FONT = 32 << 20  # bytes of one table, packed
_TRANSFORMED = (10, 11)  # the tables glyf and loca, by their numbers


def flash(chunks: Chunks) -> Iterator[ZipMember]:
    """The film, without its first eight bytes."""
    stream = ByteStream(chunks)
    stream.exactly(8)
    yield ZipMember(b"film", _inflated(stream))


def android_backup(chunks: Chunks) -> Iterator[ZipMember]:
    """The tar in a backup. Damaged if it is sealed."""
    stream = ByteStream(chunks)
    head = stream.exactly(64)
    lines = head.split(b"\n", 4)
    if len(lines) < 5 or not lines[1].isdigit():
        raise Damaged(Reason.CORRUPT, "an Android backup whose head cannot be read")
    if lines[3] != b"none":
        raise Damaged(Reason.ENCRYPTED, "an Android backup")
    stream.back(lines[4])
    yield ZipMember(b"backup.tar", stream.all() if lines[2] == b"0" else _inflated(stream))


def woff(chunks: Chunks) -> Iterator[ZipMember]:
    """A font's tables, in the order of the file, and its metadata."""
    stream = ByteStream(chunks)
    header = stream.exactly(44)
    if len(header) < 44:
        raise Damaged(Reason.TRUNCATED, "the WOFF font ends early")
    count = struct.unpack_from(">H", header, 12)[0]
    meta_at, meta_size = struct.unpack_from(">2I", header, 24)
    table = stream.exactly(20 * min(count, _TABLES))
    entries = [struct.unpack_from(">4s3I", table, at) for at in range(0, len(table) - 19, 20)]
    parts = [(at, size, size < inflated, tag) for tag, at, size, inflated in entries] + [(meta_at, meta_size, True, b"metadata")]
    done = len(header) + len(table)
    for at, size, packed, tag in sorted(part for part in parts if part[1]):
        if at < done or size > _FONT:
            raise Damaged(Reason.CORRUPT, "a WOFF font whose tables cannot be read")
        stream.exactly(at - done)
        data = stream.exactly(size)
        done = at + size
        yield ZipMember(tag.strip(), decompress(iter([data]), "zlib") if packed else iter([data]))
    yield from _rest(stream)


def woff2(chunks: Chunks) -> Iterator[ZipMember]:
    """A font's tables, which are packed as one, and its metadata. A collection's directory is left where it is: before them."""
    stream = ByteStream(chunks)
    header = stream.exactly(48)
    if len(header) < 48 or header[4:8] == b"ttcf":
        raise Damaged(Reason.UNSUPPORTED, "a WOFF2 collection of fonts" if len(header) == 48 else "a WOFF2 font that ends early")
    for _ in range(struct.unpack_from(">H", header, 12)[0]):
        flags = int.from_bytes(stream.exactly(1), "big")
        known = flags & 63
        tag = stream.exactly(4) if known == 63 else b""
        _base128(stream)
        plain = 3 if known in _TRANSFORMED or tag in (b"glyf", b"loca") else 0  # the transform that is none
        if flags >> 6 != plain:
            _base128(stream)
    size, at, meta = (struct.unpack_from(">I", header, offset)[0] for offset in (20, 28, 32))
    if size > _FONT or meta > _FONT:
        raise Damaged(Reason.CAP, f"a WOFF2 font of more than {_FONT >> 20} MiB")
    yield ZipMember(b"tables", _brotli(stream.exactly(size)))
    if at and meta:
        stream.exactly(-size % 4 if at else 0)
        yield ZipMember(b"metadata", _brotli(stream.exactly(meta)))
    rest = stream.exactly(3)
    if rest.strip(b"\0"):
        stream.back(rest)
    yield from _rest(stream)


def _base128(stream: ByteStream) -> None:
    """Pass a number over (WOFF2, 4.1)."""
    for _ in range(5):
        if not int.from_bytes(stream.exactly(1), "big") & 0x80:
            return


def _brotli(packed: bytes) -> Chunks:
    import brotli

    machine = brotli.Decompressor()
    try:
        data = packed
        while not machine.is_finished():
            out = machine.process(data, output_buffer_limit=BLOCK)
            data = b""
            if out:
                yield out
            elif machine.can_accept_more_data():
                raise Damaged(Reason.TRUNCATED, "the brotli stream ends early")
    except brotli.error:
        raise Damaged(Reason.CORRUPT, "the brotli stream does not inflate") from None


def _inflated(stream: ByteStream) -> Chunks:
    tail: list[bytes] = []
    yield from decompress(stream.all(), "zlib", tail)
    yield from itertools.chain(tail, stream.all())


def _rest(stream: ByteStream) -> Iterator[ZipMember]:
    first = stream.exactly(1)
    if first:
        yield ZipMember(b"private data", itertools.chain([first], stream.all()))


READERS: dict[str, Callable[[Chunks], Iterator[ZipMember]]] = {
    "flash": flash,
    "Android backup": android_backup,
    "woff": woff,
    "woff2": woff2,
}
"""By the kind that sniff() tells."""
