"""A cache of what was scanned changes how long a scan takes, and nothing of what it says."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from command_line import SCRIPT, environment
from repositories import Repository
from scanning import builtin
from test_git_surface import Found, found, leak

from secretscan.config import Settings
from secretscan.errors import UsageError
from secretscan.model import Finding, ScanResult, Unit
from secretscan.pipeline import scan
from secretscan.sources.git import open_source


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo")
    for number in range(6):
        made.commit(f"c{number}", {"a": f"{number}\n", f"f{number}": leak(number) if number % 2 else f"{number}\n"})
    made.commit("key", {"config/master.key": "0123456789abcdef" * 2 + "\n"})
    made.commit("clean", {"f1": None, "f3": "clean\n"})
    return made


def scanned(repo: Repository, cache: Path | None, key: str = "rules") -> ScanResult:
    settings = Settings(jobs=1)
    options = {} if cache is None else {"cache": str(cache), "cache_key": key}
    return scan([open_source(str(repo.path), settings, **options)], builtin(), settings)  # type: ignore[arg-type]


def told(result: ScanResult) -> tuple[tuple[Finding, ...], int, int]:
    return result.findings, result.coverage.seen, result.coverage.scanned


def read_again(repo: Repository, cache: Path) -> int:
    source = open_source(str(repo.path), Settings(), cache=str(cache), cache_key="rules", worktree=False)
    return sum(isinstance(item, Unit) and item.id[0] in ("blob", "commit") for item in source.units())  # type: ignore[index]


def test_the_second_scan_says_the_same_and_reads_only_what_held_something(repo: Repository, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    without, first, second = scanned(repo, None), scanned(repo, cache), scanned(repo, cache)
    assert told(first) == told(second) == told(without) and len(without.findings) == 4
    assert "were scanned before" in second.coverage.notes[0] and not first.coverage.notes
    assert read_again(repo, cache) < 8 < read_again(repo, tmp_path / "none")


def test_what_came_since_is_found_and_traced(repo: Repository, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    scanned(repo, cache)
    repo.commit("more", {"new": leak(7), "f5": None})
    repo.git("mv", "config/master.key", "config/credentials.key")
    repo.commit("move")
    again, without = scanned(repo, cache), scanned(repo, None)
    assert told(again) == told(without)
    places: Found = found(ScanResult(tuple(f for f in again.findings if f.rule.startswith("github")), again.coverage))
    assert places[7][0][1]["in_work_tree"] is True and any("removed_by" in facts for _, facts in places[5])


def test_other_rules_and_other_settings_throw_it_away_and_say_so(repo: Repository, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    scanned(repo, cache)
    other = scanned(repo, cache, "other rules")
    assert told(other) == told(scanned(repo, None)) and "thrown away" in other.coverage.notes[0]
    assert read_again(repo, cache) > 8


@pytest.mark.parametrize("kept", [5000, 100, 0])
def test_a_damaged_cache_is_thrown_away_and_that_is_said(repo: Repository, tmp_path: Path, kept: int) -> None:
    cache = tmp_path / "cache"
    scanned(repo, cache)
    cache.write_bytes(cache.read_bytes()[:kept])
    result = scanned(repo, cache)
    assert told(result) == told(scanned(repo, None))
    assert any("thrown away" in note for note in result.coverage.notes) == (kept > 0)  # as mktemp makes it, it is a new one
    assert "were scanned before" in scanned(repo, cache).coverage.notes[0]


@pytest.mark.parametrize("foreign", ["text", "database", "pipe"])
def test_a_file_that_is_no_cache_is_refused_and_left_alone(repo: Repository, tmp_path: Path, foreign: str) -> None:
    cache = tmp_path / "cache"
    if foreign == "text":
        cache.write_bytes(b"not a database at all" * 100)
    elif foreign == "database":
        sqlite3.connect(cache).execute("CREATE TABLE other (x)").connection.close()
    else:
        os.mkfifo(cache)
    before = cache.read_bytes() if foreign != "pipe" else b""
    process = command(repo, cache)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.count(b"\n")) == (2, b"", 1) and b"cache" in err
    assert [*tmp_path.glob("cache*")] == [cache] and (foreign == "pipe" or cache.read_bytes() == before)


def test_a_folder_for_a_cache_is_not_made(repo: Repository, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        scanned(repo, tmp_path / "none" / "cache")
    assert not (tmp_path / "none").exists()


def test_no_secret_and_no_name_is_kept(repo: Repository, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    scanned(repo, cache)
    kept = cache.read_bytes()
    for finding in scanned(repo, None).findings:
        assert bytes(finding.secret) not in kept and finding.places[0].origin.path not in kept


def test_a_cache_that_the_repository_brings_is_refused(repo: Repository) -> None:
    repo.commit("cache", {"cache.sqlite": "x"})
    with pytest.raises(UsageError, match="one of your own"):
        scanned(repo, repo.path / "cache.sqlite")
    os.symlink("/etc/hostname", repo.path / "link")
    with pytest.raises(UsageError, match="regular file"):
        scanned(repo, repo.path / "link")


def test_a_folder_holds_one_file_a_repository(repo: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.commit("one", {"a": "a\n"})
    (tmp_path / "caches").mkdir()
    for each in (repo, other):
        scanned(each, tmp_path / "caches")
    assert len(list((tmp_path / "caches").iterdir())) == 2


def command(repo: Repository, cache: Path) -> subprocess.Popen[bytes]:
    args = [SCRIPT, "git", "--cache-file", cache, "-f", "json", "--exit-zero"]
    return subprocess.Popen(args, cwd=repo.path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_processes_that_share_or_are_killed_leave_it_sound(repo: Repository, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for delay in (0.15, 0.3, 0.45):
        killed = command(repo, cache)
        time.sleep(delay)
        killed.send_signal(signal.SIGKILL)
        killed.communicate(timeout=60)
    together = [command(repo, cache) for _ in range(2)]
    said = [process.communicate(timeout=60) for process in together]
    alone = command(repo, tmp_path / "fresh").communicate(timeout=60)
    for out, err in said:
        assert out.split(b'"coverage"')[0] == alone[0].split(b'"coverage"')[0] and not err
    again = command(repo, cache).communicate(timeout=60)[0]
    assert b"were scanned before" in again and again.split(b'"coverage"')[0] == alone[0].split(b'"coverage"')[0]
