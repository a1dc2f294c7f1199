"""Rules that hold for certain paths only: what they take from others, and what they find where no literal helps."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import tokens
from scanning import scanned

from secretscan.rules import RuleSet
from secretscan.rules.load import load_packs

PACK = rb"""
[[rules]]
id = "whole-file"
description = "All of a file"
severity = "high"
confidence = "high"
regex = '''\A([0-9a-f]{32})\s*\z'''
path = '''(?:^|/)master\.key$'''

[[rules]]
id = "scoped"
description = "A password in a file of that name"
severity = "high"
confidence = "high"
regex = '''password=(\w{8,})'''
path = '''(?:^|/)scoped\.conf$'''

[[rules]]
id = "anywhere"
description = "A password"
family = "generic"
tags = ["generic"]
severity = "low"
confidence = "low"
regex = '''password=(\w{8,})'''

[[rules]]
id = "by-name-alone"
description = "A file of that name"
severity = "low"
confidence = "low"
path = '''(?:^|/)vault\.bin$'''
"""


@pytest.fixture(scope="module")
def few() -> RuleSet:
    return load_packs([("few.toml", PACK)])


def found(root: Path, rules: RuleSet, kind: str = "dir") -> set[tuple[str, str]]:
    result = scanned(kind, root, ruleset=rules)
    return {(finding.rule, place.origin.path.decode()) for finding in result.findings for place in finding.places}


def test_a_rule_without_a_literal_is_searched_where_its_path_holds_and_nowhere_else(tmp_path: Path, few: RuleSet) -> None:
    (tmp_path / "master.key").write_text(tokens.hex(32))
    (tmp_path / "other.key").write_text(tokens.hex(32, 1))
    assert found(tmp_path, few) == {("whole-file", "master.key")}


def test_a_rule_of_a_path_is_the_better_one_there_and_takes_nothing_away_elsewhere(tmp_path: Path, few: RuleSet) -> None:
    text = f"password={tokens.hex(12)}\n"
    for name in ("scoped.conf", "other.conf"):
        (tmp_path / name).write_text(text)
    assert found(tmp_path, few) == {("scoped", "scoped.conf"), ("anywhere", "other.conf")}


def test_one_blob_of_two_names_is_judged_at_each(tmp_path: Path, few: RuleSet) -> None:
    text = f"password={tokens.hex(12)}\n"
    for name in ("scoped.conf", "other.conf"):
        (tmp_path / name).write_text(text)
    (tmp_path / "master.key").write_text(tokens.hex(32))
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b.test", "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    # In the history a blob is known by one of its names, so that the weaker rule may stand beside the other there.
    assert found(tmp_path, few, "git") >= {
        ("scoped", "scoped.conf"),
        ("anywhere", "other.conf"),
        ("whole-file", "master.key"),
    }


def test_a_file_that_is_telling_by_its_name_is_a_finding_without_a_secret(tmp_path: Path, few: RuleSet) -> None:
    (tmp_path / "vault.bin").write_bytes(bytes(64))
    (result,) = scanned("dir", tmp_path, ruleset=few).findings
    assert (result.rule, bytes(result.secret)) == ("by-name-alone", b"")
