"""Shapes: never stronger than the regex they come from, and worth their while."""

from __future__ import annotations

import random

import pytest
import re2
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from secretscan.model import REACH
from secretscan.rules import load_builtin
from secretscan.shapes import UNBOUNDED, Check, Shape, analyse, public_prefix
from secretscan.shapes.syntax import Unreadable, parse
from secretscan.shapes.tree import Alt, Bytes, Cat, Group, Look, Node, Repeat

thorough = settings(
    max_examples=300, deadline=None, database=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


def compiled(regex: str) -> re2._Regexp:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    return re2.compile(regex.encode(), options)


def accepts(dfa: bytes | None, side: bytes) -> bool:
    """What the core's walk over the bytes of one side, the nearest first, comes to."""
    if dfa is None:
        return True
    steps, classes = int.from_bytes(dfa[:2], "little"), dfa[3:259]
    width = max(classes) + 2
    cells = memoryview(dfa[259:]).cast("H")
    row = 2
    for byte in [*side[:steps], -1][:steps]:
        row = cells[(row - 2) * width + (classes[byte] if byte >= 0 else width - 1)]
        if row < 2:
            return row == 1
    return bool(dfa[2])


def passes(check: Check, text: bytes, at: int) -> bool:
    """What the core verifies, in plain Python."""
    end = at + len(check.literal)
    here = text[at:end].lower() if check.caseless else text[at:end]
    return here == check.literal and accepts(check.after, text[end:]) and accepts(check.before, text[:at][::-1])


def finds(shape: Shape, text: bytes, start: int, end: int) -> bool:
    """Whether the shape leads to the match."""
    if shape.whole_text:
        return not shape.checks or any(passes(check, text, at) for check in shape.checks for at in range(len(text)))
    before = REACH if shape.before == UNBOUNDED else shape.before
    after = REACH if shape.after == UNBOUNDED else shape.after
    return any(
        at - before <= start and end <= at + after and at + len(check.literal) <= end and passes(check, text, at)
        for check in shape.checks
        for at in range(start, end)
    )


def sample(node: Node, rng: random.Random) -> bytes:
    """A random text that the node matches, its assertions left aside."""
    if isinstance(node, Bytes):
        if not node.alphabet:
            raise LookupError("matches nothing")
        return bytes([rng.choice([byte for byte in range(256) if node.alphabet >> byte & 1])])
    if isinstance(node, Look):
        return b""
    if isinstance(node, Cat):
        return b"".join(sample(item, rng) for item in node.items)
    if isinstance(node, Alt):
        return sample(rng.choice(node.options), rng)
    if isinstance(node, Group):
        return sample(node.item, rng)
    assert isinstance(node, Repeat)
    most = node.least + 3 if node.most is None else node.most
    return b"".join(sample(node.item, rng) for _ in range(rng.randint(node.least, most)))


words = st.sampled_from(
    ["key", "ghp_", "AKIA", "Token", "sk-", "x", "a", "://", "--", "=", "_", "\\.", "\\x41", "\\Qa.b\\E", "é", "k", "1"]
)
classes = st.sampled_from(
    [
        "[a-z]",
        "[A-Z2-7]",
        "\\w",
        "\\d",
        "\\s",
        "[^a-z]",
        "[\\w.-]",
        ".",
        "[[:alnum:]_]",
        "[^[:space:]]",
        "[ab]",
        "[aA]",
        "\\S",
        "[^\\n]",
        "\\pL",
    ]
)
places = st.sampled_from(["\\b", "^", "$", "\\B", "(?:^|[^a-z])", "(?:\\b|_)", "(?:$|=)", "\\A", "(?m:^)"])
counts = st.sampled_from(["?", "*", "+", "{3}", "{0,4}", "{2,5}", "{1,}", "*?", "+?", "{1,2}?"])


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, min_size=2, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=4).map(lambda options: f"(?:{'|'.join(options)})"),
        st.tuples(inner, counts).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        inner.map(lambda body: f"({body})"),
        inner.map(lambda body: f"(?P<name>{body})"),
        inner.map(lambda body: f"(?i:{body})"),
        inner.map(lambda body: f"(?i){body}"),
        inner.map(lambda body: f"(?-i:{body})"),
        inner.map(lambda body: f"(?s){body}"),
    )


regexes = st.recursive(st.one_of(words, words, classes, places), compound, max_leaves=12)


@thorough
@given(regexes, st.randoms(use_true_random=False))
def test_parser_accepts_what_re2_accepts_and_its_tree_makes_matches(regex: str, rng: random.Random) -> None:
    try:
        pattern = compiled(regex)
    except re2.error:
        assume(False)
    tree, groups = parse(regex)
    assert groups == pattern.groups
    if any(sign in regex for sign in ("\\b", "\\B", "^", "$", "\\A", "é")):
        return
    made = sample(tree, rng)
    assert tree.low <= len(made) <= tree.high
    assert pattern.fullmatch(made), (regex, made)


@thorough
@given(regexes, st.randoms(use_true_random=False), st.binary(max_size=6), st.sampled_from([b"", b" ", b"\n", b"a", b"_", b"="]))
def test_shape_leads_to_every_match(regex: str, rng: random.Random, before: bytes, after: bytes) -> None:
    try:
        pattern = compiled(regex)
    except re2.error:
        assume(False)
    tree, _ = parse(regex)
    shape = analyse(regex)
    filler = bytes(rng.choice(b"ab_ =-.\nAKZ") for _ in range(rng.randint(0, 5)))
    text = before + sample(tree, rng) + after + filler + sample(tree, rng)
    for start in range(len(text) + 1):
        match = pattern.search(text, start)
        if match is None:
            break
        assert finds(shape, text, *match.span()), (regex, text, match.span(), shape)


@thorough
@given(regexes, st.randoms(use_true_random=False), st.sampled_from(["key", "token", "AKIA", "a"]))
def test_shape_with_a_keyword_leads_to_every_match_in_a_text_that_holds_it(regex: str, rng: random.Random, keyword: str) -> None:
    try:
        pattern = compiled(regex)
    except re2.error:
        assume(False)
    tree, _ = parse(regex)
    shape = analyse(regex, [keyword])
    text = sample(tree, rng) + rng.choice([b"", b" ", b"=a"])
    if not shape.whole_text:
        match = pattern.search(text)
        assert match is None or keyword.lower().encode() in match.group().lower()
    text += b" " + keyword.upper().encode()
    match = pattern.search(text)
    assert match is None or finds(shape, text, *match.span()), (regex, text, shape)


@pytest.mark.parametrize(
    "char_class",
    [
        "[a-f0-9]",
        "[^a-f]",
        "\\w",
        "\\W",
        "[\\w.-]",
        "[]a]",
        "[^]a]",
        "[a-]",
        "[--a]",
        "[a\\]b]",
        "[[:alnum:]]",
        "[[:^alpha:]x]",
        "[[:word:]-]",
        "[[:punct:]]",
        "\\pL",
        "\\PL",
        "\\p{Lu}",
        "\\p{^Lu}",
        "[^\\pL]",
        "[^\\PL]",
        "\\p{Nd}",
        "\\pP",
        "\\x60",
        "[\\x{41}-\\x{43}]",
        "\\052",
        "\\_",
        "[\\-a]",
        ".",
        "(?s).",
        "\\C",
        "(?i)k",
        "(?i)[a-f]",
        "(?i)[^a-f]",
        "(?i)[[:upper:]]",
        "(?i)\\x41",
        "(?i-i:k)",
        "(?i)(?-i)k",
        "\\Q[\\E",
        "[[=a=]",
        "\\t",
        "[\\a\\f\\v]",
        "[^\\S\\n]",
        "[a-c[:digit:]\\s]",
        "\\-",
        "\\{",
        "{",
        "[[.x]",
        "(?i)[^[:^lower:]]",
        "(?i)\\p{Lu}",
    ],
)
def test_a_class_means_the_same_bytes_as_in_re2(char_class: str) -> None:
    pattern = compiled(char_class)
    tree, _ = parse(char_class)
    assert isinstance(tree, Bytes)
    for byte in range(256):
        ours, theirs = bool(tree.alphabet >> byte & 1), pattern.fullmatch(bytes([byte])) is not None
        assert ours == theirs or (ours and byte >= 0x80 and "(?i)" in char_class), (char_class, byte)


@pytest.mark.parametrize(
    "regex", ["(", "a)", "[a", "a**", "\\8", "(?=a)", "a{1001}", "\\x{100}", "[[:what:]]", "(" * 500 + ")" * 500, "[b-a]", "\\"]
)
def test_what_the_parser_cannot_read_falls_back_to_keywords(regex: str) -> None:
    with pytest.raises(Unreadable):
        parse(regex)
    shape = analyse(regex, ["Word"])
    assert shape == Shape((Check(b"word", caseless=True),), UNBOUNDED, UNBOUNDED, True)


def only(shape: Shape) -> Check:
    assert len(shape.checks) == 1
    return shape.checks[0]


def test_prefix_and_body_become_literal_and_what_follows_it() -> None:
    shape = analyse("ghp_[0-9A-Za-z]{36}", ["ghp_"])
    assert (shape.before, shape.after, shape.whole_text) == (0, 40, False)
    check = only(shape)
    assert (check.literal, check.caseless, check.before) == (b"ghp_", False, None)
    assert accepts(check.after, b"aZ9" * 12)
    assert not accepts(check.after, b"aZ9" * 11 + b"a_9")
    assert not accepts(check.after, b"aZ9" * 11 + b"aZ")


def test_alternatives_become_literals_and_boundaries_are_held_on_both_sides() -> None:
    shape = analyse(r"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b", ["AKIA", "ASIA", "ABIA", "ACCA"])
    assert [check.literal for check in shape.checks] == [b"AKIA", b"ASIA", b"ABIA", b"ACCA"]
    for check in shape.checks:
        for byte in range(256):
            word = chr(byte) in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
            assert accepts(check.before, bytes([byte])) != word
            assert accepts(check.after, b"A" * 16 + bytes([byte])) != word
        assert accepts(check.before, b"")
        assert accepts(check.after, b"A" * 16)
    assert (shape.before, shape.after) == (0, 20)


def test_keyword_assignment_and_value_must_all_stand_there() -> None:
    shape = analyse(
        r"""(?i)[\w.-]{0,50}?(?:adafruit)(?:[ \t\w.-]{0,20})['"\s]{0,3}[=:>]{1,3}['"\s=]{0,5}([a-z0-9_-]{32})(?:['"\s;]|$)""", ["adafruit"]
    )
    check = only(shape)
    assert (check.literal, check.caseless) == (b"adafruit", True)
    value = b"A0-_" * 8
    assert accepts(check.after, b"_io Key' := \"" + value + b'"')
    assert accepts(check.after, b"=" + value)
    assert not accepts(check.after, b" " + value + b'"')
    assert not accepts(check.after, b"=" + value + b"&")
    assert not accepts(check.after, b"=" + value[1:] + b'"')
    assert (shape.before, shape.after) == (50, len("adafruit") + 31 + 32 + 1)


def test_a_bounded_match_is_not_looked_for_farther() -> None:
    check = only(analyse("the_prefix[^;]{0,30}suffix_"))
    assert accepts(check.after, b"x" * 30 + b"suffix_")
    assert not accepts(check.after, b"x" * 100 + b"suffix_")


def test_what_is_too_far_away_to_look_at_passes() -> None:
    check = only(analyse("a_prefix[a-z]*;end"))
    assert not accepts(check.after, b"x" * 100 + b";en_")
    assert accepts(check.after, b"x" * 1000)


def test_an_automaton_that_would_be_too_large_is_cut_and_still_leads_to_every_match() -> None:
    check = only(analyse(r"name(?:[^a-z]{1,16}[a-z_]{3,9}){0,2}[\W_]{1,16}([a-z_\-]{40})(?:[^\w\-]|$)"))
    assert check.after is not None
    assert len(check.after) < 1 << 17
    assert accepts(check.after, b" = string" + b"- " + b"a-_b" * 10)
    assert not accepts(check.after, b"(self)")


def test_a_longer_reach_than_is_looked_is_unbounded() -> None:
    assert analyse(r"-----BEGIN[\s\S]+?-----END").after == UNBOUNDED
    assert analyse(r"[a-z]*\.secret_suffix").before == UNBOUNDED
    assert analyse(r"prefix(?:[a-z]{1000}){17}").after == UNBOUNDED
    assert analyse(r"prefix(?:[a-z]{1000}){16}").after == 6 + 16_000


def test_a_suffix_is_found_with_what_stands_before_it() -> None:
    shape = analyse(r"\b[0-9a-z]{32}\.apps\.example\.com")
    check = only(shape)
    assert (check.literal, check.after) == (b".apps.example.com", None)
    assert accepts(check.before, b"a1" * 16)
    assert accepts(check.before, b"a1" * 16 + b"-a")
    assert not accepts(check.before, b"a1" * 15 + b"a-")
    assert not accepts(check.before, b"a1" * 16 + b"a")
    assert (shape.before, shape.after) == (32, 17)


def test_a_rule_without_literal_is_led_by_its_keywords_over_the_whole_text() -> None:
    shape = analyse(r"\b[0-9a-f]{32}\b", ["Looker", "other"])
    assert shape == Shape((Check(b"looker", caseless=True), Check(b"other", caseless=True)), UNBOUNDED, UNBOUNDED, True)
    assert analyse(r"\b[0-9a-f]{32}\b") == Shape((), UNBOUNDED, UNBOUNDED, True)


def test_a_keyword_that_the_regex_does_not_imply_must_stand_in_the_text() -> None:
    shape = analyse(r"tok_[a-z]{20}", ["acme"])
    assert shape.whole_text
    assert only(shape).literal == b"acme"
    assert not analyse(r"tok_[a-z]{20}(?:acme|ACME)", ["acme"]).whole_text
    assert not analyse(r"(?:acme_tok|other)_[a-z]{20}", ["acme", "other"]).whole_text
    assert analyse(r"(?:acme_tok|other)_[a-z]{20}", ["acme"]).whole_text


def test_near_looks_around_the_keywords_only() -> None:
    assert analyse(r"[a-z]{40}", ["AWS"], 100) == Shape((Check(b"aws", caseless=True),), 100, 100, False)
    with pytest.raises(ValueError, match="near needs keywords"):
        analyse("[a-z]{40}", [], 100)


def test_an_endless_literal_is_cut_and_its_rest_looked_for_behind_it() -> None:
    shape = analyse("a" * 300 + "[0-9]{20}")
    check = only(shape)
    assert len(check.literal) <= 255
    text = b"a" * 300 + b"7" * 20
    assert finds(shape, text, 0, len(text))


@pytest.mark.parametrize(
    ("regex", "group", "length"),
    [
        ("ghp_[0-9A-Za-z]{36}", 0, 4),
        (r"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b", 0, 4),
        (r"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b", 1, 4),
        ("xox[bp]-[0-9]{10}", 0, 5),
        ("(?:ghp_[a-z]{36}|github_pat_[a-z]{80})", 0, 4),
        ("sk_(?:live|test)_[a-z]{24}", 0, 8),
        ("(?i)ghp_[a-z0-9]{36}", 0, 0),
        ("key=([a-z]{20})", 0, 0),
        ("key=(sk-[a-z]{20})", 0, 3),
        ("key=(sk-[a-z]{20})", 7, 0),
        ("(?:a=(sk-[a-z]{20})|b=(x[a-z]{20}))", 0, 1),
        ("(?:a=(sk-[a-z]{20})|b=(x[a-z]{20}))", 2, 1),
        ("[0-9]{10}:AA[a-z]{33}", 0, 0),
        ("[01]{40}", 0, 1),
        ("correct horse battery", 0, 0),
        ("(?:known-one|ghp_[a-z]{36})", 0, 0),
        ("[", 0, 0),
    ],
)
def test_public_prefix_is_what_every_secret_of_a_rule_begins_with(regex: str, group: int, length: int) -> None:
    assert public_prefix(regex, group) == length


@thorough
@given(regexes, st.randoms(use_true_random=False))
def test_public_prefix_is_one_of_few(regex: str, rng: random.Random) -> None:
    try:
        pattern = compiled(f"(?:{regex})")
        tree, groups = parse(regex)
    except (re2.error, Unreadable):
        assume(False)
    length = public_prefix(regex)
    if groups or not length:
        return
    seen = {match.group()[:length] for _ in range(20) if (match := pattern.search(sample(tree, rng))) is not None}
    assert all(len(prefix) == length for prefix in seen)


def test_the_shapes_of_the_built_in_rules_lead_to_texts_made_from_their_regexes() -> None:
    """Random regexes are small; these are what people write, with automata that had to be cut."""
    rng = random.Random(7)
    for rule in load_builtin().rules:
        if rule.regex is None or rule.shape.whole_text or rule.near is not None:
            continue
        tree, _ = parse(rule.regex.source)
        for _ in range(12):
            text = rng.choice([b"", b" ", b"\n", b"x = "]) + sample(tree, rng) + rng.choice([b"", b"\n", b'"', b" and", b"7"])
            match = rule.regex.search(text)
            if match is not None:
                assert finds(rule.shape, text, *match.span()), (rule.id, text)
