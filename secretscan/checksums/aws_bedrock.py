"""Amazon Bedrock API keys (AWS_BEARER_TOKEN_BEDROCK): both kinds are base64 of readable text.

Long-lived: `ABSK` and base64 of `BedrockAPIKey-SUFFIX-at-ACCOUNT:SECRET`. Short-lived: `bedrock-api-key-` and base64 of a presigned
address, whose query names key id, date and lifetime.
"""

from __future__ import annotations

import base64
import binascii

from secretscan import lazy_re
from secretscan.checksums import DROP, Verdict
from secretscan.checksums.aws_presigned import describe
from secretscan.model import Json, Severity

ACCOUNT = lazy_re.compile(rb"-at-([0-9]{12})(?![0-9])")


def check(secret: bytes) -> Verdict:
    long_lived = secret.startswith(b"ABSK")
    body = secret.removeprefix(b"ABSK" if long_lived else b"bedrock-api-key-").rstrip(b"=")
    try:
        text = base64.b64decode(body[: len(body) // 4 * 4], validate=True)
    except binascii.Error:
        return DROP
    if long_lived:
        return _long_lived(text)
    if not text.startswith(b"bedrock.amazonaws.com"):
        return Verdict(valid=False, note="does not decode to a Bedrock address")
    facts, severity, note = describe(text.partition(b"?")[2], Severity.HIGH)
    kind = "short-lived Bedrock API key"
    return Verdict(valid=True, facts={"kind": kind, **facts}, severity=severity, note=f"{kind}, {note}")


def _long_lived(text: bytes) -> Verdict:
    if not text.startswith(b"BedrockAPIKey-"):
        return Verdict(valid=False, note="does not decode to a Bedrock key name")
    facts: dict[str, Json] = {"kind": "long-lived Bedrock API key"}
    account = ACCOUNT.search(text)
    if account is None:
        return Verdict(valid=True, facts=facts, note="long-lived Bedrock API key")
    facts["account_id"] = account[1].decode()
    return Verdict(valid=True, facts=facts, note=f"long-lived Bedrock API key of AWS account {facts['account_id']}")
