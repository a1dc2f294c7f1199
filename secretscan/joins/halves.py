"""Halves of one credential in two files of one directory: an id that stands alone, and the one secret beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from secretscan.joins.known import Known
from secretscan.ledger import SEPARATOR
from secretscan.model import Confidence, Finding, Part, Place
from secretscan.rules import Pair

_Scope: TypeAlias = tuple[object, ...]


def join(findings: Sequence[Finding], known: Known) -> list[Finding]:
    """Pair halves where a scope holds exactly one of each: a directory of one commit or layer. With more, any choice would be a guess."""
    halves = {part for pair in known.ruleset.pairs for side in pair.parts for part in side}
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.rule in halves:
            by_rule[finding.rule].append(finding)
    paired: set[int] = set()
    made: list[Finding] = []
    for pair in known.ruleset.pairs:
        firsts, seconds = (
            _by_scope(half for rule in side for half in by_rule.get(rule, ()) if id(half) not in paired) for side in pair.parts
        )
        for scope in sorted(firsts.keys() & seconds.keys(), key=str):
            both = [*firsts[scope], *seconds[scope]]
            if len(both) == 2 and both[0] is not both[1] and paired.isdisjoint(map(id, both)):
                paired.update(map(id, both))
                made.append(_pair(pair, both[0], both[1], known))
    return [*(finding for finding in findings if id(finding) not in paired), *made]


def _by_scope(findings: Iterable[Finding]) -> dict[_Scope, list[Finding]]:
    scopes: dict[_Scope, list[Finding]] = defaultdict(list)
    for finding in findings:
        for scope in dict.fromkeys(_scope(place) for place in finding.places):
            scopes[scope].append(finding)
    return scopes


def _scope(place: Place) -> _Scope:
    origin = place.origin
    facts = origin.facts
    return (origin.kind, origin.root, origin.path.rpartition(b"/")[0], facts.get("commit"), facts.get("layer"), facts.get("namespace"))


def _pair(pair: Pair, first: Finding, second: Finding, known: Known) -> Finding:
    """One finding of both. Its fingerprint is the one that the pair has where the halves stand in one text."""
    both = first.secret + SEPARATOR + second.secret
    return first._replace(
        rule=pair.id,
        description=pair.description,
        severity=pair.severity,
        confidence=min(pair.confidence, Confidence.MEDIUM),
        fingerprint=known.fingerprint(pair.id, both, first.places[0].origin.path, b""),
        parts=tuple(Part(half.rule, half.description, half.secret, half.places) for half in (first, second)),
        facts={**second.facts, **first.facts},
        tags=pair.tags,
        entropy=second.entropy,
        references=pair.references,
        note="; ".join(filter(None, ["the halves stand in two files of one directory", first.note])),
    )
