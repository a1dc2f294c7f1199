"""Hostile and broken input: bounded in time and memory, told, and never in the way of the documents beside it."""

from __future__ import annotations

import gzip
import json
import time

import pytest
from manifests import b64, read

from secretscan.model import Reason

GOOD = b"apiVersion: v1\nkind: ConfigMap\ndata: {key: still-found}\n"
SECONDS = 10
"""Far above what any of these takes, far below what they take unbounded."""


def _laughs(width: int, levels: int) -> bytes:
    lines = ["apiVersion: v1", "kind: X", "l0: &l0 [lol-lol]"]
    lines += [f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * width)}]" for level in range(1, levels)]
    return "\n".join(lines).encode() + b"\n"


HOSTILE = {
    "billion laughs": _laughs(9, 9),
    "merge keys": b"apiVersion: v1\nkind: X\na0: &a0 {k: v}\n"
    + b"".join(b"a%d: &a%d {<<: [*a%d, *a%d]}\n" % (n, n, n - 1, n - 1) for n in range(1, 27)),
    "flow nesting": b"apiVersion: v1\nkind: X\na: " + b"[" * 200_000,
    "block nesting": b"apiVersion: v1\nkind: X\na:\n" + b"- " * 10_000 + b"x\n",
    "keys of keys": b"apiVersion: v1\nkind: X\n" + b"? " * 5_000 + b"x\n",
    "long key": b"apiVersion: v1\nkind: X\n" + b"k" * 37_000 + b": value-of-it\n",
    "python tags": b"apiVersion: v1\nkind: X\na: !!python/object/apply:os.system ['touch /tmp/no']\n",
    "undefined alias": b"apiVersion: v1\nkind: X\na: *nowhere\nb: value-after\n",
    "duplicate anchor": b"apiVersion: v1\nkind: X\na: &x one-value\nb: &x two-value\n",
    "NUL": b"apiVersion: v1\nkind: X\na: \0\n",
    "not UTF-8": b"apiVersion: v1\nkind: X\na: caf\xe9-value\n",
    "half a file": b'apiVersion: v1\nkind: X\na: "never clo',
    "JSON nesting": b'{"apiVersion":"v1","kind":"X","a":' + b"[" * 100_000,
    "JSON digits": b'{"apiVersion":"v1","kind":"X","a":' + b"1" * 1_000_000 + b"}",
    "JSON escapes": b'{"apiVersion":"v1","kind":"X","a":"' + b"\\" * 1_000_001 + b'"}',
    "quotes": b"apiVersion: v1\nkind: X\na: " + b"'" * 500_001,
    "templates": b"apiVersion: v1\nkind: X\na: " + b"{{ " * 100_000,
    "dashes": b"apiVersion: v1\nkind: X\n" + b"---x\n" * 100_000,
    "comments": b"apiVersion: v1\nkind: X\n" + b"# \n" * 200_000 + b"%\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_bounded_and_hide_nothing_behind_them(name: str) -> None:
    start = time.process_time()
    found = read(HOSTILE[name] + b"\n---\n" + GOOD)
    assert time.process_time() - start < SECONDS
    assert "key=still-found" in found.lines()


@pytest.mark.parametrize("name", ["flow nesting", "block nesting", "NUL", "half a file", "JSON nesting", "JSON escapes", "quotes"])
def test_what_was_not_parsed_is_said_without_its_bytes(name: str) -> None:
    found = read(HOSTILE[name] + b"\n---\n" + GOOD)
    assert [reason for reason, _ in found.notes] == [Reason.UNPARSED]
    assert found.notes[0][1].startswith("document 1: ") and len(found.notes[0][1]) < 200


def test_bytes_that_are_not_utf8_do_not_cost_the_document() -> None:
    shown = read(HOSTILE["not UTF-8"]).at("a")
    assert (shown.line_of_view, shown.exact) == ("a=caf\N{REPLACEMENT CHARACTER}-value", True)


def test_a_hundred_thousand_documents_end_at_the_cap_and_say_so() -> None:
    start = time.process_time()
    found = read(b"a: b\n---\n" * 100_000 + b"apiVersion: v1\nkind: X\n")
    assert time.process_time() - start < SECONDS
    assert found.notes == [(Reason.UNPARSED, "more than 10000 documents")]


def test_a_document_larger_than_is_parsed_is_said() -> None:
    found = read(b"apiVersion: v1\nkind: X\na: |\n" + b"  line\n" * 1_300_000 + b"---\n" + GOOD)
    assert found.notes == [(Reason.UNPARSED, "document 1 is larger than 8 MB")]
    assert found.lines() == ["key=still-found"]


def test_an_alias_is_never_expanded() -> None:
    found = read(_laughs(9, 9))
    assert [shown.pointer for shown in found.shown] == ["l0[0]"]


def test_a_bomb_in_a_release_stops_at_the_cap() -> None:
    bomb = gzip.compress(b"x" * (40 << 20))
    start = time.process_time()
    found = read(f"apiVersion: v1\nkind: Secret\ndata:\n  release: {b64(b64(bomb))}\n")
    assert time.process_time() - start < SECONDS
    assert (Reason.CAP, "a compressed value that inflates beyond 16 MB") in found.notes
    assert sum(map(len, found.views)) < 20 << 20


def test_a_corrupt_release_is_said() -> None:
    broken = gzip.compress(b"{}" * 1000)[:-20] + b"?" * 20
    found = read(f"apiVersion: v1\nkind: Secret\ndata:\n  release: {b64(b64(broken))}\n")
    assert [reason for reason, _ in found.notes] == [Reason.CORRUPT]


def test_objects_nested_without_end_stop() -> None:
    inner = json.dumps({"apiVersion": "v1", "kind": "X", "a": "innermost-value"})
    for _ in range(6):
        inner = json.dumps({"apiVersion": "v1", "kind": "X", "a": inner})
    found = read(inner.encode())
    assert (Reason.TOO_DEEP, "objects within objects") in found.notes


def test_more_base64_than_the_budget_is_said() -> None:
    value = b64("x" * (2 << 20))
    found = read(b"---\n".join(f"apiVersion: v1\nkind: Secret\ndata:\n  k: {value}\n".encode() for _ in range(9)))
    assert found.notes == [(Reason.CAP, "more than 16 MB in base64")]
    assert len(found.shown) == 9


def test_a_line_of_a_hundred_thousand_actions_is_bounded() -> None:
    start = time.process_time()
    read(b"apiVersion: v1\nkind: X\na: " + b"{{ x }}y" * 100_000 + b"\n---\n" + GOOD)
    read(b"apiVersion: v1\nkind: X\na: |\n" + b"  {{ x }}\n" * 100_000 + b"---\n" + GOOD)
    assert time.process_time() - start < SECONDS


def test_a_thousand_applied_objects_in_annotations_are_bounded() -> None:
    applied = json.dumps({"apiVersion": "v1", "kind": "X", "a": [f"value-{number}" for number in range(20)]})
    metadata = {"annotations": {f"annotation-{number}": applied for number in range(1000)}}
    start = time.process_time()
    found = read(json.dumps({"apiVersion": "v1", "kind": "X", "a": ["value-1"], "metadata": metadata}).encode())
    assert time.process_time() - start < SECONDS
    assert found.shown
