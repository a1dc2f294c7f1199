"""install-hook: a hook where git looks for it, and never in another one's place."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import tokens
from command_line import git, new_repository, secretscan

from secretscan import __version__

LEAK = f"token = '{tokens.github_pat()}'\n"
TOP = Path(__file__).parent.parent


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "repo")


def stage(repo: Path, text: str = LEAK) -> None:
    (repo / "app.py").write_text(text)
    git(repo, "add", "app.py")


def test_the_hook_stops_a_commit_and_is_installed_once(repo: Path) -> None:
    done = secretscan("install-hook", cwd=repo)
    assert done.returncode == 0 and b"hooks/pre-commit" in done.stdout
    assert b"installed already" in secretscan("install-hook", cwd=repo).stdout
    stage(repo)
    assert git(repo, "commit", "-qm", "leak", check=False).returncode == 1
    stage(repo, "clean\n")
    git(repo, "commit", "-qm", "clean")


def test_core_hooks_path_is_respected(repo: Path, tmp_path: Path) -> None:
    git(repo, "config", "core.hooksPath", "my hooks")
    assert secretscan("install-hook", cwd=repo).returncode == 0
    assert (repo / "my hooks/pre-commit").exists() and not (repo / ".git/hooks/pre-commit").exists()
    stage(repo)
    assert git(repo, "commit", "-qm", "leak", check=False).returncode == 1


def test_another_hook_stays_as_it_is(repo: Path) -> None:
    hook = repo / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 0\n")
    done = secretscan("install-hook", cwd=repo)
    assert done.returncode == 3 and b"add this line" in done.stderr and done.stderr.count(b"\n") == 1
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"


def test_a_push_hook_stops_what_a_push_sends(repo: Path, tmp_path: Path) -> None:
    git(repo, "init", "-q", "--bare", tmp_path / "server.git")
    git(repo, "remote", "add", "origin", tmp_path / "server.git")
    assert secretscan("install-hook", "--pre-push", cwd=repo).returncode == 0
    git(repo, "push", "-q", "origin", "main")
    stage(repo)
    git(repo, "commit", "-qm", "leak")
    assert git(repo, "push", "-q", "origin", "main", check=False).returncode == 1


def test_only_what_a_commit_adds_stops_it(repo: Path) -> None:
    stage(repo)
    git(repo, "commit", "-qm", "old leak")
    assert secretscan("install-hook", cwd=repo).returncode == 0
    stage(repo, f"# more\n{LEAK}")
    done = git(repo, "commit", "-m", "touched")
    assert b"stood there before this commit" in done.stdout + done.stderr and b"app.py:2" in done.stdout + done.stderr
    git(repo, "mv", "app.py", "moved.py")
    git(repo, "commit", "-qm", "moved")
    (repo / "copy.py").write_text(LEAK)
    git(repo, "add", "copy.py")
    assert git(repo, "commit", "-qm", "copied", check=False).returncode == 1


def test_a_short_word_of_before_does_not_excuse_a_password(repo: Path) -> None:
    word = "Tr0ub" + "4dor3x"
    stage(repo, f"# talk of {word} here\n")
    git(repo, "commit", "-qm", "word")
    stage(repo, f"# talk of {word} here\npassword = '{word}'\n")
    done = secretscan("hook", cwd=repo)
    assert b"stood there before" not in done.stdout


def test_the_mirror_offers_the_same_hooks_of_this_version() -> None:
    assert (TOP / "mirror/.pre-commit-hooks.yaml").read_text() == (TOP / ".pre-commit-hooks.yaml").read_text()
    project = tomllib.loads((TOP / "mirror/pyproject.toml").read_text())["project"]
    assert project["version"] == __version__ and project["dependencies"] == [f"secretscan=={__version__}"]
