"""Where a blob came in: commit, author, date, path; and what no branch holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from git_reading import read
from repositories import Repository

from secretscan.model import Origin


@pytest.fixture(params=["sha1", "sha256"])
def repo(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repo", f"--object-format={request.param}")


def committed(repo: Repository, needle: bytes = b"needle") -> dict[bytes, list[Origin]]:
    return read(repo.path, worktree=True).places(needle)


def test_a_removed_file_is_traced_to_the_commit_that_brought_it(repo: Repository) -> None:
    repo.commit("start", {"README": "hello"})
    commit = repo.commit("leak", {"dir/.env": "needle"})
    repo.commit("other", {"README": "hello again"})
    removed = repo.commit("clean up", {"dir/.env": None})
    (origin,) = committed(repo)[b"dir/.env"]
    assert origin.kind == "git"
    assert origin.facts == {
        "commit": commit,
        "author": "Ann",
        "date": "2024-01-03T12:00:00+00:00",
        "blob": repo.blob(f"{commit}:dir/.env"),
        "in_work_tree": False,
        "removed_by": removed,
        "branches": ["main"],
    }


def test_a_file_that_is_still_there_says_so(repo: Repository) -> None:
    repo.commit("leak", {".env": "needle"})
    blob = next(origin for origin in committed(repo)[b".env"] if "commit" in origin.facts)
    assert blob.facts["in_work_tree"] is True and "removed_by" not in blob.facts


def test_line_ends_made_by_checkout_do_not_hide_that_it_is_still_there(repo: Repository) -> None:
    repo.commit("leak", {".env": "needle\nline\n"})
    repo.write(".env", "needle\r\nline\r\n")
    blob = next(origin for origin in committed(repo)[b".env"] if "commit" in origin.facts)
    assert blob.facts["in_work_tree"] is True


def test_a_content_that_came_back_counts_from_its_first_commit(repo: Repository) -> None:
    first = repo.commit("leak", {".env": "needle"})
    repo.commit("fix", {".env": "nothing"})
    repo.commit("revert", {".env": "needle"})
    last = repo.commit("fix again", {".env": "nothing"})
    (origin,) = committed(repo)[b".env"]
    assert (origin.facts["commit"], origin.facts["removed_by"]) == (first, last)


def test_a_copy_at_another_path_is_a_place_of_its_own(repo: Repository) -> None:
    first = repo.commit("leak", {"a": "needle"})
    second = repo.commit("move", {"a": None, "b": "needle"})
    repo.commit("clean", {"b": None})
    places = committed(repo)
    assert places[b"a"][0].facts["commit"] == first and places[b"a"][0].facts["moved_to"] == "b"
    assert places[b"b"][0].facts["commit"] == second and places[b"b"][0].facts["moved_from"] == "a"


def test_a_rename_that_changes_the_content_is_followed_and_a_new_file_is_none(repo: Repository) -> None:
    lines = "".join(f"line {number}\n" for number in range(40))
    repo.commit("leak", {"old": "needle\n" + lines})
    moved = repo.commit("move", {"old": None, "dir/new": "needle\n" + lines + "more\n", "other": "needle of another kind"})
    removed = repo.commit("clean", {"dir/new": None})
    places = committed(repo)
    assert places[b"old"][0].facts["moved_to"] == "dir/new" and "removed_by" not in places[b"old"][0].facts
    assert places[b"dir/new"][0].facts["moved_from"] == "old" and places[b"dir/new"][0].facts["removed_by"] == removed
    other = next(origin.facts for origin in places[b"other"] if "commit" in origin.facts)
    assert "moved_from" not in other and other["commit"] == moved


def test_every_branch_and_tag_that_leads_to_the_commit_is_told(repo: Repository) -> None:
    repo.commit("start", {"a": "a"})
    repo.git("branch", "before")
    repo.commit("leak", {"leak": "needle"})
    repo.git("tag", "light")
    repo.git("tag", "-a", "heavy", "-m", "x")
    repo.commit("clean", {"leak": None})
    repo.git("checkout", "-q", "-b", "after")
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repo.git("update-ref", "refs/pull/1/head", "HEAD")
    facts = committed(repo)[b"leak"][0].facts
    assert (
        facts["branches"] == ["after", "main", "origin/main"] and facts["tags"] == ["heavy", "light"] and facts["refs"] == ["pull/1/head"]
    )


def test_a_branch_merged_later_keeps_its_own_commit(repo: Repository) -> None:
    repo.commit("start", {"a": "a"})
    repo.git("checkout", "-q", "-b", "side")
    commit = repo.commit("leak", {"leak": "needle"})
    repo.git("checkout", "-q", "main")
    repo.commit("more", {"b": "b"})
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    assert {origin.facts.get("commit") for origin in committed(repo)[b"leak"]} == {commit, None}


def test_content_that_only_a_merge_brought_is_traced_to_the_merge(repo: Repository) -> None:
    repo.commit("start", {"a": "a"})
    repo.git("checkout", "-q", "-b", "side")
    repo.commit("side", {"b": "b"})
    repo.git("checkout", "-q", "main")
    repo.commit("main", {"c": "c"})
    repo.git("merge", "-q", "--no-commit", "--no-ff", "side")
    merge = repo.commit("merge", {"evil": "needle"})
    repo.commit("clean", {"evil": None})
    (origin,) = committed(repo)[b"evil"]
    assert origin.facts["commit"] == merge


def test_all_three_parts_of_a_stash_are_traced(repo: Repository) -> None:
    repo.commit("start", {"a": "a", "b": "b"})
    repo.add({"a": "needle staged"})
    repo.write("b", "needle unstaged")
    repo.write("c", "needle untracked")
    repo.day += 1
    repo.git("stash", "push", "-q", "--include-untracked")
    places = committed(repo)
    assert set(places) == {b"a", b"b", b"c"}
    assert places[b"b"][0].facts["commit"] == repo.git("rev-parse", "stash")
    assert places[b"c"][0].facts["commit"] == repo.git("rev-parse", "stash^3")
    assert not any("dangling" in origin.facts for found in places.values() for origin in found)


def test_older_stashes_are_reached_by_the_reflog(repo: Repository) -> None:
    repo.commit("start", {"a": "a"})
    for text in ("needle first", "other"):
        repo.write("a", text)
        repo.day += 1
        repo.git("stash", "push", "-q")
    assert committed(repo)[b"a"][0].facts["commit"] == repo.git("rev-parse", "stash@{1}")


def test_a_dangling_commit_is_traced_and_said_to_be_one(repo: Repository) -> None:
    repo.commit("start", {"a": "a"})
    below = repo.commit("leak", {"leak": "needle"})
    above = repo.commit("more needle words", {"leak": None})
    repo.git("reset", "-q", "--hard", "HEAD~2")
    repo.git("reflog", "expire", "--expire=now", "--all")
    (repo.path / ".git/ORIG_HEAD").unlink(missing_ok=True)
    places = committed(repo)
    assert places[b"leak"][0].facts["commit"] == below and places[b"leak"][0].facts["dangling"] is True
    assert places[b"leak"][0].facts["removed_by"] == above
    assert places[b"commit:" + above[:12].encode()][0].facts["dangling"] is True


def test_a_dangling_commit_whose_parent_is_pruned_is_still_traced(repo: Repository) -> None:
    repo.commit("start", {"a": "a"})
    parent = repo.commit("parent", {"b": "b"})
    commit = repo.commit("leak", {"leak": "needle"})
    repo.git("reset", "-q", "--hard", "HEAD~2")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.loose(parent).unlink()
    origin = committed(repo)[b"leak"][0]
    assert origin.facts["commit"] == commit and origin.facts["dangling"] is True


def test_a_reset_commit_that_a_reflog_holds_is_not_dangling(repo: Repository) -> None:
    repo.commit("start", {"a": "a"})
    commit = repo.commit("leak", {"leak": "needle"})
    repo.git("reset", "-q", "--hard", "HEAD~1")
    origin = committed(repo)[b"leak"][0]
    assert origin.facts["commit"] == commit and "dangling" not in origin.facts


def test_a_blob_that_only_the_index_holds_is_placed_there(repo: Repository) -> None:
    repo.commit("start", {"a": "a"})
    repo.add({"new": "needle"})
    repo.write("new", "cleaned")
    (origin,) = committed(repo)[b"new"]
    assert origin.facts == {"index": True, "blob": repo.blob(":new"), "in_work_tree": False}


def test_a_blob_that_nothing_holds_is_dangling(repo: Repository) -> None:
    repo.commit("start", {"a": "a"})
    id = repo.git("hash-object", "-w", "--stdin", stdin=b"needle")
    (origin,) = committed(repo)[b"blob:" + id[:12].encode()]
    assert origin.facts == {"blob": id, "dangling": True, "in_work_tree": False}


def test_a_tagged_blob_is_not_dangling(repo: Repository) -> None:
    repo.commit("start", {"a": "a"})
    id = repo.git("hash-object", "-w", "--stdin", stdin=b"needle")
    repo.git("tag", "-a", "key", "-m", "a blob", id)
    ((origin,),) = committed(repo).values()
    assert origin.facts["blob"] == id and "dangling" not in origin.facts


def test_a_note_is_traced_to_its_commit(repo: Repository) -> None:
    commit = repo.commit("start", {"a": "a"})
    repo.git("notes", "add", "-m", "needle")
    places = committed(repo)
    assert places[commit.encode()][0].facts["commit"] == repo.git("rev-parse", "refs/notes/commits")


def test_names_and_dates_of_strangers_do_no_harm(repo: Repository) -> None:
    repo.write("a\nb\xe9".encode("latin-1"), "needle")
    repo.git("add", "-A")
    tree = repo.git("write-tree")
    raw = f"tree {tree}\nauthor J\xf6rg\x1b[31m <j@example.com> 99999999999999999 +9999\ncommitter X <x> 1 +0000\n\nmessage\n"
    commit = repo.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw.encode("latin-1"))
    repo.git("update-ref", "refs/heads/main", commit)
    blob = next(origin for origin in committed(repo)[b"a\nb\xe9"] if "commit" in origin.facts)
    assert blob.facts["author"] == "J\xf6rg\x1b[31m" and blob.facts["date"] == ""


def test_no_mail_address_is_told(repo: Repository) -> None:
    repo.commit("needle", {"a": "needle"})
    assert "example.com" not in repr(committed(repo))


def test_nothing_found_walks_nothing(repo: Repository) -> None:
    repo.commit("start", {"a": "a"})
    assert read(repo.path).places(b"absent") == {}


def test_places_come_oldest_first_whatever_the_dates_say(repo: Repository) -> None:
    commits = []
    for number in range(6):
        repo.day = 10 - number  # each commit is made a day before its parent
        commits.append(repo.commit(f"c{number}", {"a": f"needle {number}"}))
    reading = read(repo.path, worktree=False)
    origins = [origin for origin in reading.places(b"needle")[b"a"] if "commit" in origin.facts]
    assert [origin.facts["commit"] for origin in origins] == commits


def test_git_folders_named_outright_are_read(repo: Repository, tmp_path: Path) -> None:
    repo.commit("start", {"a": "needle"})
    outer = Repository(tmp_path / "outer", f"--object-format={repo.git('rev-parse', '--show-object-format')}")
    outer.commit("start", {"b": "b"})
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", repo.path, "module")
    assert b"a" in read(repo.path / ".git").places(b"needle")
    assert read(repo.path / ".git").contents["file", b"a"] == b"needle"
    assert b"a" in read(outer.path / "module").places(b"needle")
    assert ("file", b"a") in read(outer.path / "module").contents
    assert b"a" in read(outer.path / ".git/modules/module").places(b"needle")


def test_refs_are_counted_however_many_lead_to_a_commit(repo: Repository) -> None:
    leak = repo.commit("leak", {"a": "needle"})
    later = repo.commit("later", {"a": "", "b": "needle\n"})
    for number in range(47):
        repo.git("update-ref", f"refs/pull/{number:02d}/head", later if number % 2 else leak)
    places = committed(repo)
    first, second = (next(place.facts for place in places[path] if "commit" in place.facts) for path in (b"a", b"b"))
    assert first["refs"] == second["refs"] == [f"pull/{number:02d}/head" for number in range(1, 41, 2)]
    assert (first["more_refs"], second["more_refs"]) == (27, 3)
    assert first["branches"] == second["branches"] == ["main"]
