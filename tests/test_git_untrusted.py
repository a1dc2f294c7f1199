"""What a stranger may put into a repository ends in a finding, a counted skip or one clear line; never in a program run or a lost scan."""

from __future__ import annotations

import gzip
import os
import subprocess
from pathlib import Path

import pytest
from command_line import SCRIPT, environment, secretscan
from repositories import Repository
from scanning import as_text, scanned
from test_git_surface import found, leak, paths

from secretscan.config import Settings
from secretscan.model import Reason
from secretscan.sources.git import open_source


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo")
    made.commit("start", {"a": leak(0)})
    return made


def test_objects_borrowed_from_outside_are_said(repo: Repository, tmp_path: Path) -> None:
    private = Repository(tmp_path / "private")
    private.commit("private", {"p": leak(1)})
    repo.write(".git/objects/info/alternates", f"{private.path}/.git/objects\n")
    result = scanned("git", repo.path)
    assert any(str(private.path) in note for note in result.coverage.notes)
    assert found(result)[1][0][1]["dangling"] is True


def test_a_git_file_that_leads_elsewhere_is_said_and_a_linked_work_tree_is_not(repo: Repository, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / ".git").write_text(f"gitdir: {repo.path}/.git\n")
    assert any("leads to" in note for note in scanned("git", folder).coverage.notes)
    repo.git("worktree", "add", "-q", "--detach", tmp_path / "linked")
    assert not scanned("git", tmp_path / "linked").coverage.notes


def test_urls_of_submodules_that_are_options_or_programs_are_never_used(repo: Repository, tmp_path: Path) -> None:
    trace = tmp_path / "it-ran"
    modules = "".join(
        f'[submodule "{name}"]\n\tpath = {name}\n\turl = {url}\n\tupdate = !touch {trace}\n'
        for name, url in {"--upload-pack=x": f"--upload-pack=touch {trace}", "../../x": f"ext::touch {trace}", "b": "-u./x"}.items()
    )
    repo.commit("modules", {".gitmodules": modules})
    repo.git("config", "submodule.b.update", f"!touch {trace}")
    for name in ("b", "c"):
        repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.head()},{name}")
    result = scanned("git", repo.path)
    assert result.coverage.skipped[Reason.GITLINK] == 2 and result.coverage.complete and not trace.exists()


def test_names_never_reach_a_terminal_or_an_annotation_as_they_are(repo: Repository) -> None:
    name = "x\n\x1b[31m\u202e::error::y\t|`"
    repo.write(name, leak(1))
    repo.git("add", "-A")
    repo.git("commit", "-qm", f"\x1b]0;title\x07 {leak(2)}")
    repo.git("update-ref", "refs/heads/\u202eevil`|", "HEAD")
    result = scanned("git", repo.path)
    assert {1, 2} <= found(result).keys()
    for format in ("terminal", "json", "sarif", "gitleaks", "github", "gitlab", "markdown"):
        text = as_text(result, format)
        assert not {"\x1b", "\x07", "\u202e"} & set(text), format


@pytest.mark.parametrize("cut", [0, 11, 60, -25])
def test_a_truncated_index_is_said_and_the_history_is_read_all_the_same(repo: Repository, cut: int) -> None:
    repo.commit("more", {f"file{number}": "x\n" for number in range(10)})
    index = repo.path / ".git/index"
    index.write_bytes(index.read_bytes()[:cut])
    result = scanned("git", repo.path)
    assert Reason.GIT_ERROR in result.coverage.skipped and not result.coverage.complete and "a" in paths(found(result), 0)


def test_a_bomb_in_a_blob_is_a_counted_gap_and_not_held(repo: Repository) -> None:
    bomb = gzip.compress(bytes(40 << 20))
    for _ in range(2):
        bomb = gzip.compress(bomb)
    repo.commit("bomb", {"bomb.gz": bomb, "after": leak(1)})
    settings = Settings(max_archive_bytes=8 << 20, jobs=1)
    result = scanned("git", repo.path, settings=settings)
    assert not result.coverage.complete and Reason.CAP in result.coverage.skipped and "after" in paths(found(result), 1)


def test_core_worktree_and_a_hostile_home_of_hooks_send_nobody_elsewhere(repo: Repository, tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir()
    (private / "p").write_text(leak(1))
    repo.git("config", "core.worktree", str(private))
    assert found(scanned("git", repo.path)).keys() == {0}
    assert found(scanned("git", repo.path, uncommitted=True)).keys() == set()


def test_a_git_folder_of_pipes_and_links_is_told_and_read_to_the_end(repo: Repository, tmp_path: Path) -> None:
    os.mkfifo(repo.path / ".git/logs/pipe")
    os.symlink("/dev/zero", repo.path / ".git/endless")
    os.symlink(repo.path / ".git", repo.path / ".git/loop")
    result = scanned("git", repo.path)
    assert result.coverage.skipped[Reason.FIFO] == 1 and result.coverage.skipped[Reason.SYMLINK] == 2 and 0 in found(result)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_another_users_repository_is_explained_and_read_when_the_user_vouches_for_it(repo: Repository, tmp_path: Path) -> None:
    subprocess.run(["chown", "-R", "12345", repo.path], check=True)
    env = {"HOME": str(tmp_path), "SUDO_UID": ""}
    refused = secretscan("git", repo.path, cwd=tmp_path, env=env)
    assert refused.returncode == 3 and b"belongs to another user" in refused.stderr and b"--any-owner" in refused.stderr
    assert secretscan("git", repo.path, "--any-owner", cwd=tmp_path, env=env).returncode == 1


def test_a_branch_named_like_an_option_is_only_a_name(repo: Repository, tmp_path: Path) -> None:
    (repo.path / ".git/refs/heads/--output=x").write_text(repo.head() + "\n")
    done = subprocess.run([SCRIPT, "git", "--branch", "--output=x"], cwd=repo.path, env=environment(), capture_output=True, timeout=60)
    assert done.returncode == 1, done
    assert not (repo.path / "x").exists()
    assert open_source(str(repo.path), Settings())
