"""A value known only by the function it is handed to: `new Client("…")`, `bot.login("…")`. Nothing but random characters will do."""

from __future__ import annotations

from secretscan.checksums import DROP, Around, Verdict
from secretscan.checksums._naming import Kind, kind, name_of
from secretscan.checksums._wording import LOOKUP
from secretscan.checksums.generic_token import HEX, judge


def check(secret: bytes) -> Verdict:
    if HEX.fullmatch(secret) and len(secret) not in (32, 40, 64):
        return DROP
    return judge(secret, Kind.WEAK)


def check_within(secret: bytes, around: Around) -> Verdict:
    lead = around.lead
    callee = name_of(lead)
    said = kind(callee)
    if LOOKUP.search(lead) or (said is Kind.NONE and _says_otherwise(callee)):
        return DROP
    return check(secret)


def _says_otherwise(callee: bytes) -> bool:
    lowered = callee.lower()
    return any(
        word in lowered
        for word in (b"hash", b"digest", b"public", b"author", b"new_id", b"render", b"error", b"decode", b"newtest", b"uuid")
    )
