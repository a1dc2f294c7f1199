"""A password where nothing but its looks tells it from other text: unquoted, on a command line, in prose."""

from __future__ import annotations

import re

from secretscan.checksums import DROP, Verdict, generic_password
from secretscan.checksums._wording import wordiness

KINDS = (re.compile(rb"[a-z]"), re.compile(rb"[A-Z]"), re.compile(rb"[0-9]"), re.compile(rb"[^A-Za-z0-9]"))


def check(secret: bytes) -> Verdict:
    letters = KINDS[0].search(secret) or KINDS[1].search(secret)
    if len(secret) < 8 or not letters or not KINDS[2].search(secret) or sum(bool(kind.search(secret)) for kind in KINDS) < 3:
        return DROP
    if wordiness(secret) > 0.5 or generic_password.PASSWORD.search(secret):
        return DROP
    return generic_password.check(secret)
