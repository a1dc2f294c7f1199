"""HTTP Basic credentials (RFC 7617): base64 of `user:password`. Also what a Docker config.json holds under `auth`."""

from __future__ import annotations

import base64
import binascii

from secretscan.checksums import DROP, Verdict, url_credentials
from secretscan.checksums._wording import wordiness


def check(secret: bytes) -> Verdict:
    try:
        text = base64.b64decode(secret.rstrip(b"=") + b"=" * (-len(secret.rstrip(b"=")) % 4), validate=True)
    except binascii.Error:
        return DROP
    user, colon, password = text.partition(b":")
    if not colon or not all(32 <= byte < 127 for byte in text):
        return DROP
    if not password:
        # An API key in the user's place, as Stripe and others have it.
        return Verdict(note="a key in the user's place") if len(user) >= 16 and wordiness(user) < 0.5 else DROP
    verdict = url_credentials.check(password)
    return verdict if verdict.drop else Verdict(True, {}, verdict.severity, verdict.confidence, verdict.note)
