"""Attack paths as a picture: a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html), one subgraph a path, one box a link.

Only attack paths are drawn; without one it says so. Text in boxes has the characters that mean something to Mermaid as entities.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TextIO

from secretscan.model import Finding, Part, ScanResult, Severity
from secretscan.redaction import Redactor
from secretscan.reports import Style

EXTENSIONS = (".mmd", ".mermaid")
_BESIDE = "miner-"  # what is there without being a step on the way
_ENTITIES = {ord(char): f"#{ord(char)};" for char in "\"'#<>()[]{}|`\\;&%"}


def write(result: ScanResult, out: TextIO, style: Style) -> None:
    """Write one flowchart of all paths."""
    redactor = Redactor(result.findings, show_secrets=style.show_secrets, hidden=result.hidden)
    paths = [finding for finding in result.findings if finding.path]
    out.write("flowchart LR\n")
    if not paths:
        out.write('  none["no attack path in what was read"]\n')
    for number, finding in enumerate(paths, 1):
        for line in _path(finding, f"p{number}", redactor):
            out.write(f"  {line}\n")
    if not result.coverage.complete:
        out.write('  incomplete["not everything could be read"]:::unread\n  classDef unread stroke:#c60,stroke-dasharray:4\n')


def _path(finding: Finding, name: str, redactor: Redactor) -> Iterator[str]:
    yield f'subgraph {name}["{finding.severity.name}: attack path"]'
    steps = [part for part in finding.parts if not part.rule.startswith(_BESIDE)]
    others = [part for part in finding.parts if part.rule.startswith(_BESIDE)]
    boxes = {id(part): f"{name}_{number}" for number, part in enumerate([*steps, *others], 1)}
    for part in (*steps, *others):
        yield f'  {boxes[id(part)]}["{_text(part, redactor)}"]'
    for before, after in pairwise(steps):
        yield f"  {boxes[id(before)]} --> {boxes[id(after)]}"
    for other in others:
        yield f"  {boxes[id(steps[0])]} -.- {boxes[id(other)]}"
    yield "end"
    yield f"style {name} stroke:{'#c00' if finding.severity is Severity.CRITICAL else '#c60'}"


def _text(part: Part, redactor: Redactor) -> str:
    place = part.places[0]
    where = f"{redactor.path(place.origin.path or place.origin.kind.encode())}:{place.line}"
    return f"{redactor.text(part.label).translate(_ENTITIES)}<br/>{where.translate(_ENTITIES)}"
