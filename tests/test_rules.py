"""Rules: what users write, what we understand of it, and what we say of what we do not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from secretscan.errors import RuleError
from secretscan.model import Confidence, Severity
from secretscan.rules import Allowlist, Pattern, Words, load_builtin, load_config
from secretscan.rules.load import load_packs

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
