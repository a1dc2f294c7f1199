"""One finding on its way to the screen: its line, and under it what is known of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from textwrap import wrap

from secretscan.model import Finding, Part, Place
from secretscan.redaction import MASK, Redactor, context_line
from secretscan.reports import Style
from secretscan.reports._canvas import SEVERITY, Canvas, cells, cut
from secretscan.reports._words import describe, say

_PLACES = 5
"""Further places listed of one finding, unless verbose."""

_DOT = " · "
_INDENT = 2
_FACTS = {"account_id": "account", "kind": "", "read_by": "read by"}
"""Facts of a secret that have a shorter name among people, or need none."""


class FindingView:
    """One finding. `told`: facts of its first place that stand above it, and need not be said again."""

    def __init__(self, finding: Finding, canvas: Canvas, redactor: Redactor, style: Style, told: Collection[str] = ()) -> None:
        self._finding = finding
        self._told = told
        self._canvas = canvas
        self._redactor = redactor
        self._style = style
        self._color = SEVERITY[finding.severity]
        shown = [*finding.places[:1], *(self._nearest(part) for part in finding.parts)]
        self._gutter = max(4, *(len(str(place.line)) for place in shown)) + 1

    def write(self) -> None:
        finding, canvas, text = self._finding, self._canvas, self._redactor.text
        badge = canvas.paint(f" {finding.severity.name} ", self._color, "reverse", "bold")
        canvas.line(f" {badge} {canvas.paint(text(finding.description), 'bold')}  {canvas.paint(text(finding.rule), 'dim')}")
        first = finding.places[0]
        if finding.parts:
            here = first
            for part in sorted(finding.parts, key=self._order):
                here = self._part(part, here)
        else:
            self._snippet(first, finding.secret, finding.prefix, "")
        if finding.secret:
            self._margin()
        for phrases in self._evidence():
            self._wrapped(phrases)
        canvas.line()

    def _order(self, part: Part) -> tuple[object, ...]:
        place = self._nearest(part)
        return (place.origin.path != self._finding.places[0].origin.path, place.origin.path, place.line, place.column)

    def _nearest(self, part: Part) -> Place:
        """The part's place in the file that the finding is listed under, else its first."""
        first = self._finding.places[0].origin
        return next((place for place in part.places if place.origin == first), None) or next(
            (place for place in part.places if place.origin[:3] == first[:3]), part.places[0]
        )

    def _part(self, part: Part, here: Place) -> Place:
        place = self._nearest(part)
        if place.origin[:3] != here.origin[:3]:
            self._margin(f"… {self._redactor.path(place.origin.path)}")
        prefix = self._finding.prefix if part.secret == self._finding.secret else 0
        self._snippet(place, part.secret, prefix, self._redactor.text(part.label))
        return place

    def _snippet(self, place: Place, secret: bytes, prefix: int, label: str) -> None:
        """The line with its number, and under it the span and what it is."""
        canvas = self._canvas
        if place.context is None:
            text, focus = self._redactor.secret(secret, prefix), (0, 0)
        else:
            text, focus = context_line(place.context, secret, prefix, redactor=self._redactor)
        if not text:
            return
        text, (start, end) = cut(text, focus, self._style.width - self._gutter - 5)
        number = canvas.paint(str(place.line).rjust(self._gutter), "dim") if place.line > 0 else " " * self._gutter
        bar = canvas.paint("│", "dim")
        canvas.line(f"{number} {bar} {text[:start]}{canvas.paint(text[start:end], self._color)}{text[end:]}".rstrip())
        if end > start or label:
            under = "^" * max(cells(text[start:end]), 0)
            self._margin(" " * cells(text[:start]) + canvas.paint(f"{under} {label}".strip(), self._color))

    def _margin(self, text: str = "") -> None:
        self._canvas.line(f"{' ' * self._gutter} {self._canvas.paint('│', 'dim')} {text}".rstrip())

    def _evidence(self) -> Iterator[list[tuple[str, str]]]:
        """Lines of (phrase, style)."""
        finding, text, verbose = self._finding, self._redactor.text, self._style.verbose
        first = finding.places[0]
        position = f"{self._redactor.path(first.origin.path or first.origin.kind.encode())}:{first.line}:{first.column}"
        facts = [text(say(_FACTS.get(key, key), value).strip()) for key, value in finding.facts.items() if key != "in_work_tree"]
        verdict = [text(finding.verdict)] if finding.verdict and (verbose or finding.verdict != "no checksum known") else []
        shown = self._redactor.secret(finding.secret, finding.prefix)
        if facts or verdict or shown not in ("", MASK):
            yield [(each, "") for each in (shown, *facts, *verdict) if each]
        if finding.note:
            for line in wrap(text(finding.note), self._room - _INDENT, subsequent_indent=" " * _INDENT, break_on_hyphens=False):
                yield [(line, "")]
        where = {key: value for key, value in first.origin.facts.items() if key not in self._told}
        yield [(each, "dim") for each in (f"at {position}", *describe(where, self._redactor, verbose=verbose))]
        yield from self._further(finding.places[1:])
        if verbose:
            tags = [f"#{text(tag)}" for tag in finding.tags]
            said = [f"confidence {finding.confidence.name.lower()}", *([f"entropy {finding.entropy:.2f}"] if finding.secret else []), *tags]
            yield [(each, "dim") for each in said]
            for reference in finding.references:
                yield [(f"see {text(reference)}", "dim")]
        yield [(f"ignore as {text(finding.fingerprint)}", "dim")]

    def _further(self, places: Sequence[Place]) -> Iterator[list[tuple[str, str]]]:
        listed = places if self._style.verbose else places[:_PLACES]
        for place in listed:
            origin = place.origin
            root = f"{self._redactor.path(origin.root)} " if origin.root != self._finding.places[0].origin.root else ""
            position = f"also {root}{self._redactor.path(origin.path or origin.kind.encode())}:{place.line}:{place.column}"
            yield [(each, "dim") for each in (position, *describe(origin.facts, self._redactor, verbose=self._style.verbose))]
        if rest := len(places) - len(listed):
            yield [(f"and {rest:,} more {'place' if rest == 1 else 'places'}", "dim")]

    @property
    def _room(self) -> int:
        """Columns beside the margin."""
        return max(self._style.width - self._gutter - 3, 20)

    def _wrapped(self, phrases: list[tuple[str, str]]) -> None:
        """Phrases joined by dots; where one does not fit, an indented new line; where it alone does not, it is cut.

        What stands alone is not: a fingerprint is there to be copied.
        """
        room = self._room
        line, used = "", 0
        for number, (phrase, look) in enumerate(phrases):
            phrase = cut(phrase, (0, 0), room - _INDENT)[0] if len(phrases) > 1 else phrase
            if number and used + len(_DOT) + cells(phrase) > room:
                self._margin(line)
                line, used = " " * _INDENT, _INDENT
            elif number:
                line, used = line + self._canvas.paint(_DOT, "dim"), used + len(_DOT)
            line, used = line + self._canvas.paint(phrase, look), used + cells(phrase)
        self._margin(line)
