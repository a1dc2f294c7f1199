"""AWS session tokens: base64 whose first bytes name the service that made it (`!\\n\\torigin_ec`, `…er/aws`, `…aws`)."""

from __future__ import annotations

import base64
import binascii
import math
from collections import Counter
from urllib.parse import unquote_to_bytes

from secretscan.checksums import DROP, Verdict

ORIGINS = (b"origin_ec", b"er/aws", b"aws")


def check(secret: bytes) -> Verdict:
    plain = unquote_to_bytes(secret).rstrip(b"=")
    if b"EXAMPLE" in plain.upper() or _entropy(plain) < 4.5:
        return DROP
    try:
        head = base64.b64decode(plain[:24], validate=True)
    except binascii.Error:
        return DROP
    if any(origin in head for origin in ORIGINS):
        return Verdict(valid=True, note="session token of the AWS security token service")
    return Verdict(note="no known session token heading")


def _entropy(text: bytes) -> float:
    """Shannon entropy in bits a byte. The documentation's shortened tokens repeat themselves."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
