"""An attack path on its way to the screen: the story in a few steps, then each step with the line that it is written on."""

from __future__ import annotations

from textwrap import wrap

from secretscan.model import Part
from secretscan.reports._finding import FindingView

_ARROW = "→"


class PathView(FindingView):
    """One attack path."""

    def write(self) -> None:
        finding, canvas, text = self._finding, self._canvas, self._redactor.text
        badge = canvas.paint(f" {finding.severity.name} ", self._color, "reverse", "bold")
        canvas.line(f" {badge} {canvas.paint('attack path', 'bold')}  {canvas.paint(text(finding.rule), 'dim')}")
        for number, step in enumerate(text(finding.description).split(f" {_ARROW} ")):
            lead = "  " if number == 0 else f"{_ARROW} "
            for line in wrap(step, max(self._style.width - 8, 20)) or [""]:
                canvas.line(f"    {lead}{canvas.paint(line, 'bold')}")
                lead = "  "
        canvas.line()
        file = b""
        for number, part in enumerate(finding.parts, 1):
            path = part.places[0].origin.path
            if path != file:
                canvas.line(f" {canvas.paint(self._redactor.path(path), 'bold')}")
                file = path
            self._step(number, part)
        self._margin()
        for phrases in self._remarks():
            self._wrapped(phrases)
        canvas.line()

    def _step(self, number: int, part: Part) -> None:
        prefix = self._redactor.text(part.label)
        lead = f"{number} "
        for line in wrap(prefix, max(self._room - len(lead), 20), break_on_hyphens=False):
            self._margin(f"{lead}{line}")
            lead = " " * len(lead)
        self._snippet(part.places[0], part.secret, 0, "")

    def _remarks(self) -> list[list[tuple[str, str]]]:
        finding, text = self._finding, self._redactor.text
        lines = [[(line, "")] for line in wrap(text(finding.note), self._room - 2, break_on_hyphens=False)]
        if self._style.verbose:
            lines += [[(f"see {text(reference)}", "dim")] for reference in finding.references]
        return [*lines, [(f"ignore as {text(finding.fingerprint)}", "dim")]]
