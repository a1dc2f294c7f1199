"""Chosen commits: exactly what they brought, and nothing of what stood there before."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from command_line import SCRIPT, environment, secretscan
from repositories import Repository
from test_git_surface import Found, found, leak, paths

from secretscan.config import Settings
from secretscan.errors import ScanError, UsageError
from secretscan.model import Reason
from secretscan.pipeline import scan
from secretscan.plumbing.revisions import Selection, Update, pushed, received
from secretscan.rules import load_builtin
from secretscan.sources.git import open_source


def chosen(path: Path, **how: object) -> Found:
    result = scan([open_source(str(path), Settings(jobs=1), selection=Selection(**how))], load_builtin(), Settings(jobs=1))  # type: ignore[arg-type]
    assert result.coverage.complete, result.coverage.unread
    return found(result)


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """Secrets 0 to 3 on main, a day apart, each file gone with the next; 4 on a side branch; 5 in the work tree."""
    made = Repository(tmp_path / "repo")
    for number in range(4):
        made.commit(f"c{number}", {f"f{number}": leak(number), **({f"f{number - 1}": None} if number else {})})
        made.git("tag", f"t{number}")
    made.git("checkout", "-q", "-b", "side", "t0")
    made.commit("side", {"side": leak(4)})
    made.git("checkout", "-q", "main")
    made.write("new", leak(5))
    return made


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"range": "t0..t2"}, {1, 2}),
        ({"range": "t2.."}, {3}),
        ({"range": "main..side"}, {4}),
        ({"range": "main...side"}, {1, 2, 3, 4}),
        ({"range": "t1..t1"}, set()),
        ({"range": "0" * 40 + "..t1"}, {0, 1}),
        ({"since_commit": "t1"}, {2, 3}),
        ({"branch": "side"}, {0, 4}),
        ({"branch": "side", "since_commit": "t0"}, {4}),
        ({"since": "2024-01-04 00:00"}, {2, 3, 4}),
        ({"since": "2024-01-04 00:00", "branch": "main"}, {2, 3}),
        ({"log_opts": "t0..t2"}, {1, 2}),
        ({"log_opts": "--all --not main"}, {4}),
        ({"log_opts": "--max-count=1"}, {3}),
        ({"log_opts": "-2 t2"}, {1, 2}),
    ],
)
def test_exactly_the_chosen_commits_are_scanned(repo: Repository, how: dict[str, str], expected: set[int]) -> None:
    assert chosen(repo.path, **how).keys() == expected


def test_a_finding_of_a_range_tells_its_commit_and_what_became_of_it(repo: Repository) -> None:
    ((path, facts),) = chosen(repo.path, range="t0..t2")[1]
    assert path == "f1" and facts["commit"] == repo.git("rev-parse", "t1") and facts["removed_by"] == repo.git("rev-parse", "t2")


def test_content_that_only_a_merge_brought_is_in_its_range(repo: Repository) -> None:
    repo.git("merge", "-q", "--no-commit", "--no-ff", "side")
    merge = repo.commit("merge", {"evil": leak(6)})
    assert chosen(repo.path, range=f"{merge}^..{merge}").keys() == {4, 6}


def test_messages_of_a_range_are_read(repo: Repository) -> None:
    commit = repo.commit(leak(7))
    assert chosen(repo.path, since_commit="t3")[7][0][1]["commit"] == commit


@pytest.mark.parametrize(
    ("how", "word"),
    [
        ({"range": "t0"}, "A..B"),
        ({"range": "nowhere..main"}, "no such commit"),
        ({"range": "--output=x..main"}, "no such commit"),
        ({"branch": "--all"}, "no such commit"),
        ({"since": "the day we met"}, "no date"),
        ({"log_opts": "--output=x"}, "not understood"),
        ({"log_opts": "-p --all"}, "not understood"),
        ({"log_opts": "'x"}, "quote"),
    ],
)
def test_what_cannot_be_chosen_is_said_in_one_line(repo: Repository, how: dict[str, str], word: str) -> None:
    with pytest.raises(ScanError) as caught:
        chosen(repo.path, **how)
    assert word in str(caught.value) and "\n" not in str(caught.value)


def test_a_shallow_clone_says_how_to_fetch_what_a_range_needs(repo: Repository, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    repo.git("clone", "-q", "--depth=2", "--no-tags", f"file://{repo.path}", clone)
    with pytest.raises(ScanError, match="git fetch --unshallow"):
        chosen(clone, range=f"{repo.git('rev-parse', 't0')}..HEAD")
    settings = Settings(jobs=1)
    crossing = scan([open_source(str(clone), settings, selection=Selection(branch="main"))], load_builtin(), settings)
    assert crossing.coverage.skipped[Reason.SHALLOW] == 1
    assert chosen(clone, range="HEAD~1..HEAD").keys() == {3}


@pytest.mark.parametrize("words", [b"nonsense\n", b"a b c\n", b"refs/heads/x 12 refs/heads/x 34\n"])
def test_standard_input_that_no_hook_wrote_is_refused(words: bytes) -> None:
    for read in (pushed, received):
        with pytest.raises(UsageError):
            read([words])


def test_a_push_of_a_tag_a_tree_and_a_blob_is_read(repo: Repository) -> None:
    repo.git("tag", "-a", "note", "-m", leak(6), "t0")
    blob = repo.git("hash-object", "-w", "--stdin", stdin=leak(7).encode())
    repo.add({"dir/x": leak(8)})
    tree = repo.git("write-tree")
    updates = tuple(Update("0" * 40, id) for id in (repo.git("rev-parse", "note"), blob, tree))
    places = chosen(repo.path, updates=updates, remote="origin")
    assert {6, 7, 8} <= places.keys() and paths(places, 8) == {"dir/x"}


class TestHooks:
    @pytest.fixture
    def server(self, tmp_path: Path, repo: Repository) -> Path:
        bare = tmp_path / "server.git"
        repo.git("init", "-q", "--bare", bare)
        repo.git("remote", "add", "origin", bare)
        repo.git("push", "-q", "origin", "t2:refs/heads/main")
        repo.git("fetch", "-q", "origin")
        return bare

    def hook(self, folder: Path, name: str, command: str) -> None:
        (folder / "hooks").mkdir(exist_ok=True)
        (folder / "hooks" / name).write_text(f'#!/bin/sh\nexec "{SCRIPT}" {command}\n')
        (folder / "hooks" / name).chmod(0o755)

    def push(self, repo: Repository, *what: str) -> tuple[int, str]:
        done = subprocess.run(["git", "push", "origin", *what], cwd=repo.path, env=environment(), capture_output=True, timeout=60)
        return done.returncode, os.fsdecode(done.stdout + done.stderr)

    def test_a_push_is_stopped_for_what_it_sends_and_for_nothing_else(self, repo: Repository, server: Path) -> None:
        self.hook(repo.path / ".git", "pre-push", 'hook --pre-push -- "$@"')
        code, said = self.push(repo, "main")  # 3 is new; 0 to 2 are there already
        assert code and "f3:1" in said and "f2:1" not in said and "git rebase -i" in said
        repo.git("checkout", "-q", "-b", "fine", "t2")
        repo.commit("clean", {"clean": "clean\n"})
        code, said = self.push(repo, "fine")
        assert code == 0 and "no secrets in" in said
        code, said = self.push(repo, ":main")
        assert code == 0 and "nothing to scan" in said

    def test_a_server_refuses_a_push_from_quarantine(self, repo: Repository, server: Path) -> None:
        self.hook(server, "pre-receive", "hook --pre-receive")
        code, said = self.push(repo, "main", "side")
        assert code and "f3:1" in said and "side:1" in said and "f2:1" not in said
        repo.git("checkout", "-q", "-b", "fine", "t2")
        repo.commit("clean", {"clean": "clean\n"})
        assert self.push(repo, "fine")[0] == 0


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--range", "t2..t3"], 1),
        (["--range", "t3..t3"], 0),
        (["--staged", "--range", "t2..t3"], 2),
        (["--uncommitted"], 1),
        (["--remote", "origin"], 2),
        (["--branch", "side", "--since", "2030-01-01"], 0),
    ],
)
def test_options_of_the_command_line(repo: Repository, args: list[str], code: int) -> None:
    done = secretscan("git", *args, cwd=repo.path)
    assert done.returncode == code, done


def test_mail_addresses_are_told_only_when_asked_for(repo: Repository) -> None:
    assert b"ann@example.com" not in secretscan("git", "--range", "t2..t3", "-f", "json", cwd=repo.path).stdout
    assert b"ann@example.com" in secretscan("git", "--range", "t2..t3", "--blame-email", "-f", "json", cwd=repo.path).stdout
