"""Trees of documents, as light as they can be: what a key leads to, and where it stands. Duplicate keys are all kept; an alias is None."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from secretscan.readers.kubernetes.text import Scalar

MAX_DEPTH = 100
MAX_EVENTS = 2_000_000


class Map:
    """A mapping. A key that is no scalar is written `?` and what it held follows it as an entry of that name."""

    __slots__ = ("end", "entries", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.entries: list[tuple[str, Node]] = []

    def get(self, key: str) -> Node:
        """The first value of a key."""
        for name, node in self.entries:
            if name == key:
                return node
        return None

    def text(self, key: str) -> str:
        """The first value of a key if it is a scalar, else nothing."""
        node = self.get(key)
        return node.value if isinstance(node, Scalar) else ""


class Seq:
    """A sequence."""

    __slots__ = ("end", "items", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.items: list[Node] = []


Node: TypeAlias = "Scalar | Map | Seq | None"


def stands_alone(node: Node, around: Sequence[tuple[Map | Seq | None, str | None]]) -> bool:
    """Whether an item of a sequence is an object of a List, or of a bare sequence of objects, and need not be held until the List ends.

    `around` is what was open when the sequence was, each with the key it stands under.
    """
    listed = len(around) == 1 or (len(around) == 2 and around[1][1] == "items")
    return listed and type(node) is Map and node.get("apiVersion") is not None and node.get("kind") is not None


class Unparsed(Exception):
    """A document that cannot be read as one. The message holds none of its bytes."""
