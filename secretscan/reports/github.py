"""Annotations on a GitHub run: a workflow command for each finding, worst first, and for what was not read.

The form: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands. GitHub shows ten of a kind a step; `markdown`,
for the job's summary, and `sarif` have all. A line in an annotation must exist in the commit that is shown, so what no longer stands in
the work tree is told with its commit in the text.
"""

from __future__ import annotations

from typing import TextIO

from secretscan.model import Finding, ScanResult, Severity, SkipClass
from secretscan.redaction import Redactor
from secretscan.reports import Style
from secretscan.reports._words import describe

EXTENSIONS: tuple[str, ...] = ()
_LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "notice", Severity.INFO: "notice"}
_UNREAD = 10


def write(result: ScanResult, out: TextIO, style: Style) -> None:
    """Write a command a line."""
    redactor = Redactor(result.findings, show_secrets=style.show_secrets, hidden=result.hidden)
    for finding in result.findings:
        out.write(_finding(finding, redactor) + "\n")
    coverage = result.coverage
    if not coverage.complete:
        unread = [skip for skip in coverage.unread if skip.reason.skip_class is SkipClass.UNREAD]
        for skip in unread[:_UNREAD]:
            said = f"{redactor.path(skip.origin.path)}: {skip.reason.label}{f': {redactor.text(skip.detail)}' if skip.detail else ''}"
            out.write(f"::warning title=secretscan did not read this::{_data(said)}\n")
        out.write("::warning title=secretscan::Not everything could be read, so this is not a clean result.\n")


def _finding(finding: Finding, redactor: Redactor) -> str:
    place = next((place for place in finding.places if place.origin.facts.get("in_work_tree")), finding.places[0])
    here = "commit" not in place.origin.facts or place.origin.facts.get("in_work_tree")
    shown = redactor.secret(finding.secret, finding.prefix)
    said = [redactor.text(finding.description), shown, redactor.text(finding.note)]
    said += [] if here else [f"{redactor.path(place.origin.path)}:{place.line}", *describe(place.origin.facts, redactor)]
    said.append(f"ignore as {redactor.text(finding.fingerprint)}")
    properties = {"title": redactor.text(finding.rule)}
    if here:
        properties |= {"file": redactor.path(place.origin.path), "line": str(max(place.line, 1)), "col": str(max(place.column, 1))}
    named = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{_LEVELS[finding.severity]} {named}::{_data('; '.join(each for each in said if each))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
