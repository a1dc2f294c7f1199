"""Presigned AWS addresses, signature versions 4 and 2: they open one thing until they end, and name the key id that signed them.

Parameters: Amazon S3 API reference, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)"; version 2's
`Expires` is the end itself, in seconds since 1970.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs

from secretscan.checksums import DROP, Verdict
from secretscan.checksums._expiry import expiry
from secretscan.checksums.aws_access_key_id import account_id
from secretscan.model import Json, Severity

WEEK = 7 * 24 * 3600
"""The longest life of a version 4 signature; a version 2 signature may live for ever."""


def check(secret: bytes) -> Verdict:
    if b"EXAMPLE" in secret:
        return DROP
    facts, severity, note = describe(secret, Severity.MEDIUM)
    return Verdict(facts=facts, severity=severity, note=note)


def describe(query: bytes, otherwise: Severity) -> tuple[dict[str, Json], Severity, str]:
    """(facts, severity, note) of a presigned address's query; `otherwise` is the severity while it lives."""
    text = query.decode("latin-1").replace("\\u0026", "&").replace("&amp;", "&")
    fields = {name.lower(): values[0] for name, values in parse_qs(text).items()}
    facts: dict[str, Json] = {}
    key = (fields.get("x-amz-credential", "").partition("/")[0] or fields.get("awsaccesskeyid", "")).encode("latin-1", "replace")
    account = account_id(key)
    if account is not None:
        facts["account_id"] = account
    end = _end(fields)
    if end is None:
        return facts, otherwise, "no end found in it"
    more, severity, note = expiry(end, otherwise)
    return {**facts, **more}, severity, note


def _end(fields: dict[str, str]) -> float | None:
    try:
        if "x-amz-date" in fields:
            begin = datetime.strptime(fields["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return begin.timestamp() + int(fields.get("x-amz-expires", WEEK))
        return float(int(fields["expires"]))
    except (KeyError, ValueError):
        return None
