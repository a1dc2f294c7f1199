"""Regexes run by the core, held to RE2."""

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from secretscan._core import Program
from secretscan.judge import confirm
from secretscan.rules import Rule, load_builtin
from secretscan.rules.matching import Pattern
from secretscan.shapes import encode_program

LETTERS = "abAB0_ .\n-"

atoms = st.sampled_from(
    [
        *"abAB0_-",
        r"\.",
        r"\w",
        r"\s",
        r"\d",
        "[ab]",
        "[^a]",
        "[a-bA]",
        ".",
        r"\b",
        r"\B",
        "^",
        "$",
        "(?m:^)",
        "(?m:$)",
        "(?i:a)",
        r"\A",
        r"\z",
        "(?s:.)",
    ]
)
repeats = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{0,3}", "{1,4}", "{2,}", "*?", "+?", "??", "{1,3}?", "{0,30}", "{0}"])


def _repeated(item: str, repeat: str) -> str:
    anchor = item in (r"\b", r"\B", "^", "$", "(?m:^)", "(?m:$)", r"\A", r"\z")
    return item if anchor else item + repeat


regexes = st.recursive(
    st.builds(_repeated, atoms, repeats),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda options: f"(?:{'|'.join(options)})"),
        st.builds(lambda item, repeat: f"({item}){repeat}", inner, repeats),
        st.builds(lambda item, repeat: f"(?:{item}){repeat}", inner, repeats),
    ),
    max_leaves=12,
)
texts = st.text(LETTERS, max_size=60).map(lambda text: text.encode("latin-1"))


def by_re2(regex: str, text: bytes, group: int = 0) -> list[tuple[int, int, int, int]]:
    rule = Rule("r", regex=Pattern(regex), secret_group=group)
    return [(*outer, *span) for outer, span in confirm(rule, text, [(0, len(text))])]


def by_core(regex: str, text: bytes, group: int = 0) -> list[tuple[int, int, int, int]] | None:
    encoded = encode_program(regex)
    return None if encoded is None else Program(encoded).confirm(text, list(range(len(text) + 1)), 0, len(text), group)


@given(regexes, texts)
@settings(max_examples=600, deadline=None)
@example("(a|ab)(c|bcd)?", b"abcd")
@example("(a*?)(b|$)", b"aab")
@example("((a)|b){2,3}", b"abab")
@example(r"(?:x?a{0,3}){2}\b", b"xaa aaa")
def test_matches_and_secrets_are_those_of_re2(regex: str, text: bytes) -> None:
    try:
        expected = by_re2(regex, text)
    except ValueError:
        assume(False)
    found = by_core(regex, text)
    assert found is None or found == expected


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_match_begins_no_farther_than_allowed_before_a_place(data: st.DataObject) -> None:
    text = data.draw(texts)
    places = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=4)))
    before, after = data.draw(st.integers(0, 9)), data.draw(st.integers(0, 20))
    encoded = encode_program("[ab]+0?")
    assert encoded is not None
    found = Program(encoded).confirm(text, places, before, after, 0)
    assert found is not None
    for start, end, *_ in found:
        assert any(place - before <= start <= place for place in places)
        assert any(end <= place + after for place in places)


def test_nearly_every_built_in_regex_has_a_program() -> None:
    rules = [rule for rule in load_builtin().rules if rule.regex is not None]
    without = [rule.id for rule in rules if encode_program(rule.regex.source if rule.regex else "") is None]
    assert len(without) <= len(rules) // 50, without


@pytest.mark.parametrize("regex", ["(?:a?)*", r"\p{Greek}", "[[:nonsense:]]", "(", "(?:a|b*)+c", r"(?i:[\xc0-\xd0])"])
def test_what_cannot_be_said_exactly_is_left_to_re2(regex: str) -> None:
    assert encode_program(regex) is None


def test_a_search_without_end_is_given_up() -> None:
    encoded = encode_program(r"(?:a{1,200}b?){1,60}c")
    assert encoded is not None
    assert Program(encoded).confirm(b"a" * 200_000, [0, 190_000], 0, 200_000, 0) is None


@pytest.mark.parametrize("cut", [0, 1, 40, 47, 48, 60, -1])
def test_bytes_that_are_no_program_are_refused(cut: int) -> None:
    encoded = encode_program("(ab|c)+d{2,5}")
    assert encoded is not None
    with pytest.raises(ValueError, match="not what the core can read"):
        Program(encoded[:cut])


@given(st.integers(0, 400), st.integers(0, 255))
@settings(max_examples=400, deadline=None)
def test_a_changed_program_is_refused_or_ends(at: int, value: int) -> None:
    encoded = bytearray(encode_program("(ab|c)+d{2,5}x*?y") or b"")
    encoded[at % len(encoded)] = value
    try:
        program = Program(bytes(encoded))
    except ValueError:
        return
    program.confirm(b"abcabddddxyab", list(range(14)), 0, 14, 0)


def test_a_group_that_is_not_there_is_an_error() -> None:
    encoded = encode_program("(a)")
    assert encoded is not None
    with pytest.raises(ValueError, match="no such group"):
        Program(encoded).confirm(b"a", [0], 0, 1, 2)
