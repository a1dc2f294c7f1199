"""A value known as a provider's token by the provider's name nearby: random, not a hash, an id, a version or a placeholder.

The rule has matched the charset and length that the provider uses, so less is asked of the value than where only a name vouches for it.
"""

from __future__ import annotations

import re

from secretscan import lazy_re
from secretscan.checksums import DROP, Around, Verdict
from secretscan.checksums import uuid as uuids
from secretscan.checksums._randomness import surprise, switches
from secretscan.checksums._wording import is_placeholder
from secretscan.model import Confidence

HEX = lazy_re.compile(rb"(?:0x)?(?:[0-9a-f]+|[0-9A-F]+)")
SEQUENCE = lazy_re.compile(
    rb"(?i)0123456|1234567|234567890|abcdefg|00112233|deadbeef|cafebabe|fedcba98|(?:([0-9a-z])\1{5})|(?:([0-9a-z]{2,4})\2{4})"
)
NOT_SECRET = lazy_re.compile(
    rb"""(?xi)
      (?: sha[_-]?(?:1|224|256|384|512)? | commit | revision | digest | checksums? | integrity | md5(?:sum)? | hash(?:es)? | etag
        | fingerprint | blob | tree | rev | ref | guid | version | nonce | salt )
      (?:[_-]?(?:id|sum|value))? [^A-Za-z0-9]{1,16} $
    | (?: github(?:usercontent)?\.com | gitlab\.com | bitbucket\.org ) / [^\s"']{1,60} $
    | / (?: commits? | blob | tree | raw | archive ) / $
    | (?-i: [_.\-\W]id | [a-z0-9]I[dD] | [_.\-\W]I[Dd] ) [^A-Za-z0-9]{1,16} $
    """
)
"""How the text before a value ends that is a hash or names something."""
TALE = 80
LEAST = 5.4
"""Bits of surprise a character: nearly all random texts of 14 characters and more lie above, words and names below."""


def check(secret: bytes) -> Verdict:
    plain = secret.rstrip(b"=")
    if uuids.FORM.fullmatch(plain):
        return uuids.check(plain)
    if SEQUENCE.search(plain):
        return DROP
    if HEX.fullmatch(plain):
        return Verdict() if len(set(plain)) >= min(7, len(plain) // 3) else DROP
    if is_placeholder(plain):
        return DROP
    measured = surprise(plain)
    if measured < LEAST or (measured < LEAST + 0.6 and switches(plain) < len(plain) // 6):
        return DROP
    if not re.search(rb"[0-9]", plain):
        return Verdict(confidence=Confidence.LOW, note="without a digit: may be a name")
    return Verdict()


def check_within(secret: bytes, around: Around) -> Verdict:
    if NOT_SECRET.search(around.lead[-TALE:]):
        return DROP
    return check(secret)
