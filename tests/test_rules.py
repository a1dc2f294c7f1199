"""Rules: what users write, what we understand of it, and what we say of what we do not."""

from __future__ import annotations

import copy
import os
import pickle
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from secretscan.errors import RuleError
from secretscan.model import Confidence, Severity
from secretscan.packcheck import check_pack
from secretscan.rules import Allowlist, Pattern, Rule, RuleSet, Words, load_builtin, load_config, read_packs
from secretscan.rules.compiled import dump, key, load_compiled
from secretscan.rules.load import load_packs
from secretscan.rules.model import PREFIXES, SHAPES

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "rules.toml") -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


ONE = "[[rules]]\nid = 'one'\nregex = 'one_[a-z]{8}'\nkeywords = ['One_']\n"


def test_a_configuration_in_the_gitleaks_schema_loads_unchanged(write: Write) -> None:
    rules = load_config(
        write(
            r"""
title = "ours"
minVersion = "v8.25.0"

[[rules]]
id = "acme"
description = "ACME token"
regex = '''(?i)acme[_-]?key\s*=\s*["']?(acme_[a-z0-9]{20})'''
secretGroup = 1
entropy = 3
path = '''\.env$'''
keywords = ["ACME_", "acme"]
tags = ["vendor", "acme"]

[[rules.allowlists]]
description = "tests"
condition = "AND"
regexTarget = "line"
regexes = ['''fake''']
paths = ['''^tests/''']

[[rules.allowlists]]
commits = ["ABCDEF"]
stopwords = ["Example"]

[[rules.required]]
id = "other"
withinLines = 3

[[rules]]
id = "other"
regex = "other_[0-9]{4}"
skipReport = true
[rules.allowlist]
stopwords = ["1234"]

[[rules]]
id = "keystore"
path = '''\.jks$'''

[allowlist]
paths = ['''vendor/''']

[[allowlists]]
targetRules = ["acme"]
regexes = ["nothing"]
"""
        )
    )
    assert [rule.id for rule in rules.rules] == ["acme", "other", "keystore"]
    acme, other, keystore = rules.rules
    assert (acme.secret_group, acme.entropy, acme.tags, acme.keywords) == (1, 3.0, ("vendor", "acme"), ("acme_", "acme"))
    assert acme.path_matches(b"a/.env")
    assert not acme.path_matches(b"a/env.txt")
    assert acme.allowlists[0] == Allowlist("tests", True, (Pattern("fake"),), "line", paths=(Pattern("^tests/"),))
    assert acme.allowlists[1].commits == {"abcdef"}
    assert (acme.required[0].id, acme.required[0].within_lines, acme.required[0].within_columns) == ("other", 3, None)
    assert other.silent
    assert other.allowlists[0].stopwords == Words(["1234"])
    assert keystore.regex is None
    assert [allowlist.target_rules for allowlist in rules.allowlists] == [(), ("acme",)]
    assert (acme.severity, acme.confidence, acme.family) == (Severity.MEDIUM, Confidence.MEDIUM, "custom")


def test_our_own_keys_are_read_beside_the_schema(write: Write) -> None:
    rules = load_config(
        write(
            ONE
            + "severity = 'critical'\nconfidence = 'HIGH'\nlabel = 'half'\nsilent = true\nnear = 40\nfamily = 'f'\nreferences = 'unread'\n"
            + "[[rules]]\nid = 'two'\nregex = 'two_[a-z]{8}'\n"
            + "[[pairs]]\nid = 'both'\nparts = ['one', ['two', 'one']]\nwithinLines = 3\n"
        )
    )
    one = rules.by_id["one"]
    assert (one.severity, one.confidence, one.label, one.silent, one.near) == (Severity.CRITICAL, Confidence.HIGH, "half", True, 40)
    assert one.references == ("unread",)
    assert rules.pairs[0].parts == (("one",), ("two", "one"))
    assert rules.pairs[0].within_lines == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = ", "FILE: is not TOML: Invalid value (at end of document)"),
        ("[[rules]]\nregex = 'a'", "FILE: rule number 1: id: is missing"),
        ("[[rules]]\nid = 'x'", "FILE: rule x: has neither regex nor path"),
        ("[[rules]]\nid = 'x'\nregex = 'a(b'", "FILE: rule x: regex: missing ): a(b"),
        ("[[rules]]\nid = 'x'\nregex = '(?=a)'", "FILE: rule x: regex: invalid perl operator: (?="),
        ("[[rules]]\nid = 'x'\npath = '['", "FILE: rule x: path: missing ]: ["),
        ("[[rules]]\nid = 'x'\nregex = 'a'\n[[rules.allowlists]]\npaths = ['[']", "FILE: rule x: paths: missing ]: ["),
        ("[[rules]]\nid = 'x'\nregex = 'a'\n[[rules.allowlists]]\ncondition = 'XOR'", "FILE: rule x: condition: must be OR or AND"),
        (
            "[[rules]]\nid = 'x'\nregex = 'a'\n[[rules.allowlists]]\nregexTarget = 'file'\nregexes = ['a']",
            "FILE: rule x: regexTarget: must be one of secret, match, line",
        ),
        ("[[rules]]\nid = 'x'\nregex = 1", "FILE: rule x: regex: must be a string"),
        ("[[rules]]\nid = 'x'\nregex = 'a'\nkeywords = 'a'", "FILE: rule x: keywords: must be a list of strings"),
        ("[[rules]]\nid = 'x'\nregex = 'a'\nentropy = '3'", "FILE: rule x: entropy: must be a number from 0 to 8"),
        ("[[rules]]\nid = 'x'\nregex = 'a'\nsecretGroup = true", "FILE: rule x: secretGroup: must be a whole number, 0 or more"),
        ("[[rules]]\nid = 'x'\nregex = '(a)'\nsecretGroup = 2", "FILE: rule x: secretGroup: is 2, but the regex has 1 groups"),
        ("[[rules]]\nid = 'x'\nregex = 'a'\nseverity = 'bad'", "FILE: rule x: severity: must be one of info, low, medium, high, critical"),
        ("[[rules]]\nid = 'x'\nregex = 'a'\nskipReport = 1", "FILE: rule x: skipReport: must be true or false"),
        ("[[rules]]\nid = 'x'\nregex = 'a'\nnear = 9", "FILE: rule x: near: needs keywords, and must be more than 0"),
        ("[[rules]]\nid = 'x'\nregex = 'a'\n[[rules.required]]\nwithinLines = 1", "FILE: rule x: required: id: is missing"),
        ("rules = 3", "FILE: rules: must be a table or a list of tables"),
        (ONE + ONE, "FILE: rule one: id: is there twice"),
        (ONE + "[[pairs]]\nid = 'p'\nparts = ['one']", "FILE: pair p: parts: must be a list of two rule ids, or of two lists of them"),
        (ONE + "[[pairs]]\nid = 'p'\nparts = ['one', 'gone']", "FILE: pair p: parts: there is no rule gone"),
        ("extend = 1", "FILE: extend: must be a table"),
        ("[extend]\nurl = 'https://example.com/rules'", "FILE: [extend]: url: nothing is fetched; save the file and name it as path"),
        ("[extend]\nuseDefault = true\npath = 'a'", "FILE: [extend]: useDefault and path exclude each other"),
        ("[extend]\npath = 'is-not-there.toml'", "is-not-there.toml: cannot be read: No such file or directory"),
        ("title = 'empty'", "FILE: has no rules; to refine the built-in ones, add useDefault = true under [extend]"),
        ('[[rules]]\nid = "a\\u001b[2Jb"', "FILE: rule a\\x1b[2Jb: has neither regex nor path"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_file_rule_and_key(write: Write, text: str, said: str) -> None:
    path = write(text)
    with pytest.raises(RuleError) as raised:
        load_config(path)
    assert str(raised.value) == said.replace("FILE", path)


def test_files_that_cannot_be_a_configuration_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "latin").write_bytes(b"title = '\xe9'")
    (tmp_path / "deep").write_text("a = " + "[" * 100_000)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(50_000_001)
    (tmp_path / "device").symlink_to("/dev/zero")
    for name, said in [
        ("fifo", "is not a regular file"),
        ("device", "is not a regular file"),
        (".", "is not a regular file"),
        ("latin", "is not UTF-8 (byte 9)"),
        ("deep", "is not TOML: nested too deep"),
        ("large", "is larger than 50 MB"),
        ("gone", "cannot be read: No such file or directory"),
        ("nul\0", "cannot be read: embedded null byte"),
    ]:
        with pytest.raises(RuleError) as raised:
            load_config(str(tmp_path / name))
        assert said in str(raised.value)
        assert "\n" not in str(raised.value)


def test_a_byte_order_mark_and_crlf_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes(b"\xef\xbb\xbf" + ONE.replace("\n", "\r\n").encode())
    assert load_config(str(path)).by_id["one"].keywords == ("one_",)


def test_what_is_not_understood_is_told_and_has_no_effect(write: Write) -> None:
    path = write(
        "prefilter = 'x'\n" + ONE + "filter = 'entropy(secret) > 3'\nvalidate = {}\n[rules.allowlist]\nnote = 'x'\nstopwords = ['a']\n"
    )
    rules = load_config(path)
    assert len(rules.rules) == 1
    assert rules.notices[:4] == (
        f"{path}: prefilter: is not understood and has no effect",
        f"{path}: rule one: filter: is not understood and has no effect",
        f"{path}: rule one: validate: is not understood and has no effect",
        f"{path}: rule one: note: is not understood and has no effect",
    )


def test_dropping_all_built_in_rules_is_told(write: Write) -> None:
    path = write(ONE)
    assert load_config(path).notices == (
        f"{path}: does not extend the built-in rules ([extend] useDefault = true), so only its own 1 rule applies",
    )
    assert load_config(write("[extend]\nuseDefault = true\n" + ONE)).notices == ()


def test_an_extending_file_overrides_attributes_and_adds_to_lists(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        "[[rules]]\nid = 'a'\ndescription = 'old'\nregex = 'a_(\\w)(\\w)'\nsecretGroup = 2\nentropy = 2\n"
        "keywords = ['a_']\ntags = ['t']\nchecksum = 'jwt'\n"
        "[[rules.allowlists]]\nstopwords = ['x']\n[[rules]]\nid = 'b'\nregex = 'b'\n"
        "[[rules]]\nid = 'c'\nregex = 'c'\n[allowlist]\npaths = ['p']\n",
        "base.toml",
    )
    path = write(
        "[extend]\npath = 'base.toml'\ndisabledRules = ['b', 'unknown']\n[[rules]]\nid = 'a'\ndescription = 'new'\n"
        "keywords = ['A_', 'z_']\n[[rules.allowlists]]\nstopwords = ['y']\n[[rules]]\nid = 'd'\nregex = 'd'\n"
        "[[rules]]\nid = 'refined-elsewhere'\nentropy = 3\n[[allowlists]]\npaths = ['q']\n"
    )
    monkeypatch.chdir(tmp_path)
    rules = load_config(path)
    assert [rule.id for rule in rules.rules] == ["a", "c", "d"]
    a = rules.by_id["a"]
    assert (a.description, a.regex, a.entropy, a.secret_group, a.checksum) == ("new", Pattern("a_(\\w)(\\w)"), 2.0, 2, "jwt")
    assert (a.keywords, a.tags) == (("a_", "z_"), ("t",))
    assert [allowlist.stopwords.words for allowlist in a.allowlists] == [("x",), ("y",)]
    assert [allowlist.paths[0].source for allowlist in rules.allowlists] == ["p", "q"]
    assert rules.notices[:2] == (
        f"{path}: [extend]: disabledRules: there is no rule unknown",
        f"{path}: rule refined-elsewhere: refines a rule that is not among those it extends, so it has no effect",
    )
    changed = load_config(write("[extend]\npath = 'base.toml'\n[[rules]]\nid = 'a'\nregex = 'a-\\w+'\n", "changed.toml")).by_id["a"]
    assert (changed.secret_group, changed.checksum, changed.entropy) == (0, "", 2.0)


def test_an_extended_path_is_found_from_the_working_directory_then_beside_the_file(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    write("[[rules]]\nid = 'beside'\nregex = 'x'\n", "there/base.toml")
    path = write("[extend]\npath = 'base.toml'\n", "there/top.toml")
    monkeypatch.chdir(tmp_path / "here")
    assert [rule.id for rule in load_config(path).rules] == ["beside"]
    write("[[rules]]\nid = 'working'\nregex = 'x'\n", "here/base.toml")
    assert [rule.id for rule in load_config(path).rules] == ["working"]


def test_files_that_extend_each_other_are_refused(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("[extend]\npath = 'b.toml'\n", "a.toml")
    write("[extend]\npath = './a.toml'\n", "b.toml")
    with pytest.raises(RuleError, match="extends a file that extends it"):
        load_config("a.toml")
    write("[extend]\npath = 'self.toml'\n", "self.toml")
    with pytest.raises(RuleError, match=r"^self.toml: extends itself$"):
        load_config("self.toml")
    for number in range(12):
        write(f"[extend]\npath = '{number + 1}.toml'\n", f"{number}.toml")
    write(ONE, "12.toml")
    with pytest.raises(RuleError, match="chain of more than 8 files"):
        load_config("0.toml")
    assert [rule.id for rule in load_config("7.toml").rules] == ["one"]


def test_the_built_in_rules_can_be_extended_and_one_disabled(write: Write) -> None:
    builtin = load_builtin()
    gone = builtin.rules[0].id
    rules = load_config(write(f"[extend]\nuseDefault = true\ndisabledRules = ['{gone}']\n" + ONE))
    assert set(rules.by_id) == set(builtin.by_id) - {gone} | {"one"}
    assert all(gone not in side for pair in rules.pairs for side in pair.parts)


def test_references_to_rules_that_are_not_there_are_told(write: Write) -> None:
    path = write(ONE + "[[rules.required]]\nid = 'gone'\n[[allowlists]]\ntargetRules = ['gone']\nstopwords = ['a']\n")
    assert load_config(path).notices[:2] == (
        f"{path}: rule one: required: there is no rule gone, so it never reports",
        f"{path}: [[allowlists]]: targetRules: there is no rule gone",
    )


def test_an_allowlist_that_allows_nothing_is_told(write: Write) -> None:
    path = write(ONE + "[allowlist]\ndescription = 'empty'\n")
    rules = load_config(path)
    assert rules.allowlists == ()
    assert rules.notices[0] == f"{path}: [[allowlists]]: allowlist: gives nothing to allow, so it has no effect"


@pytest.mark.parametrize(
    ("pack", "said"),
    [
        (ONE + "colour = 'red'\n", "a.toml: rule one: colour: unknown key"),
        ("colour = 'red'\n" + ONE, "a.toml: colour: unknown key"),
        (ONE + "[[rules.allowlists]]\nnote = 'x'\n", "a.toml: rule one: note: unknown key"),
        (
            ONE + "[[rules.allowlists]]\ndescription = 'x'\n",
            "a.toml: rule one: allowlist: gives nothing to allow: commits, paths, regexes or stopwords",
        ),
        (ONE + "[[rules.required]]\nid = 'gone'\n", "a.toml: rule one: required: there is no rule gone"),
        (ONE + "[[pairs]]\nid = 'p'\nparts = ['one', 'gone']\n", "a.toml: pair p: parts: there is no rule gone"),
        ("[[rules]]\nid = 'x'\nentropy = 1\n", "a.toml: rule x: has neither regex nor path"),
    ],
)
def test_our_own_packs_are_read_strictly(pack: str, said: str) -> None:
    with pytest.raises(RuleError) as raised:
        load_packs([("a.toml", pack.encode())])
    assert str(raised.value) == said


def test_an_id_may_be_in_one_pack_only() -> None:
    with pytest.raises(RuleError, match=r"^b.toml: rule one: id: is also in a.toml$"):
        load_packs([("a.toml", ONE.encode()), ("b.toml", ONE.encode())])


# --- matching


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


# --- selection


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


# --- digest and compiled form


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
    assert (len(SHAPES), len(PREFIXES)) == (len({(rule.regex, rule.keywords, rule.near) for rule in rules.rules}), len({*PREFIXES}))
    assert again is not None
    assert [rule.shape for rule in again.rules] == shapes
    assert [rule.public_prefix for rule in again.rules] == prefixes
    assert again.digest == rules.digest


def test_a_compiled_form_of_other_packs_or_a_broken_one_is_passed_over() -> None:
    packs = [("a.toml", ONE.encode())]
    data = dump(load_packs(packs), key(packs))
    assert load_compiled(data, key(packs)) is not None
    assert load_compiled(data, key([("a.toml", ONE.encode() + b"\n")])) is None
    assert load_compiled(data, key([("b.toml", ONE.encode())])) is None
    for broken in (b"", b"x", data[: len(data) // 2], b"i\x01\x00\x00\x00"):
        assert load_compiled(broken, key(packs)) is None


# --- checking packs

GOOD = (
    "[[rules]]\nid = 'good'\ndescription = 'd'\nregex = 'good_([a-z0-9]{16})'\nkeywords = ['good_']\nentropy = 2\nreferences = ['unread']\n"
    "examples = ['x good_{alnum:16}', 'good_{alnum:16}']\ncounterexamples = ['good_{alnum:10}', 'good_aaaaaaaaaaaaaaaa']\n"
)


def check(pack: str) -> list[str]:
    return check_pack(load_packs([("a.toml", pack.encode())]))


def test_a_good_rule_has_no_problems() -> None:
    assert check(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("good_([a-z0-9]{16})", "good_([a-z0-9]{16}", "regex: missing ): good_([a-z0-9]{16}"),
        ("good_([a-z0-9]{16})", "good_([a-z0-9]{8})", "counterexamples 1: is found: good_{alnum:10}"),
        ("entropy = 2", "entropy = 0", "counterexamples 2: is found: good_aaaaaaaaaaaaaaaa"),
        ("entropy = 2", "secretGroup = 2", "secretGroup: is 2, but the regex has 1 groups"),
        ("entropy = 2", "checksum = 'nothing_of_the_kind'", "checksum: no checksum of that name: 'nothing_of_the_kind'"),
        ("'x good_{alnum:16}'", "'x good_{alnum:15}'", "examples 1: is not found: x good_{alnum:15}"),
        ("'x good_{alnum:16}'", "'x good_{alnum'", "examples 1: not a placeholder at 7: double the brace for a literal one"),
        ("'x good_{alnum:16}', ", "", "examples: 1 given, 2 asked"),
        ("'good_{alnum:10}', ", "", "counterexamples: 1 given, 2 asked"),
        ("references = ['unread']", "", "references: are missing"),
        ("description = 'd'", "", "description: is missing"),
        ("good_([a-z0-9]{16})", "(?:good|fine)_([a-z0-9]{16})", None),
        (
            "regex = 'good_([a-z0-9]{16})'\nkeywords = ['good_']",
            "regex = '([a-z0-9]{16})'",
            "regex: has no literal, and there are no keywords",
        ),
        ("keywords = ['good_']", "keywords = ['q']", "regex: is searched for by 'q', under 3 bytes"),
        ("keywords = ['good_']", "keywords = ['q']\nreason = 'none'", "examples 1: is not found"),
        ("keywords = ['good_']", "keywords = ['good_']\n[[rules.allowlists]]\nregexes = ['(']", "allowlists: regexes: missing ): ("),
    ],
)
def test_a_rule_that_breaks_a_promise_is_named(old: str, new: str, said: str | None) -> None:
    assert old in GOOD
    pack = GOOD.replace(old, new)
    if "[[rules.allowlists]]" in new:
        head, tail = pack.split(new)
        table = new.removeprefix("keywords = ['good_']\n")
        pack = head + "keywords = ['good_']" + tail + table + "\n"
    problems = check(pack)
    if said is None:
        assert problems == []
    else:
        assert any(problem.startswith(f"a.toml: rule good: {said}") for problem in problems), problems


def test_near_is_measured_from_the_keywords() -> None:
    pack = GOOD.replace("entropy = 2", "near = 30").replace("'good_aaaaaaaaaaaaaaaa'", "'other'")
    assert check(pack) == []
    far = pack.replace("regex = 'good_([a-z0-9]{16})'", "regex = 'have_([a-z0-9]{16})'").replace(
        "'x good_{alnum:16}'", "'good_ {times:40| |} have_{alnum:16}'"
    )
    assert any("examples 1: is not found" in problem for problem in check(far))


def test_a_stop_word_and_the_callers_own_judgement_count() -> None:
    stopped = GOOD + "[[rules.allowlists]]\nregexTarget = 'line'\nregexes = ['^x ']\n"
    assert any("examples 1: is not found" in problem for problem in check(stopped))
    rules = load_packs([("a.toml", GOOD.encode())])
    assert len(check_pack(rules, finds=lambda rule, text: False)) == 2
    assert len(check_pack(rules, finds=lambda rule, text: True)) == 2


def test_users_rules_need_no_examples(write: Write) -> None:
    rules = load_config(write(ONE))
    assert check_pack(rules, ours=False) == []
    assert check_pack(rules) != []


def test_a_shape_of_a_built_in_rule_leads_to_its_own_examples() -> None:
    """The core's own matcher, given a rule's checks, sees every example that the rule's regex matches."""
    from secretscan._core import Matcher
    from secretscan.templates import expand

    seen = 0
    for rule in load_builtin().rules:
        if rule.regex is None or not rule.shape.checks:
            continue
        texts = [expand(template, seed).encode() for template in rule.examples for seed in range(2)]
        candidates = Matcher(rule.shape.checks).scan(texts).candidates
        for number, text in enumerate(texts):
            match = rule.search(text)
            if match is None:
                continue
            offsets = [offset for item, _, offset in candidates if item == number]
            before = rule.shape.before if rule.shape.before >= 0 else len(text)
            after = rule.shape.after if rule.shape.after >= 0 else len(text)
            reached = any(offset - before <= match.start() and match.end() <= offset + after for offset in offsets)
            assert offsets if rule.shape.whole_text else reached, (rule.id, number)
            seen += 1
    assert seen > 100
