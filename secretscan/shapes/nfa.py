"""The nodes beside a literal as a small program: what may follow it, or, read backwards, what may stand before it.

The program may accept more than the nodes do: long repetitions lose their upper bound, and what does not fit is left off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

from secretscan.shapes.alphabets import WORD
from secretscan.shapes.tree import ALL, Alt, Bytes, Cat, Group, Look, Node, Repeat, flatten

NEWLINE = 1 << 10
_MOST_STEPS = 1500  # of a program; with 700 the generic key rule was cut to nothing
_MOST_COPIES = 48  # of a repeated node; more in a row are taken as so many or more
_LAX = 6
_MOST_OPTIONAL = 4  # copies beyond the least; more are taken as any number


class Kind(IntEnum):
    """What assertions see of a byte."""

    OTHER = 0
    WORD = 1
    NEWLINE = 2
    EDGE = 3
    """No byte: the text's start or end."""


def kind_of(byte: int) -> Kind:
    """What assertions see of this byte."""
    return Kind.WORD if WORD >> byte & 1 else Kind.NEWLINE if byte == 10 else Kind.OTHER


def holds(look: str, left: Kind, right: Kind) -> bool:
    """Whether an assertion holds between two bytes."""
    if look in "bB":
        return ((left == Kind.WORD) != (right == Kind.WORD)) == (look == "b")
    if look in "A^":
        return left == Kind.EDGE or (look == "^" and left == Kind.NEWLINE)
    return right == Kind.EDGE or (look == "$" and right == Kind.NEWLINE)


class Nfa:
    """Step i takes a byte and goes on to i + 1 (`takes[i]` is its set), or goes on without one to `jumps[i]`, or to i + 1 where
    the assertion `looks[i]` holds. `end` is the step of a match.

    `chains` are masks of steps, a bit each, of one set of bytes taken so many times or more: who is farther in such a chain
    matches whatever one behind him matches. `lax`: a byte taken _LAX times is taken so many times or more.
    """

    def __init__(self, nodes: Iterable[Node], backwards: bool, lax: bool = False) -> None:
        self.takes: dict[int, int] = {}
        self.jumps: dict[int, tuple[int, ...]] = {}
        self.looks: dict[int, str] = {}
        self.chains: list[int] = []
        self.backwards = backwards
        self.lax = lax
        self.size = 0
        for node in self._order([inner for outer in nodes for inner in flatten(outer)]):
            if not self._fits(node):
                break
        self.end = self.size

    def _order(self, nodes: Sequence[Node]) -> Sequence[Node]:
        return nodes[::-1] if self.backwards else nodes

    def _fits(self, node: Node) -> bool:
        """Add a node, or as many of its first repetitions as there is room for; False if that was not all."""
        if isinstance(node, Repeat) and self.size + length_of(node) > _MOST_STEPS:
            for _ in range(min(node.least, _MOST_COPIES, (_MOST_STEPS - self.size) // max(1, length_of(node.item)))):
                self._add(node.item)
            return False
        if self.size + length_of(node) > _MOST_STEPS:
            return False
        self._add(node)
        return True

    def _add(self, node: Node) -> None:
        if isinstance(node, Bytes):
            self.takes[self.size] = node.alphabet
            self.size += 1
        elif isinstance(node, Look):
            self.looks[self.size] = node.kind
            self.size += 1
        elif isinstance(node, Group):
            self._add(node.item)
        elif isinstance(node, Cat):
            for item in self._order(node.items):
                self._add(item)
        elif isinstance(node, Alt):
            self._add_options(node.options)
        else:
            start = self.size
            for _ in range(min(node.least, _MOST_COPIES)):
                self._add(node.item)
            self._add_optional(node)
            if node.item.low == node.item.high == 1 and self._endless(node):
                self.chains.append((1 << self.size) - (1 << start))

    def _endless(self, node: Repeat) -> bool:
        if node.most is None or node.most - node.least > _MOST_OPTIONAL or node.least > _MOST_COPIES:
            return True
        return self.lax and node.least >= _LAX and node.item.low == node.item.high == 1

    def _jump(self, *targets: int) -> int:
        """A step that goes to the targets; none yet: they are told later."""
        self.jumps[self.size] = targets
        self.size += 1
        return self.size - 1

    def _add_options(self, options: Sequence[Node]) -> None:
        fork = self._jump()
        starts: list[int] = []
        ends: list[int] = []
        for option in options:
            starts.append(self.size)
            self._add(option)
            ends.append(self._jump())
        self.jumps[fork] = tuple(starts)
        for end in ends:
            self.jumps[end] = (self.size,)

    def _add_optional(self, node: Repeat) -> None:
        if self._endless(node):
            fork = self._jump()
            self._add(node.item)
            self._jump(fork)
            self.jumps[fork] = (fork + 1, self.size)
            return
        forks: list[int] = []
        for _ in range((node.most or 0) - node.least):
            forks.append(self._jump())
            self._add(node.item)
        for fork in forks:
            self.jumps[fork] = (fork + 1, self.size)


def length_of(node: Node) -> int:
    """Steps of a node's program, or a few more."""
    if isinstance(node, Bytes | Look):
        return 1
    if isinstance(node, Group):
        return length_of(node.item)
    if isinstance(node, Cat):
        return sum(map(length_of, node.items))
    if isinstance(node, Alt):
        return 1 + sum(1 + length_of(option) for option in node.options)
    once = length_of(node.item)
    optional = _MOST_OPTIONAL if node.most is None else min(node.most - node.least, _MOST_OPTIONAL)
    return min(node.least, _MOST_COPIES) * once + (optional + 1) * (once + 1)


def classes(nfa: Nfa) -> list[int]:
    """Sets of bytes that no step and no assertion tells apart; together they are all bytes."""
    parts = [ALL]
    for mask in dict.fromkeys([*nfa.takes.values(), *((WORD, NEWLINE) if nfa.looks else ())]):
        parts = [part for both in parts for part in (both & mask, both & ~mask) if part]
    return parts
