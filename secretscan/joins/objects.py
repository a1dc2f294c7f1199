"""Exposures: what the objects of a scan come to, seen together. And beside each leaked key, which workloads read it."""

from __future__ import annotations

from collections.abc import Sequence

from secretscan import exposure
from secretscan.exposure.connections import Objects, said
from secretscan.exposure.judging import Judged
from secretscan.joins.known import Known
from secretscan.model import Finding, Json, Secret, Severity
from secretscan.rules import Check

_READERS = 20  # workloads named as readers of one secret


def join(findings: Sequence[Finding], known: Known) -> list[Finding]:
    """Add a finding for every check and object, at all its places; and to secrets the workloads that read them."""
    if not known.facts:
        return list(findings)
    objects = Objects(known.facts, findings)
    found: dict[tuple[object, ...], list[tuple[Check, Judged]]] = {}
    for check, judged in exposure.judge(objects, known.ruleset.checks):
        place = judged.fact.places[judged.mark]
        found.setdefault((check.id, place.origin[:3], judged.fact.identity), []).append((check, judged))
    return [*(_read_by(finding, objects) for finding in findings), *(_finding(group, known) for group in found.values())]


def _finding(group: Sequence[tuple[Check, Judged]], known: Known) -> Finding:
    check = group[0][0]
    unique = {(place.line, place.column): place for place in (judged.fact.places[judged.mark] for _, judged in group)}
    places = [unique[at] for at in sorted(unique)]
    identity = group[0][1].fact.identity
    severity: Severity = max(judged.severity for _, judged in group)
    return Finding(
        rule=check.id,
        description=check.description,
        severity=severity,
        confidence=check.confidence,
        secret=Secret(),
        fingerprint=known.fingerprint(check.id, b"", places[0].origin.path, "/".join(identity[1:]).encode(errors="replace")),
        places=tuple(places),
        tags=check.tags,
        verdict="",
        note="; ".join(dict.fromkeys(judged.note for _, judged in group)),
        references=check.references,
    )


def _read_by(finding: Finding, objects: Objects) -> Finding:
    readers: dict[Json, None] = {}
    for place in (*finding.places, *(place for part in finding.parts for place in part.places)):
        for workload, use in objects.readers(place):
            readers.setdefault(f"{said(workload.identity)} ({use.how})")
    if not readers:
        return finding
    return finding._replace(facts={**finding.facts, "read_by": list(readers)[:_READERS]})
