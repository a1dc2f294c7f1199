"""Tokens of GitHub's format: prefix, 30 base62 characters, their CRC-32 as six base62 digits (0-9A-Za-z), zeros in front.

Source: "Behind GitHub's new authentication token formats", GitHub Blog, 2021-04-05; npm took it over ("npm has a new access token
format", GitHub Changelog, 2021-09-23).
"""

from __future__ import annotations

import binascii
import string

from secretscan.checksums import Verdict
from secretscan.model import Confidence

BASE62 = (string.digits + string.ascii_uppercase + string.ascii_lowercase).encode()
BODY, DIGITS = 30, 6


def check(secret: bytes) -> Verdict:
    if complete(secret[:-DIGITS]) == secret[-DIGITS:]:
        return Verdict(valid=True, note="its check sum is right")
    return Verdict(valid=False, confidence=Confidence.LOW, note="its check sum is wrong: mistyped, cut, or made up")


def complete(text: bytes) -> bytes:
    """The six check digits of a token whose last 30 characters so far are the end of `text`."""
    number = binascii.crc32(text[-BODY:])
    digits = bytearray()
    for _ in range(DIGITS):
        number, digit = divmod(number, 62)
        digits.append(BASE62[digit])
    return bytes(reversed(digits))
