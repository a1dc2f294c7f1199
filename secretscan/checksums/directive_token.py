"""A token behind a name with nothing but a space between: the last name before it counts, and only random characters will do."""

from __future__ import annotations

from secretscan import lazy_re
from secretscan.checksums import DROP, Around, Verdict
from secretscan.checksums._naming import Kind, kind
from secretscan.checksums.prose_token import check as told

NAME = lazy_re.compile(rb"([\w.\-]+)[\"']?[ \t]+[\"']?$")


def check(secret: bytes) -> Verdict:
    return told(secret)


def check_within(secret: bytes, around: Around) -> Verdict:
    found = NAME.search(around.lead)
    if found is None or kind(found[1]) < Kind.TOKEN:
        return DROP
    return check(secret)
