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
from secretscan.shapes.dfa import encode_run

Candidates = list[tuple[int, int, int]]


def dfa(classes: bytes, rows: list[list[int]], steps: int = 100, beyond: int = 0) -> bytes:
    """As the contract lays it out: the head, the class of each byte, and rows of cells with the text's end last."""
    return steps.to_bytes(2, "little") + bytes([beyond]) + classes + b"".join(cell.to_bytes(2, "little") for row in rows for cell in row)


def class_of(members: bytes) -> bytes:
    """Class 1 for these bytes, 0 for all others."""
    return bytes(byte in members for byte in range(256))


def fold(data: bytes) -> bytes:
    return bytes(byte | 0x20 if 65 <= byte <= 90 else byte for byte in data)


def shannon(data: bytes) -> float:
    return -sum(n / len(data) * math.log2(n / len(data)) for n in Counter(data).values()) if data else 0.0


def accepts(encoded: bytes | None, side: bytes) -> bool:
    """The walk over the bytes of one side, the nearest first."""
    if encoded is None:
        return True
    steps, classes = int.from_bytes(encoded[:2], "little"), encoded[3:259]
    width = max(classes) + 2
    cells = [int.from_bytes(encoded[at : at + 2], "little") for at in range(259, len(encoded), 2)]
    row = 2
    for step in range(steps):
        row = cells[(row - 2) * width + (classes[side[step]] if step < len(side) else width - 1)]
        if row < 2:
            return row == 1
    return encoded[2] == 1


def naive(checks: list[Check], texts: list[bytes]) -> Candidates:
    found = []
    for item, text in enumerate(texts):
        for index, check in enumerate(checks):
            for start in range(len(text) - len(check.literal) + 1):
                piece = text[start : start + len(check.literal)]
                if (fold(piece) if check.caseless else piece) != check.literal:
                    continue
                if accepts(check.after, text[start + len(check.literal) :]) and accepts(check.before, text[:start][::-1]):
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
# A literal of one byte sends all to the automaton; without one the filter finds them.
LEAST = (1, 2, 3, 4, 5)
literal_sets = st.sampled_from(LEAST).flatmap(
    lambda least: st.lists(st.lists(letters, min_size=least, max_size=24).map(b"".join), min_size=1, max_size=30)
)


@st.composite
def dfas(draw: st.DrawFn) -> bytes | None:
    if draw(st.booleans()):
        return None
    classes = bytearray(256)
    for byte in b"aAbBkK_0\x00\xff[{@`":
        classes[byte] = draw(st.integers(0, 3))
    states = draw(st.integers(1, 5))
    ends = st.integers(0, 1)
    row = st.tuples(*[st.integers(0, states + 1)] * (max(classes) + 1), ends).map(list)
    rows = draw(st.lists(row, min_size=states, max_size=states))
    return dfa(bytes(classes), rows, draw(st.integers(0, 40)), draw(ends))


@st.composite
def checks(draw: st.DrawFn, least: int = 1) -> Check:
    literal = draw(st.lists(letters, min_size=least, max_size=24).map(b"".join))
    caseless = draw(st.booleans())
    return Check(fold(literal) if caseless else literal, caseless, draw(dfas()), draw(dfas()))


@given(literal_sets, st.lists(texts, max_size=8))
@settings(max_examples=500, deadline=None)
def test_exact_literals_are_found_where_pyahocorasick_finds_them(literals: list[bytes], batch: list[bytes]) -> None:
    scan = Matcher([Check(literal) for literal in literals]).scan(batch)
    expected = [(item, *hit) for item, text in enumerate(batch) for hit in by_ahocorasick(literals, text)]
    assert scan.candidates == sorted(expected)


@given(literal_sets, texts)
@settings(max_examples=400, deadline=None)
def test_caseless_literals_are_found_where_pyahocorasick_finds_them_in_folded_text(literals: list[bytes], text: bytes) -> None:
    folded = [fold(literal) for literal in literals]
    scan = Matcher([Check(literal, caseless=True) for literal in folded]).scan([text])
    assert scan.candidates == sorted((0, *hit) for hit in by_ahocorasick(folded, fold(text)))


@given(st.sampled_from(LEAST).flatmap(lambda least: st.lists(checks(least), max_size=12)), st.lists(texts, max_size=6))
@settings(max_examples=250, deadline=None)
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


@pytest.mark.parametrize("filtered", [True, False])
def test_literals_of_every_byte_value_are_found(filtered: bool) -> None:
    rng = random.Random(5)
    literals = [rng.randbytes(8) for _ in range(500)]
    never = Check(b"x", after=dfa(class_of(b""), [[0, 0]]))
    matcher = Matcher([*(Check(literal) for literal in literals), *([] if filtered else [never])])
    assert matcher.filtered == filtered
    text = b"".join(literals)
    assert matcher.scan([text]).candidates == [(0, index, 8 * index) for index in range(500)]


@pytest.mark.parametrize("length", [*range(1, 10), *range(60, 150), 4095, 4096, 4097, 4170, 8200])
def test_a_literal_is_found_at_either_end_of_a_text_of_any_length(length: int) -> None:
    literals = [b"ab", b"abc", b"abcd", b"abcdefghi"]
    texts_ = [b"." * (at) + literal + b"." * (length - at) for literal in literals for at in (0, length // 2, length)]
    assert Matcher([Check(literal) for literal in literals]).scan(texts_).candidates == naive(
        [Check(literal) for literal in literals], texts_
    )


def test_a_batch_of_many_small_texts_gives_each_its_own() -> None:
    batch = [b"x" * (number % 7) + b"key" * (number % 3) for number in range(5_000)]
    assert Matcher([Check(b"key")]).scan(batch).candidates == naive([Check(b"key")], batch)


def test_without_checks_there_is_nothing_to_find() -> None:
    scan = Matcher([]).scan([b"anything"])
    assert (scan.candidates, scan.scanned, scan.bytes) == ([], 1, 8)


def test_the_bytes_on_both_sides_are_walked_away_from_the_literal() -> None:
    ab = dfa(bytes(1 if byte == 97 else 2 if byte == 98 else 0 for byte in range(256)), [[0, 3, 0, 0], [0, 0, 1, 0]])
    text = b"ab=ab ba=ab ab=ba ba=ba =ab ba=a"
    assert Matcher([Check(b"=", after=ab)]).scan([text]).candidates == [(0, 0, 2), (0, 0, 8), (0, 0, 24)]
    assert Matcher([Check(b"=", before=ab)]).scan([text]).candidates == [(0, 0, 8), (0, 0, 20), (0, 0, 30)]
    assert Matcher([Check(b"=", before=ab, after=ab)]).scan([text]).candidates == [(0, 0, 8)]


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_walks_over_the_same_bytes_again_and_again_come_to_the_same(data: st.DataObject) -> None:
    """A walk may leap along an earlier one; here they are long, begin everywhere and end in all ways."""
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    classes = bytes(b"abc".find(byte) + 1 for byte in range(256))
    automata = []
    for _ in range(6):
        states = rng.randint(1, 12)
        rows = [[rng.randint(2, states + 1) if rng.random() < 0.97 else rng.randint(0, 1) for _ in range(4)] for _ in range(states)]
        automata.append(
            dfa(classes, [[*row, rng.randint(0, 1)] for row in rows], rng.choice([40, 100, 512, 600, 1_000]), rng.randint(0, 1))
        )
    block = bytes(rng.choice(b"abcx") for _ in range(rng.randint(1, 60)))
    text = bytearray(block * (2_000 // len(block)))
    for _ in range(rng.randint(0, 20)):
        text[rng.randrange(len(text))] = rng.choice(b"abcx")
    given_checks = [Check(bytes([byte]), after=after) for after in automata for byte in b"ax"]
    views = [memoryview(text)[at : at + rng.randint(0, 2_000)] for at in (0, 0, 700)]
    assert Matcher(given_checks).scan(views).candidates == naive(given_checks, [bytes(view) for view in views])


def test_the_texts_end_has_a_cell_of_its_own() -> None:
    at_end = dfa(class_of(b""), [[0, 1]])
    assert Matcher([Check(b"x", after=at_end), Check(b"x", before=at_end)]).scan([b"x x x"]).candidates == [(0, 0, 4), (0, 1, 0)]


@pytest.mark.parametrize("beyond", [0, 1])
def test_after_the_last_step_the_answer_is_given(beyond: int) -> None:
    never = dfa(class_of(b";"), [[2, 1, 0]], steps=5, beyond=beyond)
    scan = Matcher([Check(b"x", after=never)]).scan([b"x....;", b"x.....;", b"x....", b"x....."])
    assert [item for item, _, _ in scan.candidates] == [0, *([1, 3] if beyond else [])]


def test_a_text_over_the_cap_is_flagged_and_the_others_are_not() -> None:
    matcher = Matcher([Check(b"a")], candidate_cap=10)
    scan = matcher.scan([b"a" * 100_000, b"a" * 10, b"a" * 11])
    assert scan.flags == [(0, FLAG_FULL), (2, FLAG_FULL)]
    assert Counter(item for item, _, _ in scan.candidates) == {0: 12_500, 1: 10, 2: 10}


def test_a_long_text_may_have_a_candidate_to_every_eight_bytes() -> None:
    assert Matcher([Check(b"a")], candidate_cap=10).scan([b"a......." * 1000]).flags == []


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
        Check(b"x", after=b"short"),
        Check(b"x", after="text"),  # type: ignore[arg-type]
        Check(b"x", before=dfa(class_of(b""), [])),
        Check(b"x", before=dfa(class_of(b""), [[3, 0]])),
        Check(b"x", before=dfa(class_of(b""), [[2, 2]])),
        Check(b"x", before=dfa(class_of(b"a"), [[0, 1]])),
        Check(b"x", before=dfa(class_of(b""), [[0, 1]]) + b"\0"),
        Check(b"x", before=dfa(bytes(range(256)), [[0] * 257] * 255)),
        Check("text"),  # type: ignore[arg-type]
    ],
    ids=lambda check: repr(tuple(check))[:40],
)
def test_a_check_that_is_none_is_refused(check: Check) -> None:
    with pytest.raises(ValueError, match=r"literal|DFA|can read"):
        Matcher([Check(b"good"), check])


@given(st.binary(max_size=2_000))
@settings(deadline=None)
def test_entropy_is_shannons(data: bytes) -> None:
    assert _core.entropy(data) == pytest.approx(shannon(data), abs=1e-9)
    assert _core.entropy(bytearray(data)) == _core.entropy(memoryview(data)) == _core.entropy(data)


@given(st.lists(st.sampled_from([b"\n", b"a", b"\r"]), max_size=60).map(b"".join), st.integers(-70, 70), st.none() | st.integers(-70, 70))
def test_lines_are_counted_as_python_slices_do(data: bytes, start: int, end: int | None) -> None:
    piece = data[start:end]
    assert _core.count_lines(data, start, end) == (piece.count(b"\n"), len(piece) - piece.rfind(b"\n") - 1)


@given(st.lists(st.sampled_from(list(b"abxy")), max_size=60).map(bytes), st.integers(1, 9), st.integers(0, 25))
def test_a_run_behind_a_literal_is_found_wherever_it_may_begin(text: bytes, length: int, gap: int) -> None:
    matcher = Matcher([Check(b"LIT", after=encode_run(1 << ord("a") | 1 << ord("b"), length, gap))])
    found = bool(matcher.scan([b"LIT" + text]).candidates)
    stretches = [text[at : at + length] for at in range(gap + 1)]
    assert found == any(len(stretch) == length and not stretch.strip(b"ab") for stretch in stretches)


@pytest.mark.parametrize("filtered", [True, False])
def test_a_mark_is_told_at_least_once_in_every_text_that_holds_it(filtered: bool) -> None:
    mark = Check(b"kind", once=True)
    given_checks = [mark, Check(b"key")] if filtered else [mark, Check(b"key"), Check(b"\xfe")]
    matcher = Matcher(given_checks, candidate_cap=50 if filtered else 10_000)
    assert matcher.filtered == filtered
    texts_ = [b"kind " * 5_000 + b"key", b"none", b"a kind, a key"] * 3
    found = matcher.scan(texts_).candidates
    assert {item for item, check, _ in found if check == 0} == {0, 2, 3, 5, 6, 8}
    assert [(item, check) for item, check, _ in found if check == 1] == [(item, 1) for item in (0, 2, 3, 5, 6, 8)]
    assert not filtered or len(found) == 12
