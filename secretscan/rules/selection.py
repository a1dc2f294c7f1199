"""Which rules of a set are wanted."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from secretscan.errors import RuleError
from secretscan.rules.model import Check, Pair, Rule, RuleSet


def select(rules: RuleSet, enable: tuple[str, ...], disable: tuple[str, ...]) -> RuleSet:
    """See RuleSet.select."""
    items: list[Rule | Pair | Check] = [*rules.rules, *rules.pairs, *rules.checks]
    known = {name for item in items for name in names(item)}
    for name in (*enable, *disable):
        if name not in known:
            close = get_close_matches(name, known, 1)
            if close:
                raise RuleError(f"no rule, family or tag is called {name!r}; did you mean {close[0]!r}?")
            # The name may come from the target, and what is like no name of ours may be anything, a secret too.
            raise RuleError(f"no rule, family or tag has the name of {len(name)} characters that was given; see `secretscan rules list`")

    def wanted(item: Rule | Pair | Check) -> bool:
        called = names(item)
        return (not enable or not called.isdisjoint(enable)) and called.isdisjoint(disable)

    # A half that the user switched off is no half of anything; one that was only not asked for still is.
    off = {rule.id for rule in rules.rules if not names(rule).isdisjoint(disable)}
    pairs = tuple(pair for pair in without(rules.pairs, off) if wanted(pair))
    reported = {rule.id for rule in rules.rules if wanted(rule)}
    kept = needed(rules, reported | {part for pair in pairs for side in pair.parts for part in side})
    checks = tuple(check for check in rules.checks if wanted(check))
    if not reported and not pairs and not checks:
        raise RuleError("no rule is left: what is enabled is disabled too")
    left = (rule for rule in rules.rules if rule.id in kept)
    return rules._replace(
        rules=tuple(rule if rule.id in reported else rule._replace(silent=True) for rule in left),
        pairs=pairs,
        checks=checks,
    )


def names(item: Rule | Pair | Check) -> set[str]:
    """What a user may call a rule, pair or check by."""
    return {item.id, item.family, *item.tags} - {""}


def without(pairs: Iterable[Pair], gone: set[str]) -> tuple[Pair, ...]:
    """The pairs whose halves can still come from somewhere."""
    kept: list[Pair] = []
    for pair in pairs:
        first, second = (tuple(part for part in side if part not in gone) for side in pair.parts)
        if first and second:
            kept.append(pair if (first, second) == pair.parts else pair._replace(parts=(first, second)))
    return tuple(kept)


def needed(rules: RuleSet, ids: set[str]) -> set[str]:
    """The ids, and those of the rules that they require, and so on."""
    kept: set[str] = set()
    left = list(ids)
    while left:
        name = left.pop()
        if name not in kept and name in rules.by_id:
            kept.add(name)
            left += [need.id for need in rules.by_id[name].required]
    return kept
