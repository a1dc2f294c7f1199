"""What packages of Linux distributions hold: ar (.deb, static libraries), cpio (initramfs, payloads), rpm. Read forward.

Formats: deb(5), ar(5); the kernel's buffer-format (cpio "newc"); rpm's format manual, v3 and v4. An apk is gzip and tar, as any archive.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Iterator

from secretscan.model import Reason
from secretscan.readers.compression import Chunks, Damaged
from secretscan.readers.tar import REST
from secretscan.readers.zip_stream import ByteStream, ZipMember

_AR, _AR_HEADER = b"!<arch>\n", 60
_CPIO, _CPIO_HEADER = (b"070701", b"070702"), 110
_TRAILER = b"TRAILER!!!"
_RPM_LEAD, _RPM_HEADER = 96, b"\x8e\xad\xe8\x01"
_NAMES = 16 << 20  # bytes of a table of names, and of a name: nobody's is larger
_HEADER = 256 << 20  # bytes of an rpm's header: rpm itself takes no larger one


def ar(chunks: Chunks) -> Iterator[ZipMember]:
    """The members of an ar archive, its tables of symbols and names among them. Damaged where a header is none."""
    stream = ByteStream(chunks)
    stream.exactly(len(_AR))
    names = b""
    while header := stream.exactly(_AR_HEADER):
        digits = header[48:58].strip()
        if len(header) < _AR_HEADER or header[58:] != b"`\n" or not digits.isdigit():
            yield ZipMember(REST, itertools.chain([header], stream.all()))
            raise Damaged(Reason.CORRUPT if len(header) == _AR_HEADER else Reason.TRUNCATED, "ar: a header that is none")
        size = left = int(digits)
        name = header[:16].rstrip()
        if name == b"//" and size <= _NAMES:
            names = stream.exactly(size)
            yield ZipMember(name, iter([names]))
            left = size - len(names)
        else:
            if name.startswith(b"#1/") and name[3:].isdigit() and int(name[3:]) <= min(size, _NAMES):  # BSD puts the name before the data
                left = size - int(name[3:])
                name = stream.exactly(int(name[3:])).rstrip(b"\0")
            elif name[:1] == b"/" and name[1:].isdigit():
                name = names[int(name[1:]) :].partition(b"\n")[0] or name
            yield ZipMember(name if name.strip(b"/") == b"" else name.rstrip(b"/"), _data(stream, left, "ar"))
        if size % 2:
            stream.exactly(1)


def cpio(chunks: Chunks) -> Iterator[ZipMember]:
    """The members of a cpio archive with ASCII headers, and what follows its trailer: another archive, packed or not, in an initramfs."""
    stream = ByteStream(chunks)
    while header := stream.exactly(_CPIO_HEADER):
        fields = _fields(header)
        if fields is None or fields[11] > _NAMES:
            yield ZipMember(REST, itertools.chain([header], stream.all()))
            raise Damaged(Reason.CORRUPT if len(header) == _CPIO_HEADER else Reason.TRUNCATED, "cpio: a header that is none")
        mode, size, name_size = fields[1], fields[6], fields[11]
        name = stream.exactly(name_size).rstrip(b"\0")
        stream.exactly(-(_CPIO_HEADER + name_size) % 4)
        if name == _TRAILER:
            first = b""
            while not first and (zeros := stream.exactly(512)):
                first = zeros.lstrip(b"\0")
            if first:
                yield ZipMember(REST, itertools.chain([first], stream.all()))
            return
        if mode & 0o170000 != 0o040000 or size:
            yield ZipMember(name, _data(stream, size, "cpio"))
        stream.exactly(-size % 4)
    raise Damaged(Reason.TRUNCATED, "cpio: ends without a trailer")


def rpm(chunks: Chunks) -> Iterator[ZipMember]:
    """An rpm's headers, with its scripts, as one text, and its payload, a compressed cpio archive."""
    stream = ByteStream(chunks)
    lead = stream.exactly(_RPM_LEAD)
    signature, ended = _header(stream)
    padding = stream.exactly(-len(signature) % 8) if ended else b""
    header, ended = _header(stream) if ended else (b"", False)
    yield ZipMember(b"(header)", iter([lead[4:] + signature + padding + header]))  # without what begins an rpm
    if not ended:
        yield ZipMember(REST, stream.all())
        raise Damaged(Reason.CORRUPT, "rpm: a header that is none")
    yield ZipMember(b"payload", stream.all())


READERS: dict[str, Callable[[Chunks], Iterator[ZipMember]]] = {"ar": ar, "cpio": cpio, "rpm": rpm}
"""By the kind that sniff() tells."""


def _header(stream: ByteStream) -> tuple[bytes, bool]:
    """(an rpm header as far as it can be read, whether that is all of it)"""
    start = stream.exactly(16)
    if len(start) < 16 or start[:4] != _RPM_HEADER:
        return start, False
    entries, size = struct.unpack_from(">2I", start, 8)
    length = entries * 16 + size
    if length > _HEADER:
        return start, False
    rest = stream.exactly(length)
    return start + rest, len(rest) == length


def _fields(header: bytes) -> list[int] | None:
    try:
        return [int(header[at : at + 8], 16) for at in range(6, _CPIO_HEADER, 8)] if header[:6] in _CPIO else None
    except ValueError:
        return None


def _data(stream: ByteStream, size: int, kind: str) -> Chunks:
    for part in stream.upto(size):
        size -= len(part)
        yield part
    if size:
        raise Damaged(Reason.TRUNCATED, f"{kind}: a member ends early")
