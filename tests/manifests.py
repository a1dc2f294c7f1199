"""What the Kubernetes reader makes of a text, said so that tests can compare it."""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from secretscan.model import Reason, Silence, View
from secretscan.readers.kubernetes import views
from secretscan.readers.kubernetes.objects import Object


class Shown(NamedTuple):
    """One stretch of a view: the line it is written on, and where it came from."""

    line_of_view: str
    text: str
    line: int
    column: int
    pointer: str
    decoded: tuple[str, ...]
    exact: bool


class Read(NamedTuple):
    shown: list[Shown]
    silences: list[str]
    notes: list[tuple[Reason, str]]
    facts: list[Mapping[str, object]]
    views: list[str]

    def at(self, pointer: str) -> Shown:
        """The only stretch at a pointer."""
        found = [shown for shown in self.shown if shown.pointer == pointer]
        assert len(found) == 1, (pointer, [shown.pointer for shown in self.shown])
        return found[0]

    def lines(self) -> list[str]:
        return [line for view in self.views for line in view.splitlines() if line]


def dedent(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


def b64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def read(text: str | bytes) -> Read:
    """Read a text, and check of every view what must hold for all: segments sorted, disjoint, and exact ones the source's own bytes."""
    raw = dedent(text).encode() if isinstance(text, str) else text
    result = Read([], [], [], [], [])
    spans = []
    for item in views(raw, None):
        if isinstance(item, View):
            result.views.append(item.text.decode(errors="replace"))
            assert not all(marker in item.text for marker in (b"apiVersion", b"kind"))
            at = 0
            for segment in item.segments:
                assert at <= segment.start <= segment.end <= len(item.text)
                at = segment.end
                assert 0 <= segment.source_start <= segment.source_end <= len(raw)
                if segment.exact:
                    assert raw[segment.source_start : segment.source_end] == item.text[segment.start : segment.end].replace(
                        b"apiversion", b"apiVersion"
                    )
                begin = item.text.rfind(b"\n", 0, segment.start) + 1
                end = item.text.find(b"\n", segment.start)
                facts = dict(segment.facts)
                decoded = facts.get("decoded") or ()
                assert isinstance(decoded, list | tuple)
                json.dumps(facts)
                result.facts.append(facts)
                result.shown.append(
                    Shown(
                        item.text[begin:end].decode(errors="replace"),
                        item.text[segment.start : segment.end].decode(errors="replace"),
                        raw.count(b"\n", 0, segment.source_start) + 1,
                        segment.source_start - raw.rfind(b"\n", 0, segment.source_start),
                        str(facts["pointer"]),
                        tuple(str(step) for step in decoded),
                        segment.exact,
                    )
                )
        elif isinstance(item, Silence):
            spans.append((item.start, item.end))
            result.silences.append(raw[item.start : item.end].decode(errors="replace"))
        elif not isinstance(item, Object):
            result.notes.append(item)
    assert spans == sorted(spans)
    assert all(before[1] < after[0] for before, after in pairwise(spans))
    return result
