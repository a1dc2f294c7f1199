"""A batch of units in, hits out. C finds the candidates without the GIL; what they mean is judged here, on the few texts that have any."""

from __future__ import annotations

import errno
import hashlib
import importlib
import os
import pkgutil
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, groupby
from types import ModuleType

from secretscan import exposure, readers
from secretscan._core import FLAG_FULL, FLAG_PACKED, Check, Matcher, Scan
from secretscan.config import Settings
from secretscan.hits import FactHit, Hit, PairHit, Position, Text
from secretscan.judge import (
    Dropped,
    InlineAllow,
    Match,
    allow_inline,
    confirm,
    join_halves,
    judge,
    line_before,
    line_of,
    locate,
    require,
    settle,
    windows,
)
from secretscan.model import PIECE, REACH, SEEN, Confidence, Digests, Fact, Gap, Inner, LocalFile, Reason, Secret, Silence, Unit, View
from secretscan.readers import wide_text
from secretscan.readers.carrier import ZIP_END
from secretscan.readers.compression import sniff
from secretscan.readers.streams import unpack
from secretscan.rules import PatternSet, Rule, RuleSet
from secretscan.shapes import Shape

_VIEW_DEPTH = 3  # a manifest in a Secret in a manifest; deeper is a loop or an attack
_HEAD = 512  # bytes: the most that an archive's magic needs
_BATCH = 8 << 20  # bytes of archive members matched at a time
_ERRNO = {
    errno.ENOENT: (Reason.VANISHED, "gone before it was read"),
    errno.ESTALE: (Reason.CHANGED, "shrank while it was read"),
    errno.EFBIG: (Reason.CHANGED, "grew while it was read"),
    errno.ELOOP: (Reason.CHANGED, "became a link before it was read"),
    errno.ENOTSUP: (Reason.CHANGED, "became something else before it was read"),
}


@dataclass(slots=True)
class Outcome:
    """What a batch gave. `scanned` counts whole texts; a text in pieces counts at its last. `allowed`: exposures allowed by a comment."""

    hits: list[Hit | PairHit] = field(default_factory=list)
    facts: list[FactHit] = field(default_factory=list)
    allowed: int = 0
    gaps: list[Gap] = field(default_factory=list)
    digests: dict[Hashable, Digests] = field(default_factory=dict)
    scanned: int = 0
    bytes: int = 0


class Scanner:
    """All rules in one automaton, and the viewers' markers with them. Immutable; any number of threads may scan."""

    def __init__(self, ruleset: RuleSet, settings: Settings, inline: InlineAllow) -> None:
        self._ruleset = ruleset
        self._settings = settings
        self._inline = inline
        self._dropped = Dropped()
        blind = [rule for rule in ruleset.rules if rule.regex is None or not rule.shape.checks or rule.path is not None]
        self._always = [rule for rule in blind if rule.path is None]
        self._by_path = [rule for rule in blind if rule.path is not None]
        self._paths = PatternSet(rule.path for rule in self._by_path if rule.path is not None)
        self._viewers = list(_viewers())
        self._beside = dict(_partners(ruleset))
        pathbound = {rule.id for rule in self._by_path}
        checks: list[Check] = []
        self._owners: list[Rule | tuple[int, int]] = []
        for rule in ruleset.rules:
            if rule.regex is not None and rule.id not in self._beside and rule.id not in pathbound:
                checks += rule.shape.checks
                self._owners += [rule] * len(rule.shape.checks)
        for number, viewer in enumerate(self._viewers):
            for marker, given in enumerate(viewer.MARKERS):
                literals = (given,) if isinstance(given, bytes) else given  # a tuple: any of them will do
                checks += [Check(literal, once=True) for literal in literals]
                self._owners += [(number, marker)] * len(literals)
        self._sure = frozenset(
            number for number, owner in enumerate(self._owners) if isinstance(owner, Rule) and _is_told_by_its_form(owner)
        )
        self._zip_end = len(checks)
        checks.append(Check(ZIP_END, once=True))
        self._matcher = Matcher(checks)

    def scan(self, units: Sequence[Unit], *, suppress: bool) -> Outcome:
        """Match and judge a batch. `suppress`: whether inline allows in these units count."""
        outcome = Outcome()
        self._names(units, outcome)
        files: list[Unit] = []
        texts: list[Unit] = []
        told: list[Unit] = []  # files whose name alone asks for a look inside: their content must be kept
        named: dict[int, list[Rule]] = {}
        for unit in units:
            rules = self._named(unit)
            if rules:
                named[id(unit)] = rules
            (texts if not isinstance(unit.content, LocalFile) else told if rules else files).append(unit)
        for group, keep in ((files, bool(self._always)), (told, True)):
            if group:
                paths = [unit.content.path for unit in group if isinstance(unit.content, LocalFile)]
                self._take(group, self._matcher.scan_files(paths, PIECE, keep=keep), named, outcome, suppress)
        if texts:
            buffers = [unit.content for unit in texts if not isinstance(unit.content, LocalFile)]
            self._take(texts, self._matcher.scan(buffers), named, outcome, suppress)
        return outcome

    def _named(self, unit: Unit) -> list[Rule]:
        """Rules without a literal that a unit's path asks for. A unit whose name is not known yet comes again when it is."""
        return [] if unit.name is None else [self._by_path[number] for number in self._paths.found_in(unit.name)]

    def wants(self, path: bytes) -> bool:
        """Whether a path alone asks for a look inside."""
        return bool(self._paths.found_in(path))

    def _names(self, units: Sequence[Unit], outcome: Outcome) -> None:
        """Match the names of units, all of a batch as one text. Only a token that is known by its form is one in a name, too."""
        named = [unit for unit in units if unit.name and not unit.start and not unit.again]
        names = [unit.name or b"" for unit in named]
        found = [candidate for candidate in self._matcher.scan([b"\n".join(names)]).candidates if candidate[1] in self._sure]
        if not found:
            return
        starts = list(accumulate((len(name) + 1 for name in names), initial=0))
        for number, group in groupby(found, key=lambda candidate: bisect_right(starts, candidate[2]) - 1):
            unit = named[number]
            here = [(check, offset - starts[number]) for _, check, offset in group]
            for _, hit in self._text(Text(names[number]), here, unit, outcome, False):
                if isinstance(hit, Hit) and _is_told_by_its_form(hit.match.rule):
                    outcome.hits.append(replace(hit, position=Position(1, 1, 1, 1), context=None, facts={"in": "its name"}))

    def _take(self, units: Sequence[Unit], scan: Scan, named: dict[int, list[Rule]], outcome: Outcome, suppress: bool) -> None:
        outcome.bytes += scan.bytes
        failed = dict(scan.failed)
        flags = dict(scan.flags)
        outcome.scanned += sum(unit.last and not unit.again for number, unit in enumerate(units) if number not in failed)
        for number, code in failed.items():
            reason, detail = _ERRNO.get(code, (Reason.UNREADABLE, os.strerror(code).lower()))
            outcome.gaps.append(Gap(_outer(units[number].id), _inner(units[number].id), reason, detail))
        asked: dict[int, list[Rule]] = {}
        for number, unit in enumerate(units):
            for rule in named.get(id(unit), ()):
                if rule.regex is not None:
                    asked.setdefault(number, []).append(rule)
                elif unit.start == 0 and number not in failed:
                    outcome.hits.append(
                        Hit(Match(rule, Secret(), 0, 0, (0, 0)), _outer(unit.id), _inner(unit.id), Position(1, 1, 1, 1), None)
                    )
        candidates = {number: list(group) for number, group in groupby(scan.candidates, key=lambda candidate: candidate[0])}
        wanted = range(len(units)) if self._always else sorted({*candidates, *flags, *asked})
        for number in wanted:
            if number not in failed:
                found = [(check, offset) for _, check, offset in candidates.get(number, ())]
                content = scan.content(number)
                before = len(outcome.hits)
                self._unit(units[number], content, flags.get(number, 0), found, asked.get(number, []), outcome, suppress)
                if units[number].digested and len(outcome.hits) > before:
                    outcome.digests[units[number].id] = _digests(content)

    def _unit(
        self, unit: Unit, content: bytes, flags: int, found: list[tuple[int, int]], named: list[Rule], outcome: Outcome, suppress: bool
    ) -> None:
        id, inner = _outer(unit.id), _inner(unit.id)
        whole = unit.start == 0 and unit.last
        if flags & FLAG_FULL:
            outcome.gaps.append(Gap(id, inner, Reason.CAP, "more candidates than are judged in one text"))
        carries = any(check == self._zip_end for check, _ in found)
        if (flags & FLAG_PACKED or carries) and unit.start == 0 and not isinstance(unit.id, Inner):
            if whole:
                if self._unpack(unit, content, outcome, suppress):
                    return
            elif sniff(content[:_HEAD]) is not None:
                outcome.gaps.append(Gap(id, inner, Reason.CAP, "an archive too long to open here"))
        if flags & wide_text.FLAGS:
            text = wide_text.decode(content, flags)
            scan = self._matcher.scan([text])
            found = [(check, offset) for _, check, offset in scan.candidates]
        else:
            text = content
        judged = self._text(Text(text, unit.line, unit.column), found, unit, outcome, suppress, named)
        owned = range(REACH if unit.start else 0, len(text) - (0 if unit.last else REACH))
        for start, hit in judged:
            if whole or start in owned:
                outcome.hits.append(hit)

    def _text(
        self,
        text: Text,
        found: Sequence[tuple[int, int]],
        unit: Unit,
        outcome: Outcome,
        suppress: bool,
        named: Sequence[Rule] = (),
    ) -> list[tuple[int, Hit | PairHit]]:
        """Judge a text and the views made of it: (offset of the first secret, hit). `named`: rules that the path asks for."""
        positions: dict[str, tuple[Rule, list[int]]] = {rule.id: (rule, []) for rule in (*self._always, *named)}
        markers: dict[int, set[int]] = {}
        for check, offset in found:
            if check == self._zip_end:
                continue
            owner = self._owners[check]
            if isinstance(owner, tuple):
                markers.setdefault(owner[0], set()).add(owner[1])
            else:
                positions.setdefault(owner.id, (owner, []))[1].append(offset)
        hits: list[tuple[int, Hit | PairHit]] = []
        silences: list[Silence] = []
        facts: list[Fact] = []
        for number, seen in sorted(markers.items()):
            viewer = self._viewers[number]
            if len(seen) == len(viewer.MARKERS):
                hits += self._views(viewer, text, unit, silences, facts, outcome, suppress)
        matches: list[Match] = []
        size = len(text.text)
        for rule, offsets in positions.values():
            whole = rule.shape.whole_text or not offsets  # asked for by the path
            spans = confirm(rule, text.text, [(0, size)]) if whole else locate(rule, text.text, sorted(offsets))
            matches += self._judged(rule, text.text, spans)
        for rule, partners in self._beside.values():
            starts = sorted(match.start for match in matches if match.rule.id in partners)
            if starts:
                stretches = windows(starts, Shape((), rule.near or 0, rule.near or 0, False), size)
                matches += self._judged(rule, text.text, confirm(rule, text.text, stretches))
        for match in matches:
            text.mask(match.start, match.end)
        if facts:
            self._told(facts, text, unit, outcome, suppress)
        if not matches:
            return hits
        if silences:
            silences.sort()
            matches = [match for match in matches if not _silent(match, silences)]
        matches = require(settle(matches), text.lines.number)
        if suppress:
            matches = allow_inline(matches, text.text, self._inline)
        pairs, alone = join_halves(matches, self._ruleset.pairs, text.lines.number)
        for pair in pairs:
            first, second = self._hit(pair.first, text, unit), self._hit(pair.second, text, unit)
            if first is not None and second is not None:
                hits.append((pair.first.start, PairHit(pair.pair, first, second)))
        for match in alone:
            hit = self._hit(match, text, unit)
            if hit is not None and not match.rule.silent:
                hits.append((match.start, hit))
        return hits

    def _judged(self, rule: Rule, text: bytes, spans: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> Iterator[Match]:
        for outer, span in spans:
            match = judge(rule, self._ruleset, text, outer, span, self._dropped)
            if match is not None:
                yield match

    def _views(
        self,
        viewer: ModuleType,
        text: Text,
        unit: Unit,
        silences: list[Silence],
        facts: list[Fact],
        outcome: Outcome,
        suppress: bool,
    ) -> list[tuple[int, Hit | PairHit]]:
        def note(reason: Reason, detail: str) -> None:
            outcome.gaps.append(Gap(_outer(unit.id), _inner(unit.id), reason, detail))

        if text.depth >= _VIEW_DEPTH:
            note(Reason.TOO_DEEP, "objects within objects")
            return []
        if not (unit.start == 0 and unit.last):
            note(Reason.UNPARSED, "too long to parse; read as text")
            return []
        views: list[View] = []
        # Only what stands in the target now exposes anything: a history's objects have no name, or come again to be given one.
        stands = bool(self._ruleset.checks) and text.parent is None and unit.name is not None and not unit.again
        try:
            for item in viewer.views(text.text, unit.name):
                if isinstance(item, View):
                    views.append(item)
                elif isinstance(item, Silence):
                    silences.append(item)
                elif type(item) is tuple:
                    note(*item)
                elif stands:
                    facts += exposure.examine(item, self._ruleset.checks)
        except Exception as error:  # a reader's mistake must not cost what others find; its message may quote the content
            note(Reason.UNPARSED, f"{viewer.__name__.rpartition('.')[2]} failed on it ({type(error).__name__}); read as text")
        hits: list[tuple[int, Hit | PairHit]] = []
        scan = self._matcher.scan([view.text for view in views])
        for number, group in groupby(scan.candidates, key=lambda candidate: candidate[0]):
            view = views[number]
            inside = Text(view.text, segments=view.segments, parent=text)
            found = [(check, offset) for _, check, offset in group]
            hits += [(0, hit) for _, hit in self._text(inside, found, unit, outcome, suppress)]
        return hits

    def _told(self, facts: list[Fact], text: Text, unit: Unit, outcome: Outcome, suppress: bool) -> None:
        """Where what objects say stands. Call it when all masks are in."""
        for fact in facts:
            spots = {}
            for name, mark in fact.marks.items():
                found = text.origin(mark.start, mark.end)
                if found is not None:
                    spots[name] = found[0], text.context(mark.start, mark.end, hide=False)
            if suppress and "here" in fact.marks:
                at = fact.marks["here"]
                if self._inline(line_of(text.text, at.start, at.end), line_before(text.text, at.start)) is not None:
                    outcome.allowed += 1
                    continue
            if len(spots) == len(fact.marks):
                outcome.facts.append(FactHit(fact, _outer(unit.id), _inner(unit.id), spots))

    def _hit(self, match: Match, text: Text, unit: Unit) -> Hit | None:
        origin = text.origin(match.start, match.end)
        if origin is None:
            return None
        position, facts = origin
        return Hit(match, _outer(unit.id), _inner(unit.id), position, text.context(match.start, match.end), facts, text.key(match.start))

    def _unpack(self, unit: Unit, content: bytes, outcome: Outcome, suppress: bool) -> bool:
        """Match an archive's members. False if its raw bytes must speak too: it could not be opened whole, or is more than an archive."""
        opened = True
        batch: list[Unit] = []
        held = 0
        for member in unpack(unit.id, iter([content]), unit.name, self._settings):
            if isinstance(member, Gap):
                outcome.gaps.append(member)
                opened = opened and bool(member.inner)
                continue
            if not _inner(member.id):  # the file itself, whose raw bytes are at hand
                opened = False
                continue
            batch.append(member)
            held += len(member.content) if not isinstance(member.content, LocalFile) else 0
            if held >= _BATCH:
                _add(outcome, self.scan(batch, suppress=suppress))
                batch, held = [], 0
        if batch:
            _add(outcome, self.scan(batch, suppress=suppress))
        return opened


def _partners(ruleset: RuleSet) -> Iterator[tuple[str, tuple[Rule, frozenset[str]]]]:
    """Halves without a form of their own (`silent`, `near`): they are looked for only beside a match of the other half."""
    for pair in ruleset.pairs:
        for own, other in (pair.parts, pair.parts[::-1]):
            for id in own:
                rule = ruleset.by_id.get(id)
                if rule is not None and rule.silent and rule.near is not None:
                    yield id, (rule, frozenset(other))


def _is_told_by_its_form(rule: Rule) -> bool:
    return rule.family != "generic" and not rule.silent and rule.confidence >= Confidence.HIGH


def _silent(match: Match, silences: list[Silence]) -> bool:
    """Whether a stretch that speaks of something else holds the match. What a view shows decoded is matched there; a sealed value or a
    reference silences guesses only: a provider's own token is one wherever it stands."""
    at = bisect_right(silences, match.start, key=lambda silence: silence.start) - 1
    if at < 0 or match.end > silences[at].end:
        return False
    return (
        silences[at].why.startswith(SEEN) or match.rule.family == "generic" or match.rule.silent or match.rule.confidence < Confidence.HIGH
    )


def _digests(content: bytes) -> Digests:
    hashes = (hashlib.new(name, content, usedforsecurity=False) for name in ("md5", "sha1", "sha256"))
    return Digests(*(made.digest() for made in hashes))


def _add(outcome: Outcome, more: Outcome) -> None:
    outcome.hits += more.hits
    outcome.gaps += more.gaps
    outcome.facts += more.facts
    outcome.allowed += more.allowed
    outcome.scanned += more.scanned
    outcome.bytes += more.bytes


def _outer(id: Hashable) -> Hashable:
    return id.id if isinstance(id, Inner) else id


def _inner(id: Hashable) -> bytes:
    return id.path if isinstance(id, Inner) else b""


def _viewers() -> Iterator[ModuleType]:
    """Modules in readers/ that offer views of texts."""
    for found in pkgutil.iter_modules(readers.__path__):
        module = importlib.import_module(f"{readers.__name__}.{found.name}")
        if hasattr(module, "MARKERS"):
            yield module
