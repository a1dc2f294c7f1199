"""All hits of a scan, merged: one finding a secret, with every place it stands at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from secretscan.hits import Hit, PairHit
from secretscan.judge import Match, rank
from secretscan.model import Finding, Json, Origin, Part, Place, Secret
from secretscan.rules import Pair, RuleSet

Fingerprint = Callable[[str, bytes, bytes, bytes], str]
"""(rule, secret, path, what stands before it) -> the finding's fingerprint."""
_LEADING = ("branches", "tags", "refs")
SEPARATOR = b"\0"
"""Between the halves of a pair, where both are fingerprinted as one secret."""


class _Entry:
    """One secret under one rule, growing."""

    def __init__(self, hit: Hit) -> None:
        self.hit = hit
        self.places: dict[tuple[str, bytes, bytes, int], Place] = {}


class _PairEntry(NamedTuple):
    pair: Pair
    first: _Entry
    second: _Entry


def _at_margin(secret: Secret) -> bytes:
    """A secret of several lines as it is without their indentation: a view shows a block without it, the raw text with it."""
    given = bytes(secret)
    return b"\n".join(line.lstrip(b" \t") for line in given.split(b"\n")) if b"\n" in given else given


class Ledger:
    """Takes hits with the origins of their units, in any order; gives findings in one order."""

    def __init__(self, ruleset: RuleSet, fingerprint: Fingerprint) -> None:
        self._ruleset = ruleset
        self._fingerprint = fingerprint
        self._single: dict[tuple[str, bytes], _Entry] = {}
        self._pairs: dict[tuple[str, bytes, bytes], _PairEntry] = {}
        self.allowed = 0
        """Occurrences that an inline comment allows."""

    def add(self, hit: Hit | PairHit, origins: Sequence[Origin]) -> None:
        """Judge a hit at each of its places: path rules, path and commit allowlists, inline allows."""
        if isinstance(hit, PairHit):
            key = (hit.pair.id, bytes(hit.first.match.secret), bytes(hit.second.match.secret))
            for origin in origins:
                if _stands(hit.first.match, origin) and _stands(hit.second.match, origin):
                    entry = self._pairs.setdefault(key, _PairEntry(hit.pair, _Entry(hit.first), _Entry(hit.second)))
                    _put(entry.first, hit.first, origin)
                    _put(entry.second, hit.second, origin)
            return
        for origin in origins:
            if not _stands(hit.match, origin):
                continue
            if hit.match.allowed is not None:
                self.allowed += 1
            else:
                _put(self._single.setdefault((hit.match.rule.id, _at_margin(hit.match.secret)), _Entry(hit)), hit, origin)

    def findings(self) -> list[Finding]:
        """Every secret once, worst first. A half that stands in a pair is that pair's, wherever it stands alone."""
        halves: dict[bytes, list[_Entry]] = {}
        for pair in self._pairs.values():
            for entry in (pair.first, pair.second):
                halves.setdefault(bytes(entry.hit.match.secret), []).append(entry)
        self._drop_echoes()
        found = []
        for (_, secret), single in self._single.items():
            if not single.places:
                continue
            paired = [entry for entry in halves.get(secret, ()) if _same_target(entry, single)]
            if not paired:
                found.append(self._finding(single))
            for entry in paired:
                for place_key, place in single.places.items():
                    entry.places.setdefault(place_key, place)
        found += [self._pair_finding(pair) for pair in self._pairs.values()]
        return sorted(found, key=order)

    def _drop_echoes(self) -> None:
        """A generic rule says no more where another rule has named the same secret: the raw text and a view may differ in which matched."""
        same: dict[bytes, list[_Entry]] = {}
        for (_, secret), entry in self._single.items():
            same.setdefault(secret, []).append(entry)
        for entries in same.values():
            entries.sort(key=lambda entry: (rank(entry.hit.match), entry.hit.match.rule.id), reverse=True)
            for number, entry in enumerate(entries):
                if entry.hit.match.rule.family != "generic":
                    continue
                for better in entries[:number]:
                    for key in entry.places.keys() & better.places.keys():
                        place = entry.places.pop(key)
                        if len(place.origin.facts) > len(better.places[key].origin.facts):
                            better.places[key] = place

    def _finding(self, entry: _Entry) -> Finding:
        match, rule = entry.hit.match, entry.hit.match.rule
        verdict = match.verdict
        places = _settled(entry.places.values())
        return Finding(
            rule=rule.id,
            description=rule.description,
            severity=rule.severity if verdict is None or verdict.severity is None else verdict.severity,
            confidence=rule.confidence if verdict is None or verdict.confidence is None else verdict.confidence,
            secret=match.secret,
            fingerprint=self._fingerprint(rule.id, match.secret, places[0].origin.path, entry.hit.key),
            places=places,
            facts=_facts(places, match),
            tags=rule.tags,
            entropy=round(match.entropy, 2),
            verdict=_verdict(match),
            note=verdict.note if verdict is not None else "",
            prefix=rule.public_prefix,
            references=_pages(rule.references),
        )

    def _pair_finding(self, entry: _PairEntry) -> Finding:
        first, second, pair = entry.first.hit.match, entry.second.hit.match, entry.pair
        parts = tuple(
            Part(
                part.hit.match.rule.id,
                part.hit.match.rule.label or part.hit.match.rule.id,
                part.hit.match.secret,
                _settled(part.places.values()),
            )
            for part in (entry.first, entry.second)
        )
        places = parts[0].places
        notes = [match.verdict.note for match in (first, second) if match.verdict is not None and match.verdict.note]
        return Finding(
            rule=pair.id,
            description=pair.description,
            severity=pair.severity,
            confidence=pair.confidence,
            secret=first.secret,
            fingerprint=self._fingerprint(pair.id, first.secret + SEPARATOR + second.secret, places[0].origin.path, entry.first.hit.key),
            places=places,
            parts=parts,
            facts={**_facts((*places, *parts[1].places), second), **_facts(places, first)},
            tags=pair.tags,
            entropy=round(second.entropy, 2),
            verdict=_verdict(first),
            note="; ".join(notes),
            prefix=first.rule.public_prefix,
            references=_pages(pair.references),
        )


def order(finding: Finding) -> tuple[object, ...]:
    """Worst first, then surest, then by place: an order that no clock and no thread has a part in."""
    place = finding.places[0]
    return (
        -finding.severity,
        -finding.confidence,
        place.origin.root,
        place.origin.path,
        place.line,
        place.column,
        finding.rule,
        bytes(finding.secret),
    )


def _stands(match: Match, origin: Origin) -> bool:
    if not match.rule.path_matches(origin.path) or any(rule.path_matches(origin.path) for rule in match.behind):
        return False
    commit = origin.facts.get("commit")
    return not any(allowlist.allows_place(origin.path, commit if isinstance(commit, str) else "") for allowlist in match.at_place)


def _put(entry: _Entry, hit: Hit, origin: Origin) -> None:
    if hit.facts:
        origin = origin._replace(facts={**origin.facts, **hit.facts})
    key = (origin.kind, origin.root, origin.path + _version(origin), hit.position.line)
    place = Place(origin, *hit.position, hit.context)
    known = entry.places.get(key)
    # The raw text and a view may both have seen it: the one that can name the object says more, and of two alike the first in the line.
    if known is None or (-len(origin.facts), place.column) < (-len(known.origin.facts), known.column):
        entry.places[key] = place


def _pages(references: Sequence[str]) -> tuple[str, ...]:
    """Without the word by which a pack says that its author read none."""
    return tuple(reference for reference in references if reference != "unread")


def _version(origin: Origin) -> bytes:
    """What tells two texts at one path apart: their commits, or the layers and images they lie in."""
    return "\0".join(str(origin.facts.get(fact, "")) for fact in ("", "commit", "layer", "image")).encode(errors="backslashreplace")


def _same_target(left: _Entry, right: _Entry) -> bool:
    return not {key[:2] for key in left.places}.isdisjoint(key[:2] for key in right.places)


def _settled(places: Iterable[Place]) -> tuple[Place, ...]:
    """Places in order; the versions of one path in a history are one place: where it came in, with how many there are."""
    versions: dict[tuple[str, bytes, bytes], list[Place]] = {}
    for place in places:
        origin = place.origin
        path = origin.path if "commit" in origin.facts else origin.path + _version(origin) + b"\0%d" % place.line
        versions.setdefault((origin.kind, origin.root, path), []).append(place)
    settled = [_introduction(found) for found in versions.values()]
    return tuple(sorted(settled, key=_age))


def _age(place: Place) -> tuple[object, ...]:
    """The order of places: what lies in a folder now, what came in first, and last what git itself wrote down on the way."""
    facts = place.origin.facts
    return (bool(facts.get("in_git_folder")), str(facts.get("date", "")), *place.origin[:3], place.line, place.column)


def _introduction(found: list[Place]) -> Place:
    """The version that came first: by date, and of one second by the order in which the source told them, parents first."""
    found = sorted(found, key=lambda place: str(place.origin.facts.get("date", "")))
    first, last = found[0], found[-1]
    if first is last:
        return first
    facts: dict[str, Json] = {**first.origin.facts, "versions": len(found)}
    facts.pop("removed_by", None)
    if any("in_work_tree" in place.origin.facts for place in found):
        facts["in_work_tree"] = any(bool(place.origin.facts.get("in_work_tree")) for place in found)
    for kind in _LEADING:  # each version has its own; what leads to any of them leads to the secret
        names = dict.fromkeys(name for place in found for name in _names(place.origin.facts.get(kind)))
        if names:
            facts[kind] = list(names)
    if not facts.get("in_work_tree") and "removed_by" in last.origin.facts:
        facts["removed_by"] = last.origin.facts["removed_by"]
    return first._replace(origin=first.origin._replace(facts=facts))


def _names(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _facts(places: Sequence[Place], match: Match) -> Mapping[str, Json]:
    """What the secret says of itself, and whether it still stands in a work tree."""
    facts: dict[str, Json] = dict(match.verdict.facts) if match.verdict is not None else {}
    kept = [place.origin.facts["in_work_tree"] for place in places if "in_work_tree" in place.origin.facts]
    if kept:
        facts["in_work_tree"] = any(kept)
    return facts


def _verdict(match: Match) -> str:
    if match.verdict is None or match.verdict.valid is None:
        return "no checksum known"
    return "structurally valid" if match.verdict.valid else "bad checksum"
