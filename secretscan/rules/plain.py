"""Rules as plain values and back, for the digest and the compiled form."""

from __future__ import annotations

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
    "stopwords": restore_words,
    "commits": frozenset,
    "severity": Severity,
    "confidence": Confidence,
    "allowlists": lambda value: tuple(build(Allowlist, item) for item in value),
    "required": lambda value: tuple(build(Required, item) for item in value),
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


def build(kind: Any, values: dict[str, Any]) -> Any:
    """The opposite of `strip`."""
    return kind(**{name: _BACK[name](value) if name in _BACK else value for name, value in values.items()})


def digest(rules: RuleSet) -> str:
    """See RuleSet.digest. Where a rule comes from, and what only `rules check` reads, decides nothing."""
    import json

    groups: tuple[tuple[Any, ...], ...] = (rules.rules, rules.pairs, rules.allowlists, rules.checks)
    canonical = [sorted(json.dumps(_deciding(strip(item)), sort_keys=True) for item in group) for group in groups]
    return blake2b(json.dumps(canonical).encode(), digest_size=32).hexdigest()


def _deciding(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in ("pack", "examples", "counterexamples", "reason")}
