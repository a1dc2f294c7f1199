"""What a regex is made of, over bytes. Every node knows how long its matches are and which bytes they may hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

ALL = (1 << 256) - 1
"""A set of bytes is an int: bit b stands for byte b."""
ENDLESS = 1 << 32
"""The length of what has no longest match. Sums and products stay at or above it."""


class Bytes:
    """One byte out of a set."""

    __slots__ = ("alphabet", "high", "low")
    alphabet: int
    high: int
    low: int

    def __init__(self, alphabet: int) -> None:
        self.alphabet = alphabet
        self.low = self.high = 1


class Look:
    r"""A place without width. `kind` is one of `b` `B` (word boundary, or none), `A` `z` (text's ends), `^` `$` (a line's ends)."""

    __slots__ = ("kind",)
    alphabet: int = 0
    high: int = 0
    low: int = 0

    def __init__(self, kind: str) -> None:
        self.kind = kind


class Cat:
    """One after the other. Without items: the empty match."""

    __slots__ = ("alphabet", "high", "items", "low")
    alphabet: int
    high: int
    low: int

    def __init__(self, items: Sequence[Node]) -> None:
        self.items = tuple(items)
        self.low = sum(item.low for item in items)
        self.high = sum(item.high for item in items)
        self.alphabet = 0
        for item in items:
            self.alphabet |= item.alphabet


class Alt:
    """One of several."""

    __slots__ = ("alphabet", "high", "low", "options")
    alphabet: int
    high: int
    low: int

    def __init__(self, options: Sequence[Node]) -> None:
        self.options = tuple(options)
        self.low = min(option.low for option in options)
        self.high = max(option.high for option in options)
        self.alphabet = 0
        for option in options:
            self.alphabet |= option.alphabet


class Repeat:
    """`item` at least `least` and at most `most` times in a row (None: no limit); `lazy`: as few as can be."""

    __slots__ = ("alphabet", "high", "item", "lazy", "least", "low", "most")
    alphabet: int
    high: int
    low: int

    def __init__(self, item: Node, least: int, most: int | None, lazy: bool = False) -> None:
        self.item = item
        self.lazy = lazy
        self.least = least
        self.most = most
        self.low = item.low * least
        self.high = item.high * most if most is not None else (ENDLESS if item.high else 0)
        self.alphabet = 0 if most == 0 else item.alphabet


class Group:
    """A capture, numbered from 1 by its opening parenthesis."""

    __slots__ = ("alphabet", "high", "item", "low", "number")
    alphabet: int
    high: int
    low: int

    def __init__(self, item: Node, number: int) -> None:
        self.item = item
        self.number = number
        self.low, self.high, self.alphabet = item.low, item.high, item.alphabet


Node: TypeAlias = Bytes | Look | Cat | Alt | Repeat | Group


def flatten(node: Node) -> list[Node]:
    """The sequence of nodes that a match runs through, without the captures and concatenations around them."""
    if isinstance(node, Group):
        return flatten(node.item)
    if isinstance(node, Cat):
        return [inner for item in node.items for inner in flatten(item)]
    if isinstance(node, Repeat) and node.least == node.most == 1:
        return flatten(node.item)
    return [node]
