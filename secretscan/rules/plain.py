"""Rules as plain values, by name for the digest, in rows for the compiled form; and back from rows."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from typing import Any

from secretscan.model import Confidence, Severity
from secretscan.rules.matching import Pattern, Words, restore_words
from secretscan.rules.model import Allowlist, Check, Pair, Required, Rule, RuleSet

_BACK: dict[str, Any] = {
    "regex": Pattern,
    "path": Pattern,
    "regexes": lambda value: tuple(Pattern(item) for item in value),
    "paths": lambda value: tuple(Pattern(item) for item in value),
    "stopwords": lambda value: restore_words(tuple(value)),
    "commits": frozenset,
    "severity": {int(level): level for level in Severity}.__getitem__,
    "confidence": {int(level): level for level in Confidence}.__getitem__,
    "allowlists": lambda value: tuple(from_row(Allowlist, item) for item in value),
    "required": lambda value: tuple(from_row(Required, item) for item in value),
}


def strip(value: Any) -> Any:
    """The value as dicts, tuples, strings and numbers. What has its default is left out."""
    if isinstance(value, Pattern):
        return value.source
    if isinstance(value, Words):
        return value.words
    if isinstance(value, Allowlist | Required | Rule | Pair | Check):
        defaults = value._field_defaults
        return {name: strip(item) for name, item in value._asdict().items() if name not in defaults or item != defaults[name]}
    if isinstance(value, tuple):
        return tuple(strip(item) for item in value)
    if isinstance(value, frozenset):
        return tuple(sorted(value))
    if isinstance(value, Severity | Confidence):
        return int(value)
    return value


def row(value: Any) -> Any:
    """The value as tuples, strings and numbers: of a rule, pair or allowlist all fields in their order."""
    if isinstance(value, Words | frozenset):
        return list(strip(value))  # an empty tuple is left as it is
    if isinstance(value, tuple):
        return tuple(row(item) for item in value)
    return strip(value)


def from_row(kind: Any, values: tuple[Any, ...]) -> Any:
    """The opposite of `row`, for a Rule, a Pair, an Allowlist or a Required."""
    made = list(values)
    for at, back in _columns(kind):
        if made[at] is not None and made[at] != ():
            made[at] = back(made[at])
    return kind._make(made)


@cache
def _columns(kind: Any) -> list[tuple[int, Any]]:
    return [(at, _BACK[name]) for at, name in enumerate(kind._fields) if name in _BACK]


def digest(rules: RuleSet) -> str:
    """See RuleSet.digest. Where a rule comes from, and what only `rules check` reads, decides nothing."""
    import json

    groups: tuple[tuple[Any, ...], ...] = (rules.rules, rules.pairs, rules.allowlists, rules.checks)
    canonical = [sorted(json.dumps(_deciding(strip(item)), sort_keys=True) for item in group) for group in groups]
    return blake2b(json.dumps(canonical).encode(), digest_size=32).hexdigest()


def _deciding(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in ("pack", "examples", "counterexamples", "reason")}
