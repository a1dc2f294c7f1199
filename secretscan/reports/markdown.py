"""A page in Markdown, as for a job's summary or a comment on a merge request.

Whatever comes from a stranger stands in code spans, in which neither Markdown nor HTML is anything but text
(https://github.github.com/gfm/#code-spans).
"""

from __future__ import annotations

import re
from typing import TextIO

from secretscan.model import Finding, ScanResult, SkipClass
from secretscan.redaction import Redactor
from secretscan.reports import Style
from secretscan.reports._summary import size
from secretscan.reports._words import describe

EXTENSIONS = (".md", ".markdown")
_SHOWN = 500
"""Findings and unread things listed: a job's summary may have 1 MiB."""
_LONG = 400


def write(result: ScanResult, out: TextIO, style: Style) -> None:
    """Write a heading with the verdict, a table of findings, and what was not read."""
    redactor = Redactor(result.findings, show_secrets=style.show_secrets, hidden=result.hidden)
    coverage, count = result.coverage, len(result.findings)
    verdict = f"{count} finding{'' if count == 1 else 's'}" if count else "nothing found" if coverage.scanned else "nothing was read"
    out.write(f"## secretscan: {verdict}{'' if coverage.complete else ', and not everything could be read'}\n\n")
    if count:
        out.write("| severity | what | where | known of it |\n|---|---|---|---|\n")
        for finding in result.findings[:_SHOWN]:
            out.write(_row(finding, redactor))
        if more := count - _SHOWN:
            out.write(f"\n…and {more} more.\n" if more > 0 else "")
        out.write("\nRevoke what is real, and make it anew: what was pushed is known to others, whatever is deleted since.\n")
    unread = [skip for skip in coverage.unread if skip.reason.skip_class is SkipClass.UNREAD]
    if unread:
        out.write("\n### Not read\n\n| what | why |\n|---|---|\n")
        for skip in unread[:_SHOWN]:
            detail = f" {_code(redactor.text(skip.detail))}" if skip.detail else ""
            out.write(f"| {_code(redactor.path(skip.origin.path or skip.origin.root))} | {skip.reason.label}{detail} |\n")
    out.write(f"\nRead: {coverage.scanned:,} of {coverage.seen:,} contents, {size(coverage.bytes)}.\n")
    for source, number in sorted(coverage.suppressed.items()):
        out.write(f"Suppressed: {number:,} by {_code(redactor.text(source))}.\n")
    for note in coverage.notes:
        out.write(f"Note: {_code(redactor.text(note))}\n")


def _row(finding: Finding, redactor: Redactor) -> str:
    place = finding.places[0]
    where = _code(f"{redactor.path(place.origin.path)}:{place.line}")
    if others := len(finding.places) - 1:
        where += f" and {others} more"
    what = f"{_code(redactor.text(finding.rule))} {_code(redactor.secret(finding.secret, finding.prefix))}" if finding.secret else ""
    known = [redactor.text(finding.note), *describe(place.origin.facts, redactor), f"ignore as {redactor.text(finding.fingerprint)}"]
    told = _code("; ".join(each for each in known if each))
    return f"| {finding.severity.name.lower()} | {what or _code(redactor.text(finding.rule))} | {where} | {told} |\n"


def _code(text: str) -> str:
    """A code span in a table: the fence is longer than any run of backticks within, and a bar would end the cell."""
    text = text if len(text) <= _LONG else text[:_LONG] + "…"
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text.replace('|', chr(92) + '|')} {fence}" if text else ""
