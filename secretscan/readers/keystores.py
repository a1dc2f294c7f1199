"""Private keys in binary: PKCS #12, Java's key stores and bare DER. A view shows each as the PEM block it would be.

Structures: RFC 7292 (PKCS #12), RFC 5958 (PKCS #8), RFC 8017 (RSA), RFC 5915 (EC), RFC 8410 (Ed25519); Java's are as the JDK's
JavaKeyStore and JceKeyStore classes document them. Nothing is decrypted.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import NamedTuple

from secretscan import lazy_re
from secretscan.model import Reason, Segment, Silence, View

_JKS = b"\xfe\xed\xfe\xed\0\0\0"
_JCEKS = b"\xce\xce\xce\xce\0\0\0"
_SHROUDED = bytes.fromhex("060b2a864886f70d010c0a0102")
_KEY_BAG = bytes.fromhex("060b2a864886f70d010c0a0101")
_PKCS8 = (
    bytes.fromhex("020100300d06092a864886f70d01010105000482"),  # RSA
    bytes.fromhex("020100301306072a8648ce3d02010608"),  # EC, P-256
    bytes.fromhex("020100301006072a8648ce3d02010605"),  # EC, P-384 and P-521
    bytes.fromhex("020100300506032b657004220420"),  # Ed25519
    bytes.fromhex("020100300506032b656e04220420"),  # X25519
)
_PKCS1 = (
    bytes.fromhex("02010002818100"),  # 1,024 bits
    bytes.fromhex("0201000282010100"),  # 2,048
    bytes.fromhex("0201000282018100"),  # 3,072
    bytes.fromhex("0201000282020100"),  # 4,096
)
_SEC1 = {
    bytes.fromhex("a00a06082a8648ce3d030107"): 32,  # P-256
    bytes.fromhex("a00706052b8104000a"): 32,  # secp256k1
    bytes.fromhex("a00706052b81040022"): 48,  # P-384
    bytes.fromhex("a00706052b81040023"): 66,  # P-521
}
"""The curve that follows a private number in SEC 1's form, and that number's bytes."""
_PBES2 = bytes.fromhex("06092a864886f70d01050d")

MARKERS = ((_JKS, _JCEKS, _SHROUDED, _KEY_BAG, *_PKCS8, *_PKCS1, *_SEC1, _PBES2),)

_DER = lazy_re.compile(b"|".join(map(re.escape, (*_PKCS8, *_PKCS1))))
_CURVE = lazy_re.compile(b"|".join(map(re.escape, _SEC1)))
_BAG = lazy_re.compile(re.escape(_SHROUDED) + b"|" + re.escape(_KEY_BAG))
_MOST_KEYS = 1000
_LEAST_KEY = 40  # bytes; an Ed25519 key has 48


class _Key(NamedTuple):
    """A stretch of the file that is a key in DER, and its label in PEM: none if it is a sealed Java object."""

    start: int
    end: int
    label: str
    kind: str


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view with a PEM block for each private key, in the order of the file. Public keys and certificates are passed over."""
    del name
    try:
        keys = list(_keys(text))
    except ValueError as error:
        yield Reason.UNPARSED, str(error)
        return
    out = bytearray()
    segments: list[Segment] = []
    behind = -1
    for key in sorted(keys, key=lambda key: (key.start, -key.end))[:_MOST_KEYS]:
        if key.start < behind:
            continue  # the key inside of a key that is shown already
        behind = key.end
        at = len(out)
        out += _shown(text[key.start : key.end], key)
        segments.append(Segment(at, len(out), key.start, key.end, False, {"decoded": [key.kind]}))
        out += b"\n"
    if len(keys) > _MOST_KEYS:
        yield Reason.CAP, f"more than {_MOST_KEYS} keys in one file"
    if segments:
        yield View(bytes(out), tuple(segments))


def _shown(der: bytes, key: _Key) -> bytes:
    body = base64.b64encode(der)
    if not key.label:
        return b"jceks_sealed_secret=" + body
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    label = key.label.encode()
    return b"\n".join([b"-----BEGIN " + label + b"-----", *lines, b"-----END " + label + b"-----"])


def _keys(text: bytes) -> Iterator[_Key]:
    if text.startswith((_JKS, _JCEKS)):
        yield from _java(text)
        return
    for found in _BAG.finditer(text):
        start, end = _inside(text, found.end())
        if end - start >= _LEAST_KEY and _is_sequence(text, start, end):
            label = "ENCRYPTED PRIVATE KEY" if found[0] == _SHROUDED else "PRIVATE KEY"
            yield _Key(start, end, label, "PKCS #12")
    for found in _DER.finditer(text):
        outer = _outer(text, found.start())
        if outer is not None:
            yield _Key(*outer, "PRIVATE KEY" if found[0] in _PKCS8 else "RSA PRIVATE KEY", "DER")
    for found in _CURVE.finditer(text):
        size = _SEC1[found[0]]
        start = found.start() - size - 5
        if start > 0 and text.startswith(b"\x02\x01\x01\x04" + bytes([size]), start):
            outer = _outer(text, start)
            if outer is not None:
                yield _Key(*outer, "EC PRIVATE KEY", "DER")
    if text[:1] == b"\x30" and text.find(_PBES2, 0, 24) > 0 and _is_sequence(text, 0, len(text)):
        yield _Key(0, len(text), "ENCRYPTED PRIVATE KEY", "DER")


def _length(text: bytes, at: int) -> tuple[int, int]:
    """(content's offset, its length) of the DER length at an offset; (0, -1) if it is none."""
    first = text[at] if at < len(text) else 0x80
    if first < 0x80:
        return at + 1, first
    digits = first & 0x7F
    if not 1 <= digits <= 3 or at + 1 + digits > len(text):
        return 0, -1
    return at + 1 + digits, int.from_bytes(text[at + 1 : at + 1 + digits], "big")


def _inside(text: bytes, at: int) -> tuple[int, int]:
    """What a [0] EXPLICIT tag at an offset holds; an empty stretch if there is none."""
    if text[at : at + 1] != b"\xa0":
        return 0, 0
    start, length = _length(text, at + 1)
    return (start, start + length) if 0 <= length <= len(text) - start else (0, 0)


def _is_sequence(text: bytes, start: int, end: int) -> bool:
    """Whether text[start:end] is one SEQUENCE and nothing more."""
    content, length = _length(text, start + 1)
    return text[start : start + 1] == b"\x30" and length >= 0 and content + length == end


def _outer(text: bytes, start: int) -> tuple[int, int] | None:
    """The SEQUENCE whose content begins at an offset, if all of it is there."""
    for head in (4, 3, 2):
        at = start - head
        if at >= 0 and text[at] == 0x30:
            content, length = _length(text, at + 1)
            if content == start and length >= _LEAST_KEY - head and content + length <= len(text):
                return at, content + length
    return None


def _java(text: bytes) -> Iterator[_Key]:
    """The entries of a JKS or JCEKS file. ValueError where it breaks off."""
    reader = _Reader(text, 4)
    version, count = reader.number(4), reader.number(4)
    if version not in (1, 2):
        raise ValueError("a Java key store of a version that is not known")
    kind = "JKS" if text.startswith(_JKS) else "JCEKS"
    for _ in range(min(count, _MOST_KEYS + 1)):
        tag = reader.number(4)
        reader.skip(reader.number(2))
        reader.skip(8)
        if tag == 1:
            size = reader.number(4)
            yield _Key(reader.at, reader.at + size, "ENCRYPTED PRIVATE KEY", kind)
            reader.skip(size)
            for _ in range(min(reader.number(4), _MOST_KEYS)):
                reader.certificate(version)
        elif tag == 2:
            reader.certificate(version)
        else:
            # A sealed secret key: a serialized object without a length. Nothing behind it can be told apart.
            yield _Key(reader.at, min(len(text), reader.at + 2048), "", kind)
            return


class _Reader:
    """Big-endian numbers and stretches, one after the other."""

    def __init__(self, text: bytes, at: int) -> None:
        self.text = text
        self.at = at

    def number(self, size: int) -> int:
        if self.at + size > len(self.text):
            raise ValueError("a Java key store that breaks off")
        self.at += size
        return int.from_bytes(self.text[self.at - size : self.at], "big")

    def skip(self, size: int) -> None:
        if self.at + size > len(self.text):
            raise ValueError("a Java key store that breaks off")
        self.at += size

    def certificate(self, version: int) -> None:
        if version == 2:
            self.skip(self.number(2))
        self.skip(self.number(4))
