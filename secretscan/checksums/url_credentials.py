"""Passwords inside URLs (RFC 3986, section 3.2.1): references, placeholders and the passwords every tutorial uses are no secrets."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from secretscan import lazy_re
from secretscan.checksums import DROP, Verdict
from secretscan.checksums._wording import NAMED, is_placeholder, is_worn, wordiness
from secretscan.model import Confidence, Severity

NUMBER = lazy_re.compile(rb"[0-9]{1,5}")
FORMAT = lazy_re.compile(rb"^(?:%[sdqv])+$|%\(|\{\w*(?:[:!|][^{}]*)?\}|\$\{|\$\(|^\$[A-Za-z_]|\$[A-Z_]{3,}|x-oauth-basic|x-access-token")


def check(secret: bytes) -> Verdict:
    plain = unquote_to_bytes(secret)
    if (
        len(plain) < 3
        or NUMBER.fullmatch(plain)
        or FORMAT.search(secret)
        or NAMED.fullmatch(plain)
        or is_placeholder(plain)
        or is_worn(plain, disguised=False)
    ):
        return DROP
    if (plain.isalpha() and (plain.islower() or len(plain) < 8)) or wordiness(plain) > 0.6:
        return Verdict(severity=Severity.MEDIUM, confidence=Confidence.LOW, note="a password made of words")
    if len(plain) < 8:
        return Verdict(severity=Severity.MEDIUM, confidence=Confidence.LOW, note="a short password")
    return Verdict()
