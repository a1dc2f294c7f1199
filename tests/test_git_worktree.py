"""Files of the work tree: tracked, changed, new; never what is ignored, linked, or another repository's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from git_reading import read
from repositories import Repository

from secretscan.config import Settings
from secretscan.model import PIECE, Reason


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo")
    made.commit("base", {"tracked": "tracked", "dir/changed": "before", ".gitignore": "ignored\n"})
    return made


def files(repo: Repository, settings: Settings | None = None) -> dict[bytes, bytes]:
    reading = read(repo.path, settings, history=False)
    return {id[1]: content for id, content in reading.contents.items() if isinstance(id, tuple)}


def test_tracked_changed_and_new_files_are_read_but_ignored_ones_are_not(repo: Repository) -> None:
    repo.write("dir/changed", "after")
    repo.write("new/untracked", "untracked")
    repo.write("ignored", "ignored")
    repo.add({"staged": "staged"})
    (repo.path / "tracked").unlink()
    assert files(repo) == {
        b".gitignore": b"ignored\n",
        b"dir/changed": b"after",
        b"new/untracked": b"untracked",
        b"staged": b"staged",
    }


def test_a_tracked_file_is_read_even_if_it_is_ignored(repo: Repository) -> None:
    repo.commit("x", {"ignored": "tracked all the same"})
    assert files(repo)[b"ignored"] == b"tracked all the same"


def test_what_is_not_a_file_is_told_and_not_opened(repo: Repository) -> None:
    os.symlink("/etc/hostname", repo.path / "link")
    os.mkfifo(repo.path / "fifo")
    repo.git("add", "link")
    (repo.path / "tracked").unlink()
    os.mkfifo(repo.path / "tracked")
    reading = read(repo.path, history=False)
    assert {(item.origin.path, item.reason) for item in reading.skipped} == {(b"link", Reason.SYMLINK), (b"tracked", Reason.FIFO)}


def test_a_folder_that_became_a_link_leads_nowhere(repo: Repository, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "changed").write_text("not in this repository")
    (repo.path / "dir/changed").unlink()
    (repo.path / "dir").rmdir()
    os.symlink(outside, repo.path / "dir")
    assert b"not in this repository" not in read(repo.path).text()


def test_other_repositories_inside_are_read_and_one_that_is_not_there_is_told(repo: Repository, tmp_path: Path) -> None:
    inner = Repository(repo.path / "nested")
    inner.commit("x", {"a": "inner"})
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.head()},module")
    reading = read(repo.path, history=False)
    assert {(item.origin.path, item.reason) for item in reading.skipped} == {(b"module", Reason.GITLINK)}
    assert b"inner" in reading.text()
    assert {item.origin.path for item in read(repo.path, Settings(exclude=("nested/",)), history=False).skipped} == {b"module", b"nested"}


def test_caps_and_exclusions_are_told(repo: Repository) -> None:
    repo.write("large", "x" * 1000)
    reading = read(repo.path, Settings(max_file_size=100, exclude=("dir/",)), history=False)
    assert {(item.origin.path, item.reason) for item in reading.skipped} == {
        (b"large", Reason.USER_SIZE_CAP),
        (b"dir/changed", Reason.EXCLUDED),
    }


def test_a_long_file_is_read_in_pieces(repo: Repository) -> None:
    content = b"".join(b"line %d\n" % number for number in range(PIECE // 6))
    repo.write("long", content)
    assert files(repo)[b"long"] == content


def test_strange_names_come_through(repo: Repository) -> None:
    names = [b"new\nline", b"tab\tand \x1b[31m", b"latin-\xe9", b"-option"]
    for name in names:
        repo.write(name, b"in " + name)
    assert {name: content for name, content in files(repo).items() if name in names} == {name: b"in " + name for name in names}


def test_a_file_is_placed_in_the_work_tree_and_says_if_it_is_untracked(repo: Repository) -> None:
    repo.write("new", "needle")
    repo.write("tracked", "needle")
    places = read(repo.path, history=False).places(b"needle")
    assert places[b"new"][0].facts == {"in_work_tree": True, "untracked": True}
    assert places[b"tracked"][0].facts == {"in_work_tree": True}


def test_both_sides_of_a_conflict_do_not_read_the_file_twice(repo: Repository) -> None:
    repo.git("checkout", "-q", "-b", "other")
    repo.commit("theirs", {"tracked": "theirs"})
    repo.git("checkout", "-q", "main")
    repo.commit("ours", {"tracked": "ours"})
    repo.git("merge", "-q", "other", check=False)
    reading = read(repo.path, history=False)
    assert reading.contents["file", b"tracked"].startswith(b"<<<<<<<")


def test_core_worktree_of_the_repository_sends_nobody_elsewhere(repo: Repository, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "private").write_text("not in this repository")
    repo.git("config", "core.worktree", str(elsewhere))
    reading = read(repo.path)
    assert b"not in this repository" not in reading.text()
    assert reading.contents["file", b"tracked"] == b"tracked"


def test_an_untracked_folder_that_git_cannot_open_is_unread(repo: Repository) -> None:
    back = os.open(".", os.O_RDONLY)
    try:
        os.chdir(repo.path)
        for _ in range(30):  # longer than a path may be; root may open everything else
            os.mkdir("x" * 200)
            os.chdir("x" * 200)
    finally:
        os.fchdir(back)
        os.close(back)
    repo.write("new", "new")
    reading = read(repo.path, history=False)
    assert reading.contents[("file", b"new")] == b"new"
    assert [(skip.reason, skip.origin.path) for skip in reading.skipped] == [(Reason.UNREADABLE, b".")]
