"""Stripe's API keys: kind, mode and a random rest of one of two lengths. No check sum; another length is left undecided.

Source: Stripe docs, "API keys" (kinds and modes); the lengths are those of the keys in its references, old and new.
"""

from __future__ import annotations

import re

from secretscan import lazy_re
from secretscan.checksums import DROP, Verdict
from secretscan.checksums._randomness import surprise
from secretscan.checksums._wording import is_placeholder

FORM = lazy_re.compile(rb"([sr]k)_(live|test)_([A-Za-z0-9]{24}|[A-Za-z0-9]{99})")
NAMELIKE = 4.5
"""Bits of surprise a character under which a rest is words."""
KINDS = {b"sk": "secret", b"rk": "restricted"}


def check(secret: bytes) -> Verdict:
    body = secret.rpartition(b"_")[2]
    if is_placeholder(body) or not re.search(rb"[0-9]", body) or surprise(body) < NAMELIKE:
        return DROP
    found = FORM.fullmatch(secret)
    if found is None:
        return Verdict()
    return Verdict(
        valid=True, facts={"key": KINDS[found[1]], "mode": found[2].decode()}, note=f"a {KINDS[found[1]]} key of its usual length"
    )
