"""The labelled corpus of generic credentials, held to figures that only a person may lower."""

from __future__ import annotations

from benchmarks.corpus import cases, found


def test_generic_credentials_are_found_in_most_contexts_and_near_misses_hardly_ever() -> None:
    wanted = [case for number, case in enumerate(cases()) if number % 7 == 0]
    hits = found(wanted)
    good = [number for number, case in enumerate(wanted) if case.good]
    bad = [number for number, case in enumerate(wanted) if not case.good]
    assert len(hits.intersection(good)) >= 0.97 * len(good)
    assert len(hits.intersection(bad)) <= 0.005 * len(bad)
