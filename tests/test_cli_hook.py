"""The pre-commit hook: what will be committed is what is scanned, no more and no less."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tokens
import yaml
from command_line import SCRIPT, environment, git, new_repository, secretscan

TOKEN = tokens.github_pat()
LEAK = f"token = '{TOKEN}'\n"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "repo")


def install_hook(repo: Path) -> None:
    hook = repo / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\nexec "{SCRIPT}" hook\n')
    hook.chmod(0o755)


def stage(repo: Path, name: str, text: str) -> None:
    (repo / name).parent.mkdir(exist_ok=True, parents=True)
    (repo / name).write_text(text)
    git(repo, "add", "--", name)


def test_nothing_staged_is_clean_and_said(repo: Path) -> None:
    done = secretscan("hook", cwd=repo)
    assert done.returncode == 0, done
    assert b"nothing to scan" in done.stdout


def test_staged_deletion_alone_is_clean(repo: Path) -> None:
    git(repo, "rm", "-q", "README")
    done = secretscan("hook", cwd=repo)
    assert done.returncode == 0, done
    assert b"nothing to scan" in done.stdout


def test_clean_staged_file_is_clean(repo: Path) -> None:
    stage(repo, "app.py", "print()\n")
    done = secretscan("hook", cwd=repo)
    assert done.returncode == 0, done
    assert b"1 staged file" in done.stdout


def test_staged_key_is_found_though_the_work_tree_is_clean(repo: Path) -> None:
    stage(repo, "app.py", LEAK)
    (repo / "app.py").write_text("print()\n")
    done = secretscan("hook", cwd=repo)
    assert done.returncode == 1, done
    assert b"app.py:1" in done.stdout


def test_key_in_the_work_tree_alone_does_not_stop_a_commit(repo: Path) -> None:
    stage(repo, "app.py", "print()\n")
    (repo / "app.py").write_text(LEAK)
    (repo / "untracked").write_text(LEAK)
    assert secretscan("hook", cwd=repo).returncode == 0


def test_hook_works_from_below_the_top(repo: Path) -> None:
    stage(repo, "deep/app.py", LEAK)
    assert secretscan("hook", cwd=repo / "deep").returncode == 1
    assert secretscan("hook", "app.py", cwd=repo / "deep").returncode == 1


def test_advice_is_short_redacted_and_says_what_to_do(repo: Path) -> None:
    stage(repo, "app.py", LEAK)
    done = secretscan("hook", cwd=repo)
    assert len(done.stdout.splitlines()) < 10
    assert TOKEN.encode() not in done.stdout
    for word in (b"app.py:1", b"token = ", b"environment variable", b"revoke", b"secretscan:allow", b".secretscanignore"):
        assert word in done.stdout


def test_what_the_advice_says_to_allow_with_works(repo: Path) -> None:
    stage(repo, "app.py", LEAK)
    shown = secretscan("hook", cwd=repo).stdout.decode()
    (fingerprint,) = {word for word in shown.split() if word.startswith("v1:")}
    (repo / ".secretscanignore").write_text(fingerprint + "\n")
    assert secretscan("hook", cwd=repo).returncode == 0
    (repo / ".secretscanignore").unlink()
    stage(repo, "app.py", LEAK.replace("\n", "  # secretscan:allow\n"))
    assert secretscan("hook", cwd=repo).returncode == 0


@pytest.mark.parametrize("name", ["-rf", "--help", "a b", "a\tb", os.fsdecode(b"caf\xe9"), "*.py", ":(top)x"])
def test_names_are_names_whatever_they_look_like(repo: Path, name: str) -> None:
    (repo / name).write_text(LEAK)
    done = secretscan("hook", "--", name, cwd=repo)
    assert done.returncode == 1, done
    git(repo, "--literal-pathspecs", "add", "--", name)
    (repo / name).write_text("nothing\n")
    done = secretscan("hook", "--", name, cwd=repo)
    assert done.returncode == 1, done


def test_named_staged_file_is_read_from_the_index_and_others_from_the_work_tree(repo: Path) -> None:
    stage(repo, "both.py", "print()\n")
    (repo / "both.py").write_text(LEAK)
    assert secretscan("hook", "both.py", cwd=repo).returncode == 0  # what is committed is clean
    stage(repo, "both.py", LEAK)
    (repo / "both.py").write_text("print()\n")
    assert secretscan("hook", "both.py", cwd=repo).returncode == 1
    git(repo, "commit", "-q", "-m", "in")
    assert secretscan("hook", "both.py", cwd=repo).returncode == 0  # not staged any more: the work tree's is clean
    (repo / "both.py").write_text(LEAK)
    assert secretscan("hook", "both.py", cwd=repo).returncode == 1


def test_only_the_named_files_are_scanned(repo: Path) -> None:
    stage(repo, "a.py", LEAK)
    stage(repo, "b.py", "print()\n")
    assert secretscan("hook", "b.py", cwd=repo).returncode == 0
    assert secretscan("hook", "a.py", "b.py", cwd=repo).returncode == 1


def test_named_file_that_is_missing_is_no_clean_result(repo: Path) -> None:
    done = secretscan("hook", "no-such-file", cwd=repo)
    assert done.returncode == 3, done


def test_outside_a_repository_it_fails_in_one_line(tmp_path: Path) -> None:
    done = secretscan("hook", cwd=tmp_path)
    assert done.returncode == 3, done
    assert done.stderr.startswith(b"secretscan: ")
    assert done.stderr.count(b"\n") == 1


def test_options_are_heard(repo: Path) -> None:
    stage(repo, "app.py", LEAK)
    assert secretscan("hook", "--exclude", "app.py", cwd=repo).returncode == 0
    assert secretscan("hook", "--exit-code", "5", cwd=repo).returncode == 5
    done = secretscan("hook", "-f", "json", "-r", "out.json", cwd=repo)
    assert done.returncode == 1
    assert (repo / "out.json").read_text().startswith("{")


def test_target_config_of_the_repository_counts(repo: Path) -> None:
    stage(repo, "app.py", LEAK)
    (repo / ".secretscan.toml").write_text('exclude = ["app.py"]\n')
    done = secretscan("hook", cwd=repo)
    assert done.returncode == 0, done
    assert b"exclude = app.py" in done.stdout


def test_git_commit_is_blocked_and_then_let_through(repo: Path) -> None:
    install_hook(repo)
    stage(repo, "app.py", LEAK)
    done = git(repo, "commit", "-m", "leak", check=False)
    assert done.returncode == 1, done
    assert b"app.py:1" in done.stdout + done.stderr
    stage(repo, "app.py", "print()\n")
    git(repo, "commit", "-q", "-m", "clean")


def test_git_commit_of_one_file_uses_an_index_of_its_own(repo: Path) -> None:
    stage(repo, "app.py", "print()\n")
    git(repo, "commit", "-q", "-m", "base")
    install_hook(repo)
    stage(repo, "other.py", LEAK)  # staged, but not part of `git commit app.py`
    (repo / "app.py").write_text("print(1)\n")
    git(repo, "commit", "-q", "-m", "one file", "app.py")
    (repo / "app.py").write_text(LEAK)  # not staged, but part of it
    assert git(repo, "commit", "-m", "leak", "app.py", check=False).returncode == 1
    assert git(repo, "commit", "-m", "leak", "-a", check=False).returncode == 1


def test_first_commit_of_all_is_scanned(tmp_path: Path) -> None:
    repo = tmp_path / "new"
    repo.mkdir()
    git(repo, "init", "-q")
    install_hook(repo)
    stage(repo, "app.py", LEAK)
    assert git(repo, "commit", "-m", "leak", check=False).returncode == 1


def test_linked_work_tree_is_scanned(repo: Path) -> None:
    install_hook(repo)
    git(repo, "worktree", "add", "-q", "../linked")
    linked = repo.parent / "linked"
    stage(linked, "app.py", LEAK)
    assert git(linked, "commit", "-m", "leak", check=False).returncode == 1


def test_option_that_is_also_a_file_is_refused(repo: Path) -> None:
    stage(repo, "app.py", LEAK)
    stage(repo, "--exit-zero", "nothing\n")
    done = secretscan("hook", "--exit-zero", "app.py", cwd=repo)
    assert done.returncode == 2, done
    assert b"--exit-zero" in done.stderr
    assert secretscan("hook", "--", "--exit-zero", "app.py", cwd=repo).returncode == 1


def test_named_folder_is_no_clean_result(repo: Path) -> None:
    stage(repo, "src/app.py", LEAK)
    assert secretscan("hook", "src", cwd=repo).returncode == 3


def test_named_file_outside_is_refused(repo: Path) -> None:
    (repo.parent / "other").write_text(LEAK)
    assert secretscan("hook", "../other", cwd=repo).returncode == 3


def test_excluded_names_alone_are_clean_and_said(repo: Path) -> None:
    stage(repo, "vendor/app.py", LEAK)
    done = secretscan("hook", "--exclude", "vendor/", "--", "vendor/app.py", cwd=repo)
    assert done.returncode == 0, done
    assert b"1 left out" in done.stdout


HOOKS = Path(__file__).parent.parent / ".pre-commit-hooks.yaml"
PRE_COMMIT = shutil.which("pre-commit", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")


@pytest.mark.skipif(PRE_COMMIT is None, reason="pre-commit is not installed")
class TestThroughPreCommit:
    @pytest.fixture
    def hooked(self, repo: Path) -> Path:
        hooks = [hook | {"language": "system"} for hook in yaml.safe_load(HOOKS.read_text())]  # the script is on PATH here
        (repo / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]}))
        git(repo, "add", ".pre-commit-config.yaml")
        git(repo, "commit", "-q", "-m", "hooks")
        self.pre_commit(repo, "install")
        return repo

    def pre_commit(self, repo: Path, *args: str) -> tuple[int, str]:
        assert PRE_COMMIT is not None
        env = environment(repo.parent) | {"PRE_COMMIT_HOME": str(repo.parent / "cache")}
        done = subprocess.run([PRE_COMMIT, *args], cwd=repo, env=env, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout + done.stderr

    def commit(self, repo: Path, *args: str) -> tuple[int, str]:
        env = {"HOME": str(repo.parent), "PRE_COMMIT_HOME": str(repo.parent / "cache")}
        done = git(repo, "commit", "-m", "x", *args, check=False, env=env)
        return done.returncode, (done.stdout + done.stderr).decode()

    def test_hook_definition_is_valid(self, repo: Path) -> None:
        code, said = self.pre_commit(repo, "validate-manifest", str(HOOKS))
        assert code == 0, said

    def test_file_called_like_an_option_hides_nothing(self, hooked: Path) -> None:
        stage(hooked, "--exit-zero", "nothing\n")
        stage(hooked, "app.py", LEAK)
        code, said = self.commit(hooked)
        assert code == 1, said
        assert "app.py:1" in said

    def test_staged_key_blocks_the_commit(self, hooked: Path) -> None:
        stage(hooked, "app.py", LEAK)
        (hooked / "app.py").write_text("print()\n")
        code, said = self.commit(hooked)
        assert code == 1, said
        assert "app.py:1" in said
        stage(hooked, "app.py", "print()\n")
        code, said = self.commit(hooked)
        assert code == 0, said

    def test_unstaged_key_does_not(self, hooked: Path) -> None:
        stage(hooked, "app.py", "print()\n")
        (hooked / "app.py").write_text(LEAK)
        code, said = self.commit(hooked)
        assert code == 0, said

    def test_skip_skips_it(self, hooked: Path) -> None:
        stage(hooked, "app.py", LEAK)
        env = {"HOME": str(hooked.parent), "PRE_COMMIT_HOME": str(hooked.parent / "cache"), "SKIP": "secretscan"}
        git(hooked, "commit", "-q", "-m", "x", env=env)

    def test_all_files_finds_a_committed_key(self, hooked: Path) -> None:
        code, said = self.pre_commit(hooked, "run", "--all-files")
        assert code == 0, said
        stage(hooked, "app.py", LEAK)
        git(hooked, "commit", "-q", "--no-verify", "-m", "in")
        code, said = self.pre_commit(hooked, "run", "--all-files")
        assert code == 1, said
        assert "app.py:1" in said

    def test_a_push_is_stopped_for_what_it_sends(self, hooked: Path) -> None:
        server = hooked.parent / "server.git"
        git(hooked, "init", "-q", "--bare", server)
        git(hooked, "remote", "add", "origin", server)
        self.pre_commit(hooked, "install", "--hook-type", "pre-push")
        env = {"HOME": str(hooked.parent), "PRE_COMMIT_HOME": str(hooked.parent / "cache")}
        done = git(hooked, "push", "origin", "main", check=False, env=env)
        assert done.returncode == 0, done
        stage(hooked, "app.py", LEAK)
        git(hooked, "commit", "-q", "--no-verify", "-m", "leak")
        stage(hooked, "app.py", "clean\n")
        git(hooked, "commit", "-q", "-m", "clean", env=env)
        done = git(hooked, "push", "origin", "main", check=False, env=env)
        assert done.returncode == 1, done
        assert b"app.py:1" in done.stdout + done.stderr and b"README" not in done.stdout
