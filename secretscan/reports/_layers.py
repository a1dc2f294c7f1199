"""The layers of container images in the view for people: image, layer with its instruction, and under it the files with findings."""

from __future__ import annotations

from secretscan.model import Finding
from secretscan.redaction import Redactor
from secretscan.reports._canvas import Canvas, cut
from secretscan.reports._words import layer_name

TOLD = ("image", "layer", "layer_digest", "instruction")
"""Facts that the headings tell."""

Level = tuple[str, int, str, str]
"""Image, number of the layer (0: none), its digest, its instruction."""


def level(finding: Finding) -> Level | None:
    """Where in images a finding stands first; None of what lies in none. Levels order by image, then from the base up."""
    facts = finding.places[0].origin.facts
    if not any(key in facts for key in ("image", "layer", "layer_digest")):
        return None
    number = facts.get("layer")
    said = (str(facts.get(key) or "") for key in ("image", "layer_digest", "instruction"))
    image, digest, instruction = said
    return image, number if isinstance(number, int) else 0, digest, instruction


def write(now: Level, before: Level | None, canvas: Canvas, redactor: Redactor, width: int) -> None:
    """The headings that are new at a level."""
    image, number, digest, instruction = now
    if image and (before is None or before[0] != image):
        canvas.line(canvas.paint(redactor.text(image), "bold", "cyan"))
    name = redactor.text(layer_name(number or None, digest)) or "configuration"
    said = redactor.text(f"{name} · {instruction}" if instruction else name)
    canvas.line(f" {canvas.paint('└', 'dim')} {canvas.paint(cut(said, (0, 0), width - 3)[0], 'cyan')}")
