"""Everywhere in a repository that a secret may lie: each place is built with real git, and each secret must be found at its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from repositories import Repository
from scanning import scanned
from tokens import github_pat

from secretscan.model import Json, Reason, ScanResult

Found = dict[int, list[tuple[str, dict[str, Json]]]]


def leak(number: int) -> str:
    return f"token = '{github_pat(number)}'\n"


def found(result: ScanResult) -> Found:
    """Paths and facts of each planted secret, by its number."""
    numbers = {github_pat(number).encode(): number for number in range(20)}
    return {
        numbers[bytes(finding.secret)]: [(os.fsdecode(place.origin.path), dict(place.origin.facts)) for place in finding.places]
        for finding in result.findings
    }


def paths(places: Found, number: int) -> set[str]:
    return {path for path, _ in places[number]}


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo")
    made.commit("start", {"README": "hello\n", ".gitignore": "ignored\n"})
    return made


def submodule(repo: Repository, source: Repository, path: str) -> None:
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", "--name", path, source.path, path)


def test_ignored_files_are_read_on_request(repo: Repository) -> None:
    repo.write("ignored", leak(1))
    assert found(scanned("git", repo.path)) == {}
    assert paths(found(scanned("git", repo.path, ignored=True)), 1) == {"ignored"}


def test_uncommitted_is_what_is_staged_changed_or_untracked_in_one_pass(repo: Repository) -> None:
    repo.commit("old", {"old": leak(0), "changed": "x\n", "staged": "x\n"})
    repo.add({"staged": leak(1)})
    repo.write("staged", "cleaned\n")
    repo.write("changed", leak(2))
    repo.write("untracked", leak(3))
    repo.write("ignored", leak(4))
    result = scanned("git", repo.path, uncommitted=True)
    assert {number: paths(found(result), number) for number in found(result)} == {1: {"staged"}, 2: {"changed"}, 3: {"untracked"}}
    assert found(result)[1][0][1]["staged"] is True and found(result)[3][0][1]["untracked"] is True
    repo.git("add", "-A")
    repo.git("commit", "-qm", "all")
    assert scanned("git", repo.path, uncommitted=True).coverage.complete


def test_submodules_and_their_repositories_are_read(repo: Repository, tmp_path: Path) -> None:
    source = Repository(tmp_path / "source")
    source.commit("leak", {"old": leak(1)})
    source.commit("clean", {"old": None, "now": leak(2)})
    submodule(repo, source, "vendor/lib")
    submodule(repo, source, "gone")
    repo.commit("modules")
    repo.write("vendor/lib/new", leak(3))
    repo.git("submodule", "deinit", "-q", "-f", "gone")
    result = scanned("git", repo.path)
    places = found(result)
    assert paths(places, 1) == {"vendor/lib/old", ".git/modules/gone/old"}
    assert paths(places, 3) == {"vendor/lib/new"}
    facts = next(facts for path, facts in places[2] if path == "vendor/lib/now" and "commit" in facts)
    assert facts["commit"] == source.head() and facts["repository"] == "vendor/lib"
    assert result.coverage.complete and result.coverage.skipped == {Reason.GITLINK: 1}  # the one that is not checked out


def test_a_repository_that_lies_in_the_work_tree_is_read(repo: Repository) -> None:
    inner = Repository(repo.path / "nested")
    inner.commit("leak", {"a": leak(1)})
    inner.commit("clean", {"a": "clean\n"})
    deep = Repository(repo.path / "nested/deeper")
    deep.commit("leak", {"b": leak(2)})
    result = scanned("git", repo.path)
    assert paths(found(result), 1) == {"nested/a"} and paths(found(result), 2) == {"nested/deeper/b"}
    assert result.coverage.complete


def test_a_linked_work_tree_inside_gives_its_files_and_no_history_twice(repo: Repository) -> None:
    repo.commit("leak", {"a": leak(1)})
    repo.git("worktree", "add", "-q", "--detach", "inside")
    repo.write("inside/new", leak(2))
    result = scanned("git", repo.path)
    assert paths(found(result), 2) == {"inside/new"}
    assert paths(found(result), 1) == {"a", "inside/a"}
    elsewhere = scanned("git", repo.path / "inside")
    assert paths(found(elsewhere), 1) == {"a"} and paths(found(elsewhere), 2) == {"new"}


def test_alternates_are_read(repo: Repository, tmp_path: Path) -> None:
    repo.commit("leak", {"a": leak(1)})
    repo.commit("clean", {"a": None})
    repo.git("clone", "-q", "--shared", repo.path, tmp_path / "shared")
    assert paths(found(scanned("git", tmp_path / "shared")), 1) == {"a"}


def test_pointers_of_lfs_are_said_and_a_file_that_was_fetched_is_read(repo: Repository) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'ab' * 32}\nsize 12\n"
    repo.commit("large", {"large.bin": pointer})
    result = scanned("git", repo.path)
    assert result.coverage.skipped[Reason.LFS] == 1 and result.coverage.complete
    repo.write(".git/lfs/objects/ab/ab/" + "ab" * 32, leak(1))
    assert paths(found(scanned("git", repo.path)), 1) == {".git/lfs/objects/ab/ab/" + "ab" * 32}


def test_gits_own_files_are_read(repo: Repository) -> None:
    repo.git("config", "remote.origin.url", f"https://user:{github_pat(1)}@example.com/x.git")
    repo.commit(f"subject {github_pat(2)}")
    repo.git("reset", "-q", "--soft", "HEAD~1")
    repo.write(".git/hooks/pre-push", f"#!/bin/sh\n{leak(3)}")
    places = found(scanned("git", repo.path))
    assert paths(places, 1) == {".git/config"} and paths(places, 3) == {".git/hooks/pre-push"}
    assert {".git/logs/HEAD", ".git/COMMIT_EDITMSG"} & paths(places, 2)
    assert places[2][0][0].startswith("commit:")  # what the history tells comes before what git wrote down


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_messages_notes_stashes_and_older_states_are_found_with_their_commit(tmp_path: Path, object_format: str) -> None:
    repo = Repository(tmp_path / "repo", f"--object-format={object_format}")
    repo.commit("start", {"a": "a\n"})
    message = repo.commit(f"subject\n\n{leak(1)}")
    repo.git("tag", "-a", "v1", "-m", leak(2))
    repo.git("notes", "add", "-m", leak(3))
    repo.write("a", leak(4))
    repo.git("stash", "push", "-q")
    amended = repo.commit("amended", {"b": leak(5)})
    repo.add({"b": "clean\n"})
    repo.git("commit", "-q", "--amend", "-m", "clean")
    places = found(scanned("git", repo.path))
    assert places[1][0][1]["commit"] == message
    assert places[2][0][0] == "tag:v1"
    assert places[3][0][1]["commit"] == repo.git("rev-parse", "refs/notes/commits")
    assert places[4][0][1]["refs"] == ["stash"] and places[4][0][0] == "a"
    assert places[5][0][1]["commit"] == amended and "branches" not in places[5][0][1]  # only a reflog leads there


def test_a_blob_under_two_names_is_judged_by_both(repo: Repository) -> None:
    key = "0123456789abcdef" * 2 + "\n"
    repo.commit("plain", {"notes.txt": key})
    repo.commit("key", {"config/master.key": key})
    repo.commit("gone", {"notes.txt": None, "config/master.key": None})
    (finding,) = scanned("git", repo.path).findings
    assert finding.rule == "rails-master-key" and [place.origin.path for place in finding.places] == [b"config/master.key"]


def test_a_submodule_that_leads_out_of_the_repository_is_unread_and_said(repo: Repository, tmp_path: Path) -> None:
    private = Repository(tmp_path / "private")
    private.commit("private", {"a": leak(1)})
    inner = repo.path / "nested"
    inner.mkdir()
    (inner / ".git").write_text(f"gitdir: {private.path}/.git\n")
    result = scanned("git", repo.path)
    assert found(result) == {} and not result.coverage.complete
    assert "leads out" in result.coverage.unread[0].detail


def test_a_bare_repository_keeps_its_own_files_apart_from_a_work_tree(repo: Repository, tmp_path: Path) -> None:
    repo.commit("leak", {"a": leak(1)})
    repo.git("clone", "-q", "--mirror", repo.path, tmp_path / "bare.git")
    repo.git("-C", tmp_path / "bare.git", "config", "x.y", github_pat(2))
    places = found(scanned("git", tmp_path / "bare.git"))
    assert places[1][0][1]["branches"] == ["main"] and paths(places, 2) == {"config"}
