"""Halves of one credential in two files of one directory: an id that stands alone, and the one secret beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from secretscan.joins.known import Known
from secretscan.model import Confidence, Finding, Part, Place
from secretscan.rules import Pair

_Scope: TypeAlias = tuple[object, ...]


def join(findings: Sequence[Finding], known: Known) -> list[Finding]:
    """Pair halves where a scope holds exactly one of each: a directory of one commit or layer. With more, any choice would be a guess."""
    joined = list(findings)
    for pair in known.ruleset.pairs:
        firsts = _by_scope(joined, pair.parts[0])
        seconds = _by_scope(joined, pair.parts[1])
        for scope in sorted(firsts.keys() & seconds.keys(), key=str):
            first, second = firsts[scope], seconds[scope]
            if len(first) == len(second) == 1 and first[0] in joined and second[0] in joined:
                joined = [finding for finding in joined if finding is not first[0] and finding is not second[0]]
                joined.append(_pair(pair, first[0], second[0]))
    return joined


def _by_scope(findings: Sequence[Finding], rules: Sequence[str]) -> dict[_Scope, list[Finding]]:
    scopes: dict[_Scope, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.rule in rules:
            for scope in dict.fromkeys(_scope(place) for place in finding.places):
                scopes[scope].append(finding)
    return scopes


def _scope(place: Place) -> _Scope:
    origin = place.origin
    facts = origin.facts
    return (origin.kind, origin.root, origin.path.rpartition(b"/")[0], facts.get("commit"), facts.get("layer"), facts.get("namespace"))


def _pair(pair: Pair, first: Finding, second: Finding) -> Finding:
    return replace(
        first,
        rule=pair.id,
        description=pair.description,
        severity=pair.severity,
        confidence=min(pair.confidence, Confidence.MEDIUM),
        parts=tuple(Part(half.rule, half.description, half.secret, half.places) for half in (first, second)),
        facts={**second.facts, **first.facts},
        tags=pair.tags,
        references=pair.references,
        note="; ".join(filter(None, ["the halves stand in two files of one directory", first.note])),
    )
