"""What a person reads: attack paths first, then findings by place and object, and a summary that says what was not read."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TextIO

from secretscan.model import Finding, ScanResult
from secretscan.redaction import Redactor
from secretscan.reports import Style
from secretscan.reports._canvas import Canvas
from secretscan.reports._finding import FindingView
from secretscan.reports._path import PathView
from secretscan.reports._summary import write_summary

EXTENSIONS = (".txt", ".log")


def write(result: ScanResult, out: TextIO, style: Style) -> None:
    """Write the findings, then the summary."""
    redactor = Redactor(result.findings, show_secrets=style.show_secrets, hidden=result.hidden)
    canvas = Canvas(out, style)
    findings = sorted(result.findings, key=_position)
    targets = {_target(finding) for finding in findings}
    for (kind, root), in_target in groupby(findings, key=_target):
        if len(targets) > 1 or root not in (b"", b"."):
            canvas.rule(f"{redactor.text(kind)} {redactor.path(root)}")
        for (is_path, path), group in groupby(in_target, key=lambda finding: (finding.path, finding.places[0].origin.path)):
            if is_path:
                for finding in group:
                    PathView(finding, canvas, redactor, style).write()
            else:
                canvas.line(canvas.paint(redactor.path(path or kind.encode()), "bold"))
                _file(group, canvas, redactor, style)
    write_summary(result, canvas, redactor, style)


def _file(findings: Iterable[Finding], canvas: Canvas, redactor: Redactor, style: Style) -> None:
    """The findings of one file; those of an object stand under its name."""
    for name, group in groupby(findings, key=_object):
        if name:
            canvas.line(f" {canvas.paint(redactor.text(name), 'cyan', 'bold')}")
        for finding in group:
            FindingView(finding, canvas, redactor, style, within=bool(name)).write()


def _object(finding: Finding) -> str:
    """namespace/kind/name of the object that a finding lies in, or nothing."""
    facts = finding.places[0].origin.facts
    if not facts.get("kind"):
        return ""
    return "/".join(str(facts[key]) for key in ("namespace", "kind", "name") if facts.get(key))


def _target(finding: Finding) -> tuple[str, bytes]:
    return finding.places[0].origin[:2]


def _position(finding: Finding) -> tuple[object, ...]:
    place = finding.places[0]
    return (
        place.origin.kind,
        place.origin.root,
        not finding.path,
        place.origin.path,
        place.line,
        place.column,
        -finding.severity,
        finding.rule,
    )
