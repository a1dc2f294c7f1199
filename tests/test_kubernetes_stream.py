"""Long streams of manifests are cut where every object stays whole, and their parts know where they stand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from manifests import read

from secretscan.model import PIECE
from secretscan.readers.kubernetes import MARKERS
from secretscan.readers.kubernetes.stream import split

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"


def _objects(number: int, size: int) -> list[dict[str, object]]:
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{index}"}, "data": {"key": "x" * size, "braces": '}{][" \\'}}
        for index in range(number)
    ]


def _yaml(item: dict[str, object]) -> str:
    lines = [f"{key}: {json.dumps(value)}\n" for key, value in item.items() if key != "data"]
    data = item["data"]
    assert isinstance(data, dict)
    return "".join(lines) + "data:\n" + "".join(f"  {key}: {json.dumps(value)}\n" for key, value in data.items())


def _chunks(text: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(text), size):
        yield text[start : start + size]


def _long(form: str) -> bytes:
    objects = _objects(60, 100_000)
    if form == "documents":
        return "---\n".join(map(_yaml, objects)).encode()
    if form == "yaml list":
        items = "".join("- " + _yaml(item).replace("\n", "\n  ").removesuffix("  ") for item in objects)
        return f'apiVersion: v1\nitems:\n{items}kind: List\nmetadata:\n  resourceVersion: ""\n---\n{_yaml(objects[0])}'.encode()
    return json.dumps({"apiVersion": "v1", "items": objects, "kind": "List"}, indent=4 if form == "json list" else None).encode()


@pytest.mark.parametrize("form", ["documents", "yaml list", "json list", "compact json list"])
@pytest.mark.parametrize("chunk", [4096, 1 << 20])
def test_long_streams_are_cut_where_every_object_stays_whole(form: str, chunk: int) -> None:
    text = _long(form)
    assert len(text) > PIECE
    units = list(split(b"-", _chunks(text, chunk), None))
    assert len(units) > 4 and max(len(bytes(unit.content)) for unit in units) < PIECE  # type: ignore[arg-type]
    assert b"".join(bytes(unit.content) for unit in units) == text  # type: ignore[arg-type]
    seen = []
    at = 0
    for unit in units:
        content = bytes(unit.content)  # type: ignore[arg-type]
        assert (unit.start, unit.last) == (0, True)
        assert (unit.line, unit.column) == (text.count(b"\n", 0, at) + 1, at - text.rfind(b"\n", 0, at))
        at += len(content)
        if not all(marker in content for marker in MARKERS):
            continue
        found = read(content)
        assert not found.notes
        seen += [facts["name"] for facts in found.facts if facts["pointer"] == "data.key"]
    wanted = [f"c{index}" for index in range(60)]
    assert seen == ([*wanted, "c0"] if form == "yaml list" else wanted)


def test_a_document_too_long_to_parse_comes_in_pieces_and_the_next_is_whole_again() -> None:
    long = OBJECT + "data:\n  key: |\n" + "    some line of a file\n" * 500_000
    text = f"{long}---\n{OBJECT}data: {{key: after-it}}\n".encode()
    units = list(split(b"-", _chunks(text, 1 << 20), None))
    pieces = [unit for unit in units if not (unit.start == 0 and unit.last)]
    assert len(pieces) > 2 and pieces[-1].last and len({unit.id for unit in pieces}) == 1
    for unit in pieces:
        content = bytes(unit.content)  # type: ignore[arg-type]
        assert text[unit.start : unit.start + len(content)] == content
        assert unit.line == text.count(b"\n", 0, unit.start) + 1
    assert bytes(units[-1].content).endswith(b"after-it}\n") and units[-1].start == 0  # type: ignore[arg-type]
    assert re.search(rb"^---\n", bytes(units[-1].content))  # type: ignore[arg-type]
