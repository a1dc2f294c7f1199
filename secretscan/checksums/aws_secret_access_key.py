"""AWS secret access keys: 40 characters of base64 without a check sum, so only what cannot be one is told.

`+` and `/` may stand percent-encoded.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from secretscan import lazy_re
from secretscan.checksums import DROP, Verdict
from secretscan.model import Confidence

GIT_HASH = lazy_re.compile(rb"[0-9a-f]{40}|[0-9A-F]{40}")
PLACEHOLDER = lazy_re.compile(
    rb"(?i)example|your(?:aws|secret|key)|dummy|fakekey|placeholder|secretkey|(.)\1{4}|abcdefg|12345678|test.{0,8}key|(?:[a-z]{3,}/){4}"
)
ONE_SORT = lazy_re.compile(rb"[a-z]{16}|[A-Z]{16}|[0-9]{10}")


def check(secret: bytes) -> Verdict:
    plain = unquote_to_bytes(secret)
    if len(plain) != 40 or GIT_HASH.fullmatch(plain) or PLACEHOLDER.search(plain) or ONE_SORT.search(plain):
        return DROP
    if not (re.search(rb"[a-z]", plain) and re.search(rb"[A-Z]", plain)):
        return DROP
    if not re.search(rb"[0-9]", plain):
        # One random key in a thousand has no digit; most names and paths of 40 characters have none.
        return Verdict(confidence=Confidence.LOW, note="has the form of a secret access key, but no digit")
    return Verdict(note="has the form of a secret access key")
