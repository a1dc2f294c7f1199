"""Azure Storage, Cosmos DB and Batch account keys: 64 random bytes in base64. The storage emulator's key is public."""

from __future__ import annotations

import base64
import binascii

from secretscan.checksums import DROP, Verdict
from secretscan.model import Confidence

EMULATORS = (b"Eby8vdM02xNO", b"C2y6yDjf5/R+")
"""How the published keys of the Storage and Cosmos DB emulators begin."""


def check(secret: bytes) -> Verdict:
    if secret.startswith(EMULATORS) or len(set(secret)) < 20:
        return DROP
    try:
        raw = base64.b64decode(secret, validate=True)
    except binascii.Error:
        return DROP
    if len(raw) != 64:
        return Verdict(valid=False, confidence=Confidence.LOW, note="not 64 bytes long")
    return Verdict(valid=True, note="64 bytes, as an account key is")
