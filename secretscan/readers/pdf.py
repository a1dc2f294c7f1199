"""The packed streams of a PDF (ISO 32000-1, 7.3.8 and 7.4): page contents, object streams, attached files."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.model import Reason
from secretscan.readers.compression import BLOCK, Chunks, Damaged, decompress
from secretscan.readers.zip_stream import ZipMember

_STREAM = lazy_re.compile(rb"(?<!end)stream[ \t]{0,9}(?:\r\n|\n|\r)")  # blanks are no part of the form, but readers bear them
_OBJECT = lazy_re.compile(rb"(\d{1,10})\s+(\d{1,5})\s+obj\b")
_FILTER = lazy_re.compile(rb"/(FlateDecode|Fl|LZWDecode|LZW|ASCII85Decode|A85|ASCIIHexDecode|AHx|RunLengthDecode|RL)(?![A-Za-z0-9])")
_FILTERS = lazy_re.compile(rb"/(?:Filter|F)\s*(\[[^\]]*\]|/[^\s/<>\[\]()]+)")
_ESCAPE = lazy_re.compile(rb"#([0-9A-Fa-f]{2})")
_ENCRYPTED = lazy_re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")
_PREDICTOR = lazy_re.compile(rb"/Predictor\s+(?:[2-9]|1\d)")
_PLAIN = lazy_re.compile(rb"/Subtype\s*/Image|/Type\s*/XRef")  # pixels and offsets, whatever their predictor
_DICTIONARY = 4096  # bytes before a stream in which its dictionary stands
_SHORT = {b"Fl": b"FlateDecode", b"LZW": b"LZWDecode", b"A85": b"ASCII85Decode", b"AHx": b"ASCIIHexDecode", b"RL": b"RunLengthDecode"}


def streams(text: bytes) -> Iterator[ZipMember]:
    """Every stream that is packed, whatever its dictionary says of it, named by its object; without a name the whole file is meant.

    Images in formats of their own are no packed text.
    """
    encrypted = _ENCRYPTED.search(text) is not None
    if encrypted:
        yield ZipMember(b"", iter(()), Damaged(Reason.ENCRYPTED, "an encrypted PDF: what its streams and strings say was not read"))
    end = 0
    while (found := _STREAM.search(text, end)) is not None:
        said = text[max(end, found.start() - _DICTIONARY) : found.start()]
        objects = list(_OBJECT.finditer(said))
        name = b"object %s %s" % objects[-1].groups() if objects else b"stream at %d" % found.start()
        dictionary = said[objects[-1].end() :] if objects else said
        start, end = found.end(), text.find(b"endstream", found.end())
        cut = end < 0
        end = len(text) if cut else end
        stream = _opened(name, dictionary, text[start:end])
        if stream is not None and not (encrypted and stream.unread is not None):
            yield stream
        elif cut and stream is None:
            yield ZipMember(name, iter(()), Damaged(Reason.TRUNCATED, "the PDF ends within a stream"))


def _opened(name: bytes, dictionary: bytes, data: bytes) -> ZipMember | None:
    """None if it is not packed: then its raw bytes say all."""
    filters = _filters(dictionary)
    encoded = False
    while filters and filters[0] in (b"ASCII85Decode", b"ASCIIHexDecode"):
        encoded = True
        try:
            data = _from_ascii85(data) if filters[0] == b"ASCII85Decode" else _from_hex(data)
        except ValueError:
            return ZipMember(name, iter(()), Damaged(Reason.CORRUPT, f"the stream is no {filters[0].decode()}"))
        filters = filters[1:]
    packed = data.lstrip(b"\r\n") if not _is_zlib(data) else data
    if _is_zlib(packed):
        if _PREDICTOR.search(dictionary) and not _PLAIN.search(dictionary):
            return ZipMember(name, iter(()), Damaged(Reason.UNSUPPORTED, "a PDF stream with a predictor"))
        return ZipMember(name, decompress(_blocks(packed), "zlib"))
    if filters and filters[0] == b"FlateDecode" and data.strip():
        return ZipMember(name, iter(()), Damaged(Reason.CORRUPT, "the PDF stream does not inflate"))
    if filters and not _PLAIN.search(dictionary):
        return ZipMember(name, iter(()), Damaged(Reason.UNSUPPORTED, f"a PDF stream packed with {filters[0].decode()}"))
    return ZipMember(name, iter([data])) if encoded else None


def _filters(dictionary: bytes) -> list[bytes]:
    """Those that hide text, in order; what follows an image's own format among them is not asked for."""
    named = _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), dictionary)
    found = _FILTERS.search(named)
    return [_SHORT.get(name, name) for name in _FILTER.findall(found[1])] if found else []


def _is_zlib(data: bytes) -> bool:
    return len(data) >= 2 and data[0] & 0x0F == 8 and data[0] >> 4 <= 7 and int.from_bytes(data[:2], "big") % 31 == 0 and not data[1] & 0x20


def _blocks(data: bytes) -> Chunks:
    view = memoryview(data)
    return (view[at : at + BLOCK] for at in range(0, len(view), BLOCK))


def _from_ascii85(data: bytes) -> bytes:
    body = b"".join(data.partition(b"~")[0].split())
    return base64.a85decode(body)


def _from_hex(data: bytes) -> bytes:
    digits = b"".join(data.partition(b">")[0].split())
    return binascii.unhexlify(digits + b"0" * (len(digits) % 2))
