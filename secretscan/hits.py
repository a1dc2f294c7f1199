"""Where a match stands: from an offset in a text, or in a view of a view of one, back to line, column and the line to show."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from secretscan import lazy_re
from secretscan._core import count_lines
from secretscan.judge import Match
from secretscan.model import Context, Fact, Json, Origin, Place, Placed, Secret, Segment
from secretscan.rules import Pair

_CONTEXT = 80  # bytes of a line shown on either side of a secret
_SHOWN = 160  # bytes of a secret that take part in its context: a certificate or a token of kilobytes is cut

_NAME = lazy_re.compile(rb"([\w.-]{1,64})[^\w\n]{0,16}$")


class Position(NamedTuple):
    line: int
    column: int
    end_line: int
    end_column: int


class Hit(NamedTuple):
    """One judged occurrence, told by its unit's id; the source tells later where that is.

    `inner` is an archive member's path or empty; `facts` are a view's (object, pointer, decoding); `key` is the name that the
    secret is assigned to, by which a weak one is known.
    """

    match: Match
    id: Hashable
    inner: bytes
    position: Position
    context: Context | None
    facts: Mapping[str, Json] = {}
    key: bytes = b""


class PairHit(NamedTuple):
    """Two hits of one text that are one credential."""

    pair: Pair
    first: Hit
    second: Hit


class FactHit(NamedTuple):
    """What an object says, told by its unit's id, with the position and the line of each mark."""

    fact: Fact
    id: Hashable
    inner: bytes
    spots: Mapping[str, tuple[Position, Context]]

    def placed(self, origin: Origin) -> Placed:
        """The fact at one of its unit's places."""
        return Placed(self.fact.about, self.fact.identity, _Places(self, origin))


class _Places(Mapping[str, Place]):
    """Where a fact's marks stand, each made when somebody asks: of fifty thousand facts few are looked at."""

    __slots__ = ("_hit", "_origin")

    def __init__(self, hit: FactHit, origin: Origin) -> None:
        self._hit = hit
        self._origin = origin

    def __getitem__(self, mark: str) -> Place:
        position, context = self._hit.spots[mark]
        api_version, kind, namespace, name = self._hit.fact.identity
        who = {"apiVersion": api_version, "kind": kind, "namespace": namespace, "name": name, "pointer": self._hit.fact.marks[mark].pointer}
        facts: dict[str, Json] = {**self._origin.facts, **{key: said for key, said in who.items() if said}}
        return Place(self._origin._replace(facts=facts), *position, context)

    def __iter__(self) -> Iterator[str]:
        return iter(self._hit.spots)

    def __len__(self) -> int:
        return len(self._hit.spots)


class Span(NamedTuple):
    """Where a secret stands in a text; `exact` if it is those very bytes, else they were decoded."""

    start: int
    end: int
    exact: bool


Spanned = tuple[tuple[Span, ...], Hit | PairHit]
"""A hit with the spans of its secrets, a pair's in the order of its halves."""


def span(match: Match) -> Span:
    """Where a match of a text itself stands."""
    return Span(match.start, match.end, True)


def matches(hit: Hit | PairHit) -> tuple[Match, ...]:
    """The one match of a hit, or both of a pair."""
    return (hit.first.match, hit.second.match) if isinstance(hit, PairHit) else (hit.match,)


class Lines:
    """Line numbers of a text, counted only as far as somebody asks."""

    def __init__(self, text: bytes, line: int = 1, column: int = 1) -> None:
        self._text = text
        self._offsets = [0]
        self._places = [(line, column)]

    def at(self, offset: int) -> tuple[int, int]:
        """(line, column) of a byte."""
        near = bisect_right(self._offsets, offset) - 1
        line, column = self._places[near]
        newlines, tail = count_lines(self._text, self._offsets[near], offset)
        place = (line + newlines, tail + 1) if newlines else (line, column + tail)
        if offset - self._offsets[near] > 4096:
            self._offsets.insert(near + 1, offset)
            self._places.insert(near + 1, place)
        return place

    def number(self, offset: int) -> int:
        """The line of a byte."""
        return self.at(offset)[0]


class Text:
    """A text under judgement. `segments` and `parent` lead from a view back to what it was made from; a `stretch` is a part of that."""

    def __init__(
        self,
        text: bytes,
        line: int = 1,
        column: int = 1,
        segments: Sequence[Segment] = (),
        parent: Text | None = None,
        stretch: bool = False,
    ) -> None:
        self.text = text
        self.stretch = stretch
        self.lines = Lines(text, line, column)
        self.parent = parent
        self.depth: int = parent.depth + 1 if parent else 0
        self._masks: list[tuple[int, int]] = []
        self._sorted = True
        self._segments = segments
        self._starts: list[int] | None = None

    def mask(self, start: int, end: int) -> None:
        """A secret stands at start:end: no context may show it, neither here nor in the text this one was made from."""
        self._masks.append((start, end))
        self._sorted = False
        if self.parent is not None:
            for segment in self._between(start, end):
                self.parent.mask(*(_exact(segment, start, end) if segment.exact else (segment.source_start, segment.source_end)))

    def origin(self, start: int, end: int) -> tuple[Position, Mapping[str, Json]] | None:
        """Position in the unit's own text, and the views' facts. None if the bytes were made up by a view."""
        if self.parent is None:
            return Position(*self.lines.at(start), *self.lines.at(end)), {}
        within = self._between(start, max(end, start + 1))
        if not within or within[0].start > start:
            return None
        source = _source(within, start, end)
        found = self.parent.origin(source.start, source.end)
        if found is None:
            return None
        position, outer = found
        return position, _merge(outer, next((segment.facts for segment in within if segment.facts), {}))

    def source(self, span: Span) -> Span:
        """Where in the parent's text a stretch of a view stands."""
        within = self._between(span.start, max(span.end, span.start + 1))
        found = _source(within, span.start, span.end)
        return found._replace(exact=found.exact and span.exact)

    def context(self, start: int, end: int, *, hide: bool = True) -> Context:
        """The line around a stretch, with every known secret on it named for masking; with `hide` the stretch itself is one.

        Call it when all masks are in.
        """
        text = self.text
        stop = text.find(b"\n", start, end)
        shown = min(stop if stop >= 0 else end, start + _SHOWN)
        low = max(text.rfind(b"\n", max(0, start - _CONTEXT), start) + 1, start - _CONTEXT)
        newline = text.find(b"\n", shown, shown + _CONTEXT)
        high = shown if shown < end else newline if newline >= 0 else min(len(text), shown + _CONTEXT)
        if not self._sorted:
            self._masks, self._sorted = _merged(self._masks), True
        near = self._masks[max(0, bisect_right(self._masks, (low, 0)) - 1) : bisect_right(self._masks, (high, 0))]
        spans = _merged((max(a, low) - low, min(b, high) - low) for a, b in ([*near, (start, shown)] if hide else near) if b > low)
        return Context(Secret(text[low:high].rstrip(b"\r")), tuple(spans), (start - low, shown - low))

    def key(self, start: int) -> bytes:
        """The name before a secret on its line: what it is assigned to, by which a weak one is known."""
        before = self.text[max(self.text.rfind(b"\n", max(0, start - _CONTEXT), start) + 1, start - _CONTEXT) : start]
        found = _NAME.search(before)
        return found[1] if found else b""

    def _between(self, start: int, end: int) -> list[Segment]:
        if self._starts is None:
            self._starts = [segment.start for segment in self._segments]
        at = max(0, bisect_right(self._starts, start) - 1)
        found = []
        for number in range(at, len(self._segments)):
            segment = self._segments[number]
            if segment.start >= end:
                break
            if segment.end > start:
                found.append(segment)
        return found


def _source(within: Sequence[Segment], start: int, end: int) -> Span:
    """Where a stretch of a view, told by its segments, came from."""
    first, last = within[0], within[-1]
    source_start = first.source_start + start - first.start if first.exact else first.source_start
    source_end = last.source_start + min(end, last.end) - last.start if last.exact else last.source_end
    return Span(source_start, max(source_start, source_end), all(segment.exact for segment in within))


def _exact(segment: Segment, start: int, end: int) -> tuple[int, int]:
    shift = segment.source_start - segment.start
    return max(start, segment.start) + shift, min(end, segment.end) + shift


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _merge(outer: Mapping[str, Json], inner: Mapping[str, Json]) -> Mapping[str, Json]:
    if not outer:
        return inner
    merged = {**inner, **outer}
    if "pointer" in outer and "pointer" in inner:
        merged["pointer"] = f"{outer['pointer']}!{inner['pointer']}"
    steps = [step for facts in (outer, inner) if isinstance(found := facts.get("decoded"), list) for step in found]
    if steps:
        merged["decoded"] = steps
    return merged
