"""Whether rules keep what they promise: their regexes compile, their examples match, their counterexamples do not.

For `secretscan rules check` and the test over our own packs. Examples are templates and are expanded here, so packs hold no token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from secretscan.checksums import load
from secretscan.judge import confirm, judge, windows
from secretscan.rules import Rule, RuleSet
from secretscan.shapes import analyse
from secretscan.templates import expand

Finds = Callable[[Rule, bytes], bool]
"""Whether a rule, all by itself, reports something in a text."""

SEEDS = range(3)
"""An example must hold whatever its random parts are; so many expansions are tried."""
_LEAST_LITERAL = 3
_LEAST_EXAMPLES = 2


def check_pack(rules: RuleSet, finds: Finds | None = None, ours: bool = True) -> list[str]:
    """What is wrong with the rules, one line each: `FILE: rule ID: key: what`. Nothing, if the list is empty.

    `finds` may be the whole engine; without it a rule's keywords, regex, entropy, allowlists and checksum decide. `ours`: rules
    are also asked for what we ask of our own packs (two examples and counterexamples, references, a reason for short literals).
    """
    found = finds if finds is not None else lambda rule, text: matches(rule, rules, text)
    problems: list[str] = []
    for rule in rules.rules:
        said = [*_sound(rule)]
        if not said:
            said = [*(_complete(rule) if ours else ()), *_promises(rule, found)]
        problems += [f"{rule.pack}: rule {rule.id}: {line}" for line in said]
    if ours:
        problems += [f"{pair.pack}: pair {pair.id}: references: are missing" for pair in rules.pairs if not pair.references]
    return problems


def matches(rule: Rule, rules: RuleSet, text: bytes) -> bool:
    """Whether the rule reports anything in the text, wherever the text stands."""
    if rule.regex is None:
        return False
    positions = sorted(keyword_positions(rule, text.lower()))
    if rule.keywords and not positions:
        return False
    stretches = windows(positions, rule.shape, len(text)) if rule.near is not None else [(0, len(text))]
    return any(judge(rule, rules, text, outer, span) is not None for outer, span in confirm(rule, text, stretches))


def keyword_positions(rule: Rule, folded: bytes) -> Iterator[int]:
    """Where the rule's keywords stand in a text, in lower case."""
    for keyword in rule.keywords:
        at = folded.find(keyword.encode())
        while at >= 0:
            yield at
            at = folded.find(keyword.encode(), at + 1)


def _sound(rule: Rule) -> Iterator[str]:
    """What keeps a rule from being run at all."""
    patterns = [("regex", rule.regex), ("path", rule.path)]
    for allowlist in rule.allowlists:
        patterns += [("allowlists: regexes", regex) for regex in allowlist.regexes]
        patterns += [("allowlists: paths", regex) for regex in allowlist.paths]
    for key, pattern in patterns:
        if pattern is not None:
            try:
                groups = pattern.groups
                if key == "regex" and rule.secret_group > groups:
                    yield f"secretGroup: is {rule.secret_group}, but the regex has {groups} groups"
            except ValueError as error:
                yield f"{key}: {error}"
    if rule.checksum:
        try:
            load(rule.checksum)
        except LookupError as error:
            yield f"checksum: {error}"


def _complete(rule: Rule) -> Iterator[str]:
    """What a rule of ours must also say."""
    if rule.regex is None:
        return
    shape = rule.shape
    if not rule.reason:
        if not shape.checks:
            yield "regex: has no literal, and there are no keywords; if it must be so, say why as reason"
        elif short := [check.literal for check in shape.checks if len(check.literal) < _LEAST_LITERAL]:
            literal = short[0].decode("latin-1")
            yield f"regex: is searched for by {literal!r}, under {_LEAST_LITERAL} bytes; if it must be so, say why as reason"
        elif shape.whole_text and not analyse(rule.regex.source).whole_text:
            yield "keywords: a match need not hold any, so the regex runs over whole texts; cover it, or say why not as reason"
    for key, given in (("examples", rule.examples), ("counterexamples", rule.counterexamples)):
        if len(given) < _LEAST_EXAMPLES:
            yield f"{key}: {len(given)} given, {_LEAST_EXAMPLES} asked"
    if not rule.references:
        yield "references: are missing"
    if not rule.description:
        yield "description: is missing"


def _promises(rule: Rule, finds: Finds) -> Iterator[str]:
    for key, templates, wanted in (("examples", rule.examples, True), ("counterexamples", rule.counterexamples, False)):
        for number, template in enumerate(templates, 1):
            try:
                texts = [expand(template, seed) for seed in SEEDS]
            except ValueError as error:
                yield f"{key} {number}: {error}"
                continue
            wrong = sum(finds(rule, text.encode()) != wanted for text in texts)
            if wrong:
                often = "" if wrong == len(texts) else f" in {wrong} of {len(texts)} expansions"
                yield f"{key} {number}: {'is not found' if wanted else 'is found'}{often}: {template}"
