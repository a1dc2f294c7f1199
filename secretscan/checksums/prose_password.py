"""A password told in a sentence: only letters and digits mixed as no technical term mixes them."""

from __future__ import annotations

from secretscan import lazy_re
from secretscan.checksums import DROP, Verdict, strong_password
from secretscan.checksums.generic_password import kinds

CODE = lazy_re.compile(rb"[{}()\[\]]|^&|::|->")


def check(secret: bytes) -> Verdict:
    if kinds(secret) < 2 or CODE.search(secret) or secret.count(b"-") > 1 or secret.count(b"_") > 1:
        return DROP
    return strong_password.check(secret)
