"""A token told in a sentence or behind a bare name: nothing but random characters will do, and a digit among them."""

from __future__ import annotations

import re

from secretscan import lazy_re
from secretscan.checksums import DROP, Around, Verdict
from secretscan.checksums._naming import Kind
from secretscan.checksums.generic_token import HEX, HEX_LENGTHS, judge
from secretscan.model import Confidence

NEGATED = lazy_re.compile(
    rb"(?i)\b(?:hash|digest|checksum|commit|public|sha\d*|md5|sum|id|uuid|name|version|page|next|csrf|xsrf|cancellation)\b"
)
"""In the words between the name and the value: it is not the secret itself."""


def check(secret: bytes) -> Verdict:
    if not re.search(rb"[0-9]", secret) or not re.search(rb"[A-Za-z]", secret):
        return DROP
    if HEX.fullmatch(secret) and len(secret) not in HEX_LENGTHS:
        return DROP
    said = judge(secret, Kind.WEAK)
    return said if said.drop else Verdict(confidence=Confidence.LOW, note="told in a sentence")


def check_within(secret: bytes, around: Around) -> Verdict:
    return DROP if NEGATED.search(around.lead) else check(secret)
