"""What readers make of a text: views, stretches that do not count, and what objects say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from secretscan.model.findings import Json, Place


class Segment(NamedTuple):
    """A stretch of a view and where it came from.

    text[start:end] of the view came from parent[source_start:source_end]. With `exact` both are the same bytes, so an
    offset inside can be carried over; otherwise all of it stands at the source stretch's beginning. `facts` (object identity,
    pointer, decoding steps: `pointer`, `apiVersion`, `kind`, `namespace`, `name`, `decoded`) join the finding's origin.
    """

    start: int
    end: int
    source_start: int
    source_end: int
    exact: bool
    facts: Mapping[str, Json] = {}


class View(NamedTuple):
    """Text made from other text, matched like any text, with the way back. Segments are sorted and do not overlap;
    bytes of the view outside any segment were made up (separators) and cannot hold a secret."""

    text: bytes
    segments: Sequence[Segment]


SEEN = ("shown", "repeats")
"""How a reason begins that silences a stretch for every rule: what it holds is matched elsewhere."""


class Silence(NamedTuple):
    """A stretch of a text whose own matches do not count: sealed, encrypted, a reference, or shown decoded by a view."""

    start: int
    end: int
    why: str


class Mark(NamedTuple):
    """A stretch of a text that a fact rests on, and the object path there."""

    start: int
    end: int
    pointer: str = ""


class Identity(NamedTuple):
    """What the API server knows an object by. Empty where a document does not say."""

    api_version: str
    kind: str
    namespace: str
    name: str


class Fact(NamedTuple):
    """What an object says that checks and joins go by. `about` is one of the types of secretscan.exposure.facts; `marks` are the
    stretches that it rests on, by name."""

    about: object
    identity: Identity
    marks: Mapping[str, Mark]


class Placed(NamedTuple):
    """A fact of one object at one of its places: where each of its marks stands."""

    about: Any
    identity: Identity
    places: Mapping[str, Place]
