"""One text judged, and the views made of it: the candidates that C found in, hits, facts and gaps out."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from types import ModuleType

from secretscan import exposure, readers
from secretscan._core import Check, Refusals
from secretscan.hits import FactHit, Hit, PairHit, Spanned, Text, span
from secretscan.judge import (
    InlineAllow,
    Match,
    allow_inline,
    bounds,
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
from secretscan.model import Confidence, Digests, Fact, Gap, Inner, Reason, Silence, Unit, View
from secretscan.modules import modules
from secretscan.overlaps import add_shown, is_silent, said_better
from secretscan.owned import Found, OwnedChecks
from secretscan.readers.carrier import CARRIED
from secretscan.rules import Rule, RuleSet
from secretscan.shapes import Shape

_VIEW_DEPTH = 3  # a manifest in a Secret in a manifest; deeper is a loop or an attack


class Outcome:
    """What a batch gave. `scanned` counts whole texts; a text in pieces counts at its last. `allowed`: exposures allowed by a comment."""

    def __init__(self) -> None:
        self.hits: list[Hit | PairHit] = []
        self.facts: list[FactHit] = []
        self.allowed = 0
        self.gaps: list[Gap] = []
        self.digests: dict[Hashable, Digests] = {}
        self.scanned = 0
        self.bytes = 0


class TextJudge:
    """All rules in one matcher, and the viewers' markers with them. Any number of threads may ask.

    `checks` find the candidates, `bound` those of rules that only certain paths ask for. A rule's program is handed to the core when the
    rule's first candidate comes: a small scan needs few, and all take 25 ms. `always` are the rules without a literal, which run over every
    text, `carried` the owner of the checks that mark packed content in another file.
    """

    def __init__(self, ruleset: RuleSet, inline: InlineAllow) -> None:
        self._ruleset = ruleset
        self._inline = inline
        self._refusals = Refusals()
        shapes = [rule.shape for rule in ruleset.rules]
        self.always = [
            rule
            for rule, shape in zip(ruleset.rules, shapes, strict=True)
            if rule.path is None and (rule.regex is None or not shape.checks)
        ]
        self._viewers = list(_viewers())
        self._beside = dict(_partners(ruleset))
        self._numbers = {rule.id: number for number, rule in enumerate(ruleset.rules)}
        self._sure = frozenset(number for number, rule in enumerate(ruleset.rules) if is_told_by_its_form(rule))
        self._equipped: set[int] = set()
        self.carried = len(ruleset.rules) + len(self._viewers)
        searched = [(number, rule) for number, rule in enumerate(ruleset.rules) if rule.regex is not None and rule.id not in self._beside]
        free = [(number, 0, check) for number, rule in searched if rule.path is None for check in rule.shape.checks]
        bound = [(number, 0, check) for number, rule in searched if rule.path is not None for check in rule.shape.checks]
        carried = [(self.carried, 0, Check(marker, once=True)) for marker in CARRIED]
        self.checks = OwnedChecks([*free, *_markers(self._viewers, len(ruleset.rules)), *carried], self._refusals)
        self.bound = OwnedChecks(bound, self._refusals)

    def find(self, texts: Sequence[bytes], asked: Sequence[Sequence[Rule]]) -> list[Found]:
        """What the rules that the path of each text asks for find in it."""
        found = self.bound.found_in(self.bound.matcher.scan(texts))
        return [found.get(number, Found()).of({self._numbers[rule.id] for rule in rules}) for number, rules in enumerate(asked)]

    def unfound(self, asked: Sequence[Rule]) -> list[Rule]:
        """Those of the rules that no literal finds: they run over all of a text."""
        return [rule for rule in asked if self._numbers[rule.id] not in self.bound.owners]

    def judge(
        self,
        text: Text,
        found: Found,
        unit: Unit,
        outcome: Outcome,
        suppress: bool,
        named: Sequence[Rule] = (),
    ) -> list[Spanned]:
        """Judge a text and the views made of it: (where the secrets stand in this text, hit). `named`: rules to run over all of it."""
        rules = self._ruleset.rules
        positions: dict[int, list[int]] = {self._numbers[rule.id]: [] for rule in (*self.always, *named)}
        viewers: set[int] = set()
        for owner, offset in found.candidates:
            if owner < len(rules):
                positions.setdefault(owner, []).append(offset)
            elif owner != self.carried:
                viewers.add(owner - len(rules))
        hits: list[Spanned] = []
        shown: list[Spanned] = []
        silences: list[Silence] = []
        facts: list[Fact] = []
        for number in sorted(viewers):
            viewer = self._viewers[number]
            stretch = hasattr(viewer, "STRETCH")
            if stretch or not text.stretch:
                (shown if stretch else hits).extend(self._views(viewer, text, unit, silences, facts, outcome, suppress))
        matches: list[Match] = []
        size = len(text.text)
        for number, offsets in positions.items():
            rule = rules[number]
            whole = rule.shape.whole_text or not offsets
            spans = confirm(rule, text.text, [(0, size)]) if whole else locate(rule, text.text, sorted(offsets))
            matches += self._judged(rule, text.text, spans)
            if not whole and number not in self._equipped:
                self._equip(number, rule)
        for number, group in groupby(found.matches, key=itemgetter(0)):
            spans = (((start, end), (secret_start, secret_end)) for _, start, end, secret_start, secret_end in group)
            matches += self._judged(rules[number], text.text, spans)
        for rule, partners in self._beside.values():
            starts = sorted(match.start for match in matches if match.rule.id in partners)
            if starts:
                stretches = windows(starts, Shape((), rule.near or 0, rule.near or 0, False), size)
                matches += self._judged(rule, text.text, confirm(rule, text.text, stretches))
        for match in matches:
            text.mask(match.start, match.end)
        if facts:
            self._told(facts, text, unit, outcome, suppress)
        silences.sort()
        if shown:
            shown = add_shown(shown, matches, silences)
            hits += shown
            matches = [match for match in matches if not said_better(match, shown)]
        if not matches:
            return hits
        if silences:
            matches = [match for match in matches if not is_silent(match, silences)]
        matches = require(settle(matches), text.lines.number)
        if suppress:
            matches = allow_inline(matches, text.text, self._inline)
        pairs, alone = join_halves(matches, self._ruleset.pairs, text.lines.number)
        for pair in pairs:
            first, second = self._hit(pair.first, text, unit), self._hit(pair.second, text, unit)
            if first is not None and second is not None:
                hits.append(((span(pair.first), span(pair.second)), PairHit(pair.pair, first, second)))
        for match in alone:
            hit = self._hit(match, text, unit)
            if hit is not None and not match.rule.silent:
                hits.append(((span(match),), hit))
        return hits

    def told_by_form(self, found: Found) -> Found:
        """Only what rules found whose matches are secrets by their form."""
        return found.of(self._sure)

    def equip(self) -> None:
        """Let the core confirm all that it can from now on: worth its 25 ms where there is much to scan."""
        for number in sorted((self.checks.owners | self.bound.owners) - self._equipped):
            if number < len(self._ruleset.rules) and not self._ruleset.rules[number].shape.whole_text:
                self._equip(number, self._ruleset.rules[number])

    def _equip(self, number: int, rule: Rule) -> None:
        """Let the core confirm this rule's candidates from now on, if its regex can be said that way."""
        self._equipped.add(number)
        if rule.near is None and rule.program is not None:  # near a keyword a match may begin behind it
            checks = self.checks if rule.path is None else self.bound
            checks.equip(number, rule.program, *bounds(rule.shape), rule.secret_group)

    def _judged(self, rule: Rule, text: bytes, spans: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> Iterator[Match]:
        for outer, inner in spans:
            match = judge(rule, self._ruleset, text, outer, inner, self._refusals, self._numbers[rule.id])
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
    ) -> list[Spanned]:
        def note(reason: Reason, detail: str) -> None:
            outcome.gaps.append(Gap(outer_id(unit.id), inner_path(unit.id), reason, detail))

        stretch = hasattr(viewer, "STRETCH")
        if text.depth >= _VIEW_DEPTH:
            note(*((Reason.UNPARSED, "escapes within escapes; read as text") if stretch else (Reason.TOO_DEEP, "objects within objects")))
            return []
        if not (unit.start == 0 and unit.last) and not stretch:
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
        hits: list[Spanned] = []
        for number, found in self.checks.found_in(self.checks.matcher.scan([view.text for view in views])).items():
            view = views[number]
            inside = Text(view.text, segments=view.segments, parent=text, stretch=stretch)
            for spans, hit in self.judge(inside, found, unit, outcome, suppress):
                hits.append((tuple(inside.source(one) for one in spans), hit))
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
                if self._inline.read(line_of(text.text, at.start, at.end), line_before(text.text, at.start)) is not None:
                    outcome.allowed += 1
                    continue
            if len(spots) == len(fact.marks):
                outcome.facts.append(FactHit(fact, outer_id(unit.id), inner_path(unit.id), spots))

    def _hit(self, match: Match, text: Text, unit: Unit) -> Hit | None:
        origin = text.origin(match.start, match.end)
        if origin is None:
            return None
        position, facts = origin
        return Hit(
            match, outer_id(unit.id), inner_path(unit.id), position, text.context(match.start, match.end), facts, text.key(match.start)
        )


def _markers(viewers: Sequence[ModuleType], first: int) -> Iterator[tuple[int, int, Check]]:
    """What makes a viewer look at a text. All its markers must stand in it; of one that is a tuple any will do."""
    for owner, viewer in enumerate(viewers, first):
        for part, given in enumerate(viewer.MARKERS):
            for literal in (given,) if isinstance(given, bytes) else given:
                yield owner, part, Check(literal, once=True)


def _partners(ruleset: RuleSet) -> Iterator[tuple[str, tuple[Rule, frozenset[str]]]]:
    """Halves without a form of their own (`silent`, `near`): they are looked for only beside a match of the other half."""
    for pair in ruleset.pairs:
        for own, other in (pair.parts, pair.parts[::-1]):
            for id in own:
                rule = ruleset.by_id.get(id)
                if rule is not None and rule.silent and rule.near is not None:
                    yield id, (rule, frozenset(other))


def is_told_by_its_form(rule: Rule) -> bool:
    """Whether a match alone is a secret, whatever stands around it."""
    return rule.family != "generic" and not rule.silent and rule.confidence >= Confidence.HIGH


def outer_id(id: Hashable) -> Hashable:
    """The id that the source knows: of an archive's member the archive's."""
    return id.id if isinstance(id, Inner) else id


def inner_path(id: Hashable) -> bytes:
    """An archive member's path; empty for anything else."""
    return id.path if isinstance(id, Inner) else b""


def _viewers() -> Iterator[ModuleType]:
    """Modules in readers/ that offer views of texts."""
    for module in modules(readers.__name__):
        if hasattr(module, "MARKERS"):
            yield module
