"""A batch of units in, hits out. C finds the candidates without the GIL; only the few texts that have any are judged in Python."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from typing import overload

from secretscan._core import FLAG_FULL, FLAG_PACKED, Listing, Scan
from secretscan.config import Settings
from secretscan.hits import Hit, Position, Text
from secretscan.judge import InlineAllow, Match
from secretscan.judgement import Outcome, TextJudge, inner_path, is_told_by_its_form, outer_id
from secretscan.model import PIECE, REACH, Digests, Gap, Inner, LocalFile, Lot, Reason, Secret, Unit
from secretscan.owned import Found
from secretscan.pathrules import PathRules
from secretscan.readers import wide_text
from secretscan.readers.magic import HEAD, sniff
from secretscan.readers.streams import unpack
from secretscan.rules import Rule, RuleSet

_BATCH = 8 << 20  # bytes of archive members matched at a time
_ERRNO = {
    errno.ENOENT: (Reason.VANISHED, "gone before it was read"),
    errno.ESTALE: (Reason.CHANGED, "shrank while it was read"),
    errno.EFBIG: (Reason.CHANGED, "grew while it was read"),
    errno.ELOOP: (Reason.CHANGED, "became a link before it was read"),
    errno.ENOTSUP: (Reason.CHANGED, "became something else before it was read"),
}


class Files(Sequence[Unit]):
    """The units of a listing, each made when it is asked for."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing

    def __len__(self) -> int:
        return len(self._listing)

    @overload
    def __getitem__(self, number: int) -> Unit: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Unit]: ...
    def __getitem__(self, number: int | slice) -> Unit | Sequence[Unit]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        path = self._listing.path(number)
        return Unit(path, LocalFile(self._listing.full(number), self._listing.size(number)), path)


class Scanner:
    """Files, texts, names and archives matched by the batch. Any number of threads may scan."""

    def __init__(self, ruleset: RuleSet, settings: Settings, inline: InlineAllow) -> None:
        self._settings = settings
        self._judge = TextJudge(ruleset, inline)
        self._matcher = self._judge.checks.matcher
        self._paths = PathRules(ruleset)

    def equip(self) -> None:
        """Make ready for more than a batch."""
        self._judge.equip()

    def scan(self, units: Sequence[Unit] | Listing | Lot, *, suppress: bool) -> Outcome:
        """Match and judge a batch. `suppress`: whether inline allows in these units count."""
        if isinstance(units, Lot):
            return self._lot(units, suppress)
        outcome = Outcome()
        if isinstance(units, Listing):
            files = Files(units)
            self._names(files, self._matcher.scan_paths(units), outcome)
            named = self._paths.of_listing(units)
            keep = bool(self._judge.always) or sorted(named)
            self._take(files, self._matcher.scan_files(units, PIECE, keep), named, outcome, suppress)
            return outcome
        called = [unit for unit in units if unit.name and not unit.start and not unit.again]
        self._names(called, self._matcher.scan([unit.name or b"" for unit in called]), outcome)
        local = [unit for unit in units if isinstance(unit.content, LocalFile)]
        if local:
            named = self._paths.of_units(local)
            keep = bool(self._judge.always) or sorted(named)
            paths = [unit.content.path for unit in local if isinstance(unit.content, LocalFile)]
            self._take(local, self._matcher.scan_files(paths, PIECE, keep), named, outcome, suppress)
        texts = [unit for unit in units if not isinstance(unit.content, LocalFile)]
        if texts:
            buffers = [unit.content for unit in texts if not isinstance(unit.content, LocalFile)]
            self._take(texts, self._matcher.scan(buffers), self._paths.of_units(texts), outcome, suppress)
        return outcome

    def _lot(self, lot: Lot, suppress: bool) -> Outcome:
        """Judge what the source found in a lot, and match what it could not search by itself."""
        outcome = Outcome()
        unsearched = _Members(lambda batch: _add(outcome, self.scan(batch, suppress=suppress)))
        for item in lot.search(self._matcher, bool(self._judge.always)):
            if isinstance(item, Gap):
                outcome.gaps.append(item)
            elif isinstance(item, Unit):
                unsearched.add(item)
            else:
                units, scan = item
                outcome.scanned += scan.scanned - len(units)
                self._take(units, scan, {}, outcome, suppress)
        unsearched.flush()
        return outcome

    def wants(self, path: bytes) -> bool:
        """Whether a path alone asks for a look inside."""
        return bool(self._paths.of(path))

    def _names(self, units: Sequence[Unit], scan: Scan, outcome: Outcome) -> None:
        """Judge what was found in the names of units. Only a token that is known by its form is one in a name, too."""
        for number, found in self._judge.checks.found_in(scan).items():
            sure = self._judge.told_by_form(found)
            if sure:
                unit = units[number]
                for _, hit in self._judge.judge(Text(unit.name or b""), sure, unit, outcome, False):
                    if isinstance(hit, Hit) and is_told_by_its_form(hit.match.rule):
                        outcome.hits.append(hit._replace(position=Position(1, 1, 1, 1), context=None, facts={"in": "its name"}))

    def _take(self, units: Sequence[Unit], scan: Scan, named: Mapping[int, list[Rule]], outcome: Outcome, suppress: bool) -> None:
        outcome.bytes += scan.bytes
        failed = dict(scan.failed)
        flags = dict(scan.flags)
        if isinstance(units, Files):
            outcome.scanned += len(units) - len(failed)
        else:
            outcome.scanned += sum(unit.last and not unit.again for number, unit in enumerate(units) if number not in failed)
        for number, code in failed.items():
            reason, detail = _ERRNO.get(code, (Reason.UNREADABLE, os.strerror(code).lower()))
            outcome.gaps.append(Gap(outer_id(units[number].id), inner_path(units[number].id), reason, detail))
        asked: dict[int, list[Rule]] = {}
        for number, rules in named.items():
            unit = units[number]
            for rule in rules:
                if rule.regex is not None:
                    asked.setdefault(number, []).append(rule)
                elif unit.start == 0 and number not in failed:
                    outcome.hits.append(
                        Hit(Match(rule, Secret(), 0, 0, (0, 0)), outer_id(unit.id), inner_path(unit.id), Position(1, 1, 1, 1), None)
                    )
        told = self._judge.checks.found_in(scan)
        readable = [number for number in asked if number not in failed]
        bound = self._judge.find([scan.content(number) for number in readable], [asked[number] for number in readable])
        for number, found in zip(readable, bound, strict=True):
            if found:
                told[number] = told.get(number, Found()) + found
            elif self._judge.unfound(asked[number]):
                told.setdefault(number, Found())
        members = _Members(lambda batch: _add(outcome, self.scan(batch, suppress=suppress)))
        wanted = range(len(units)) if self._judge.always else sorted({*told, *flags})
        for number in wanted:
            if number not in failed:
                found = told.get(number, Found())
                content = scan.content(number)
                unit = units[number]
                before = len(outcome.hits)
                self._unit(unit, content, flags.get(number, 0), found, asked.get(number, ()), outcome, suppress, members)
                if unit.digested:
                    members.flush()  # what they hold counts as the unit's
                    if len(outcome.hits) > before:
                        outcome.digests[unit.id] = _digests(content)
        members.flush()

    def _unit(
        self,
        unit: Unit,
        content: bytes,
        flags: int,
        found: Found,
        asked: Sequence[Rule],
        outcome: Outcome,
        suppress: bool,
        members: _Members,
    ) -> None:
        id, inner = outer_id(unit.id), inner_path(unit.id)
        whole = unit.start == 0 and unit.last
        if flags & FLAG_FULL:
            outcome.gaps.append(Gap(id, inner, Reason.CAP, "more candidates than are judged in one text"))
        packed = bool(flags & FLAG_PACKED) and not isinstance(unit.id, Inner)  # whoever made an Inner id has opened it
        carries = any(owner == self._judge.carried for owner, _ in found.candidates)
        if whole and (packed or (carries and not (isinstance(unit.id, Inner) and sniff(content[:HEAD]) is not None))):
            if self._unpack(unit, content, outcome, members):
                return
        elif packed and unit.start == 0 and sniff(content[:HEAD]) is not None:
            outcome.gaps.append(Gap(id, inner, Reason.CAP, "an archive too long to open here"))
        if flags & wide_text.FLAGS:
            text = wide_text.decode(content, flags)
            found = self._judge.checks.found_in(self._matcher.scan([text])).get(0, Found()) + self._judge.find([text], [asked])[0]
        else:
            text = content
        judged = self._judge.judge(Text(text, unit.line, unit.column), found, unit, outcome, suppress, self._judge.unfound(asked))
        owned = range(REACH if unit.start else 0, len(text) - (0 if unit.last else REACH))
        for spans, hit in judged:
            if whole or spans[0].start in owned:
                outcome.hits.append(hit)

    def _unpack(self, unit: Unit, content: bytes, outcome: Outcome, members: _Members) -> bool:
        """Gather an archive's members. False if its raw bytes must speak too: it could not be opened whole, or is more than an archive."""
        opened = True
        path = inner_path(unit.id)
        for member in unpack(outer_id(unit.id), iter([content]), unit.name, self._settings, path=path, search=True):
            if isinstance(member, Gap):
                outcome.gaps.append(member)
                opened = opened and member.inner != path
            elif inner_path(member.id) != path:
                members.add(member)
            else:  # the file itself, whose raw bytes are at hand
                opened = False
        return opened


class _Members:
    """Archives' members, gathered until they are a batch."""

    def __init__(self, scan: Callable[[list[Unit]], None]) -> None:
        self._scan = scan
        self._batch: list[Unit] = []
        self._held = 0

    def add(self, member: Unit) -> None:
        self._batch.append(member)
        self._held += 0 if isinstance(member.content, LocalFile) else len(member.content)
        if self._held >= _BATCH:
            self.flush()

    def flush(self) -> None:
        batch, self._batch, self._held = self._batch, [], 0
        if batch:
            self._scan(batch)


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
