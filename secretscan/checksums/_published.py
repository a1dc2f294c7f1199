"""Private keys that everybody has: those of well-known projects' test suites, and of machines shipped with one key for all.

A key is known by its public part, so that it is known in whatever form it is written. Only hashes are kept (published_keys.bin, made by
tools/list_published_keys.py): eight bytes of BLAKE2b each, sorted. Structures: RFC 8017 (RSA), RFC 5915 (EC), RFC 5958 (PKCS #8), OpenSSH's
PROTOCOL.key.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
from collections.abc import Iterator

SIZE = 8
_OPENSSH = b"openssh-key-v1\0"
_INTEGER, _BITS, _OCTETS, _SEQUENCE, _PUBLIC = 0x02, 0x03, 0x04, 0x30, 0xA1


def is_published(raw: bytes) -> bool:
    """Whether the key in these bytes (DER, or OpenSSH's own) is one of them."""
    return fingerprint(raw) in _known()


def fingerprint(raw: bytes) -> bytes:
    """Eight bytes that stand for a key's public part; where it has none that is readable, for the key itself."""
    return hashlib.blake2b(public_part(raw), digest_size=SIZE).digest()


def public_part(raw: bytes) -> bytes:
    """A modulus, a point or the like, without what frames it."""
    if raw.startswith(_OPENSSH):
        strings = list(_strings(raw[len(_OPENSSH) :], 3))
        after = raw[len(_OPENSSH) + sum(len(text) + 4 for text in strings) + 4 :]
        blob = next(_strings(after, 1), raw)
        fields = list(_strings(blob, 6))
        kind = fields[0] if fields else b""
        return (fields[2] if kind == b"ssh-rsa" and len(fields) > 2 else fields[-1] if len(fields) > 1 else blob).lstrip(b"\0")
    outer = list(_items(raw))
    if len(outer) != 1 or outer[0][0] != _SEQUENCE:
        return raw
    items = list(_items(outer[0][1]))
    if [tag for tag, _ in items[:3]] == [_INTEGER, _SEQUENCE, _OCTETS]:
        return public_part(items[2][1])
    integers = [value.lstrip(b"\0") for tag, value in items if tag == _INTEGER]
    if len(integers) == 9:
        return integers[1]
    if len(integers) == 6:
        return integers[4]
    for tag, value in items:
        if tag == _PUBLIC:
            return next((bits[1:] for inner, bits in _items(value) if inner == _BITS), raw)
    return raw


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(tag, value) of each element of DER, as far as it is sound."""
    at = 0
    while at + 2 <= len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            digits = size & 0x7F
            size = int.from_bytes(data[at : at + digits], "big")
            at += digits
        if at + size > len(data):
            return
        yield tag, data[at : at + size]
        at += size


def _strings(data: bytes, most: int) -> Iterator[bytes]:
    """The strings of SSH's wire format (RFC 4251), as far as they are whole."""
    at = 0
    for _ in range(most):
        size = int.from_bytes(data[at : at + 4], "big")
        if at + 4 + size > len(data) or at + 4 > len(data):
            return
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


@functools.cache
def _known() -> frozenset[bytes]:
    table = importlib.resources.files("secretscan.checksums").joinpath("published_keys.bin").read_bytes()
    return frozenset(table[at : at + SIZE] for at in range(0, len(table), SIZE))
