"""Sources to batches to threads to the ledger to one result. Nothing here knows what kind a source is."""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence

from secretscan import joins, veil
from secretscan._core import Listing
from secretscan.config import Settings
from secretscan.engine import Scanner
from secretscan.hits import Hit, PairHit, matches
from secretscan.joins.known import Known
from secretscan.judgement import Outcome
from secretscan.ledger import Ledger, order
from secretscan.model import (
    Confidence,
    Finding,
    Gap,
    LocalFile,
    Lot,
    Note,
    Origin,
    Placed,
    ProgressSink,
    Reason,
    ScanResult,
    Secret,
    Skipped,
    Source,
    Unchanged,
    Unit,
    Weighing,
    Withheld,
)
from secretscan.paths import PathPatterns
from secretscan.redaction import printable
from secretscan.rules import RuleSet
from secretscan.tally import Tally
from secretscan.triage import fingerprint, ignore, inline, packaged, samples

_BATCH_BYTES = 8 << 20  # enough to keep four cursors busy, few enough that all threads' batches stay under 100 MB
_BATCH_UNITS = 4096
_MOST_FACTS = 50_000  # of one target: some 60 MB
IGNORE_FILE = b".secretscanignore"
_SAMPLES = "standing among tests or examples only (--min-confidence sample shows it)"


def scan(
    sources: Sequence[Source],
    ruleset: RuleSet,
    settings: Settings,
    progress: ProgressSink | None = None,
    known_rules: RuleSet | None = None,
) -> ScanResult:
    """Scan every source and merge what they hold. The same input gives the same result, whatever the number of threads.

    `known_rules`, where `ruleset` is only some of them: what any of these finds on a line that a report would show is hidden there.
    """
    scanner = Scanner(ruleset, settings, inline.INLINE)
    tally = Tally()
    ignores = [_ignore_file(source, settings) for source in sources]
    key = next((found.key for found in ignores if found is not None and found.key is not None), None)

    def named(rule: str, secret: bytes, path: bytes, before: bytes) -> str:
        return fingerprint.fingerprint(rule, secret, key=key, path=path, line_key=before)

    ledger = Ledger(ruleset, named)
    facts: list[Placed] = []
    ready: list[Finding] = []
    known: set[Secret] = set()
    excludes = _excluder(settings)
    for source in sources:
        before = tally.scanned
        outcome = _match(source, scanner, settings, tally, ready, progress)
        if progress is not None:
            progress.phase("tracing what was found")
        facts += _trace(source, outcome, ledger, tally, excludes)
        if len(sources) > 1 and tally.scanned == before and not source.empty_is_clean:  # what another target gave is no excuse
            tally.skip(Skipped(Origin(source.kind, source.root, b""), Reason.MISSING, "nothing in it to scan"))
        known.update(match.secret for hit in outcome.hits for match in matches(hit))
    findings = joins.join([*ledger.findings(), *ready], Known(ruleset, facts, named))
    findings = [samples.weigh(finding, ruleset.by_id.get(finding.rule)) for finding in findings]
    findings = [packaged.weigh(finding, ruleset.by_id.get(finding.rule)) for finding in findings]
    findings = _triage(findings, sources, ignores, settings, tally)
    tally.suppress("inline allow", ledger.allowed + tally.allowed)
    coverage = tally.coverage(sources, settings)
    roots = [source.root for source in sources]
    known |= veil.secrets(findings, coverage, roots, scanner, lines=False)
    if known_rules is not None and findings:
        known |= veil.secrets(findings, coverage, roots, Scanner(known_rules, settings, inline.INLINE), lines=True)
    known.difference_update(secret for finding in findings for secret in (finding.secret, *(part.secret for part in finding.parts)))
    return ScanResult(
        tuple(sorted(findings, key=order)),
        coverage,
        tuple(printable(source.root) for source in sources),
        tuple(sorted(secret for secret in known if secret)),
    )


def _match(
    source: Source, scanner: Scanner, settings: Settings, tally: Tally, ready: list[Finding], progress: ProgressSink | None
) -> Outcome:
    """Run a source's units through the scanner, in threads as soon as there is more than one batch."""
    suppress = source.supplies_suppressions and settings.target_config
    total = Outcome()

    def take(outcome: Outcome) -> None:
        total.hits += outcome.hits
        total.gaps += outcome.gaps
        total.digests.update(outcome.digests)
        room = _MOST_FACTS - len(total.facts)
        total.facts += outcome.facts[:room]
        if len(outcome.facts) > room:
            tally.note(
                f"more than {_MOST_FACTS:,} facts of Kubernetes objects in one target; exposures and paths beyond them were not looked for"
            )
        tally.allowed += outcome.allowed
        tally.scanned += outcome.scanned
        tally.bytes += outcome.bytes
        if progress is not None:
            progress.add(outcome.scanned, outcome.bytes)

    batches = _batches(source, scanner, tally, ready, total)
    first = next(batches, None)
    second = next(batches, None)
    if first is not None and second is None:
        take(scanner.scan(first, suppress=suppress))
    elif first is not None and second is not None:
        from concurrent.futures import Future, ThreadPoolExecutor

        scanner.equip()
        waiting: deque[Future[Outcome]] = deque()
        with ThreadPoolExecutor(settings.jobs) as pool:
            try:
                for batch in itertools.chain([first, second], batches):
                    waiting.append(pool.submit(scanner.scan, batch, suppress=suppress))
                    if len(waiting) > settings.jobs + 1:
                        take(waiting.popleft().result())
                while waiting:
                    take(waiting.popleft().result())
            finally:
                for future in waiting:
                    future.cancel()
    return total


def _batches(source: Source, scanner: Scanner, tally: Tally, ready: list[Finding], total: Outcome) -> Iterator[list[Unit] | Listing | Lot]:
    batch: list[Unit] = []
    held = 0
    for item in source.units(scanner.wants):
        if isinstance(item, Listing):
            yield item
        elif isinstance(item, Unit):
            batch.append(item)
            held += item.content.size if isinstance(item.content, LocalFile) else len(item.content)
            if held >= _BATCH_BYTES or len(batch) >= _BATCH_UNITS:
                yield batch
                batch, held = [], 0
        elif isinstance(item, Lot):
            yield item
        elif isinstance(item, Skipped):
            tally.skip(item)
        elif isinstance(item, Gap):
            total.gaps.append(item)
        elif isinstance(item, Note):
            tally.note(item.text)
        elif isinstance(item, Unchanged):
            tally.scanned += item.contents
            if item.contents:
                tally.note(f"{item.contents:,} contents were scanned before under the same rules, and held nothing")
        elif isinstance(item, Finding):
            ready.append(item)
    if batch:
        yield batch


def _trace(source: Source, outcome: Outcome, ledger: Ledger, tally: Tally, excludes: Callable[[bytes], bool]) -> list[Placed]:
    """Ask the source, once, where the units with hits, gaps and facts are. Hits go to the ledger in the order in which the source tells."""
    origins: dict[Hashable, list[Origin]] = {}
    ids = dict.fromkeys([*(_id(hit) for hit in outcome.hits), *(gap.id for gap in outcome.gaps), *(fact.id for fact in outcome.facts)])
    if isinstance(source, Weighing):
        source.weigh(outcome.digests)
    for item in source.places(list(ids)):
        if isinstance(item, Skipped):
            tally.skip(item)
        elif isinstance(item, Note):
            tally.note(item.text)
        elif isinstance(item[1], Withheld):
            origins.setdefault(item[0], [])
            tally.suppress(item[1].by)
        else:
            origins.setdefault(item[0], []).append(item[1])
    for id in ids:  # a source that cannot say where must not lose what was found
        if id not in origins:
            origins[id] = [Origin(source.kind, source.root, str(id).encode(errors="backslashreplace"))]
    told = {id: number for number, id in enumerate(origins)}
    for hit in sorted(outcome.hits, key=lambda hit: told[_id(hit)]):
        inner = hit.first.inner if isinstance(hit, PairHit) else hit.inner
        places = [_within(origin, inner) for origin in origins[_id(hit)]]
        kept = [origin for origin in places if not excludes(origin.path)]
        tally.suppress("excluded path", len(places) - len(kept))
        ledger.add(hit, kept)
    for gap in dict.fromkeys(outcome.gaps):
        if not origins[gap.id]:
            tally.skip(Skipped(Origin(source.kind, source.root, gap.inner), Reason.EXCLUDED, gap.detail))
            continue
        tally.skip(Skipped(_within(origins[gap.id][0], gap.inner), gap.reason, gap.detail))
    return [
        fact.placed(place)
        for fact in outcome.facts
        for place in (_within(origin, fact.inner) for origin in origins[fact.id])
        if not excludes(place.path)
    ]


def _id(hit: Hit | PairHit) -> Hashable:
    return hit.first.id if isinstance(hit, PairHit) else hit.id


def _within(origin: Origin, inner: bytes) -> Origin:
    return origin._replace(path=origin.path + b"!" + inner) if inner else origin


def _excluder(settings: Settings) -> Callable[[bytes], bool]:
    """Whether a place is excluded. Walks leave excluded files out by themselves; a history or an image learns its paths only later."""
    return PathPatterns(settings.exclude).match


def _ignore_file(source: Source, settings: Settings) -> ignore.IgnoreFile | None:
    if not (source.supplies_suppressions and settings.target_config):
        return None
    path = os.fsdecode(os.path.join(source.root, IGNORE_FILE))
    return ignore.load(path) if os.path.lexists(path) else None


def _triage(
    findings: Sequence[Finding], sources: Sequence[Source], ignores: Sequence[ignore.IgnoreFile | None], settings: Settings, tally: Tally
) -> list[Finding]:
    """Apply what users have decided: severity and confidence floors, and ignore files. All of it is counted."""
    by_root = {source.root: found for source, found in zip(sources, ignores, strict=True) if found is not None}
    kept = []
    for finding in findings:
        if finding.severity < settings.min_severity:
            tally.suppress("below the least severity")
        elif finding.confidence is Confidence.SAMPLE and settings.min_confidence > Confidence.SAMPLE:
            tally.suppress(_SAMPLES)
        elif finding.confidence < settings.min_confidence:
            tally.suppress("below the least confidence")
        else:
            places = []
            for place in finding.places:
                found = by_root.get(place.origin.root)
                commit = place.origin.facts.get("commit")
                by = None
                if found is not None:
                    by = (
                        "ignore file: path"
                        if found.ignores_path(place.origin.path)
                        else found.suppresses(
                            finding.rule, finding.fingerprint, place.origin.path, place.line, commit if isinstance(commit, str) else None
                        )
                    )
                if by is None:
                    places.append(place)
                else:
                    tally.suppress(by)
            if places:
                kept.append(finding if len(places) == len(finding.places) else finding._replace(places=tuple(places)))
    for source, found in zip(sources, ignores, strict=True):
        if found is not None:
            for line in found.expired():
                tally.note(line)
            for line in () if source.empty_is_clean else found.unused():  # a few staged files leave most entries idle
                tally.note(f"{line} (hid nothing)")
    return kept
