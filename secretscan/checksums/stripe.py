"""Stripe's API keys: kind, mode and a random rest of one of two lengths. No check sum; another length is left undecided.

Source: Stripe docs, "API keys" (kinds and modes); the lengths are those of the keys in its references, old and new.
"""

from __future__ import annotations

import re

from secretscan.checksums import Verdict

FORM = re.compile(rb"([sr]k)_(live|test)_([A-Za-z0-9]{24}|[A-Za-z0-9]{99})")
KINDS = {b"sk": "secret", b"rk": "restricted"}


def check(secret: bytes) -> Verdict:
    found = FORM.fullmatch(secret)
    if found is None:
        return Verdict()
    return Verdict(
        valid=True, facts={"key": KINDS[found[1]], "mode": found[2].decode()}, note=f"a {KINDS[found[1]]} key of its usual length"
    )
