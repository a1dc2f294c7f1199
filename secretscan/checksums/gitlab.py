"""GitLab tokens: routable ones carry a check sum and say which organization, project, group or user they belong to.

Form: PREFIX, base64url of (16 random bytes, lines `KEY:BASE36`, their length in one byte), `.`, version in two base36 digits, `.`, length
of the base64 in two, CRC-32 of all of that in seven. Source: GitLab handbook, "Cells: Routable Tokens". Older tokens have nothing to check.
"""

from __future__ import annotations

import base64
import binascii
import re

from secretscan import lazy_re
from secretscan.checksums import Around, Verdict
from secretscan.model import Confidence, Json

ROUTABLE = lazy_re.compile(rb"([\w-]{0,20}gl[a-z]+-(?:t[123]_)?)([\w-]+)\.([0-9a-z]{2})\.([0-9a-z]{2})([0-9a-z]{7})")
BEGINNING = lazy_re.compile(rb"gl[a-z]+-[\w.-]+\Z")
DIGITS = b"0123456789abcdefghijklmnopqrstuvwxyz"
RANDOM = 16
NAMES = {"o": "organization", "g": "group", "p": "project", "u": "user", "c": "cell"}
LEFT = 20
"""Characters of an instance's own prefix that may stand before GitLab's."""


def check(secret: bytes) -> Verdict:
    found = ROUTABLE.fullmatch(secret)
    if found is None:
        return Verdict()
    if complete(secret[:-7]) != found[5]:
        return Verdict(valid=False, confidence=Confidence.LOW, note="its check sum is wrong: mistyped, cut, or made up")
    return Verdict(valid=True, facts=_owners(found[2]), note="its check sum is right")


def check_within(secret: bytes, around: Around) -> Verdict:
    verdict = check(secret)
    if verdict.valid is False:
        # An instance may put a prefix of its own before GitLab's, and the sum is over that too.
        own = re.search(rb"[\w-]{1,20}\Z", around.before(LEFT))
        if own is not None and check(own[0] + secret).valid:
            return check(own[0] + secret)
    return verdict


def complete(text: bytes) -> bytes:
    """The seven check digits of a token whose beginning, from GitLab's prefix on, is the end of `text`."""
    found = BEGINNING.search(text)
    number = binascii.crc32(text if ROUTABLE.fullmatch(text + b"0" * 7) else found[0] if found else text)
    digits = bytearray()
    for _ in range(7):
        number, digit = divmod(number, 36)
        digits.append(DIGITS[digit])
    return bytes(reversed(digits))


def _owners(payload: bytes) -> dict[str, Json]:
    try:
        raw = base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4))
        lines = raw[RANDOM:-1].decode("ascii").split("\n")
        pairs = [line.partition(":")[::2] for line in lines]
        return {NAMES[key]: int(value, 36) for key, value in pairs if key in NAMES and value}
    except (binascii.Error, ValueError):
        return {}
