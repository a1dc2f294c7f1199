"""7z archives (7zFormat.txt of the LZMA SDK): LZMA, LZMA2, deflate, bzip2, zstd, stored. The header stands at the end, so all is held.

Filters for machine code change the operands of jumps and nothing else, so they are left as they are: no text is lost to them.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from typing import Any

from secretscan.model import Reason
from secretscan.readers.compression import BLOCK, Chunks, Damaged, decompress
from secretscan.readers.seven_zip_header import BCJ2, Folder, Header, Malformed, read_header, read_streams
from secretscan.readers.tar import REST
from secretscan.readers.zip_stream import ByteStream, ZipMember, measured

_START = 32  # bytes of the start header
_DICTIONARY = 256 << 20  # bytes; `7z -mx=9` may ask for so many, and takes no more than the data is long
_HEADER = 32 << 20  # bytes of a header, inflated
_LEVELS = 4  # of headers packed in headers; there is one
_COPY, _LZMA, _LZMA2, _DELTA, _AES = b"\0", b"\x03\x01\x01", b"\x21", b"\x03", b"\x06\xf1\x07\x01"
_STREAMS = {b"\x04\x01\x08": "deflate", b"\x04\x02\x02": "bzip2", b"\x04\xf7\x11\x01": "zstd"}
_BRANCHES = frozenset(
    (b"\4", b"\5", b"\6", b"\7", b"\x08", b"\x09", b"\x0a", b"\x0b", *(b"\3\3" + code for code in
     (b"\1\3", b"\2\5", b"\3\1", b"\4\1", b"\5\1", b"\7\1", b"\x08\5")))
)  # fmt: skip
_NAMES = {b"\x03\x04\x01": "PPMd", b"\x04\x01\x09": "deflate64", b"\x04\xf7\x11\x02": "brotli", b"\x04\xf7\x11\x04": "lz4"}


def members(whole: bytes) -> Iterator[ZipMember]:
    """Every file of an archive. Damaged comes last, if there is none to be read or bytes follow its end."""
    try:
        header, end = _header(whole)
    except Malformed:
        raise Damaged(Reason.CORRUPT, "7z: the header cannot be read") from None
    yield from _files(whole, header)
    if whole[end:].strip(b"\0"):
        yield ZipMember(REST, iter([whole[end:]]))


def _header(whole: bytes) -> tuple[Header, int]:
    """(the header, where the archive ends)"""
    if len(whole) < _START:
        raise Malformed
    offset, size = (int.from_bytes(whole[at : at + 8], "little") for at in (12, 20))
    first, end = _START + offset, _START + offset + size
    if end > len(whole):
        raise Damaged(Reason.TRUNCATED, "the 7z archive ends early")
    data = whole[first:end]
    for _ in range(_LEVELS):
        if data[:1] != b"\x17":  # packed, like a file
            break
        folders = read_streams(data)
        if len(folders) != 1:
            raise Malformed
        if folders[0].size > _HEADER:
            raise Damaged(Reason.CAP, f"a 7z archive whose header is longer than {_HEADER >> 20} MiB")
        data = ByteStream(_inflated(whole, folders[0])).exactly(folders[0].size)
    return read_header(data), end


def _files(whole: bytes, header: Header) -> Iterator[ZipMember]:
    names = iter(header.names)
    for folder in header.folders:
        try:
            stream = ByteStream(_inflated(whole, folder))
        except Damaged as damage:
            for _ in folder.sizes:
                yield ZipMember(next(names, b"data"), iter(()), damage)
            continue
        if BCJ2 in (coder.id for coder in folder.coders):
            # The operands of its jumps lie elsewhere, so what is left is shorter than its files, and they cannot be told apart.
            for _ in folder.sizes:
                next(names, b"")
            yield ZipMember(b"(programs)", stream.all())
            continue
        for size in folder.sizes:
            yield ZipMember(next(names, b"data"), measured(stream.upto(size), size))


def _inflated(whole: bytes, folder: Folder) -> Chunks:
    """What a folder holds. Damaged at once if it cannot be opened, later if it is damaged."""
    chain = [coder for coder in folder.coders if coder.id not in _BRANCHES and coder.id not in (_COPY, BCJ2)]
    if any(coder.id == _AES for coder in folder.coders):
        raise Damaged(Reason.ENCRYPTED, "a 7z archive with a password")
    start = _START + folder.start
    if start + folder.packed > len(whole):
        raise Damaged(Reason.TRUNCATED, "the 7z archive ends early")
    packed = memoryview(whole)[start : start + folder.packed]
    chunks: Chunks = (packed[at : at + BLOCK] for at in range(0, len(packed), BLOCK))
    filters: list[dict[str, Any]] = []
    for coder in chain:
        if coder.id in _STREAMS and len(chain) == 1:
            return decompress(chunks, _STREAMS[coder.id])
        if coder.id == _DELTA and filters and len(coder.properties) == 1:
            filters.insert(0, {"id": lzma.FILTER_DELTA, "dist": coder.properties[0] + 1})
        elif coder.id in (_LZMA, _LZMA2) and not filters:
            filters.append(_lzma(coder.id, coder.properties, folder.size))
        else:
            raise Damaged(Reason.UNSUPPORTED, f"7z compression method {_NAMES.get(coder.id, coder.id.hex())}")
    return _unpacked(chunks, filters) if filters else chunks


def _lzma(id: bytes, properties: bytes, size: int) -> dict[str, Any]:
    """A filter of liblzma's. The dictionary need not be larger than what it is filled with."""
    if id == _LZMA2:
        if len(properties) != 1 or properties[0] > 40:
            raise Damaged(Reason.CORRUPT, "7z: properties that are none")
        dictionary = (2 | properties[0] & 1) << properties[0] // 2 + 11 if properties[0] < 40 else (1 << 32) - 1
        return {"id": lzma.FILTER_LZMA2, "dict_size": _bounded(dictionary, size)}
    if len(properties) != 5 or properties[0] >= 225:
        raise Damaged(Reason.CORRUPT, "7z: properties that are none")
    rest, literal = divmod(properties[0], 9)
    dictionary = _bounded(int.from_bytes(properties[1:], "little"), size)
    return {"id": lzma.FILTER_LZMA1, "lc": literal, "lp": rest % 5, "pb": rest // 5, "dict_size": dictionary}


def _bounded(dictionary: int, size: int) -> int:
    needed = max(4096, min(dictionary, size))
    if needed > _DICTIONARY:
        raise Damaged(Reason.CAP, f"the 7z archive asks for more than {_DICTIONARY >> 20} MiB of memory")
    return needed


def _unpacked(chunks: Chunks, filters: list[dict[str, Any]]) -> Chunks:
    try:
        machine = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
        for chunk in chunks:
            data = bytes(chunk)
            while not machine.eof and (data or not machine.needs_input):
                yield machine.decompress(data, BLOCK)
                data = b""
    except (lzma.LZMAError, ValueError, EOFError):
        raise Damaged(Reason.CORRUPT, "the 7z archive does not inflate") from None
