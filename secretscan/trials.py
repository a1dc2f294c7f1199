"""One rule tried on one text: what its regex matches, and why each match is or is not a finding. For `secretscan rules test`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from secretscan._core import entropy
from secretscan.checksums import Around, load_within
from secretscan.judge import Match, confirm, judge, line_of, windows
from secretscan.packcheck import keyword_positions
from secretscan.rules import Rule, RuleSet


class Trial(NamedTuple):
    """One match of a rule's regex. `start:end` is the secret's; `match` is what a scan makes of it, or None and then `why` says why not."""

    start: int
    end: int
    match: Match | None
    why: str


def trials(rule: Rule, ruleset: RuleSet, text: bytes) -> Iterator[Trial]:
    """Every match of the regex in the text, whatever the core would have asked of it first."""
    if rule.regex is None:
        return
    for outer, (start, end) in confirm(rule, text, [(0, len(text))]):
        match = judge(rule, ruleset, text, outer, (start, end))
        yield Trial(start, end, match, "" if match is not None else _why_not(rule, ruleset, text, outer, (start, end)))


def overlooked(rule: Rule, text: bytes, trial: Trial) -> str:
    """Why a scan would never come to a match that its regex has: no keyword is near it. Empty if one is."""
    if not rule.keywords:
        return ""
    positions = sorted(keyword_positions(rule, text.lower()))
    if not positions:
        return f"none of its keywords is in the text: {', '.join(rule.keywords)}"
    if rule.near is not None and not any(low <= trial.start < high for low, high in windows(positions, rule.shape, len(text))):
        return f"none of its keywords is within {rule.near} bytes"
    return ""


def _why_not(rule: Rule, ruleset: RuleSet, text: bytes, outer: tuple[int, int], span: tuple[int, int]) -> str:
    start, end = span
    if start == end:
        return "the secret is empty"
    secret = text[start:end]
    measured = entropy(secret)
    if rule.entropy and measured < rule.entropy:
        return f"its entropy of {measured:.2f} is under {rule.entropy:g}"
    line = line_of(text, *outer)
    for allowlist in (*rule.allowlists, *ruleset.allowlists):
        if allowlist.target_rules and rule.id not in allowlist.target_rules:
            continue
        if allowlist.content_verdict(secret, text[outer[0] : outer[1]], line):
            return f"an allowlist says so: {allowlist.description or 'without a description'}"
    if rule.checksum:
        verdict = load_within(rule.checksum)(secret, Around(text, outer[0], start, end))
        return f"the check {rule.checksum} says that it is none{f': {verdict.note}' if verdict.note else ''}"
    return "it is none"
