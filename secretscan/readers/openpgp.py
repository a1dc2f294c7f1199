"""OpenPGP messages (RFC 9580, 4 and 5): packed and signed ones are opened, sealed ones said. Armor (6.2) is taken off."""

from __future__ import annotations

import binascii
import itertools
from collections.abc import Callable, Iterator

from secretscan.model import Reason
from secretscan.readers.compression import BLOCK, Chunks, Damaged, begins, decompress
from secretscan.readers.tar import REST
from secretscan.readers.zip_stream import ByteStream, ZipMember

_COMPRESSED, _LITERAL = 8, 11
_SEALED = (9, 18, 20)  # with a symmetric key, in the old way, the usual and LibrePGP's
_METHODS = {1: "deflate", 2: "zlib", 3: "bzip2"}
_LEVELS = 3  # packed messages in packed messages; nobody writes two
_LINE = 1 << 16  # bytes; armor's lines have 76


def inflates(head: bytes) -> bool:
    """Whether a first packet of packed data is one; others are left to their form."""
    stream = ByteStream(iter([head]))
    found = _header(stream)
    if found is None or found[0] != _COMPRESSED:
        return found is not None
    packed = b"".join(_body(stream, found[1], found[2], cut=True))
    return begins(packed[1:], _METHODS[packed[0]]) is not None if packed and packed[0] in _METHODS else False


def message(chunks: Chunks) -> Iterator[ZipMember]:
    """The texts of a message. Damaged comes last, if it is sealed or cannot be read on."""
    yield from _packets(ByteStream(chunks), 0)


def armored(chunks: Chunks) -> Iterator[ZipMember]:
    """The same, of one in armor; what stands around it is a member too."""
    lines = _Lines(chunks)
    bared = _bared(lines)
    yield from _packets(ByteStream(bared), 0)
    for _ in bared:
        pass
    head, rest = next(lines, b""), lines.rest()
    if head:
        yield ZipMember(REST, itertools.chain([head], rest))


def _packets(stream: ByteStream, level: int) -> Iterator[ZipMember]:
    while (found := _header(stream)) is not None:
        tag, size, partial = found
        body = ByteStream(_body(stream, size, partial))
        if tag in _SEALED:
            for _ in stream.all():
                pass
            raise Damaged(Reason.ENCRYPTED, "an OpenPGP message")
        if tag == _COMPRESSED:
            kind = _METHODS.get(int.from_bytes(body.exactly(1), "big"))
            if kind is None or level == _LEVELS:
                raise Damaged(Reason.UNSUPPORTED, "an OpenPGP message packed in a way that is not known")
            yield from _packets(ByteStream(decompress(body.all(), kind)), level + 1)
        elif tag == _LITERAL:
            body.exactly(1)
            name = body.exactly(int.from_bytes(body.exactly(1), "big"))
            body.exactly(4)
            yield ZipMember(name or b"message", body.all())
        for _ in body.all():
            pass


def _header(stream: ByteStream) -> tuple[int, int, bool] | None:
    """(tag, bytes of the body, whether more parts follow these); None at the end. A body without a length, -1, ends with the file."""
    first = int.from_bytes(stream.exactly(1), "big")
    if not first:
        return None
    if not first & 0x80:
        raise Damaged(Reason.CORRUPT, "OpenPGP: no packet where one should begin")
    if first & 0x40:
        return first & 0x3F, *_length(stream)
    kind = first & 3
    return first >> 2 & 15, -1 if kind == 3 else int.from_bytes(stream.exactly(1 << kind), "big"), False


def _length(stream: ByteStream) -> tuple[int, bool]:
    first = int.from_bytes(stream.exactly(1), "big")
    if first < 192:
        return first, False
    if first < 224:
        return (first - 192 << 8) + int.from_bytes(stream.exactly(1), "big") + 192, False
    if first < 255:
        return 1 << (first & 31), True
    return int.from_bytes(stream.exactly(4), "big"), False


def _body(stream: ByteStream, size: int, partial: bool, *, cut: bool = False) -> Chunks:
    if size < 0:
        yield from stream.all()
        return
    while True:
        for part in stream.upto(size):
            size -= len(part)
            yield part
        if size:
            if cut:
                return
            raise Damaged(Reason.TRUNCATED, "the OpenPGP message ends early")
        if not partial:
            return
        size, partial = _length(stream)


class _Lines:
    """Lines of a stream, each with its end; a very long one in parts."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._held = b""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        while b"\n" not in self._held and len(self._held) < _LINE:
            following = next(self._chunks, None)
            if following is None:
                break
            self._held += following
        end = self._held.find(b"\n") + 1 or len(self._held)
        line, self._held = self._held[:end], self._held[end:]
        if not line:
            raise StopIteration
        return line

    def rest(self) -> Chunks:
        yield self._held
        yield from self._chunks


def _bared(lines: _Lines) -> Chunks:
    """The bytes of an armored message."""
    for line in lines:  # its first line and the headers
        if not line.strip():
            break
    digits = b""
    for line in lines:
        if line.startswith(b"="):  # the checksum
            continue
        if line.startswith(b"-----END"):
            break
        digits += line.strip()
        if len(digits) >= BLOCK:
            yield _decoded(digits[: len(digits) // 4 * 4])
            digits = digits[len(digits) // 4 * 4 :]
    if digits:
        yield _decoded(digits)


def _decoded(digits: bytes) -> bytes:
    try:
        return binascii.a2b_base64(digits, strict_mode=True)
    except binascii.Error:
        raise Damaged(Reason.CORRUPT, "the armor of an OpenPGP message") from None


READERS: dict[str, Callable[[Chunks], Iterator[ZipMember]]] = {"OpenPGP": message, "armored OpenPGP": armored}
"""By the kind that sniff() tells."""
