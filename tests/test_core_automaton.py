"""The automaton and its shape checks against two oracles: pyahocorasick, and a Python that says the contract in the plainest way."""

import math
import random
from collections import Counter

import ahocorasick
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secretscan import _core
from secretscan._core import FLAG_FULL, Check, Matcher

EVERYTHING = bytes([255] * 32)
Candidates = list[tuple[int, int, int]]


def bitmap(members: bytes) -> bytes:
    bits = bytearray(32)
    for byte in members:
        bits[byte >> 3] |= 1 << (byte & 7)
    return bytes(bits)


def has(bits: bytes, byte: int) -> bool:
    return bool(bits[byte >> 3] >> (byte & 7) & 1)


def fold(data: bytes) -> bytes:
    return bytes(byte | 0x20 if 65 <= byte <= 90 else byte for byte in data)


def shannon(data: bytes) -> float:
    return -sum(n / len(data) * math.log2(n / len(data)) for n in Counter(data).values()) if data else 0.0


def run_follows(check: Check, text: bytes, end: int) -> bool:
    """Some run of enough bytes begins at the literal's end, or after a byte outside the run, at most `gap` bytes on."""
    assert check.run is not None
    for begin in range(end, min(end + check.gap, len(text) - 1) + 1):
        if begin > end and has(check.run, text[begin - 1]):
            continue
        stop = begin
        while stop < len(text) and has(check.run, text[stop]):
            stop += 1
        if stop - begin >= check.run_min and (check.entropy == 0 or shannon(text[begin:stop][:256]) >= check.entropy - 1e-9):
            return True
    return False


def naive(checks: list[Check], texts: list[bytes]) -> Candidates:
    found = []
    for item, text in enumerate(texts):
        for index, check in enumerate(checks):
            for start in range(len(text) - len(check.literal) + 1):
                piece = text[start : start + len(check.literal)]
                if (fold(piece) if check.caseless else piece) != check.literal:
                    continue
                if check.left is not None and start > 0 and not has(check.left, text[start - 1]):
                    continue
                if check.run is None or run_follows(check, text, start + len(check.literal)):
                    found.append((item, index, start))
    return found


def by_ahocorasick(literals: list[bytes], text: bytes) -> set[tuple[int, int]]:
    """pyahocorasick's wheel matches str, so bytes go in as latin-1; one word has one value, so repeats are told apart here."""
    automaton = ahocorasick.Automaton()
    for word in set(literals):
        automaton.add_word(word.decode("latin-1"), word)
    automaton.make_automaton()
    found = set()
    for last, word in automaton.iter(text.decode("latin-1")):
        found |= {(index, last + 1 - len(word)) for index, literal in enumerate(literals) if literal == word}
    return found


# Few letters make overlaps, suffixes and repeats likely; a few odd bytes reach the class map's edges.
letters = st.sampled_from(b"aAbBkK_0\x00\xff[{@`").map(lambda byte: bytes([byte]))
words = st.lists(letters, min_size=1, max_size=24).map(b"".join)
texts = st.lists(letters, max_size=400).map(b"".join)
bitmaps = st.one_of(st.none(), st.lists(letters, max_size=6).map(lambda members: bitmap(b"".join(members))), st.just(EVERYTHING))


@st.composite
def checks(draw: st.DrawFn) -> Check:
    literal = draw(words)
    caseless = draw(st.booleans())
    run = draw(bitmaps)
    if run is None:
        return Check(fold(literal) if caseless else literal, caseless, draw(bitmaps))
    return Check(
        fold(literal) if caseless else literal,
        caseless,
        draw(bitmaps),
        run,
        draw(st.integers(1, 12)),
        draw(st.integers(0, 40)),
        draw(st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0])),
    )


@given(st.lists(words, min_size=1, max_size=30), st.lists(texts, max_size=8))
@settings(max_examples=300, deadline=None)
def test_exact_literals_are_found_where_pyahocorasick_finds_them(literals: list[bytes], batch: list[bytes]) -> None:
    scan = Matcher([Check(literal) for literal in literals]).scan(batch)
    expected = [(item, *hit) for item, text in enumerate(batch) for hit in by_ahocorasick(literals, text)]
    assert scan.candidates == sorted(expected)


@given(st.lists(words, min_size=1, max_size=30), texts)
@settings(max_examples=200, deadline=None)
def test_caseless_literals_are_found_where_pyahocorasick_finds_them_in_folded_text(literals: list[bytes], text: bytes) -> None:
    folded = [fold(literal) for literal in literals]
    scan = Matcher([Check(literal, caseless=True) for literal in folded]).scan([text])
    assert scan.candidates == sorted((0, *hit) for hit in by_ahocorasick(folded, fold(text)))


@given(st.lists(checks(), max_size=12), st.lists(texts, max_size=6))
@settings(max_examples=300, deadline=None)
def test_checks_hold_exactly_where_the_contract_says(given_checks: list[Check], batch: list[bytes]) -> None:
    assert Matcher(given_checks).scan(batch).candidates == naive(given_checks, batch)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_literals_across_stretches_of_a_long_text_are_found_once(data: st.DataObject) -> None:
    """Cursors divide a text between them; long literals, long texts and every place of the border are tried."""
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    literal = bytes(rng.choice(b"abAB") for _ in range(data.draw(st.integers(1, 255))))
    text = bytearray(rng.choice(b"cd") for _ in range(data.draw(st.integers(4_000, 150_000))))
    for _ in range(40):
        at = rng.randrange(max(1, len(text) - len(literal)))
        text[at : at + len(literal)] = literal
    given_checks = [Check(literal), Check(fold(literal), caseless=True), Check(literal[:3]), Check(b"cdcd")]
    found = Matcher(given_checks, candidate_cap=10**6).scan([bytes(text)]).candidates
    expected = []
    for index, check in enumerate(given_checks):
        haystack = fold(text) if check.caseless else bytes(text)
        at = haystack.find(check.literal)
        while at >= 0:
            expected.append((0, index, at))
            at = haystack.find(check.literal, at + 1)
    assert found == expected


def test_literals_of_every_byte_value_need_every_class() -> None:
    rng = random.Random(5)
    literals = [rng.randbytes(8) for _ in range(500)]
    matcher = Matcher([Check(literal) for literal in literals])
    assert matcher.classes == 256 - 26 + 1
    text = b"".join(literals)
    assert matcher.scan([text]).candidates == [(0, index, 8 * index) for index in range(500)]


def test_a_batch_of_many_small_texts_gives_each_its_own() -> None:
    batch = [b"x" * (number % 7) + b"key" * (number % 3) for number in range(5_000)]
    assert Matcher([Check(b"key")]).scan(batch).candidates == naive([Check(b"key")], batch)


def test_without_checks_there_is_nothing_to_find() -> None:
    scan = Matcher([]).scan([b"anything"])
    assert (scan.candidates, scan.scanned, scan.bytes) == ([], 1, 8)


def test_a_second_run_within_the_gap_may_have_the_entropy_the_first_lacks() -> None:
    run = bitmap(b"abcdefghijklmnop")
    check = Check(b"key=", run=run, run_min=8, gap=20, entropy=2.5)
    matcher = Matcher([check])
    assert matcher.scan([b"key=aaaaaaaa abcdefgh"]).candidates == [(0, 0, 0)]
    assert matcher.scan([b"key=aaaaaaaa aaaaaaaa"]).candidates == []
    assert matcher.scan([b"key=aaaaaaaa" + b" " * 12 + b"abcdefgh"]).candidates == [(0, 0, 0)]
    assert matcher.scan([b"key=aaaaaaaa" + b" " * 13 + b"abcdefgh"]).candidates == []


def test_entropy_is_measured_over_the_first_256_bytes_of_a_run() -> None:
    matcher = Matcher([Check(b"k=", run=bitmap(b"ab"), run_min=4, entropy=0.9)])
    assert matcher.scan([b"k=" + b"a" * 256 + b"ab" * 200, b"k=" + b"ab" * 128 + b"a" * 500]).candidates == [(1, 0, 0)]


def test_a_run_on_its_entropy_floor_passes() -> None:
    for width in range(1, 33):
        run = bytes(range(65, 65 + width)) * 3
        matcher = Matcher([Check(b"\0", run=bitmap(run), run_min=1, entropy=_core.entropy(run))])
        assert matcher.scan([b"\0" + run]).candidates == [(0, 0, 0)]


def test_a_text_over_the_cap_is_flagged_and_the_others_are_not() -> None:
    matcher = Matcher([Check(b"a")], candidate_cap=10)
    scan = matcher.scan([b"a" * 100_000, b"a" * 10, b"a" * 11])
    assert scan.flags == [(0, FLAG_FULL), (2, FLAG_FULL)]
    assert Counter(item for item, _, _ in scan.candidates) == {0: 10, 1: 10, 2: 10}


def test_candidates_of_a_whole_batch_are_bounded() -> None:
    scan = Matcher([Check(b"a")] * 20, candidate_cap=10**9).scan([b"a" * 100_000] * 2)
    assert len(scan.candidates) == 1 << 20
    assert scan.flags == [(0, FLAG_FULL), (1, FLAG_FULL)]


@pytest.mark.parametrize(
    "check",
    [
        Check(b""),
        Check(b"x" * 256),
        Check(b"Key", caseless=True),
        Check(b"x", left=b"short"),
        Check(b"x", run=bytes(31), run_min=1),
        Check(b"x", run=bytes(32)),
        Check(b"x", run_min=3),
        Check(b"x", gap=3),
        Check(b"x", entropy=1.0),
        Check(b"x", run=bytes(32), run_min=1, entropy=math.nan),
        Check(b"x", run=bytes(32), run_min=1, entropy=-1.0),
        Check("text"),  # type: ignore[arg-type]
    ],
    ids=lambda check: repr(tuple(check))[:40],
)
def test_a_check_that_is_none_is_refused(check: Check) -> None:
    with pytest.raises(ValueError, match=r"literal|bitmap|run|entropy"):
        Matcher([Check(b"good"), check])


def test_numbers_that_do_not_fit_are_refused() -> None:
    for check in (Check(b"x", run=bytes(32), run_min=1 << 40), Check(b"x", run=bytes(32), run_min=1, gap=-1)):
        with pytest.raises((OverflowError, ValueError)):
            Matcher([check])


@given(st.binary(max_size=2_000))
@settings(deadline=None)
def test_entropy_is_shannons(data: bytes) -> None:
    assert _core.entropy(data) == pytest.approx(shannon(data), abs=1e-9)
    assert _core.entropy(bytearray(data)) == _core.entropy(memoryview(data)) == _core.entropy(data)


@given(st.lists(st.sampled_from([b"\n", b"a", b"\r"]), max_size=60).map(b"".join), st.integers(-70, 70), st.none() | st.integers(-70, 70))
def test_lines_are_counted_as_python_slices_do(data: bytes, start: int, end: int | None) -> None:
    piece = data[start:end]
    assert _core.count_lines(data, start, end) == (piece.count(b"\n"), len(piece) - piece.rfind(b"\n") - 1)
