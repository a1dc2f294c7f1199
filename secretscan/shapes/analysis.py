"""From a tree to the checks that every match passes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from secretscan._core import Check
from secretscan.model import REACH
from secretscan.shapes.alphabets import fold
from secretscan.shapes.dfa import encode, encode_run
from secretscan.shapes.literals import Word, class_bits, join, literal_bits, render, spell
from secretscan.shapes.nfa import Kind, kind_of, length_of
from secretscan.shapes.tree import Alt, Bytes, Look, Node, Repeat, flatten

LONGEST_LITERAL = 32
"""Bytes of a literal beyond which the automaton only grows."""
_WIDEST_GAP = 448
_TELLING_RUN = 4.0  # bits: a run that most places have anyway is not worth a walk
_ENOUGH = 6.0  # bits of a run that stands for all that follows ...
_LARGE = 120  # ... if that has more steps than this
_NODES_AHEAD = 24  # how far behind a literal a run is looked for
_MOST_CHECKS = 128  # of one rule
_MOST_HITS = 1 / 64  # of shorter literals, a byte: more would keep the core busy for one rule ...
_MOST_HITS_BESIDE_KEYWORDS = 1 / 512  # ... and this if there is another way
_WANTED = 3  # bytes of a literal worth searching for


class Anchor(NamedTuple):
    """A literal, and the nodes around it in every match that holds it here."""

    literal: bytes
    caseless: bool
    left: tuple[Node, ...]
    right: tuple[Node, ...]


class Candidate(NamedTuple):
    """One way to find a regex: anchors, one of which is in every match, and the match's reach around the literal."""

    anchors: tuple[Anchor, ...]
    before: int
    after: int
    bits: float
    """Minus the binary logarithm of how many bytes of ordinary text pass."""

    @property
    def shortest(self) -> int:
        return min(len(anchor.literal) for anchor in self.anchors)

    @property
    def checks(self) -> tuple[Check, ...]:
        before, behind = cache(encode), cache(_behind)  # most anchors of a regex have the same around them
        checks = (
            Check(literal, caseless, before(left, kind_of(literal[0]), True), behind(right, kind_of(literal[-1])))
            for literal, caseless, left, right in self.anchors
        )
        return tuple(dict.fromkeys(checks))

    @property
    def worth(self) -> tuple[bool, float, int]:
        """Better is more: minus the logarithm of what a byte of text costs. A hit of a literal stops the core for some 50 bytes' time;
        a candidate costs Python some 10,000, and more for a wide window."""
        window = min(self.before, REACH) + min(self.after, REACH)
        judging = 10_000.0 * 2.0 ** -min(self.bits, 60.0) * (1.0 + window / 64.0)
        return self.shortest >= _WANTED, -math.log2(judging + 50.0 * hit_rate(self.anchors) + 2.0**-24), -len(self.anchors)


class _Around(NamedTuple):
    """What of the match lies around a stretch: at most so many bytes before and after, and the nodes."""

    before: int
    after: int
    left: tuple[Node, ...]
    right: tuple[Node, ...]


def find(tree: Node) -> Candidate | None:
    """The best candidate, or None if no literal is in every match."""
    return _find(tree, _Around(0, 0, (), ()))


def _find(node: Node, around: _Around) -> Candidate | None:
    items = flatten(node)
    highs = [item.high for item in items]
    found: list[Candidate] = []
    for start, end, words in stretches(items):
        if not min(map(len, words)):
            continue
        while isinstance(items[end - 1], Look):
            end -= 1  # it speaks of what stands behind the literal
        found.append(_candidate(words, sum(highs[start:end]), _inside(items, highs, start, end, around)))
    for at, item in enumerate(items):
        if isinstance(item, Alt | Repeat):
            nested = _nested(item, _inside(items, highs, at, at + 1, around))
            if nested is not None:
                found.append(nested)
    return max(found, key=lambda candidate: candidate.worth, default=None)


def _inside(items: Sequence[Node], highs: Sequence[int], start: int, end: int, around: _Around) -> _Around:
    return _Around(
        around.before + sum(highs[:start]),
        around.after + sum(highs[end:]),
        (*around.left, *items[:start]),
        (*items[end:], *around.right),
    )


def stretches(items: Sequence[Node]) -> Iterator[tuple[int, int, tuple[Word, ...]]]:
    """(start, end, words) of the runs of nodes that spell a few literals and nothing else."""
    spelled = [spell(item) for item in items]
    single = [words is not None and len(words) == 1 for words in spelled]
    for start, item in enumerate(items):
        if isinstance(item, Look) or spelled[start] is None or spelled[start] == ((),):
            continue  # what an assertion says about the byte before must stay outside of the stretch
        if start and single[start - 1] and items[start - 1].high:
            continue  # one node earlier is a longer literal for nothing
        words: tuple[Word, ...] = ((),)
        for end in range(start, len(items)):
            longer = join(words, spelled[end])
            if longer is None:
                if single[end] and end > start:  # too long by this node, which kept the stretch so far from being told
                    yield start, end, words
                break
            words = longer
            if end + 1 == len(items) or not single[end + 1]:
                yield start, end + 1, words


def _nested(node: Alt | Repeat, around: _Around) -> Candidate | None:
    if isinstance(node, Repeat):
        if not node.least:
            return None
        # The first of the repetitions: what follows it is the others.
        rest = Repeat(node.item, node.least - 1, None if node.most is None else node.most - 1)
        return _find(node.item, around._replace(after=around.after + rest.high, right=(rest, *around.right)))
    found = [_find(option, around) for option in node.options]
    parts = [candidate for candidate in found if candidate is not None]
    if len(parts) < len(found):
        return None
    anchors = tuple(dict.fromkeys(anchor for part in parts for anchor in part.anchors))
    if len(anchors) > _MOST_CHECKS:
        return None
    rate = sum(2.0 ** -min(part.bits, 60.0) for part in parts)
    return Candidate(anchors, max(part.before for part in parts), max(part.after for part in parts), -math.log2(rate))


def _candidate(words: Sequence[Word], high: int, around: _Around) -> Candidate:
    run_bits = _run(around.right).bits
    anchors: dict[Anchor, None] = {}
    rate = 0.0
    for word in words:
        literal, caseless = render(word)
        cut = literal[:LONGEST_LITERAL]
        rest = tuple(Bytes(fold(1 << byte) if caseless else 1 << byte) for byte in literal[LONGEST_LITERAL:])
        anchors[Anchor(cut, caseless, around.left, rest + around.right)] = None
        rate += 2.0 ** -min(literal_bits(cut, caseless) + run_bits, 60.0)
    return Candidate(tuple(anchors), around.before, high + around.after, -math.log2(rate))


class _Run(NamedTuple):
    """A run of at least `length` bytes of an alphabet that begins at most `gap` bytes behind a literal in every match."""

    bits: float = 0.0
    alphabet: int = 0
    length: int = 0
    gap: int = 0


def _run(right: Sequence[Node]) -> _Run:
    """The most telling run of bytes that follows in every match."""
    nodes: list[Node] = []
    for node in right:
        nodes += flatten(node)
        if len(nodes) >= _NODES_AHEAD:
            break
    best = _Run()
    gap = 0
    for start, first in enumerate(nodes):
        if gap > _WIDEST_GAP:
            break
        alphabet = length = 0
        if first.low:
            for node in nodes[start:]:
                alphabet |= node.alphabet
                length += node.low
                best = max(best, _Run(_run_bits(alphabet, min(length, 64), gap), alphabet, min(length, 64), gap))
        gap += first.high
    return best


def _behind(right: Sequence[Node], near: Kind) -> bytes | None:
    """The automaton of what follows a literal. Where that is large, of its most telling run alone if that says enough: it is built
    in no time and nearly as choosy."""
    run = _run(right)
    if run.bits >= _ENOUGH and sum(map(length_of, right)) > _LARGE:
        return encode_run(run.alphabet, run.length, run.gap)
    made = encode(right, near, False)
    if made is None and run.bits >= _TELLING_RUN:
        return encode_run(run.alphabet, run.length, run.gap)
    return made


@cache
def _run_bits(alphabet: int, length: int, gap: int) -> float:
    """How much a run within a gap tells. Bytes of a kind keep company, so each says half; and one byte in five begins a run."""
    share = 2.0 ** (-0.5 * class_bits(alphabet) * length)
    return -math.log2(max(1.0 - (1.0 - share) * (1.0 - 0.2 * share) ** gap, 2.0**-60))


def implied(node: Node, keywords: Sequence[bytes]) -> bool:
    """Whether every match holds one of the keywords (lower case), whatever the case."""
    items = flatten(node)
    for _, _, words in stretches(items):
        texts = [render(word)[0].lower() for word in words]
        if all(any(keyword in text for keyword in keywords) for text in texts):
            return True
    for item in items:
        if isinstance(item, Alt) and all(implied(option, keywords) for option in item.options):
            return True
        if isinstance(item, Repeat) and item.least and implied(item.item, keywords):
            return True
    return False


def telling(candidate: Candidate, by_keyword: Sequence[Check]) -> bool:
    """Whether searching for the literals beats running the regex over every text, or over each that holds a keyword."""
    if candidate.shortest >= _WANTED:
        return True
    share = hit_rate(candidate.anchors)
    if by_keyword and hit_rate(by_keyword) < share:
        return share <= _MOST_HITS_BESIDE_KEYWORDS and candidate.bits >= 16.0
    return share <= _MOST_HITS and candidate.bits >= 12.0


def hit_rate(checks: Sequence[Check | Anchor]) -> float:
    """How many of the bytes of ordinary text begin one of the literals."""
    return math.fsum(2.0 ** -literal_bits(check.literal, check.caseless) for check in checks)
