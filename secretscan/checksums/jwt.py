"""JSON Web Tokens (RFC 7519): header and claims are readable without a key. The signature is not checked; it cannot be.

Only what tells a reader whose token it is and until when becomes a fact: algorithm, issuer, role, end. Subjects and names do not.
"""

from __future__ import annotations

import base64
import binascii
import json

from secretscan.checksums import DROP, Verdict
from secretscan.checksums._expiry import expiry
from secretscan.model import Json, Severity

DEMO = ({"sub": "1234567890"}, {"name": "John Doe"}, {"iss": "joe"}, {"some": "payload"}, {"foo": "bar"}, {"hello": "world"})
"""Claims of the tokens shown by jwt.io, RFC 7519 and the libraries' manuals."""


def check(secret: bytes) -> Verdict:
    parts = secret.split(b".")
    header = _object(parts[0])
    claims = _object(parts[1]) if len(parts) > 1 else None
    if header is None or claims is None or "alg" not in header or any(demo.items() <= claims.items() for demo in DEMO):
        return DROP
    facts: dict[str, Json] = {"alg": _short(header["alg"])}
    for name, claim in (("iss", "iss"), ("role", "role")):
        if isinstance(claims.get(claim), str):
            facts[name] = _short(claims[claim])
    severity, note = Severity.MEDIUM, "has no end"
    if claims.get("role") == "anon":
        # Supabase's key for browsers: meant to be public.
        severity, note = Severity.INFO, "role anon: meant to be public"
    elif claims.get("role") == "service_role" or "serviceaccount" in str(claims.get("iss", "")):
        severity = Severity.HIGH
    end = claims.get("exp")
    if isinstance(end, int | float) and not isinstance(end, bool):
        more, severity, note = expiry(end, severity)
        facts.update(more)
    if str(header["alg"]).lower() == "none" or (len(parts) > 2 and not parts[2]):
        severity, note = Severity.LOW, "not signed"
    return Verdict(valid=True, facts=facts, severity=severity, note=f"JWT, {note}")


def _object(part: bytes) -> dict[str, Json] | None:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _short(value: Json) -> str:
    return str(value)[:100]
