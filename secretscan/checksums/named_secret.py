"""A value behind a name that may be of a password or of a token: each is judged as its kind."""

from __future__ import annotations

from secretscan.checksums import DROP, Around, Verdict, generic_password, generic_token
from secretscan.checksums._naming import Kind, kind, name_of
from secretscan.checksums.generic_token import HEX


def check(secret: bytes) -> Verdict:
    return generic_password.check(secret)


def check_within(secret: bytes, around: Around) -> Verdict:
    said = kind(name_of(around.lead))
    if HEX.fullmatch(secret) and len(secret) < 16:
        return DROP
    if said is Kind.PASSWORD:
        return generic_password.check(secret)
    return generic_token.judge(secret, said) if said is Kind.TOKEN else DROP
