"""A text to its views."""

from __future__ import annotations

from collections.abc import Iterator

from secretscan.model import Identity, Reason, Silence, View
from secretscan.readers.kubernetes.decoding import MAX_DECODED
from secretscan.readers.kubernetes.documents import Schema, documents
from secretscan.readers.kubernetes.objects import Object, objects
from secretscan.readers.kubernetes.places import KEYS, KINDS
from secretscan.readers.kubernetes.text import Run, Text
from secretscan.readers.kubernetes.view import view
from secretscan.readers.kubernetes.walk import Walk


def read(text: bytes, kind: str = "") -> Iterator[View | Silence | Object | tuple[Reason, str]]:
    """See secretscan.readers.kubernetes.views(). With a `kind`, every document is one object of that kind, whatever it says of itself."""
    silences: list[tuple[int, int, str]] = []
    budget = MAX_DECODED
    for document in documents(Text(text, [Run(0, 0, len(text), True)])):
        if isinstance(document, str):
            yield Reason.UNPARSED, document
        elif isinstance(document, Schema):
            silences.append((document.start, document.end, "a schema"))
        else:
            whole = Object(Identity("", kind, "", ""), document.node, document.text)
            for found in (whole,) if kind else objects(document.node, document.text):
                walk = Walk(KINDS, KEYS, budget=budget)
                walk.object(found.node, found.text, found.identity.kind)
                budget = walk.budget
                silences += walk.silences
                yield from dict.fromkeys(walk.notes)
                made = view(found.identity, walk.values, walk.names)
                if made is not None:
                    yield made
                yield found._replace(view=made)
    yield from _merged(silences)


def _merged(silences: list[tuple[int, int, str]]) -> Iterator[Silence]:
    """Sorted and disjoint: where two meet they are one."""
    silences.sort()
    held: tuple[int, int, str] | None = None
    for silence in silences:
        if held is not None and silence[0] <= held[1]:
            held = (held[0], max(held[1], silence[1]), held[2])
            continue
        if held is not None:
            yield Silence(*held)
        held = silence
    if held is not None:
        yield Silence(*held)
