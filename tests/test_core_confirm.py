"""Candidates confirmed within the core: the same matches as a program finds by itself, and nothing that was refused before."""

import threading
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretscan._core import Check, Matcher, Program, Refusals
from secretscan.shapes import encode_program

KEY = Check(b"key=")
REGEX = r"(?:my)?key=([a-z]{2,4})(?:;|$)"
texts = st.lists(
    st.lists(st.sampled_from([b"key=", b"mykey=", b"ab", b"abc", b"abcdef", b";", b" "]), max_size=12).map(b"".join), max_size=5
)


def program(regex: str) -> Program:
    encoded = encode_program(regex)
    assert encoded is not None
    return Program(encoded)


def equipped(refusals: Refusals | None = None) -> Matcher:
    matcher = Matcher([KEY, Check(b"plain")], owners=[(0, 0), (3, 0)], refusals=refusals)
    matcher.equip(0, program(REGEX), 2, 12, 0)
    return matcher


@given(texts)
def test_the_core_tells_what_the_program_confirms_around_the_candidates(batch: list[bytes]) -> None:
    alone = program(REGEX)
    places = {
        item: [offset for _, _, offset in found]
        for item, found in groupby(Matcher([KEY]).scan(batch).candidates, key=lambda found: found[0])
    }
    expected = [
        (item, 0, *found)
        for item, offsets in places.items()
        for found in alone.confirm(batch[item], offsets, 2, 12, 0) or []
        if found[2] < found[3]
    ]
    scan = equipped().scan(batch)
    assert scan.matches == expected
    assert scan.candidates == []


def test_candidates_of_others_are_told_beside_matches() -> None:
    scan = equipped().scan([b"plain key=abc; plain", b"nothing", b"key=abc"])
    assert scan.candidates == [(0, 1, 0), (0, 1, 15)]
    assert scan.matches == [(0, 0, 6, 14, 10, 13), (2, 0, 0, 7, 4, 7)]


def test_an_owner_without_a_program_keeps_its_candidates() -> None:
    matcher = Matcher([KEY], owners=[(0, 0)])
    assert matcher.scan([b"key=1"]).candidates == [(0, 0, 0)]
    matcher.equip(0, program(REGEX), 2, 12, 0)
    assert matcher.scan([b"key=1"]).candidates == []


def test_what_takes_the_program_too_long_is_told_as_it_is() -> None:
    matcher = Matcher([Check(b"key=")], owners=[(0, 0)])
    matcher.equip(0, program("key=" + "(?:[a-z]{1,9}[a-z]{1,9}){1,40}" * 4 + "!"), 0, 60_000, 0)
    scan = matcher.scan([b"key=" + b"a" * 50_000])
    assert scan.candidates == [(0, 0, 0)]
    assert scan.matches == []


def test_parts_are_told_only_where_all_stand_in_one_text() -> None:
    matcher = Matcher([Check(b"first"), Check(b"second"), Check(b"2nd")], owners=[(0, 0), (0, 1), (0, 1)])
    scan = matcher.scan([b"first", b"second", b"2nd first", b"first second"])
    assert scan.candidates == [(2, 0, 4), (2, 2, 0), (3, 0, 0), (3, 1, 6)]


def test_files_are_kept_only_for_what_was_confirmed(tmp_path) -> None:
    for name, content in (("match", b"key=abc"), ("candidate", b"key=1"), ("part", b"first")):
        (tmp_path / name).write_bytes(content)
    matcher = Matcher([KEY, Check(b"first"), Check(b"second")], owners=[(0, 0), (1, 0), (1, 1)])
    matcher.equip(0, program(REGEX), 2, 12, 0)
    scan = matcher.scan_files([bytes(tmp_path / name) for name in ("candidate", "match", "part")], 1 << 20)
    assert [found[0] for found in scan.matches] == [1]
    assert scan.content(1) == b"key=abc"
    for item in (0, 2):
        with pytest.raises(LookupError):
            scan.content(item)


def test_a_refused_match_is_not_told_again() -> None:
    refusals = Refusals()
    matcher = equipped(refusals)
    text = b"key=abc;"
    assert matcher.scan([text]).matches
    refusals.add(0, text, 4)
    assert refusals.holds(0, text, 4)
    assert not matcher.scan([text]).matches
    assert matcher.scan([b"key=abd;"]).matches
    assert not any(
        [refusals.holds(1, text, 4), refusals.holds(0, text, 5), refusals.holds(0, text + b"\0", 4), refusals.holds(0, text[:-1], 4)]
    )


def test_refusals_beyond_the_most_are_forgotten_and_none_is_made_up() -> None:
    refusals = Refusals()
    for number in range(70_000):
        refusals.add(7, b"%d" % number, 0)
    held = [refusals.holds(7, b"%d" % number, 0) for number in range(70_000)]
    assert held == [number >= 1 << 16 for number in range(70_000)]
    assert not any(refusals.holds(7, b"x%d" % number, 0) for number in range(70_000))


def test_threads_may_ask_while_one_adds() -> None:
    refusals = Refusals()
    matcher = equipped(refusals)
    batch = [b"key=%s;" % bytes((97 + number % 26, 97 + number // 26)) for number in range(676)]
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.extend(len(matcher.scan(batch).matches) for _ in range(50)))
    thread.start()
    for text in batch:
        refusals.add(0, text, 4)
    thread.join()
    assert seen == sorted(seen, reverse=True)
    assert not matcher.scan(batch).matches


@pytest.mark.parametrize(
    ("owners", "message"),
    [
        ([(0, 0)], "each check has an owner"),
        ([(0, 0), (0, 64)], "64 parts"),
        ([(-1, 0), (0, 0)], "each check"),
        ([(1, 0), (0, 0)], "ascend"),
    ],
)
def test_owners_that_make_no_sense_are_refused(owners: list[tuple[int, int]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Matcher([KEY, KEY], owners=owners)


def test_only_an_owner_that_is_there_is_equipped_with_a_group_that_is_there() -> None:
    matcher = Matcher([KEY], owners=[(0, 0)])
    with pytest.raises(ValueError, match="no such owner"):
        matcher.equip(1, program(REGEX), 0, 0, 0)
    with pytest.raises(ValueError, match="no such group"):
        matcher.equip(0, program(REGEX), 0, 0, 2)
