"""Attack paths: from a door that stands open, through the account behind it, to the keys that account reads, to what those keys open.

A path is told only along connections that are written down: a Service selects the pod, a binding names its account, a workload reads the
Secret, a bucket is named beside the key. What is missing of it is said, and what is left is told as far as it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from secretscan.exposure.access import ANONYMOUS
from secretscan.exposure.buckets import BESIDE, buckets_of, is_aws
from secretscan.exposure.connections import WHOLE, Grant, Objects, origin, said
from secretscan.exposure.consoles import CONSOLE
from secretscan.exposure.dashboard import OPEN
from secretscan.exposure.paths import PATH
from secretscan.joins.known import Known
from secretscan.model import Finding, Part, Place, Placed, Secret, Severity
from secretscan.rules import Check

_KEYS = 3  # keys told of one path; the others are counted
_MINER = "miner-"
_MOST = 100  # consoles whose paths are told; every console is a finding of its own anyway


class _Link(NamedTuple):
    """One step: in a word for the headline, in a sentence, and where it is written."""

    headline: str
    sentence: str
    places: tuple[Place, ...]
    secret: Secret = Secret()
    rule: str = PATH


class _Path(NamedTuple):
    """The steps, what is to be said beside them, and how bad it is."""

    links: list[_Link]
    notes: list[str]
    severity: Severity


def join(findings: Sequence[Finding], known: Known) -> list[Finding]:
    """Add a finding for every path."""
    check = next((check for check in known.ruleset.checks if check.id == PATH), None)
    if check is None or not known.facts:
        return list(findings)
    objects = Objects(known.facts, findings)
    told = [*_through_consoles(objects), *_without_a_name(objects)]
    return [*findings, *(_finding(path, check, known) for path in told)]


def _through_consoles(objects: Objects) -> Iterator[_Path]:
    doors: dict[tuple[object, ...], Placed] = {}
    for fact in objects.evidence:
        if fact.about.check in OPEN or fact.about.check == CONSOLE:
            doors.setdefault((*origin(fact)[:3], fact.identity), fact)
    told = 0
    for workload in objects.workloads:
        door = doors.get((*origin(workload)[:3], workload.identity))
        if door is None or told == _MOST:
            continue
        told += 1
        links = []
        way = next(iter(objects.doors(workload)), None)
        if way is not None:
            links.append(_Link("reachable from outside", f"reachable from outside: {way[2]}", (way[0].places[way[1]],)))
        what = "Console without a login" if door.about.check != "dash-skip-login" else "Console whose login can be skipped"
        links.append(_Link(what, f"{said(workload.identity)}: {door.about.note}", (door.places["here"],), rule=door.about.check))
        grant = _best(objects.grants(workload))
        if grant is not None:
            links.append(_power(grant, workload))
        keys = _within_reach(objects, grant, workload)
        missing = "" if way is not None else "nothing that was scanned makes it reachable from outside; from within the cluster it is"
        yield from _path(links, keys, objects, missing, bool(way), grant)


def _without_a_name(objects: Objects) -> Iterator[_Path]:
    for fact in objects.findings:
        if fact.rule != ANONYMOUS:
            continue
        for binding in objects.bindings:
            for subject in binding.about.subjects:
                if binding.places[subject.mark] not in fact.places:
                    continue
                grant = objects.grant(binding, subject)
                if grant.reads_secrets:
                    who = f"{said(binding.identity)} gives {binding.about.role} to {subject.name}"
                    links = [_Link("API server that answers anybody", who, (binding.places["role"],))]
                    yield from _path(links, _within_reach(objects, grant, binding), objects, "", True, grant)


def _best(grants: Sequence[Grant]) -> Grant | None:
    useful = [grant for grant in grants if grant.reads_secrets]
    return max(useful, key=lambda grant: (grant.everything, grant.cluster)) if useful else None


def _power(grant: Grant, workload: Placed) -> _Link:
    role = grant.binding.about.role
    where = "" if grant.cluster else f" in namespace {grant.binding.identity.namespace or '(not said)'}"
    sentence = f"{said(grant.binding.identity)} makes its account, {workload.about.account}, {role}{where}"
    places = [grant.binding.places["role"], grant.binding.places[grant.subject.mark]]
    if "account" in workload.places:
        places.append(workload.places["account"])
    return _Link(f"acts as {role}{where}", sentence, tuple(places))


def _within_reach(objects: Objects, grant: Grant | None, start: Placed) -> list[tuple[Finding, Place, str]]:
    """The secrets that an account may read, or its own pods hold: (finding, the place that it is read at, how). AWS pairs first."""
    found: dict[int, tuple[Finding, Place, str]] = {}
    around = origin(start)
    for finding in objects.findings:
        if not finding.secret:
            continue
        for place in _places(finding):
            facts = place.origin.facts
            if place.origin[:2] != around[:2] or not facts.get("kind"):
                continue
            if _is_in(place, start):
                how = "holds"
            elif any(workload is start for workload, _ in objects.readers(place)):
                how = "reads"
            elif grant is not None and _may_read(grant, str(facts["kind"]), str(facts.get("namespace") or "")):
                how = "may read"
            else:
                continue
            found.setdefault(id(finding), (finding, place, how))
    own = [key for key in found.values() if key[2] != "may read"]
    others = [key for key in found.values() if key[2] == "may read"]
    near = others if around.kind in WHOLE else _around(others, around.path)
    return sorted([*own, *near], key=lambda key: (-key[0].severity, not is_aws(key[0]), not key[0].parts))


def _around(keys: Sequence[tuple[Finding, Place, str]], path: bytes) -> list[tuple[Finding, Place, str]]:
    """Those in the folder of `path` or below; where there are none, in the folder above, and so on: a tree may hold several clusters."""
    folder = path.rpartition(b"/")[0]
    while True:
        inside = [key for key in keys if not folder or key[1].origin.path.startswith(folder + b"/")]
        if inside or not folder:
            return inside
        folder = folder.rpartition(b"/")[0]


def _places(finding: Finding) -> tuple[Place, ...]:
    return (*finding.places, *(place for part in finding.parts for place in part.places))


def _is_in(place: Place, workload: Placed) -> bool:
    facts, identity = place.origin.facts, workload.identity
    return place.origin.path == origin(workload).path and (facts.get("kind"), facts.get("name")) == (identity.kind, identity.name)


def _may_read(grant: Grant, kind: str, namespace: str) -> bool:
    bound = grant.binding.identity.namespace
    return (grant.everything or kind == "Secret") and (grant.cluster or not bound or not namespace or bound == namespace)


def _path(
    links: list[_Link],
    keys: list[tuple[Finding, Place, str]],
    objects: Objects,
    missing: str,
    reachable: bool,
    grant: Grant | None,
) -> Iterator[_Path]:
    everything = grant is not None and grant.everything
    if not keys and not (reachable and everything):
        return
    opened: dict[str, Placed] = {}
    for finding, place, how in keys[:_KEYS]:
        links.append(_key(finding, place, how))
        for bucket, _ in buckets_of(finding, objects) if is_aws(finding) else ():
            opened.setdefault(bucket.about.name, bucket)
    for name, bucket in list(opened.items())[:_KEYS]:
        named = f"bucket {name} is named beside the key, in {said(bucket.identity)}"
        links.append(_Link(f"bucket {name}", named, (bucket.places["here"],), rule=BESIDE))
    notes = [missing] if missing else []
    if not keys:
        notes.append("no secret was found in what was scanned, but it may read all of them")
    if len(keys) > _KEYS:
        notes.append(f"{len(keys) - _KEYS} more secrets are within its reach")
    miners = {said(fact.identity): fact for fact in objects.evidence if _mines(fact) and origin(fact)[:2] == links[0].places[0].origin[:2]}
    if miners:
        notes.append(f"a cryptominer is in the same set: {', '.join(list(miners)[:_KEYS])}")
        fact = next(iter(miners.values()))
        beside = f"beside it a cryptominer, {said(fact.identity)}: {fact.about.note}"
        links.append(_Link("", beside, (fact.places["here"],), rule=fact.about.check))
    yield _Path(links, notes, Severity.CRITICAL if reachable else Severity.HIGH)


def _mines(fact: Placed) -> bool:
    return bool(fact.about.check.startswith(_MINER) and fact.about.severity >= Severity.HIGH)


def _key(finding: Finding, place: Place, how: str) -> _Link:
    facts = place.origin.facts
    where = f"{facts.get('kind')} {'/'.join(str(facts[key]) for key in ('namespace', 'name') if facts.get(key))}"
    account = finding.facts.get("account_id")
    what = finding.description if finding.description[1:2].isupper() else finding.description[:1].lower() + finding.description[1:]
    if is_aws(finding) and finding.parts:
        what = "a complete AWS key pair"
    if account:
        what += f" of account {account}"
    verb = {"holds": "holds in itself", "reads": "reads as its own", "may read": "may read"}[how]
    return _Link(f"{how} {where} with {what}", f"{verb} {where}: {what}", (place,), finding.secret, finding.rule)


def _finding(path: _Path, check: Check, known: Known) -> Finding:
    links = path.links
    words = [link.headline for link in links if link.headline]
    if len(words) > 1 and words[0] == "reachable from outside":  # one step, said as one
        words[:2] = [f"{words[1]}, {words[0]}"]
    first = links[0].places[0]
    line = "/".join(str(first.origin.facts.get(key) or "") for key in ("kind", "namespace", "name"))
    return Finding(
        rule=PATH,
        description=" → ".join(words),
        severity=path.severity,
        confidence=check.confidence,
        secret=Secret(),
        fingerprint=known.fingerprint(PATH, b"", first.origin.path, line.encode(errors="replace")),
        places=(first,),
        parts=tuple(Part(link.rule, link.sentence, link.secret, link.places) for link in links),
        tags=check.tags,
        verdict="",
        note="; ".join(path.notes),
        references=check.references,
        path=True,
    )
