"""Secrets in what a report shows beside its findings: in names, facts and notes, which no scan has matched as contents.

A file may be called after the token in it, a branch after another. And a rule that was switched off leaves its secrets on the lines that
are shown for others: it is then no finding, but no report may show it either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from secretscan.engine import Scanner
from secretscan.hits import matches
from secretscan.model import PIECE, Coverage, Finding, Json, Secret, Unit


def secrets(findings: Sequence[Finding], coverage: Coverage, targets: Iterable[bytes], scanner: Scanner, *, lines: bool) -> set[Secret]:
    """What `scanner` knows for a secret in the texts around `findings`; with `lines` also in the lines that are shown of them.

    Guesses do not count: a name that only looks like a password is a name, and must be legible.
    """
    texts = dict.fromkeys([*targets, *_of_coverage(coverage), *_of_findings(findings, lines)])
    outcome = scanner.scan(list(_units(texts)), suppress=False)
    found = (match for hit in outcome.hits for match in matches(hit))
    return {match.secret for match in found if match.secret and match.rule.family != "generic"}


def _of_coverage(coverage: Coverage) -> Iterator[bytes]:
    for skip in coverage.unread:
        yield skip.origin.path
        yield skip.detail.encode("utf-8", "surrogateescape")
    for note in coverage.notes:
        yield note.encode("utf-8", "surrogateescape")


def _of_findings(findings: Iterable[Finding], lines: bool) -> Iterator[bytes]:
    for finding in findings:
        for place in (*finding.places, *(place for part in finding.parts for place in part.places)):
            yield place.origin.path
            yield from _of_facts(place.origin.facts.values())
            if lines and place.context is not None:
                yield place.context.text
        yield from _of_facts(finding.facts.values())


def _of_facts(values: Iterable[Json]) -> Iterator[bytes]:
    for value in values:
        if isinstance(value, str):
            yield value.encode("utf-8", "surrogateescape")
        elif isinstance(value, list):
            yield from _of_facts(value)
        elif isinstance(value, dict):
            yield from _of_facts(list(value.values()))


def _units(texts: Iterable[bytes]) -> Iterator[Unit]:
    """The texts, a line each, in a few units: each unit costs more than a line does."""
    held: list[bytes] = []
    size = 0
    for text in texts:
        held.append(text.replace(b"\n", b" "))
        size += len(text) + 1
        if size > PIECE // 2:
            yield Unit(0, b"\n".join(held))
            held, size = [], 0
    if held:
        yield Unit(0, b"\n".join(held))
