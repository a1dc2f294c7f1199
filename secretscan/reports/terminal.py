"""What a person reads: attack paths first, then findings by place and object, and a summary that says what was not read."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TextIO

from secretscan.model import Finding, ScanResult
from secretscan.redaction import Redactor
from secretscan.reports import Style, _layers
from secretscan.reports._canvas import Canvas
from secretscan.reports._finding import FindingView
from secretscan.reports._path import PathView
from secretscan.reports._summary import write_summary

EXTENSIONS = (".txt", ".log")
_OBJECT = ("kind", "namespace", "name")


def write(result: ScanResult, out: TextIO, style: Style) -> None:
    """Write the findings, then the summary."""
    redactor = Redactor(result.findings, show_secrets=style.show_secrets, hidden=result.hidden)
    canvas = Canvas(out, style)
    findings = sorted(result.findings, key=_position)
    targets = {_target(finding) for finding in findings}
    for (kind, root), in_target in groupby(findings, key=_target):
        if len(targets) > 1 or root not in (b"", b"."):
            canvas.rule(f"{redactor.text(kind)} {redactor.path(root)}")
        before: _layers.Level | None = None
        for (is_path, level, path), group in groupby(in_target, key=_heading):
            if is_path:
                for finding in group:
                    PathView(finding, canvas, redactor, style).write()
                continue
            if level is not None and level != before:
                _layers.write(level, before, canvas, redactor, style.width)
                before = level
            canvas.line(canvas.paint(redactor.path(path or kind.encode()), "bold"))
            _file(group, canvas, redactor, style, _layers.TOLD if level is not None else ())
    write_summary(result, canvas, redactor, style)


def _file(findings: Iterable[Finding], canvas: Canvas, redactor: Redactor, style: Style, told: tuple[str, ...]) -> None:
    """The findings of one file; those of an object stand under its name. `told`: facts that stand above."""
    for name, group in groupby(findings, key=_object):
        if name:
            canvas.line(f" {canvas.paint(redactor.text(name), 'cyan', 'bold')}")
        for finding in group:
            FindingView(finding, canvas, redactor, style, (*told, *_OBJECT) if name else told).write()


def _object(finding: Finding) -> str:
    """namespace/kind/name of the object that a finding lies in, or nothing."""
    facts = finding.places[0].origin.facts
    if not facts.get("kind"):
        return ""
    return "/".join(str(facts[key]) for key in ("namespace", "kind", "name") if facts.get(key))


def _target(finding: Finding) -> tuple[str, bytes]:
    return finding.places[0].origin[:2]


def _heading(finding: Finding) -> tuple[bool, _layers.Level | None, bytes]:
    """What a finding stands under: whether it is a path, its layer, its file."""
    return finding.path, None if finding.path else _layers.level(finding), finding.places[0].origin.path


def _position(finding: Finding) -> tuple[object, ...]:
    place = finding.places[0]
    return (
        place.origin.kind,
        place.origin.root,
        not finding.path,
        _layers.level(finding) or (),
        place.origin.path,
        place.line,
        place.column,
        -finding.severity,
        finding.rule,
    )
