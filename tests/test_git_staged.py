"""What the next commit changes comes from the index, as the hook that runs sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from git_reading import Reading, read
from repositories import Repository, environment

from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.model import Reason
from secretscan.plumbing.process import Git
from secretscan.sources.git import open_source


@pytest.fixture(params=["sha1", "sha256"])
def repo(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo", f"--object-format={request.param}")
    made.commit("base", {"kept": "kept", "changed": "before", "deleted": "deleted"})
    return made


def staged(repo: Repository | Path, settings: Settings | None = None) -> Reading:
    return read(repo if isinstance(repo, Path) else repo.path, settings, staged=True)


def by_name(reading: Reading) -> dict[bytes | None, bytes]:
    return {reading.names[id]: content for id, content in reading.contents.items()}


def test_only_what_changes_is_read_and_from_the_index(repo: Repository) -> None:
    repo.add({"changed": "after", "added": "added", "deleted": None})
    repo.write("changed", "cleaned in the work tree again")
    repo.write("untracked", "untracked")
    (repo.path / "added").unlink()
    reading = staged(repo)
    assert by_name(reading) == {b"changed": b"after", b"added": b"added"}
    assert not reading.skipped and not reading.gaps
    origin = reading.places(b"after")[b"changed"][0]
    assert origin.facts == {"blob": repo.blob(":changed"), "staged": True}


def test_nothing_staged_is_clean(repo: Repository) -> None:
    assert staged(repo).contents == {} and staged(repo).source.empty_is_clean
    repo.add({"deleted": None})
    assert staged(repo).contents == {}


def test_before_the_first_commit_all_of_the_index_is_read(tmp_path: Path) -> None:
    for object_format in ("sha1", "sha256"):
        repo = Repository(tmp_path / object_format, f"--object-format={object_format}")
        repo.add({"a": "first", "HEAD": "a file of that name"})
        assert by_name(staged(repo)) == {b"a": b"first", b"HEAD": b"a file of that name"}


def test_one_content_at_two_paths_is_read_once_and_placed_twice(repo: Repository) -> None:
    repo.add({"one": "the same", "two": "the same"})
    reading = staged(repo)
    assert list(reading.contents.values()) == [b"the same"]
    assert set(reading.places(b"the same")) == {b"one", b"two"}


def test_links_and_submodules_are_no_content(repo: Repository) -> None:
    os.symlink("/etc/passwd", repo.path / "link")
    repo.git("add", "link")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.head()},module")
    reading = staged(repo)
    assert {(item.origin.path, item.reason) for item in reading.skipped} == {(b"link", Reason.SYMLINK), (b"module", Reason.GITLINK)}
    assert not reading.contents


def test_excluded_paths_are_told(repo: Repository) -> None:
    repo.add({"docs/a": "a", "b": "b"})
    reading = staged(repo, Settings(exclude=("docs/",)))
    assert by_name(reading) == {b"b": b"b"} and reading.reasons() == [Reason.EXCLUDED]


def test_strange_names_come_through(repo: Repository) -> None:
    names = [b"new\nline", b"tab\tand \x1b[31m", b"latin-\xe9", b"-option", b":colon", b'quo"te']
    for name in names:
        repo.write(name, b"in " + name)
        repo.git("add", "--", b"./" + name)
    assert by_name(staged(repo)) == {name: b"in " + name for name in names}


def test_a_staged_object_that_is_gone_is_missing(repo: Repository) -> None:
    repo.add({"gone": "gone", "here": "here"})
    repo.loose(repo.blob(":gone")).unlink()
    reading = staged(repo)
    assert by_name(reading) == {b"here": b"here"}
    assert reading.reasons() == [Reason.MISSING]


def test_a_torn_index_is_a_git_error(repo: Repository) -> None:
    repo.add({"a": "a"})
    index = repo.path / ".git/index"
    index.write_bytes(index.read_bytes()[:40])
    assert staged(repo).reasons() == [Reason.GIT_ERROR]


def test_a_merge_brings_in_the_other_side_and_both_sides_of_a_conflict(repo: Repository) -> None:
    repo.git("checkout", "-q", "-b", "other")
    repo.commit("theirs", {"new": "from the other branch", "changed": "theirs"})
    repo.git("checkout", "-q", "main")
    repo.commit("ours", {"changed": "ours"})
    repo.git("merge", "-q", "--no-commit", "other", check=False)
    contents = set(staged(repo).contents.values())
    assert {b"from the other branch", b"theirs", b"ours"} <= contents


def test_intent_to_add_adds_nothing(repo: Repository) -> None:
    repo.write("later", "later")
    repo.git("add", "-N", "later")
    assert not staged(repo).contents and not staged(repo).gaps


HOOK = """#!{python}
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from git_reading import read
reading = read(Path("."), staged=True)
Path({out!r}).write_text(repr(sorted(content for content in reading.contents.values())) + repr(reading.reasons()))
assert "git" not in sys.modules, "GitPython was imported"
"""


def install_hook(repo: Repository, out: Path) -> None:
    hook = repo.path / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    path = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
    hook.write_text(HOOK.format(python=sys.executable, path=path, out=str(out)))
    hook.chmod(0o755)


def test_a_hook_sees_what_is_committed_whatever_index_git_uses(repo: Repository, tmp_path: Path) -> None:
    out = tmp_path / "out"
    install_hook(repo, out)
    repo.add({"a": "staged a", "b": "staged b"})
    repo.git("commit", "-q", "-m", "x", "a")
    assert out.read_text() == repr([b"staged a"]) + "[]"
    repo.write("kept", "changed by commit -a")
    repo.git("commit", "-q", "-a", "-m", "y")
    assert out.read_text() == repr([b"changed by commit -a", b"staged b"]) + "[]"


def test_a_hook_in_a_linked_work_tree_sees_its_own_index(repo: Repository, tmp_path: Path) -> None:
    out = tmp_path / "out"
    install_hook(repo, out)
    repo.add({"main": "staged in main"})
    linked = tmp_path / "linked"
    repo.git("worktree", "add", "-q", "-b", "linked", linked)
    (linked / "new").write_text("staged in linked")
    for command in (["add", "new"], ["commit", "-q", "-m", "x"]):
        subprocess.run(["git", *command], cwd=linked, env=environment(), check=True)
    assert out.read_text() == repr([b"staged in linked"]) + "[]"


def test_a_hook_of_a_repository_apart_from_its_work_tree_finds_it(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "dotfiles", "--bare")
    home, out = tmp_path / "home", tmp_path / "out"
    home.mkdir()
    (home / "rc").write_text("staged apart")
    hook = repo.path / "hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(python=sys.executable, path=[str(Path(__file__).parent), str(Path(__file__).parent.parent)], out=str(out)))
    hook.chmod(0o755)
    for command in (["add", "rc"], ["commit", "-q", "-m", "x"]):
        subprocess.run(["git", f"--git-dir={repo.path}", f"--work-tree={home}", *command], cwd=home, env=environment(), check=True)
    assert out.read_text() == repr([b"staged apart"]) + "[]"


def test_another_repositorys_hook_variables_do_not_count(repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Repository(tmp_path / "other")
    other.commit("one", {"a": "other"})
    repo.add({"a": "mine"})
    monkeypatch.chdir(other.path)
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git/index"))
    assert by_name(staged(repo)) == {b"a": b"mine"}


def test_variables_that_steer_git_are_dropped(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.add({"a": "mine"})
    for name, value in {
        "GIT_TRACE": "1",
        "GIT_WORK_TREE": "/nowhere",
        "GIT_NAMESPACE": "x",
        "GIT_EXTERNAL_DIFF": "false",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.bare",
        "GIT_CONFIG_VALUE_0": "true",
        "GIT_COMMON_DIR": "/nowhere",
    }.items():
        monkeypatch.setenv(name, value)
    assert by_name(staged(repo)) == {b"a": b"mine"}


def test_the_hook_path_runs_three_gits_at_most(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs some milliseconds of every commit."""
    calls: list[str | bytes] = []
    plain = Git._command

    def counted(self: Git, arguments: tuple[str | bytes, ...]) -> list[str | bytes]:
        calls.append(arguments[0])
        return plain(self, arguments)

    monkeypatch.setattr(Git, "_command", counted)
    repo.add({"a": "mine"})
    source = open_source(str(repo.path), Settings(), staged=True)
    assert len(list(source.units())) == 1
    assert calls == ["rev-parse", "diff-index", "cat-file"]


def test_an_index_that_is_no_file_is_a_git_error(repo: Repository) -> None:
    (repo.path / ".git/index").unlink()
    os.mkfifo(repo.path / ".git/index")
    assert staged(repo).reasons() == [Reason.GIT_ERROR]


def test_a_bare_repository_has_no_next_commit(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "bare.git", "--bare")
    with pytest.raises(SourceError, match="bare repository has no index"):
        open_source(str(repo.path), Settings(), staged=True)
