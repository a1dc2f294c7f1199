"""A password where nothing but its looks tells it from other text: unquoted, on a command line, in prose."""

from __future__ import annotations

from secretscan import lazy_re
from secretscan.checksums import DROP, Verdict, generic_password
from secretscan.checksums._randomness import surprise

TYPE = lazy_re.compile(rb"(?:[A-Z]+[a-z]+){2,}[0-9]{0,4}|[a-z]+(?:[A-Z][a-z]+)+[0-9]{0,4}")


def check(secret: bytes) -> Verdict:
    letters = generic_password.KINDS[0].search(secret) or generic_password.KINDS[1].search(secret)
    digits = generic_password.KINDS[2].search(secret)
    if len(secret) < 8 or not letters or not digits:
        return DROP
    if generic_password.kinds(secret) < 3 and surprise(secret) < 3.3:
        return DROP
    if TYPE.fullmatch(secret) and surprise(secret) < generic_password.NAMELIKE:
        return DROP
    return generic_password.check(secret)
