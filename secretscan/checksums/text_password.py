"""A password without quotes behind a name in any text: both must be sure."""

from __future__ import annotations

from secretscan import lazy_re
from secretscan.checksums import DROP, Around, Verdict, strong_password
from secretscan.checksums._naming import Kind, kind, name_of
from secretscan.checksums._wording import LOOKUP

BARE = lazy_re.compile(rb"(?i)^pass[ \t]+$")
CODE = lazy_re.compile(rb"[{}()\[\]]|^-|\+\+|[=!]=")


def check(secret: bytes) -> Verdict:
    return DROP if CODE.search(secret) else strong_password.check(secret)


def check_within(secret: bytes, around: Around) -> Verdict:
    if BARE.search(around.lead) or kind(name_of(around.lead)) is not Kind.PASSWORD or LOOKUP.search(around.lead):
        return DROP
    return check(secret)
