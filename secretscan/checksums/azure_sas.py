"""Azure shared access signatures: `se` is the end, `sp` what is allowed. Source: "Create an account SAS", Microsoft Learn."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs

from secretscan.checksums import Verdict
from secretscan.checksums._expiry import expiry
from secretscan.model import Json, Severity


def check(secret: bytes) -> Verdict:
    text = secret.decode("latin-1").replace("\\u0026", "&").replace("&amp;", "&")
    fields = {name: values[0] for name, values in parse_qs(text.lstrip("?")).items()}
    facts: dict[str, Json] = {"permissions": fields["sp"][:20]} if "sp" in fields else {}
    try:
        end = datetime.fromisoformat(fields["se"])
    except (KeyError, ValueError):
        return Verdict(facts=facts, note="no end found in it")
    more, severity, note = expiry((end if end.tzinfo else end.replace(tzinfo=UTC)).timestamp(), Severity.HIGH)
    return Verdict(facts={**facts, **more}, severity=severity, note=note)
