"""A batch of units in, hits out. C finds the candidates without the GIL; only the few texts that have any are judged in Python."""

from __future__ import annotations

import errno
import os
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from secretscan._core import FLAG_FULL, FLAG_PACKED, Scan
from secretscan.config import Settings
from secretscan.hits import Hit, Position, Text
from secretscan.judge import InlineAllow, Match
from secretscan.judgement import Found, Outcome, TextJudge, found_in, inner_path, is_told_by_its_form, outer_id
from secretscan.model import PIECE, REACH, Digests, Gap, Inner, LocalFile, Lot, Reason, Secret, Unit
from secretscan.readers import wide_text
from secretscan.readers.magic import HEAD, sniff
from secretscan.readers.streams import unpack
from secretscan.rules import PatternSet, Rule, RuleSet

_BATCH = 8 << 20  # bytes of archive members matched at a time
_ERRNO = {
    errno.ENOENT: (Reason.VANISHED, "gone before it was read"),
    errno.ESTALE: (Reason.CHANGED, "shrank while it was read"),
    errno.EFBIG: (Reason.CHANGED, "grew while it was read"),
    errno.ELOOP: (Reason.CHANGED, "became a link before it was read"),
    errno.ENOTSUP: (Reason.CHANGED, "became something else before it was read"),
}


class Scanner:
    """Files, texts, names and archives matched by the batch. Immutable; any number of threads may scan."""

    def __init__(self, ruleset: RuleSet, settings: Settings, inline: InlineAllow) -> None:
        self._settings = settings
        self._judge = TextJudge(ruleset, inline)
        self._matcher = self._judge.matcher
        self._by_path = [rule for rule in ruleset.rules if rule.path is not None]
        self._paths = PatternSet(rule.path for rule in self._by_path if rule.path is not None)

    def equip(self) -> None:
        """Make ready for more than a batch."""
        self._judge.equip()

    def scan(self, units: Sequence[Unit] | Lot, *, suppress: bool) -> Outcome:
        """Match and judge a batch. `suppress`: whether inline allows in these units count."""
        if isinstance(units, Lot):
            return self._lot(units, suppress)
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
        for group, keep in ((files, bool(self._judge.always)), (told, True)):
            if group:
                paths = [unit.content.path for unit in group if isinstance(unit.content, LocalFile)]
                self._take(group, self._matcher.scan_files(paths, PIECE, keep=keep), named, outcome, suppress)
        if texts:
            buffers = [unit.content for unit in texts if not isinstance(unit.content, LocalFile)]
            self._take(texts, self._matcher.scan(buffers), named, outcome, suppress)
        return outcome

    def _lot(self, lot: Lot, suppress: bool) -> Outcome:
        """Judge what the source found in a lot, and match what it could not search by itself."""
        outcome = Outcome()
        batch: list[Unit] = []
        held = 0
        for item in lot.search(self._matcher, bool(self._judge.always)):
            if isinstance(item, Gap):
                outcome.gaps.append(item)
            elif isinstance(item, Unit):
                batch.append(item)
                held += len(item.content) if not isinstance(item.content, LocalFile) else 0
            else:
                units, scan = item
                outcome.scanned += scan.scanned - len(units)
                self._take(units, scan, {}, outcome, suppress)
            if held >= _BATCH:
                _add(outcome, self.scan(batch, suppress=suppress))
                batch, held = [], 0
        if batch:
            _add(outcome, self.scan(batch, suppress=suppress))
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
        together = found_in(self._matcher.scan([b"\n".join(names)])).get(0, Found())
        sure = self._judge.told_by_form(together)
        if not any(sure):
            return
        starts = list(accumulate((len(name) + 1 for name in names), initial=0))
        suspects = sorted({bisect_right(starts, found[1]) - 1 for found in (*sure.candidates, *sure.matches)})
        for number, found in found_in(self._matcher.scan([names[suspect] for suspect in suspects])).items():
            unit = named[suspects[number]]
            for _, hit in self._judge.judge(Text(names[suspects[number]]), self._judge.told_by_form(found), unit, outcome, False):
                if isinstance(hit, Hit) and is_told_by_its_form(hit.match.rule):
                    outcome.hits.append(hit._replace(position=Position(1, 1, 1, 1), context=None, facts={"in": "its name"}))

    def _take(self, units: Sequence[Unit], scan: Scan, named: dict[int, list[Rule]], outcome: Outcome, suppress: bool) -> None:
        outcome.bytes += scan.bytes
        failed = dict(scan.failed)
        flags = dict(scan.flags)
        outcome.scanned += sum(unit.last and not unit.again for number, unit in enumerate(units) if number not in failed)
        for number, code in failed.items():
            reason, detail = _ERRNO.get(code, (Reason.UNREADABLE, os.strerror(code).lower()))
            outcome.gaps.append(Gap(outer_id(units[number].id), inner_path(units[number].id), reason, detail))
        asked: dict[int, list[Rule]] = {}
        for number, unit in enumerate(units):
            for rule in named.get(id(unit), ()):
                if rule.regex is not None:
                    asked.setdefault(number, []).append(rule)
                elif unit.start == 0 and number not in failed:
                    outcome.hits.append(
                        Hit(Match(rule, Secret(), 0, 0, (0, 0)), outer_id(unit.id), inner_path(unit.id), Position(1, 1, 1, 1), None)
                    )
        told = found_in(scan)
        wanted = range(len(units)) if self._judge.always else sorted({*told, *flags, *asked})
        for number in wanted:
            if number not in failed:
                found = told.get(number, Found())
                content = scan.content(number)
                before = len(outcome.hits)
                self._unit(units[number], content, flags.get(number, 0), found, asked.get(number, []), outcome, suppress)
                if units[number].digested and len(outcome.hits) > before:
                    outcome.digests[units[number].id] = _digests(content)

    def _unit(self, unit: Unit, content: bytes, flags: int, found: Found, named: list[Rule], outcome: Outcome, suppress: bool) -> None:
        id, inner = outer_id(unit.id), inner_path(unit.id)
        whole = unit.start == 0 and unit.last
        if flags & FLAG_FULL:
            outcome.gaps.append(Gap(id, inner, Reason.CAP, "more candidates than are judged in one text"))
        packed = bool(flags & FLAG_PACKED) and not isinstance(unit.id, Inner)  # whoever made an Inner id has opened it
        carries = any(check in self._judge.carried for check, _ in found.candidates)
        if whole and (packed or (carries and not (isinstance(unit.id, Inner) and sniff(content[:HEAD]) is not None))):
            if self._unpack(unit, content, outcome, suppress):
                return
        elif packed and unit.start == 0 and sniff(content[:HEAD]) is not None:
            outcome.gaps.append(Gap(id, inner, Reason.CAP, "an archive too long to open here"))
        if flags & wide_text.FLAGS:
            text = wide_text.decode(content, flags)
            found = found_in(self._matcher.scan([text])).get(0, Found())
        else:
            text = content
        judged = self._judge.judge(Text(text, unit.line, unit.column), found, unit, outcome, suppress, named)
        owned = range(REACH if unit.start else 0, len(text) - (0 if unit.last else REACH))
        for spans, hit in judged:
            if whole or spans[0].start in owned:
                outcome.hits.append(hit)

    def _unpack(self, unit: Unit, content: bytes, outcome: Outcome, suppress: bool) -> bool:
        """Match an archive's members. False if its raw bytes must speak too: it could not be opened whole, or is more than an archive."""
        opened = True
        batch: list[Unit] = []
        held = 0
        path = inner_path(unit.id)
        for member in unpack(outer_id(unit.id), iter([content]), unit.name, self._settings, path=path, search=True):
            if isinstance(member, Gap):
                outcome.gaps.append(member)
                opened = opened and member.inner != path
                continue
            if inner_path(member.id) == path:  # the file itself, whose raw bytes are at hand
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


def _digests(content: bytes) -> Digests:
    import hashlib

    hashes = (hashlib.new(name, content, usedforsecurity=False) for name in ("md5", "sha1", "sha256"))
    return Digests(*(made.digest() for made in hashes))


def _add(outcome: Outcome, more: Outcome) -> None:
    outcome.hits += more.hits
    outcome.gaps += more.gaps
    outcome.facts += more.facts
    outcome.allowed += more.allowed
    outcome.scanned += more.scanned
    outcome.bytes += more.bytes
