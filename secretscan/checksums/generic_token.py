"""A value known as a token only by the name in front of it: it must look random, not like a name, path, version or placeholder."""

from __future__ import annotations

import re

from secretscan.checksums import DROP, Verdict
from secretscan.checksums._wording import decoded_text, is_placeholder, wordiness
from secretscan.model import Confidence

HEX = re.compile(rb"(?:0x)?[0-9a-fA-F]+")
UUID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NAMES = re.compile(
    rb"""(?x)
      (?:[A-Za-z]+[0-9]{0,3}[-_./:])+[A-Za-z]*[0-9]{0,4}          # words with separators
    | [A-Z]?[a-z]+[0-9]{0,2}(?:[A-Z][a-z]+[0-9]{0,2})+            # camelCase
    | [A-Z]+[0-9]{0,2}(?:_[A-Z]+[0-9]{0,2})+                      # CONSTANTS
    | [0-9.,:TZ+_-]+                                             # numbers, dates, versions
    | [a-z]+ | [A-Z]+ | [A-Z]?[a-z]+[0-9]{1,4}
    | .*(?:\.(?:com|org|net|io|ya?ml|json|js|ts|py|go|rb|java|txt|pem|crt|key|html?|css|svg|png|md|xml|sh)|/|\.)$
    | [a-z]+(?:-[a-z]+)*-[A-Za-z0-9]{6}                          # as AWS names its secrets
    | v?[0-9]+\.[0-9]+\.[0-9]+[-+.].*                             # versions with a suffix
    | eyJ(?:hbGci|0eXAi|raWQi)[^.]*                              # the beginning of a JWT
    | (?:\.{1,2}/|/[a-z]+/|~/|[A-Za-z]:\\|https?:|arn:|urn:|sha(?:1|256|384|512)[-:]|\$2[aby]\$|data:).*
    """
)


def check(secret: bytes) -> Verdict:
    plain = secret.rstrip(b"=")
    hidden = decoded_text(plain)
    if _says_nothing(plain) or (b":" not in hidden and _says_nothing(hidden)):
        return DROP
    if UUID.fullmatch(plain):
        return Verdict(confidence=Confidence.LOW, note="a UUID, which is as often a name as a secret")
    if HEX.fullmatch(plain):
        return Verdict() if len(plain) >= 32 else Verdict(confidence=Confidence.LOW, note="short for a token")
    words = wordiness(plain)
    if words > (0.5 if len(plain) < 28 else 0.42):
        return DROP
    digits = sum(48 <= byte < 58 for byte in plain)
    if digits == 0 or words > 0.34:
        return Verdict(confidence=Confidence.LOW, note="may be a name")
    return Verdict()


def _says_nothing(text: bytes) -> bool:
    return bool(text) and (NAMES.fullmatch(text) is not None or is_placeholder(text) or (b" " in text and wordiness(text) > 0.4))
