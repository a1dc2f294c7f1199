"""Private keys in PEM: whether there is a whole key in the block, of which kind, and whether a passphrase protects it.

Structures: RFC 7468 (the encoding), RFC 8017 (RSA), RFC 5915 (EC), RFC 5958 (PKCS #8), OpenSSH's PROTOCOL.key, RFC 9580 (OpenPGP).
The block may be quoted, escaped, indented, commented, or base64 itself (as in a kubeconfig).
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple

from secretscan import lazy_re
from secretscan.checksums import DROP, Verdict
from secretscan.checksums._published import is_published
from secretscan.checksums._randomness import surprise
from secretscan.checksums._wording import entropy
from secretscan.model import Confidence, Json, Severity

BLOCK = lazy_re.compile(rb"-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?)-----(.*?)(?:-----END|\Z)", re.DOTALL)
JOINED = lazy_re.compile(rb"""["'`][\s+.&\\]{0,200}["'`]""")
ESCAPED = lazy_re.compile(rb"\\+(?:r\\+n|[nrt])|\\+\r?\n|&#(?:10|13|x[aAdD]);|%0[AaDd]|<br\s*/?>")
COMMENT = lazy_re.compile(rb"(?m)^[ \t]*(?:#|\*|>|\|)[ \t]?")
SLASHES = lazy_re.compile(rb"(?m)^[ \t]*//[ \t]?")
COMMENTED = lazy_re.compile(rb"\s*(?://[^\n]*\n\s*)+(?://\s*)?")
HEADER = lazy_re.compile(rb"(?m)^[ \t]*[A-Za-z][A-Za-z0-9-]*:[^\n]*$")
FEWEST = 40
"""Base64 characters under which no key fits: an Ed25519 key in PKCS #8 has 64."""
_CODE = 5.5
"""Bits of surprise a character under which the letters of a block are words."""


class Key(NamedTuple):
    """A block as read: its label, whether a passphrase guards it, its bytes, and the base64 they came as.

    `whole`: whether all of it is there; None if it is not what its label says.
    """

    label: str
    guarded: bool
    raw: bytes
    whole: bool | None
    letters: bytes


def check(secret: bytes) -> Verdict:
    key = read(secret)
    if key is None:
        return DROP
    facts: dict[str, Json] = {"kind": key.label.removesuffix(" BLOCK").removesuffix("PRIVATE KEY").strip() or "PKCS #8"}
    if key.guarded and not key.label.startswith("ENCRYPTED"):
        return _encrypted(facts)
    if key.whole is None and surprise(key.letters[:2000]) < _CODE:
        return DROP  # code that names the block
    if key.whole is None:
        return Verdict(valid=False, facts=facts, confidence=Confidence.LOW, note="a block without a key's structure in it")
    if not key.whole:
        # A shortened one, as documentation shows them, opens nothing.
        return DROP
    if is_published(key.raw):
        facts["published"] = True
        note = "a key that everybody has: a well-known project publishes it"
        return Verdict(valid=True, facts=facts, severity=Severity.LOW, confidence=Confidence.LOW, note=note)
    if key.guarded or (key.label.startswith("OPENSSH") and not key.raw.startswith(b"openssh-key-v1\0\0\0\0\x04none")):
        return _encrypted(facts)
    return Verdict(valid=True, facts=facts, note=f"a whole {facts['kind']} private key")


def read(secret: bytes) -> Key | None:
    """The key in a text, however it is quoted there; None if there is no block, or none that could hold a key."""
    found = BLOCK.search(secret if b"-----BEGIN" in secret else _decoded(secret))
    if found is None:
        return None
    label, inside = found[1].decode(), ESCAPED.sub(b"\n", JOINED.sub(b"\n", found[2]))
    inside = COMMENT.sub(b"", inside)
    if COMMENTED.fullmatch(inside):  # base64 has slashes too: only if every line begins with two are they a comment
        inside = SLASHES.sub(b"", inside)
    guarded = b"ENCRYPTED" in inside or label.startswith("ENCRYPTED")
    # A block on one line has its headers' words in front; only base64 in long runs is body.
    text = re.sub(rb"[^A-Za-z0-9+/]", b"", HEADER.sub(b"", inside).partition(b"\n=")[0])
    if len(text) < FEWEST or b"..." in inside or entropy(text) < 3.5:
        return None
    raw = base64.b64decode(text[: len(text) // 4 * 4] + _rest(text))
    return Key(label, guarded, raw, _whole(label, raw), text)


def _encrypted(facts: dict[str, Json]) -> Verdict:
    return Verdict(
        valid=True, facts={**facts, "encrypted": True}, severity=Severity.LOW, note="encrypted: only as strong as its passphrase"
    )


def _decoded(secret: bytes) -> bytes:
    text = re.sub(rb"[^A-Za-z0-9+/]", b"", secret)
    try:
        return base64.b64decode(text[: len(text) // 4 * 4] + _rest(text))
    except binascii.Error:
        return b""


def _rest(text: bytes) -> bytes:
    """What is left over the last four, padded; one lone character says nothing."""
    left = text[len(text) // 4 * 4 :]
    return left + b"=" * (4 - len(left)) if len(left) > 1 else b""


def _whole(label: str, raw: bytes) -> bool | None:
    """Whether all of the key is there; None if this is not the structure its label promises."""
    if label.startswith("PGP"):
        # An old or new packet header of a secret key (tag 5).
        return len(raw) > 60 if raw[:1] and (raw[0] & 0xFC == 0x94 or raw[0] == 0xC5) else None
    if label.startswith("OPENSSH"):
        return len(raw) > 150 if raw.startswith(b"openssh-key-v1\0") else None
    if raw[:1] != b"\x30" or len(raw) < 32:
        return None
    if raw[1] < 0x80:
        return len(raw) >= 2 + raw[1]
    digits = raw[1] & 0x7F
    if not 1 <= digits <= 4:
        return None
    return len(raw) >= 2 + digits + int.from_bytes(raw[2 : 2 + digits], "big")
