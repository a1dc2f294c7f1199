"""Each of our pairs joins the halves of its own rules' examples, and silent halves are nothing alone."""

from __future__ import annotations

import pytest

from secretscan.judge import Match, confirm, join_halves, judge, settle
from secretscan.rules import Pair, Rule, load_builtin
from secretscan.templates import expand

RULES = load_builtin()
BY_ID = {rule.id: rule for rule in RULES.rules}


def _halves(rule: Rule, text: bytes) -> list[Match]:
    found = (judge(rule, RULES, text, outer, span) for outer, span in confirm(rule, text, [(0, len(text))]))
    return [match for match in found if match is not None]


@pytest.mark.parametrize("pair", RULES.pairs, ids=lambda pair: pair.id)
def test_a_pair_joins_the_examples_of_its_rules(pair: Pair) -> None:
    first, second = (BY_ID[side[0]] for side in pair.parts)
    text = (expand(first.examples[0]) + "\n" + expand(second.examples[0]) + "\n").encode()
    wanted = [BY_ID[rule] for side in pair.parts for rule in side]
    matches = settle(match for rule in wanted for match in _halves(rule, text))
    joined, _ = join_halves(matches, [pair], lambda offset: text.count(b"\n", 0, offset))
    assert [(found.first.rule.id in pair.parts[0], found.second.rule.id in pair.parts[1]) for found in joined] == [(True, True)]


def test_silent_rules_are_halves_of_pairs() -> None:
    halves = {rule for pair in RULES.pairs for side in pair.parts for rule in side}
    assert [rule.id for rule in RULES.rules if rule.silent and rule.id not in halves] == []
