"""A value in a password's place in a file whose format leaves no doubt that it is one: only references and placeholders are none."""

from __future__ import annotations

from secretscan import lazy_re
from secretscan.checksums import DROP, Verdict
from secretscan.checksums._wording import NAMED, is_placeholder, wordiness
from secretscan.checksums.url_credentials import FORMAT, NUMBER
from secretscan.model import Confidence

WORD = lazy_re.compile(rb"(?i)p[a@]ss?w[o0]r[dt]|passphrase|secret")
MENTION = lazy_re.compile(
    rb"\(.*|this|item|[A-Za-z_]\w*(?:\(.*|\[.*|(?:\.|->|::)[A-Za-z_]\w*.*)|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|\*+|%.*%|@.*@|__\w+__"
)
"""Code, names of constants and a template's slots."""


def check(secret: bytes) -> Verdict:
    plain = secret.strip()
    if (
        len(plain) < 3
        or NUMBER.fullmatch(plain)
        or FORMAT.search(plain)
        or MENTION.fullmatch(plain)
        or NAMED.fullmatch(plain)
        or is_placeholder(plain)
    ):
        return DROP
    if WORD.search(plain):
        return Verdict(confidence=Confidence.LOW, note="a password that says what it is, as examples do")
    if wordiness(plain) > 0.6:
        return Verdict(confidence=Confidence.MEDIUM, note="a password made of words")
    return Verdict()
