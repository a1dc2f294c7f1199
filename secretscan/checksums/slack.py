"""Slack tokens: a type, the numbers of a workspace and of a user or bot, and a random rest. No check sum; the form can be whole or cut.

Source: Slack API docs, "Token types" (the parts are seen in its examples). What is no number of Slack's is left undecided.
"""

from __future__ import annotations

from secretscan import lazy_re
from secretscan.checksums import Verdict

FORM = lazy_re.compile(rb"xox[a-z](?:\.xox[a-z])?-(?:[0-9]-)?((?:[0-9]{9,14}-){1,3})(?:[A-Za-z0-9]{24}|[0-9a-f]{32}|[0-9a-f]{64})")


def check(secret: bytes) -> Verdict:
    found = FORM.fullmatch(secret)
    if found is None:
        return Verdict()
    return Verdict(valid=True, facts={"workspace": found[1].split(b"-")[0].decode()}, note="all of its parts are there")
