"""Values hidden one step deeper: base64 once and twice, Docker's auth, Helm's releases. Everything is bounded."""

from __future__ import annotations

import binascii
import zlib

from secretscan import lazy_re

MAX_INFLATED = 16 << 20
"""Bytes that one compressed value may become."""
MAX_DECODED = 16 << 20
"""Bytes that all values of one text may become."""
_MAX_LAYERS = 2

_BASE64 = lazy_re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_BASE64URL = lazy_re.compile(rb"[A-Za-z0-9_-]+={0,2}")
_CONTROL = lazy_re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class TooLarge(Exception):
    """A value inflates beyond its cap. What came until then is `head`."""

    def __init__(self, head: bytes) -> None:
        super().__init__(f"a compressed value that inflates beyond {MAX_INFLATED >> 20} MB")
        self.head = head


def unbase64(value: bytes) -> bytes | None:
    """Decode base64 (RFC 4648, wrapped lines allowed). None if it is not that."""
    packed = value.translate(None, b" \t\r\n")
    if len(packed) % 4 or not packed:
        return None
    if _BASE64.fullmatch(packed):
        return binascii.a2b_base64(packed)
    if _BASE64URL.fullmatch(packed):
        return binascii.a2b_base64(packed.translate(bytes.maketrans(b"-_", b"+/")))
    return None


def is_text(value: bytes) -> bool:
    """UTF-8 without control characters."""
    if _CONTROL.search(value):
        return False
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def peel(value: bytes) -> tuple[bytes, tuple[str, ...]] | None:
    """Decode base64, and again where what comes out is base64 of text. None if `value` is not base64."""
    decoded = unbase64(value)
    if decoded is None:
        return None
    steps = ["base64"]
    while len(steps) < _MAX_LAYERS and len(decoded) >= 12:
        inner = unbase64(decoded)
        if inner is None or not (is_text(inner) or inner.startswith(b"\x1f\x8b\x08")):
            break
        decoded = inner
        steps.append("base64")
    return decoded, tuple(steps)


def inflate(value: bytes) -> bytes | None:
    """Decompress gzip (RFC 1952), at most MAX_INFLATED bytes; TooLarge beyond. None if it is corrupt."""
    stream = zlib.decompressobj(wbits=31)
    try:
        found = stream.decompress(value, MAX_INFLATED)
        more = stream.unconsumed_tail and stream.decompress(stream.unconsumed_tail, 1)
    except zlib.error:
        return None
    if more:
        raise TooLarge(found)
    return found
