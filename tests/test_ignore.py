"""`.secretscanignore`: what it hides, what it refuses, and what it says of itself."""

import os
import time
from datetime import date
from pathlib import Path

import pytest
import tokens
from hypothesis import given
from hypothesis import strategies as st

from secretscan.errors import ConfigError
from secretscan.triage.ignore import MAX_BYTES, IgnoreFile, load, parse

V1 = "v1:" + "0123456789abcdef" * 2
TODAY = date(2025, 6, 15)


def ignores(*lines: str) -> IgnoreFile:
    return parse("\n".join(lines).encode("utf-8", "surrogateescape"), today=TODAY)


def suppressed(
    file: IgnoreFile, rule: str = "r", fingerprint: str = "v1:other", path: bytes = b"a.txt", line: int = 1, commit: str | None = None
) -> str | None:
    return file.suppresses(rule, fingerprint, path, line, commit)


def test_a_fingerprint_hides_its_secret_wherever_it_stands() -> None:
    file = ignores("# test keys", "", f"{V1}  # used by the tests")
    assert suppressed(file, fingerprint=V1, path=b"any", line=9) == ".secretscanignore: fingerprint"
    assert suppressed(file) is None


def test_a_position_hides_one_line_of_one_file_under_one_rule() -> None:
    file = ignores("src/a!b:c.txt:r:7")
    assert suppressed(file, path=b"src/a!b:c.txt", line=7) == ".secretscanignore: position"
    assert suppressed(file, path=b"src/a!b:c.txt", line=7, commit="abc") is not None
    assert suppressed(file, path=b"src/a!b:c.txt", line=8) is None
    assert suppressed(file, rule="s", path=b"src/a!b:c.txt", line=7) is None


def test_a_position_with_a_commit_counts_there_only() -> None:
    commit = "3f2a9c1d2e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b"
    file = ignores(f"{commit}:a.txt:r:1", f"{commit[:10]}:b.txt:r:1")
    assert suppressed(file, commit=commit) is not None
    assert suppressed(file, path=b"b.txt", commit=commit) is not None
    assert suppressed(file, commit="b" * 40) is None
    assert suppressed(file) is None


@pytest.mark.parametrize("written", ["./src/ä.txt:r:1", "src\\ä.txt:r:1", "src/ä.txt:r:1\r"])
def test_positions_that_other_systems_wrote_count(written: str) -> None:
    assert suppressed(ignores(written), path="src/ä.txt".encode()) is not None


def test_a_name_counts_as_it_is_and_as_reports_print_it() -> None:
    assert suppressed(ignores(r"a\xff.txt:r:1"), path=b"a\xff.txt") is not None
    assert suppressed(ignores("a\udcff.txt:r:1"), path=b"a\xff.txt") is not None


def test_path_patterns_follow_gitignore() -> None:
    file = ignores("*.snap", "!keep.snap", "/vendor/", r"\#odd", "docs/**/x?.md  # generated", "b\udcff*")
    hidden = [b"a/b.snap", b"vendor/deep/file", b"#odd", b"docs/a/b/x1.md", b"b\xff.bin", b"app.jar!lib/c.snap"]
    seen = [b"a/keep.snap", b"lib/vendor/file", b"odd", b"docs/a/xyz.md", b"b.bin", "ÿ.bin".encode()]
    assert [path for path in hidden if not file.ignores_path(path)] == []
    assert [path for path in seen if file.ignores_path(path)] == []
    assert suppressed(file, path=b"a/b.snap") == ".secretscanignore: path"


def test_a_pattern_for_an_archive_hides_what_is_in_it() -> None:
    file = ignores("deps/*.zip", "odd!name")
    assert file.ignores_path(b"deps/a.zip!in/side.txt")
    assert file.ignores_path(b"odd!name")


def test_an_expired_entry_hides_nothing_and_is_said() -> None:
    file = ignores(f"{V1} # flaky service # until 2025-06-14", "*.md # until 2025-06-15")
    assert suppressed(file, fingerprint=V1) is None
    assert file.expired() == [f".secretscanignore:1: {V1} (expired on 2025-06-14)"]
    assert file.ignores_path(b"a.md")


def test_unused_entries_are_named_in_order() -> None:
    file = ignores("key: " + "ab" * 32, "*.used", "*.idle", V1, "a.txt:r:1", "gone\x1b.txt:r:1", "old # until 2020-01-01")
    assert file.ignores_path(b"x.used")
    assert suppressed(file) is not None
    assert file.unused() == [
        ".secretscanignore:3: a path pattern",
        f".secretscanignore:4: {V1}",
        ".secretscanignore:6: a position",
    ]


def test_the_key_is_read() -> None:
    assert ignores("key: " + "aB" * 32 + "  # made on the first day").key == b"\xab" * 32
    assert ignores("").key is None


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("key: abc", "a key is 32 to 128 hex digits"),
        ("key: " + "zz" * 32, "a key is 32 to 128 hex digits"),
        ("v1:0123", "a fingerprint is v1: and 32 hex digits in lower case"),
        ("v2:" + "0" * 32, "a fingerprint is v1: and 32 hex digits in lower case"),
        (V1 + " # until tomorrow", "after `# until` comes one day as YYYY-MM-DD"),
        (V1 + " # until 2025-02-30", "after `# until` comes one day as YYYY-MM-DD"),
        (V1 + " # until", "after `# until` comes one day as YYYY-MM-DD"),
        ("!", "not a path pattern that git would take"),
        ("[z-a]", "not a path pattern that git would take"),
        ("a\0b", "a NUL byte; this is no text file"),
    ],
)
def test_a_bad_line_is_an_error_that_names_it(line: str, what: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ignores("*.ok", line)
    assert str(caught.value) == f".secretscanignore:2: {what}"


def test_a_second_key_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r":2: a second key"):
        ignores("key: " + "ab" * 32, "key: " + "cd" * 32)


def test_an_error_does_not_repeat_the_line() -> None:
    secret = tokens.aws_secret()
    with pytest.raises(ConfigError) as caught:
        ignores(f"v1:{secret}")
    assert secret[:6] not in str(caught.value)


def test_a_comment_may_say_until() -> None:
    assert ignores("# until the rewrite is done", "*.md").unused() == [".secretscanignore:2: a path pattern"]


def test_a_mark_of_byte_order_and_carriage_returns_are_no_part_of_lines() -> None:
    assert suppressed(parse(b"\xef\xbb\xbf" + V1.encode() + b"\r\n"), fingerprint=V1) is not None


def test_a_file_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / ".gitleaksignore"
    path.write_text("a.txt:r:1\n")
    assert suppressed(load(path)) == ".gitleaksignore: position"


def test_a_missing_file_is_an_error_unless_it_may_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such ignore file"):
        load(tmp_path / "none")
    assert load(tmp_path / "none", missing_ok=True).unused() == []


def test_links_fifos_devices_and_folders_are_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("*")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "random").symlink_to("/dev/random")
    os.mkfifo(tmp_path / "fifo")
    for name in ("link", "random", "fifo", "/dev/zero", "."):
        started = time.monotonic()
        with pytest.raises(ConfigError):
            load(tmp_path / name, missing_ok=True)
        assert time.monotonic() - started < 5


def test_a_file_may_have_a_mebibyte_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(b"#" * MAX_BYTES)
    load(path)
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match="at most 1 MiB"):
        load(path)


def test_thousands_of_patterns_keep_their_order() -> None:
    file = ignores("first/*", *(f"dir{number}/*.js" for number in range(3000)), "!dir7/keep.js", "last/*")
    assert all(file.ignores_path(path) for path in (b"first/a", b"dir2999/a.js", b"dir7/a.js", b"last/a"))
    assert not file.ignores_path(b"dir7/keep.js")
    assert len(file.unused()) == 2998


def test_a_bad_pattern_among_thousands_is_named() -> None:
    with pytest.raises(ConfigError, match=r":1501: not a path pattern"):
        ignores(*(f"dir{number}" for number in range(1500)), "!", *(f"file{number}" for number in range(1500)))


def test_a_hostile_pattern_takes_no_time() -> None:
    file = ignores("*a" * 60 + "b", "(a*)*" * 20)
    started = time.monotonic()
    assert not file.ignores_path(b"a" * 4000)
    assert time.monotonic() - started < 5


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=40))
def test_any_bytes_are_a_file_or_a_clear_error(data: bytes, path: bytes) -> None:
    try:
        file = parse(data)
    except ConfigError:
        return
    file.suppresses("r", V1, path, 1, None)
    file.unused()
