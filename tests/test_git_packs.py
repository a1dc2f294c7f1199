"""The reader of packs beside git itself: the same findings, places and coverage, whatever the history and however it is packed."""

from __future__ import annotations

import os
import random
from pathlib import Path

import histories
import pytest
from repositories import Repository
from scanning import as_text, scanned
from tokens import github_pat

from secretscan.config import Settings
from secretscan.model import Lot, Reason, ScanResult
from secretscan.sources.git import open_source

SECONDS = float(os.environ.get("SECRETSCAN_HISTORIES_SECONDS", "0"))
"""How long the random histories go on, for who wants to search an hour."""


def both(path: Path, settings: Settings | None = None) -> ScanResult:
    """What the reader of packs gives; git gives the same."""
    ours, gits = (scanned("git", path, settings=settings or Settings(jobs=2), engine=engine) for engine in ("pack", "git"))
    assert as_text(ours) == as_text(gits)
    return ours


def lots(path: Path) -> list[Lot]:
    return [item for item in open_source(str(path), Settings()).units() if isinstance(item, Lot)]


def packed(path: Path, *options: str) -> Repository:
    """A file whose versions are deltas of each other, the first with a secret."""
    repo = Repository(path, *options)
    lines = [f"line {number}\n" for number in range(300)]
    repo.commit("leak", {"a": "".join([*lines[:150], f"token = {github_pat()}\n", *lines[150:]])})
    for number in range(8):
        lines[number * 30] = f"changed {number}\n"
        repo.commit(f"change {number}", {"a": "".join(lines)})
    repo.git("repack", "-a", "-d", "-q", "-f")
    return repo


@pytest.mark.parametrize("seed", range(8))
def test_random_histories_are_told_as_git_tells_them(tmp_path: Path, seed: int) -> None:
    both(histories.make(tmp_path / "repo", random.Random(seed)).path)


@pytest.mark.skipif(not SECONDS, reason="only for SECRETSCAN_HISTORIES_SECONDS")
def test_many_random_histories(tmp_path: Path) -> None:
    import shutil
    import time

    end = time.monotonic() + SECONDS
    seed = 1000 * int(time.time())
    while time.monotonic() < end:
        seed += 1
        print(seed, flush=True)
        both(histories.make(tmp_path / "repo", random.Random(seed), versions=120).path)
        shutil.rmtree(tmp_path / "repo")


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)])
def test_what_is_packed_comes_in_lots_and_what_is_loose_as_it_is(tmp_path: Path, options: tuple[str, ...]) -> None:
    repo = packed(tmp_path / "repo", *options)
    assert lots(repo.path)
    repo.commit("another", {"b": f"token = {github_pat(seed=1)}\n"})
    assert len(both(repo.path).findings) == 2


def test_objects_of_alternates_are_read(tmp_path: Path) -> None:
    packed(tmp_path / "repo")
    clone = tmp_path / "clone"
    Repository(tmp_path / "other").git("clone", "-q", "--bare", "--shared", tmp_path / "repo", clone)
    (tmp_path / "other/.git/objects/info/alternates").write_text("../../../clone/objects\n")
    assert lots(clone) and lots(tmp_path / "other")
    assert len(both(clone).findings) == len(both(tmp_path / "other").findings) == 1


def test_a_repository_within_another_keeps_its_own_ids(tmp_path: Path) -> None:
    outer = packed(tmp_path / "outer")
    packed(tmp_path / "outer/inner")
    (finding,) = both(outer.path).findings
    assert {place.origin.path for place in finding.places} >= {b"a", b"inner/a"}


def test_rules_for_every_text_see_what_is_packed(tmp_path: Path) -> None:
    from secretscan.rules import load_config

    config = tmp_path / "rules.toml"
    rules = ('id = "any"\nregex = "[lc]ine?[a-z]* 29[0-9]"\n', 'id = "word"\nregex = "x?"\nkeywords = ["line 7"]\n')
    config.write_text("".join(f"[[rules]]\n{rule}\n" for rule in rules))
    repo = packed(tmp_path / "repo")
    ours, gits = (scanned("git", repo.path, ruleset=load_config(str(config)), engine=engine) for engine in ("pack", "git"))
    assert as_text(ours) == as_text(gits) and ours.findings


def test_a_cap_on_sizes_holds_in_packs(tmp_path: Path) -> None:
    repo = packed(tmp_path / "repo")
    result = both(repo.path, Settings(max_file_size=1000))
    assert result.coverage.skipped[Reason.USER_SIZE_CAP] and not result.findings


def test_pointers_of_git_lfs_in_packs_are_told(tmp_path: Path) -> None:
    repo = packed(tmp_path / "repo")
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    repo.git("update-ref", "refs/tags/lfs", repo.git("hash-object", "-w", "--stdin", stdin=pointer))
    repo.git("repack", "-a", "-d", "-q")
    assert both(repo.path).coverage.skipped == {Reason.LFS: 1}


def test_a_cache_knows_what_was_read_in_packs(tmp_path: Path) -> None:
    repo = packed(tmp_path / "repo")
    first = scanned("git", repo.path, cache=str(tmp_path / "cache"))
    second = scanned("git", repo.path, cache=str(tmp_path / "cache"))
    assert first.findings == second.findings and first.coverage.scanned == second.coverage.scanned
    assert any("scanned before" in note for note in second.coverage.notes)


def damage(repo: Repository, ending: str, at: float, new: bytes) -> None:
    (path,) = (repo.path / ".git/objects/pack").glob(f"*.{ending}")
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    place = int(len(content) * at)
    content[place : place + len(new)] = new
    path.write_bytes(content)


def test_a_pack_that_is_damaged_is_incomplete_and_the_rest_is_read(tmp_path: Path) -> None:
    repo = packed(tmp_path / "repo")
    repo.commit("another", {"b": f"token = {github_pat(seed=1)}\n"})
    damage(repo, "pack", 0.6, b"\0\1\2\3\4\5\6\7")
    ours, gits = (scanned("git", repo.path, engine=engine) for engine in ("pack", "git"))
    assert not ours.coverage.complete and not gits.coverage.complete
    assert ours.coverage.scanned == gits.coverage.scanned and ours.findings == gits.findings


def test_an_index_that_is_damaged_is_left_to_git_and_said(tmp_path: Path) -> None:
    repo = packed(tmp_path / "repo")
    damage(repo, "idx", 0, b"\377tOd")
    result = scanned("git", repo.path, engine="pack")
    assert not result.coverage.complete
    assert any("read by git itself" in note and "do not fit" in note for note in result.coverage.notes)


def test_alternates_of_a_form_that_is_not_known_are_left_to_git(tmp_path: Path) -> None:
    repo = packed(tmp_path / "repo")
    packed(tmp_path / 'with"quote')
    (repo.path / ".git/objects/info/alternates").write_text(f'"{tmp_path}/with\\"quote/.git/objects"\n')
    assert not lots(repo.path)
    result = scanned("git", repo.path, engine="pack")
    assert result.findings and any("read by git itself" in note for note in result.coverage.notes)
