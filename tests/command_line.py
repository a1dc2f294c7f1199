"""Runs the installed `secretscan` and real git the way a user does, in an environment of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(sys.executable).parent / "secretscan"


def environment(home: Path | None = None) -> dict[str, str]:
    """This process's, without what would steer secretscan or git, and with a known author."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "SECRETSCAN_", "PRE_COMMIT")) and name not in ("NO_COLOR", "COLUMNS")
    }
    return (
        kept
        | {
            "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@example.com",
            "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@example.com",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "PATH": f"{SCRIPT.parent}{os.pathsep}{kept.get('PATH', '')}",
        }
        | ({"HOME": str(home)} if home else {})
    )


def secretscan(
    *args: str | Path, cwd: Path, env: dict[str, str] | None = None, stdin: bytes = b"", timeout: float = 60
) -> subprocess.CompletedProcess[bytes]:
    """The finished process; output is bytes."""
    return subprocess.run([SCRIPT, *args], cwd=cwd, env=environment() | (env or {}), input=stdin, capture_output=True, timeout=timeout)


def git(repo: Path, *args: str | Path, check: bool = True, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """Git in `repo`, which must succeed unless told otherwise."""
    return subprocess.run(["git", *args], cwd=repo, env=environment() | (env or {}), capture_output=True, check=check, timeout=60)


def new_repository(folder: Path) -> Path:
    """An empty repository with one commit."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "README").write_text("nothing\n")
    git(folder, "add", "README")
    git(folder, "commit", "-q", "-m", "first")
    return folder
