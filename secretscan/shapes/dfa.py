"""From the nodes beside a literal to the deterministic automaton that the core runs there."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Sequence

from secretscan.shapes.literals import class_bits
from secretscan.shapes.nfa import Kind, Nfa, classes, holds, kind_of
from secretscan.shapes.tree import ENDLESS, Node

FARTHEST = 512
"""Bytes beside a literal that are looked at; what needs more passes."""
_MOST_STATES = 700  # the largest of the built-in rules that is useful whole has 620; others would need 100,000
_MOST_LAX_STATES = 700  # of an automaton that cannot be built whole: what is cut there passes
_REJECT, _ACCEPT, _FIRST = 0, 1, 2
_KEPT: dict[bytes, bytes] = {}  # equal automata are one object: compiled rules hold each once


def encode(nodes: Sequence[Node], near: Kind, backwards: bool) -> bytes | None:
    """A DFA, as secretscan._core.Check has it, that accepts where the nodes match right behind a literal, or right before it.

    `near`: what assertions see of the literal's byte there. The DFA may accept elsewhere too. None: it would accept anywhere.
    """
    nfa = Nfa(nodes, backwards)
    alphabet = classes(nfa)
    rows, whole = _Determiniser(nfa, alphabet).rows(near, _MOST_STATES)
    if not whole:
        nfa = Nfa(nodes, backwards, lax=True)
        alphabet = classes(nfa)
        rows, _ = _Determiniser(nfa, alphabet).rows(near, min(_MOST_LAX_STATES, 65_000 // (len(alphabet) + 1)))
    if not rows or all(cell == _ACCEPT for cell in rows[0]):
        return None
    steps = min(sum(node.high for node in nodes), ENDLESS) + 1  # the last may look at the byte behind a match
    class_of = bytearray(256)
    for number, mask in enumerate(alphabet):
        for byte in range(256):
            if mask >> byte & 1:
                class_of[byte] = number
    head = min(steps, FARTHEST).to_bytes(2, "little") + bytes([steps > FARTHEST])
    made = head + class_of + array("H", [cell for row in rows for cell in row]).tobytes()
    return _KEPT.setdefault(made, made)


def encode_run(alphabet: int, length: int, gap: int) -> bytes:
    """A DFA that accepts where `length` bytes of the alphabet in a row begin at most `gap` bytes away: a state for each so far."""
    steps = gap + length
    head = min(steps, FARTHEST).to_bytes(2, "little") + bytes([steps > FARTHEST])
    class_of = bytes(alphabet >> byte & 1 for byte in range(256))
    rows = ((_FIRST, _FIRST + count if count < length else _ACCEPT, _REJECT) for count in range(1, length + 1))
    made = head + class_of + array("H", [cell for row in rows for cell in row]).tobytes()
    return _KEPT.setdefault(made, made)


class _Determiniser:
    """The subset construction. A state is a set of steps (a bit each) not yet followed without bytes, and the kind of the last byte:
    an assertion is decided when the byte behind it is known."""

    def __init__(self, nfa: Nfa, alphabet: Sequence[int]) -> None:
        self.nfa = nfa
        self.end = 1 << nfa.end
        self.takers = [sum(1 << step for step, mask in nfa.takes.items() if mask & part) for part in alphabet]
        self.kinds = [kind_of((part & -part).bit_length() - 1) if nfa.looks else Kind.OTHER for part in alphabet]
        self.shares = [2.0 ** -class_bits(part) for part in alphabet]
        self.closures: dict[tuple[int, Kind, Kind | None], int] = {}

    def rows(self, near: Kind, most: int) -> tuple[list[list[int]], bool]:
        """A row a state, the start's first, and whether those are all; no row if the start accepts.

        Where they are more than `most`, the likeliest in ordinary text are kept, and what leads to the others accepts.
        """
        start = (1, near if self.nfa.looks else Kind.OTHER)
        if self.closure(*start, None) & self.end:
            return [], True
        numbers: dict[tuple[int, Kind], int] = {}
        likely = {start: 1.0}
        heap = [(-1.0, 0, start)]
        found: list[list[tuple[int, Kind] | int]] = []
        while heap and len(found) < most:
            weight, _, state = heapq.heappop(heap)
            if state in numbers or -weight < likely[state]:
                continue  # told already, or it stands farther ahead by now
            numbers[state] = len(found) + _FIRST
            bits, last = state
            row: list[tuple[int, Kind] | int] = []
            for takers, kind, share in zip(self.takers, self.kinds, self.shares, strict=True):
                active = self.closure(bits, last, kind)
                if active & self.end:
                    row.append(_ACCEPT)
                    continue
                after = (self.leaders((active & takers) << 1), kind)
                if not after[0]:
                    row.append(_REJECT)
                    continue
                if after not in likely and self.closure(*after, None) & self.end:
                    row.append(_ACCEPT)
                    continue
                row.append(after)
                if after not in numbers:
                    likely[after] = likely.get(after, 0.0) - weight * share
                    heapq.heappush(heap, (-likely[after], len(likely), after))
            row.append(_ACCEPT if self.closure(bits, last, Kind.EDGE) & self.end else _REJECT)
            found.append(row)
        rows = [[cell if isinstance(cell, int) else numbers.get(cell, _ACCEPT) for cell in row] for row in found]
        return rows, len(numbers) == len(likely)

    def leaders(self, bits: int) -> int:
        """Of each chain the one that is farthest."""
        for chain in self.nfa.chains:
            within = bits & chain
            if within & within - 1:
                bits ^= within ^ 1 << within.bit_length() - 1
        return bits

    def closure(self, bits: int, last: Kind, following: Kind | None) -> int:
        """The steps reached without a byte, between a byte of kind `last` and the one after it (None: no assertion holds)."""
        if not self.nfa.looks:
            following = None
        reached = 0
        while bits:
            low = bits & -bits
            bits ^= low
            if reached & low:
                continue
            key = (low, last, following)
            one = self.closures.get(key)
            if one is None:
                self.closures[key] = one = self.follow(low.bit_length() - 1, last, following)
            reached |= one
        return reached

    def follow(self, step: int, last: Kind, following: Kind | None) -> int:
        reached = 0
        left, right = (following, last) if self.nfa.backwards else (last, following)
        waiting = [step]
        while waiting:
            step = waiting.pop()
            if reached >> step & 1:
                continue
            reached |= 1 << step
            waiting += self.nfa.jumps.get(step, ())
            look = self.nfa.looks.get(step)
            if look is not None and left is not None and right is not None and holds(look, left, right):
                waiting.append(step + 1)
        return reached
