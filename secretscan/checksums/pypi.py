"""PyPI and TestPyPI tokens: a macaroon (version 2) in base64 whose location field names the index. Source: PyPI help, "API tokens"."""

from __future__ import annotations

import base64
import binascii

from secretscan.checksums import Verdict
from secretscan.model import Confidence

INDEXES = {b"\x02\x01\x08pypi.org": "pypi.org", b"\x02\x01\x0dtest.pypi.org": "test.pypi.org"}


def check(secret: bytes) -> Verdict:
    body = secret.removeprefix(b"pypi-").rstrip(b"=")
    try:
        raw = base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4))
    except binascii.Error:
        return Verdict(valid=False, confidence=Confidence.LOW, note="does not decode")
    for heading, index in INDEXES.items():
        if raw.startswith(heading):
            return Verdict(valid=True, facts={"index": index}, note=f"upload token for {index}")
    return Verdict(valid=False, confidence=Confidence.LOW, note="does not decode to a macaroon of an index")
