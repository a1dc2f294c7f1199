"""From a tree to the checks that every match passes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from secretscan._core import Check
from secretscan.model import REACH
from secretscan.shapes.alphabets import WORD
from secretscan.shapes.literals import Word, class_bits, join, literal_bits, render, spell
from secretscan.shapes.tree import ALL, Alt, Cat, Group, Look, Node, Repeat, flatten

LONGEST_LITERAL = 32
"""Bytes of a literal beyond which the automaton only grows."""
_WIDEST_GAP = 255
_LONGEST_RUN = 255
_NODES_AHEAD = 24  # how far behind a literal a run is looked for
_LEAST_RUN_BITS = 0.3  # less is not worth a look
_MOST_CHECKS = 128  # of one rule
_MOST_HITS = 1 / 64  # of shorter literals, a byte: more would keep the core busy for one rule ...
_MOST_HITS_BESIDE_KEYWORDS = 1 / 512  # ... and this if there is another way
_WANTED = 3  # bytes of a literal worth searching for


class Candidate(NamedTuple):
    """One way to find a regex: the checks, one of which every match passes, and the match's reach around the literal."""

    checks: tuple[Check, ...]
    before: int
    after: int
    bits: float
    """Minus the binary logarithm of how many bytes of ordinary text pass."""

    @property
    def shortest(self) -> int:
        return min(len(check.literal) for check in self.checks)

    @property
    def worth(self) -> tuple[bool, float, int]:
        window = min(self.before, REACH) + min(self.after, REACH)
        return self.shortest >= _WANTED, min(self.bits, 40.0) - math.log2(1 + window / 64), -len(self.checks)


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
        inner = _inside(items, highs, start, end, around)
        found.append(_candidate(words, sum(highs[start:end]), inner))
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
    checks = tuple(dict.fromkeys(check for part in parts for check in part.checks))
    if len(checks) > _MOST_CHECKS:
        return None
    rate = sum(2.0 ** -min(part.bits, 60.0) for part in parts)
    return Candidate(checks, max(part.before for part in parts), max(part.after for part in parts), -math.log2(rate))


def _candidate(words: Sequence[Word], high: int, around: _Around) -> Candidate:
    run, run_min, gap, run_bits = _run(around.right)
    checks: dict[Check, None] = {}
    rate = 0.0
    bitmap = run.to_bytes(32, "little") if run else None
    lefts: dict[bool, int] = {}
    for word in words:
        literal, caseless = render(word)
        cut = literal[:LONGEST_LITERAL]
        in_word = bool(WORD >> literal[0] & 1)
        left = lefts.get(in_word)
        if left is None:
            lefts[in_word] = left = _left(around.left, in_word)
        before = None if left == ALL else left.to_bytes(32, "little")
        check = Check(cut, caseless, before, bitmap, run_min, gap + len(literal) - len(cut) if run else 0)
        if check not in checks:
            checks[check] = None
            rate += 2.0 ** -min(literal_bits(cut, caseless) + 0.5 * class_bits(left) + run_bits, 60.0)
    return Candidate(tuple(checks), around.before, high + around.after, -math.log2(rate))


def _run(right: Sequence[Node]) -> tuple[int, int, int, float]:
    """(set, length, gap, bits) of the most telling run of bytes that follows in every match."""
    nodes: list[Node] = []
    for node in right:
        nodes += flatten(node)
        if len(nodes) >= _NODES_AHEAD:
            break
    best = (0, 0, 0, 0.0)
    gap = 0
    for start, first in enumerate(nodes):
        if gap > _WIDEST_GAP:
            break
        alphabet = length = 0
        if first.low:
            for node in nodes[start:]:
                alphabet |= node.alphabet
                length += node.low
                bits = _run_bits(alphabet, min(length, 64), gap)
                if bits > best[3]:
                    best = (alphabet, min(length, _LONGEST_RUN), gap, bits)
        gap += first.high
    return best if best[3] >= _LEAST_RUN_BITS else (0, 0, 0, 0.0)


@cache
def _run_bits(alphabet: int, length: int, gap: int) -> float:
    """How much a run within a gap tells. Bytes of a kind keep company, so each says half; and one byte in five begins a run."""
    share = 2.0 ** (-0.5 * class_bits(alphabet) * length)
    return -math.log2(max(1.0 - (1.0 - share) * (1.0 - 0.2 * share) ** gap, 2.0**-60))


def _left(nodes: Sequence[Node], before_word: bool) -> int:
    """The bytes that may stand right before a literal, given the nodes before it in the match. The text's start is always allowed."""
    taken, allowed = 0, ALL
    for node in reversed(nodes):
        if not allowed:
            break
        more, allowed = _preceding(node, allowed, before_word)
        taken |= more
    return taken | allowed


def _preceding(node: Node, allowed: int, before_word: bool) -> tuple[int, int]:
    """(bytes of the node that may come last and are allowed, bytes that may come before the node when it matches nothing).

    `allowed` is what the assertions behind the node leave over. `before_word`: the literal begins with a word character.
    """
    if isinstance(node, Look):
        if node.kind in "bB":
            return 0, allowed & (ALL & ~WORD if before_word == (node.kind == "b") else WORD)
        if node.kind == "A":
            return 0, 0
        if node.kind == "^":
            return 0, allowed & 1 << 10
        return 0, allowed
    if isinstance(node, Cat):
        taken = 0
        for item in reversed(node.items):
            if not allowed:
                break
            more, allowed = _preceding(item, allowed, before_word)
            taken |= more
        return taken, allowed
    if isinstance(node, Alt):
        taken = through = 0
        for option in node.options:
            more, left = _preceding(option, allowed, before_word)
            taken |= more
            through |= left
        return taken, through
    if isinstance(node, Group):
        return _preceding(node.item, allowed, before_word)
    if isinstance(node, Repeat):
        taken, through = (0, 0) if node.most == 0 else _preceding(node.item, allowed, before_word)
        return taken, through if node.least else allowed
    return node.alphabet & allowed, 0


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
    share = _share(candidate.checks)
    if by_keyword and _share(by_keyword) < share:
        return share <= _MOST_HITS_BESIDE_KEYWORDS and candidate.bits >= 16.0
    return share <= _MOST_HITS and candidate.bits >= 12.0


def _share(checks: Sequence[Check]) -> float:
    """How many of the bytes of ordinary text begin one of the literals."""
    return math.fsum(2.0 ** -literal_bits(check.literal, check.caseless) for check in checks)
