"""Rules at work: patterns, allowlists, selection, the digest and the compiled form."""

from __future__ import annotations

import copy
import pickle
import threading
from pathlib import Path

import pytest

from secretscan.errors import RuleError
from secretscan.rules import Allowlist, Pattern, Rule, RuleSet, Words, load_builtin, read_packs
from secretscan.rules.compiled import dump, key, load_compiled, outline
from secretscan.rules.load import load_packs
from secretscan.rules.model import PREFIXES, SHAPES

ONE = "[[rules]]\nid = 'one'\nregex = 'one_[a-z]{8}'\nkeywords = ['One_']\n"


def test_the_secret_is_the_named_group_else_the_first_that_took_part_else_the_match() -> None:
    def secret(regex: str, text: bytes, group: int = 0) -> bytes:
        rule = Rule("x", regex=Pattern(regex), secret_group=group)
        match = rule.search(text)
        return bytes(match.group(rule.group_of(match)))

    assert secret("a(b)(c)", b"abc", 2) == b"c"
    assert secret("a(b)(c)", b"abc") == b"b"
    assert secret("a(?:x(b)|y(c))", b"ayc") == b"c"
    assert secret("a(b*)c", b"ac") == b"ac"
    assert secret("abc", b"abc") == b"abc"


def test_searching_within_bounds_still_sees_the_text_around_them() -> None:
    rule = Rule("x", regex=Pattern(r"\bkey$"))
    assert rule.search(b"a_key", 2) is None
    assert rule.search(b"a key!", 2, 5) is None
    assert rule.search(b"a key", 2, 5).span() == (2, 5)
    assert [match.span() for match in Pattern("k").finditer(b"kkkk", 1, 3)] == [(1, 2), (2, 3)]


def test_regexes_mean_bytes() -> None:
    assert Pattern("é").found_in("é".encode())
    assert Pattern(r"\xff\x00").found_in(b"\xff\x00")
    assert Pattern("(?i)ÄB").found_in("Äb".encode())


def test_a_pattern_is_compiled_at_first_use_by_any_thread_and_pickles() -> None:
    pattern = Pattern("a+b")
    assert pattern._compiled is None
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(pattern.found_in(b"xaab"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8
    assert pickle.loads(pickle.dumps(pattern)) == copy.deepcopy(pattern) == pattern
    with pytest.raises(ValueError, match="missing"):
        Pattern("(").compiled  # noqa: B018


def test_rules_pickle_whole() -> None:
    rules = load_builtin()
    rules.rules[0].search(b"compile me")
    again = pickle.loads(pickle.dumps(rules))
    assert again == rules
    assert again.digest == rules.digest


@pytest.mark.parametrize("number", [3, 300])
def test_stop_words_are_found_inside_the_secret_in_any_case(number: int) -> None:
    words = Words([f"Word{index}x" for index in range(number)])
    assert words.found_in(b"--wORD2X--")
    assert not words.found_in(b"--word2--")
    assert Words(["ÄPFEL"]).found_in("xÄpFeLx".encode())
    assert not Words([""])
    assert pickle.loads(pickle.dumps(words)) == words


@pytest.mark.parametrize(
    ("given", "verdict", "place"),
    [
        ({"stopwords": Words(["stop"])}, True, None),
        ({"stopwords": Words(["go"])}, False, None),
        ({"regexes": (Pattern("^the-stop$"),)}, True, None),
        ({"regexes": (Pattern("key="),)}, False, None),
        ({"regexes": (Pattern("key="),), "regex_target": "match"}, True, None),
        ({"regexes": (Pattern("# fine"),), "regex_target": "match"}, False, None),
        ({"regexes": (Pattern("# fine"),), "regex_target": "line"}, True, None),
        ({"paths": (Pattern("^test/"),)}, None, True),
        ({"paths": (Pattern("^src/"),)}, None, False),
        ({"commits": frozenset({"abc"})}, None, True),
        ({"commits": frozenset({"abd"})}, None, False),
        ({"stopwords": Words(["stop"]), "paths": (Pattern("^src/"),)}, True, None),
        ({"stopwords": Words(["go"]), "paths": (Pattern("^test/"),)}, None, True),
        ({"paths": (Pattern("^src/"),), "commits": frozenset({"abc"})}, None, True),
        ({"match_all": True, "stopwords": Words(["stop"]), "regexes": (Pattern("the"),)}, True, None),
        ({"match_all": True, "stopwords": Words(["stop"]), "regexes": (Pattern("xyz"),)}, False, None),
        ({"match_all": True, "stopwords": Words(["go"]), "regexes": (Pattern("the"),)}, False, None),
        ({"match_all": True, "stopwords": Words(["stop"]), "paths": (Pattern("^test/"),)}, None, True),
        ({"match_all": True, "stopwords": Words(["stop"]), "paths": (Pattern("^src/"),)}, None, False),
        ({"match_all": True, "stopwords": Words(["go"]), "paths": (Pattern("^test/"),)}, False, None),
        ({"match_all": True, "paths": (Pattern("^test/"),), "commits": frozenset({"abd"})}, None, False),
        ({"match_all": True, "paths": (Pattern("^test/"),), "commits": frozenset({"abc"})}, None, True),
    ],
)
def test_an_allowlist_decides_by_content_what_it_can_and_leaves_the_rest_to_the_place(
    given: dict[str, object], verdict: bool | None, place: bool | None
) -> None:
    allowlist = Allowlist(**given)  # type: ignore[arg-type]
    assert allowlist.content_verdict(b"the-stop", b"key=the-stop", b"key=the-stop # fine") is verdict
    if verdict is None:
        assert allowlist.allows_place(b"test/a", "ABC") is place
        assert not allowlist.allows_place(b"test/a" if not allowlist.paths else b"elsewhere", "")


@pytest.fixture
def few() -> RuleSet:
    return load_packs(
        [
            ("fruit.toml", b"[[rules]]\nid = 'apple'\nregex = 'a'\ntags = ['red']\n[[rules]]\nid = 'pear'\nregex = 'p'\nsilent = true\n"),
            (
                "tools.toml",
                b"[[rules]]\nid = 'saw'\nregex = 's'\ntags = ['red']\n[[rules.required]]\nid = 'pear'\n"
                b"[[pairs]]\nid = 'still-life'\nparts = [['apple', 'saw'], 'pear']\n",
            ),
        ]
    )


@pytest.mark.parametrize(
    ("enable", "disable", "reported", "silent", "pairs"),
    [
        ((), (), "apple saw", "pear", 1),
        (("apple",), (), "apple", "", 0),
        (("red",), (), "apple saw", "pear", 0),
        (("fruit",), (), "apple", "pear", 0),
        (("tools",), (), "saw", "apple pear", 1),
        (("still-life",), (), "", "apple saw pear", 1),
        (("saw",), (), "saw", "pear", 0),
        ((), ("apple",), "saw", "pear", 1),
        ((), ("pear",), "apple saw", "pear", 0),
        ((), ("still-life",), "apple saw", "pear", 0),
        (("red",), ("saw",), "apple", "", 0),
    ],
)
def test_rules_are_selected_by_id_family_and_tag(
    few: RuleSet, enable: tuple[str, ...], disable: tuple[str, ...], reported: str, silent: str, pairs: int
) -> None:
    chosen = few.select(enable, disable)
    assert {rule.id for rule in chosen.rules if not rule.silent} == set(reported.split())
    assert {rule.id for rule in chosen.rules if rule.silent} == set(silent.split())
    assert len(chosen.pairs) == pairs


def test_a_disabled_half_leaves_a_pair_to_the_others(few: RuleSet) -> None:
    assert few.select((), ("apple",)).pairs[0].parts == (("saw",), ("pear",))


def test_unknown_names_and_empty_choices_are_errors(few: RuleSet) -> None:
    with pytest.raises(RuleError, match=r"^no rule, family or tag is called 'aple'; did you mean 'apple'\?$"):
        few.select(("aple",))
    with pytest.raises(RuleError, match="no rule is left"):
        few.select(("apple",), ("fruit",))


def test_the_digest_is_of_what_decides_and_of_nothing_else() -> None:
    def digest(pack: str, name: str = "a.toml") -> str:
        return load_packs([(name, pack.encode())]).digest

    two = "[[rules]]\nid = 'two'\nregex = 'two'\n"
    base = digest(ONE + two)
    assert base == digest(two + ONE) == digest("title = 'x'\n" + ONE + two)
    assert base == digest(ONE + "examples = ['a']\n" + two)
    assert (
        len({base, digest(ONE), digest(ONE + "entropy = 1\n" + two), digest(ONE + "severity = 'low'\n" + two), digest(ONE + two, "b.toml")})
        == 5
    )
    assert int(base, 16)


def test_the_compiled_form_is_the_same_rules_with_their_shapes() -> None:
    packs = read_packs()
    rules = load_packs(packs)
    data = dump(rules, key(packs))
    shapes = [rule.shape for rule in rules.rules]
    prefixes = [rule.public_prefix for rule in rules.rules]
    SHAPES.clear()
    PREFIXES.clear()
    again = load_compiled(data, key(packs))
    assert again == rules
    assert (len(SHAPES), len(PREFIXES)) == (
        len({(rule.regex, rule.keywords, rule.near) for rule in rules.rules} | {rule.path for rule in rules.rules if rule.path}),
        len({*PREFIXES}),
    )
    assert again is not None
    assert [rule.shape for rule in again.rules] == shapes
    assert [rule.public_prefix for rule in again.rules] == prefixes
    assert again.digest == rules.digest
    bare = load_compiled(data, key(packs), examples=False)
    assert bare is not None and bare.digest == rules.digest
    assert bare.rules == tuple(rule._replace(examples=(), counterexamples=()) for rule in rules.rules)


def test_an_installation_knows_its_compiled_form_by_the_sizes_of_its_packs(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(ONE)
    packs = read_packs(str(tmp_path))
    data = dump(load_packs(packs), key(packs), outline(str(tmp_path)))
    assert load_compiled(data, outline(str(tmp_path))) == load_compiled(data, key(packs)) == load_packs(packs)
    (tmp_path / "a.toml").write_text(ONE + "\n")
    assert load_compiled(data, outline(str(tmp_path))) is None
    (tmp_path / "a.toml").rename(tmp_path / "b.toml")
    assert load_compiled(data, outline(str(tmp_path))) is None


def test_a_compiled_form_of_other_packs_or_a_broken_one_is_passed_over() -> None:
    packs = [("a.toml", ONE.encode())]
    data = dump(load_packs(packs), key(packs))
    assert load_compiled(data, key(packs)) is not None
    assert load_compiled(data, key([("a.toml", ONE.encode() + b"\n")])) is None
    assert load_compiled(data, key([("b.toml", ONE.encode())])) is None
    for broken in (b"", b"x", data[: len(data) // 2], b"i\x01\x00\x00\x00"):
        assert load_compiled(broken, key(packs)) is None
