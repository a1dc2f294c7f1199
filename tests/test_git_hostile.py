"""A hostile repository runs nothing: every setting that starts a program is planted with a canary."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from git_reading import read
from repositories import Repository, environment

from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.model import Reason
from secretscan.plumbing import process, repository
from secretscan.plumbing.process import OPTIONS, complaint
from secretscan.plumbing.process import environment as hardened
from secretscan.sources.git import open_source


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Path]:
    """A program that leaves a trace; the test fails if it ran."""
    trace = tmp_path / "it-ran"
    program = tmp_path / "canary"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> {trace}\ncat 2>/dev/null\nexit 0\n')
    program.chmod(0o755)
    yield program
    assert not trace.exists(), trace.read_text()


def read_all(path: Path) -> bytes:
    """Everything that reads a repository: history, work tree, what is staged, and the places of all of it."""
    whole, staged = read(path), read(path, staged=True)
    whole.places(b"")
    staged.places(b"")
    return whole.text() + staged.text()


def test_nothing_that_a_repository_configures_is_run(tmp_path: Path, canary: Path) -> None:
    repo = Repository(tmp_path / "repo")
    attributes = "* filter=evil diff=evil merge=evil text eol=crlf ident\n"
    repo.commit("base", {"a.txt": "first\n", "b.txt": "needle\n", ".gitattributes": attributes})
    repo.commit("next", {"a.txt": "second\n"})
    repo.git("tag", "-a", "v1", "-m", "tag")
    repo.add({"staged.txt": "staged\n"})
    program = str(canary)
    for key, value in {
        "core.fsmonitor": program,
        "core.hooksPath": str(tmp_path / "hooks"),
        "core.sshCommand": program,
        "core.gitProxy": program,
        "core.askPass": program,
        "core.pager": program,
        "core.editor": program,
        "core.alternateRefsCommand": program,
        "core.attributesFile": str(repo.path / ".gitattributes"),
        "credential.helper": f"!{program}",
        "diff.external": program,
        "diff.evil.command": program,
        "diff.evil.textconv": program,
        "merge.evil.driver": program,
        "filter.evil.clean": program,
        "filter.evil.smudge": program,
        "filter.evil.process": program,
        "filter.evil.required": "true",
        "gpg.program": program,
        "gpg.ssh.program": program,
        "log.showSignature": "true",
        "interactive.diffFilter": program,
        "pager.log": program,
        "pager.cat-file": program,
        "pager.rev-list": program,
        "pager.ls-files": program,
        "alias.cat-file": f"!{program}",
        "alias.rev-parse": f"!{program}",
        "uploadpack.packObjectsHook": program,
        "remote.origin.url": f"ext::{program}",
        "remote.origin.uploadpack": program,
        "remote.origin.vcs": "evil",
        "remote.origin.promisor": "true",
        "remote.origin.partialclonefilter": "blob:none",
        "extensions.partialClone": "origin",
        "core.repositoryFormatVersion": "1",
        "gc.auto": "1",
        "maintenance.auto": "true",
        "submodule.recurse": "true",
        "trace2.eventTarget": str(tmp_path / "it-ran"),
    }.items():
        repo.git("config", key, value)
    hooks = [tmp_path / "hooks", repo.path / ".git/hooks"]
    for folder in hooks:
        folder.mkdir(exist_ok=True)
        for name in ("post-index-change", "pre-auto-gc", "reference-transaction", "post-checkout", "pre-commit", "fsmonitor-watchman"):
            os.symlink(canary, folder / name)
    repo.loose(repo.blob("HEAD~1:a.txt")).unlink()  # an object that only the promisor has
    for path in ("a.txt", "b.txt", "staged.txt"):  # same content, other times: a refresh would run the clean filter
        os.utime(repo.path / path, (1, 1))
    before = {path: path.lstat().st_mtime_ns for path in (repo.path / ".git").rglob("*")}
    assert b"needle" in read_all(repo.path)
    assert {path: path.lstat().st_mtime_ns for path in (repo.path / ".git").rglob("*")} == before, "something was written"


def test_the_canary_would_sing(tmp_path: Path) -> None:
    """The plain commands do run what that repository configures; else the test above would prove nothing."""
    trace, program = tmp_path / "it-ran", tmp_path / "canary"
    program.write_text(f"#!/bin/sh\necho $0 >> {trace}\ncat 2>/dev/null\n")
    program.chmod(0o755)
    for key, command in {"core.fsmonitor": ["ls-files", "-o"], "diff.external": ["diff", "HEAD"], "filter.evil.clean": ["status"]}.items():
        repo = Repository(tmp_path / key)
        repo.commit("base", {"a": "a\n", ".gitattributes": "* filter=evil\n"})
        repo.write("a", "b\n")
        os.utime(repo.path / "a", (1, 1))
        repo.git("config", key, str(program))
        repo.git(*command, check=False)
        assert trace.exists(), key
        trace.unlink()


@pytest.mark.parametrize("remote", ["ext::{program} %S", "ssh://host/repo", "file://{program}", "http://127.0.0.1:1/x"])
def test_a_missing_object_of_a_promisor_is_never_fetched(tmp_path: Path, canary: Path, remote: str) -> None:
    repo = Repository(tmp_path / "repo")
    repo.commit("base", {"a": "gone", "b": "here"})
    gone = repo.blob("HEAD:a")
    repo.git("config", "core.repositoryFormatVersion", "1")
    repo.git("config", "extensions.partialClone", "origin")
    repo.git("config", "remote.origin.promisor", "true")
    repo.git("config", "remote.origin.url", remote.format(program=canary))
    repo.git("config", "core.sshCommand", str(canary))
    repo.git("config", "protocol.allow", "always")
    repo.git("config", "protocol.ext.allow", "always")
    repo.loose(gone).unlink()
    reading = read(repo.path)
    assert Reason.MISSING in reading.reasons() and b"here" in reading.text()
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{gone},staged")
    assert Reason.MISSING in read(repo.path, staged=True).reasons()


def test_files_outside_are_not_read_by_name(tmp_path: Path) -> None:
    """A configuration may include any path, and excludesFile may name one: neither reaches what is scanned, nor an error."""
    private = tmp_path / "private"
    private.write_text("[swordfish not a configuration\n")
    repo = Repository(tmp_path / "repo")
    repo.commit("base", {"a": "a"})
    repo.git("config", "core.excludesFile", str(private))
    assert b"swordfish" not in read_all(repo.path)
    repo.git("config", "include.path", str(private))
    with pytest.raises(SourceError) as caught:
        open_source(str(repo.path), Settings())
    assert "swordfish" not in str(caught.value) and "bad config line 1" in str(caught.value)


def test_a_git_file_that_points_at_no_repository_is_an_error(tmp_path: Path) -> None:
    for number, text in enumerate(("gitdir: /nowhere\n", "gitdir: \n", "nonsense", "gitdir: " + "x" * 100_000)):
        folder = tmp_path / f"odd{number}"
        folder.mkdir()
        (folder / ".git").write_text(text)
        with pytest.raises(SourceError) as caught:
            open_source(str(folder), Settings())
        assert "\n" not in str(caught.value)


def test_refs_and_paths_that_look_like_options_are_only_names(tmp_path: Path, canary: Path) -> None:
    repo = Repository(tmp_path / "repo")
    repo.write(f"--output={tmp_path}/it-ran", "needle")
    repo.write("--exec=x", "needle too")
    repo.git("add", "-A")
    head = repo.commit("base")
    for name in ("--upload-pack=x", "-x", "--all"):
        path = repo.path / ".git/refs/heads" / name
        path.write_text(head + "\n")
    text = read_all(repo.path)
    assert b"needle" in text and b"needle too" in text


def test_an_ignore_file_that_git_waits_for_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = Repository(tmp_path / "repo")
    repo.commit("base", {"a": "needle"})
    os.mkfifo(repo.path / ".gitignore")
    monkeypatch.setattr(process, "STALL", 0.5)
    reading = read(repo.path)
    assert reading.reasons() == [Reason.GIT_ERROR] and b"needle" in reading.text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_another_users_repository_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = Repository(tmp_path / "repo")
    repo.commit("base", {"a": "a"})
    subprocess.run(["chown", "-R", "12345", repo.path], check=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SUDO_UID", raising=False)
    for options in ({}, {"staged": True}):
        with pytest.raises(SourceError) as caught:
            open_source(str(repo.path), Settings(), **options)  # type: ignore[arg-type]
        assert "another user" in str(caught.value) and f"safe.directory {repo.path}" in str(caught.value)
        assert "\n" not in str(caught.value)
    subprocess.run(
        ["git", "config", "--global", "--add", "safe.directory", repo.path],
        env=environment(HOME=str(tmp_path), GIT_CONFIG_GLOBAL=str(tmp_path / ".gitconfig")),
        check=True,
    )
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    assert b"a" in read(repo.path).contents.values()


def test_git_gets_no_variable_that_steers_it() -> None:
    given = hardened(
        {"GIT_DIR": "x", "GIT_SSH_COMMAND": "x", "GIT_EXTERNAL_DIFF": "x", "GIT_TRACE": "1", "SSH_ASKPASS": "x", "PATH": "/bin"}
    )
    assert not {"GIT_DIR", "GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_TRACE", "SSH_ASKPASS"} & given.keys()
    expected = {
        "PATH": "/bin",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    assert expected.items() <= given.items()
    assert {"core.fsmonitor=false", "core.hooksPath=/dev/null", "log.showSignature=false"} <= set(OPTIONS)


def test_replaced_and_grafted_history_is_read_as_it_is(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "repo")
    first = repo.commit("leak", {"a": "needle"})
    second = repo.commit("clean", {"a": "clean"})
    (repo.path / ".git/info").mkdir(exist_ok=True)
    (repo.path / ".git/info/grafts").write_text(second + "\n")
    repo.git("replace", first, second)
    (origin,) = read(repo.path).places(b"needle")[b"a"]
    assert origin.facts["commit"] == first and "dangling" not in origin.facts


def test_what_git_says_is_one_safe_line() -> None:
    said = b"hint: x\nerror: first\nfatal: unable to access 'https://user:hunter2@host/x': \x1b[31mno\nfatal: later\n"
    assert complaint(said) == "unable to access 'https://***@host/x': \\x1b[31mno"
    assert complaint(b"error: first\n") == "first"
    assert complaint(b"warning: only this\n") == ""


@pytest.mark.parametrize("name", ["HEAD", "config", "commondir", "refs/heads/main", "included"])
def test_a_pipe_that_the_first_questions_meet_is_given_up_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert process.PROBE <= 30
    monkeypatch.setattr(repository, "PROBE", 0.5)
    repo = Repository(tmp_path / "repo")
    repo.commit("base", {"a.txt": "words\n"})
    repo.git("config", "include.path", "included")
    (repo.path / ".git" / name).unlink(missing_ok=True)
    os.mkfifo(repo.path / ".git" / name)
    started = time.monotonic()
    with pytest.raises(SourceError, match=r"did not answer within 0.5 s; is there a pipe"):
        open_source(str(repo.path), Settings())
    assert time.monotonic() - started < 10
