"""Fingerprint v1: the name by which a secret is known in ignore files, baselines and reports, without giving it away.

Keyed BLAKE2b of rule and secret. The key lies in the repository's ignore file once there is one. Without it the key is fixed and public,
and whoever has the fingerprint can try guesses; so then only strong secrets are hashed, and weak ones are known by where they stand.
Nothing here may change within v1: people commit these lines. That is why entropy is worked out here and not asked of the core.
"""

from __future__ import annotations

import math
from collections import Counter
from hashlib import blake2b

PUBLIC_KEY = b"secretscan fingerprint v1"
STRONG_BITS = 80.0
"""From this strength on, guessing a secret from its hash is out of reach."""
DIGEST_BYTES = 16


def strength(secret: bytes) -> float:
    """An estimate of a secret's strength in bits: Shannon entropy of its bytes, in bits a byte, times its length.

    It knows nothing of words, so it is too high for phrases; it is zero for one character repeated.
    """
    size = len(secret)
    return sum(n * math.log2(size / n) for n in Counter(bytes(secret)).values()) if size else 0.0


def fingerprint(rule: str, secret: bytes, *, key: bytes | None, path: bytes, line_key: bytes) -> str:
    """`v1:` and 32 hex digits.

    `key`: at most 64 bytes from the ignore file, or None. `path` (`/` separated, of the finding's first place) and `line_key` (the name
    the value is assigned to, or empty) count only for a weak secret without a key, where two weak values under one name share a
    fingerprint, and for an exposure, whose secret is empty: give the object's identity as `line_key`.
    """
    if not secret or (key is None and strength(secret) < STRONG_BITS):
        return _digest(PUBLIC_KEY, b"place", rule.encode(), path, line_key)
    return _digest(PUBLIC_KEY if key is None else key, b"secret", rule.encode(), bytes(secret))


def _digest(key: bytes, person: bytes, *fields: bytes) -> str:
    state = blake2b(digest_size=DIGEST_BYTES, key=key, person=person)
    for field in fields:
        state.update(len(field).to_bytes(8, "big") + field)  # lengths first: no two lists of fields read alike
    return f"v1:{state.hexdigest()}"
