"""UUIDs (RFC 9562) where a rule already knows a credential by its surroundings: version and variant, and none that people write by hand."""

from __future__ import annotations

from secretscan import lazy_re
from secretscan.checksums import DROP, Verdict
from secretscan.model import Confidence

FORM = lazy_re.compile(rb"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-([0-9a-fA-F])[0-9a-fA-F]{3}-([0-9a-fA-F])[0-9a-fA-F]{3}-[0-9a-fA-F]{12}")
FEWEST = 8
"""Different digits that a random one holds: under one in ten million has fewer."""
MADE_UP = lazy_re.compile(rb"(?i)12345|abcdef|01234|0000|1111|aaaa|ffff|deadbeef")


def check(secret: bytes) -> Verdict:
    found = FORM.fullmatch(secret)
    if found is None:
        return Verdict(valid=False, note="not a UUID")
    digits = secret.replace(b"-", b"")
    if len(set(digits)) < FEWEST or len(MADE_UP.findall(secret)) > 1:
        return DROP
    version, variant = int(found[1], 16), int(found[2], 16)
    # The variant of RFC 9562 is the bits 10.
    if variant >> 2 != 2 or not 1 <= version <= 8:
        return Verdict(valid=False, confidence=Confidence.LOW, note="a UUID of no known version: most likely made up")
    return Verdict(valid=True, facts={"version": version}, note=f"a UUID of version {version}")
