"""AWS access key ids: the account an id belongs to, decoded offline.

Form and prefixes: IAM User Guide, "IAM identifiers". The account stands in bits 7 to 46 of the first six bytes of the base32 text
after the prefix (published by Aidan Steele and Tal Be'ery, recomputed against ids with known accounts); ids since 2019 have bit 47
set, so their fifth character is Q-Z or 2-7. Ids of the scheme before that have I or J there and hide their account.
"""

from __future__ import annotations

import base64

from secretscan import lazy_re
from secretscan.checksums import DROP, Verdict
from secretscan.model import Confidence, Json, Severity

KINDS = {
    b"AKIA": "access key",
    b"ASIA": "temporary access key",
    b"ABIA": "STS service bearer token",
    b"ACCA": "context-specific credential",
}
BASE32 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
LARGEST_ACCOUNT = 999_999_999_999
THINKST = frozenset(
    [
        *("052310077262", "171436882533", "534261010715", "595918472158", "717712589309"),
        *("819147034852", "992382622183", "730335385048", "266735846894", "893192397702"),
    ]
)
OTHER_CANARIES = frozenset(
    [
        *("044858866125", "251535659677", "344043088457", "351906852752", "390477818340", "426127672474"),
        *("427150556519", "439872796651", "445142720921", "465867158099", "637958123769", "693412236332"),
        *("732624840810", "735421457923", "959235150393", "982842642351"),
    ]
)
PLACEHOLDERS = lazy_re.compile(rb"EXAMPLE|EXAMAAA|SAMPLE|YOUR|DUMMY|FAKE|XXXX|ABCDEFG|1234567|7654321|TESTKEY|NOTREAL")


def check(secret: bytes) -> Verdict:
    kind = KINDS.get(secret[:4])
    body = secret[4:]
    if kind is None or len(body) != 16 or len(set(body)) < 7 or PLACEHOLDERS.search(body):
        return DROP
    facts: dict[str, Json] = {"kind": kind}
    if not BASE32.issuperset(body):
        return _impossible(facts, "holds 0, 1, 8 or 9, which no access key id of today does")
    if body[:1] in (b"I", b"J"):
        return Verdict(valid=True, facts=facts, note=f"{kind} of the scheme before 2019; its account cannot be decoded")
    account = account_id(secret)
    if account is None:
        return _impossible(facts, "does not decode to an AWS account")
    facts["account_id"] = account
    note = f"{kind} of AWS account {account}"
    if account in THINKST:
        facts["canary"] = "Thinkst"
        note += ", a Thinkst canary: using it raises an alarm"
    elif account in OTHER_CANARIES:
        facts["canary"] = "unnamed"
        note += ", known for canary tokens: using it raises an alarm"
    return Verdict(valid=True, facts=facts, note=note)


def account_id(key: bytes) -> str | None:
    """The 12-digit account of an id of today's scheme; None if there is none in it."""
    if len(key) != 20 or not BASE32.issuperset(key[4:]):
        return None
    head = int.from_bytes(base64.b32decode(key[4:])[:6], "big")
    account = (head & 0x7FFFFFFFFF80) >> 7
    if not head >> 47 or account > LARGEST_ACCOUNT:
        return None
    return f"{account:012d}"


def _impossible(facts: dict[str, Json], why: str) -> Verdict:
    return Verdict(valid=False, facts=facts, severity=Severity.LOW, confidence=Confidence.LOW, note=f"of impossible form: {why}")
