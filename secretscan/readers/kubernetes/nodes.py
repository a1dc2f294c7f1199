"""Trees of documents, as light as they can be: what a key leads to, and where it stands. Duplicate keys are all kept; an alias is None."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from secretscan._core import Map, Scalar, Seq

MAX_DEPTH = 100
MAX_EVENTS = 2_000_000


Node: TypeAlias = "Scalar | Map | Seq | None"


def stands_alone(node: Node, around: Sequence[tuple[Map | Seq | None, str | None]]) -> bool:
    """Whether an item of a sequence is an object of a List, or of a bare sequence of objects, and need not be held until the List ends.

    `around` is what was open when the sequence was, each with the key it stands under.
    """
    listed = len(around) == 1 or (len(around) == 2 and around[1][1] == "items")
    return listed and type(node) is Map and node.get("apiVersion") is not None and node.get("kind") is not None


class Unparsed(Exception):
    """A document that cannot be read as one. The message holds none of its bytes."""
