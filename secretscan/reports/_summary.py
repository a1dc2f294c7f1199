"""The last lines of the terminal view: what was found, what was read, what was not, and what that makes of the verdict."""

from __future__ import annotations

from collections import Counter

from secretscan.model import Coverage, Reason, ScanResult, Severity, SkipClass
from secretscan.redaction import Redactor
from secretscan.reports import Style
from secretscan.reports._canvas import SEVERITY, Canvas, cut

_UNREAD = 20
"""Unread things listed by name, unless verbose."""
_LABEL = 13


def write_summary(result: ScanResult, canvas: Canvas, redactor: Redactor, style: Style) -> None:
    """Write it. "Clean" is never said of what was not read."""
    coverage = result.coverage
    canvas.rule()
    _row(canvas, "found", _found(result, canvas))
    _row(canvas, "read", f"{coverage.scanned:,} of {coverage.seen:,} contents, {size(coverage.bytes)}")
    if reasons := _reasons(coverage, SkipClass.NOT_CONTENT, SkipClass.EXCLUDED):
        _row(canvas, "passed over", reasons)
    if reasons := _reasons(coverage, SkipClass.FALLBACK):
        _row(canvas, "as plain text", reasons)
        if style.verbose:
            _list(coverage, canvas, redactor, style, fallback=True)
    if coverage.suppressed:
        _row(canvas, "suppressed", ", ".join(f"{n:,} by {redactor.text(source)}" for source, n in sorted(coverage.suppressed.items())))
    if reasons := _reasons(coverage, SkipClass.UNREAD):
        _row(canvas, "NOT READ", reasons, "yellow")
        _list(coverage, canvas, redactor, style, fallback=False)
    for note in coverage.notes:
        _row(canvas, "note", redactor.text(note))
    canvas.line()
    canvas.line(_verdict(result, canvas))


def size(count: int) -> str:
    """A number of bytes for people: `18.3 MB`."""
    if count < 1000:
        return f"{count} {'byte' if count == 1 else 'bytes'}"
    amount = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1000
        if amount < 999.95 or unit == "TB":
            break
    return f"{amount:.1f} {unit}"


def _row(canvas: Canvas, label: str, text: str, look: str = "") -> None:
    canvas.line(f" {canvas.paint(label.ljust(_LABEL), look or 'dim', 'bold' if look else '')} {text}")


def _found(result: ScanResult, canvas: Canvas) -> str:
    if not result.findings:
        return "no secrets in what was read" if result.coverage.scanned else "nothing"
    counts = Counter(finding.severity for finding in result.findings)
    worst_first = [each for each in sorted(Severity, reverse=True) if counts[each]]
    return "  ".join(canvas.paint(f"{counts[each]:,} {each.name.lower()}", SEVERITY[each], "bold") for each in worst_first)


def _reasons(coverage: Coverage, *classes: SkipClass) -> str:
    present = [reason for reason in Reason if reason.skip_class in classes and coverage.skipped.get(reason)]
    return ", ".join(f"{coverage.skipped[reason]:,} {reason.label}" for reason in present)


def _count(coverage: Coverage, fallback: bool) -> int:
    wanted = SkipClass.FALLBACK if fallback else SkipClass.UNREAD
    return sum(n for reason, n in coverage.skipped.items() if reason.skip_class is wanted)


def _list(coverage: Coverage, canvas: Canvas, redactor: Redactor, style: Style, fallback: bool) -> None:
    """What was not read, or read as plain text only, by name."""
    named = [skip for skip in coverage.unread if (skip.reason.skip_class is SkipClass.FALLBACK) == fallback]
    listed = named if style.verbose else named[:_UNREAD]
    room = style.width - _LABEL - 3
    for skip in listed:
        name = redactor.path(skip.origin.path or skip.origin.root or skip.origin.kind.encode())
        why = skip.reason.label + (f": {redactor.text(skip.detail)}" if skip.detail else "")
        canvas.line(" " * (_LABEL + 2) + cut(name, (len(name), len(name)), room)[0])
        canvas.line(" " * (_LABEL + 4) + canvas.paint(cut(why, (0, 0), room - 2)[0], "dim"))
    if (rest := _count(coverage, fallback) - len(listed)) > 0:
        canvas.line(" " * (_LABEL + 2) + canvas.paint(f"and {rest:,} more", "dim"))


def _verdict(result: ScanResult, canvas: Canvas) -> str:
    coverage, count = result.coverage, _count(result.coverage, fallback=False)
    if not coverage.complete:
        what = "not all was read" if coverage.scanned else "nothing was read"
        if count:
            what = f"{count:,} of what was asked for could not be read"
        return f" {canvas.paint('✗ INCOMPLETE', 'bright red', 'bold')}: {what}; secrets may be there."
    if count:
        accepted = f" complete but for {count:,} not read, which was accepted beforehand"
        return canvas.paint(accepted, "yellow", "bold") + "."
    done = "nothing asked for, nothing to read" if not coverage.seen else "all that was asked for was read"
    look = "green" if not result.findings else ""
    return f" {canvas.paint('✓ complete', look, 'bold')}: {done}."
