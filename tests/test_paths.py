"""Patterns over names that are bytes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import tokens
from hypothesis import given
from hypothesis import strategies as st
from scanning import scanned

from secretscan.config import Settings, load
from secretscan.errors import ConfigError
from secretscan.paths import BadPattern, PathPatterns


def test_the_last_pattern_that_matches_decides_and_archives_are_folders() -> None:
    patterns = PathPatterns(["*.log", "!keep.log", "hidden/"])
    assert [patterns.match(path) for path in (b"a/x.log", b"a/keep.log", b"a.zip!hidden/x", b"a.zip!x.log", b"x")] == [
        True,
        False,
        True,
        True,
        False,
    ]
    assert not PathPatterns(()).match(b"x")


@given(st.binary(min_size=1).filter(lambda name: b"\0" not in name))
def test_no_name_is_too_odd_to_be_asked_for(name: bytes) -> None:
    PathPatterns(["*.md", "a\udcff*"]).match(name)


def test_a_name_that_is_no_utf8_is_met_by_its_own_bytes() -> None:
    pattern = os.fsdecode(b"\xff*")
    assert PathPatterns([pattern]).match(b"a/\xffb")
    assert not PathPatterns([pattern]).match(b"a/\xfeb")


def test_many_and_greedy_patterns_neither_fail_nor_hang() -> None:
    began = time.process_time()
    patterns = PathPatterns([*(f"**/a{number}*b*" for number in range(3000)), "*a" * 12 + "b"])
    assert not patterns.match(b"a" * 250)
    assert patterns.match(b"x/a2999-b-")
    assert time.process_time() - began < 10


def test_a_pattern_that_is_none_is_named_by_its_number() -> None:
    with pytest.raises(BadPattern, match="pattern 3"):
        PathPatterns(["a", "b", "!"])
    with pytest.raises(ConfigError, match=r"--exclude pattern 1 is not one that git would take"):
        load({"exclude": ["!"]}, {})


def test_an_odd_name_and_an_exclude_do_not_end_the_scan(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff\xfe.txt", "w") as file:
        file.write(tokens.github_pat(seed=3) + "\n")
    result = scanned("dir", tmp_path, settings=Settings(exclude=("*.md",)))
    assert [finding.rule for finding in result.findings] == ["github-pat"]
