"""Real repositories made by real git, the same each time: author, dates and environment are pinned, and every commit is a day later."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

Content = bytes | str | None


def environment(**more: str) -> dict[str, str]:
    """This process's, without what steers git, with a known author; `more` goes on top."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {f"GIT_{role}_{what}": text for role in ("AUTHOR", "COMMITTER") for what, text in (("NAME", "Ann"), ("EMAIL", "ann@example.com"))}
    return {**kept, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C", **more}


class Repository:
    """A repository in `path`, made there with `git init` and the options given."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        self.day = 0
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "--template=", "--initial-branch=main", *options)

    def git(self, *arguments: str | bytes | Path, stdin: bytes = b"", check: bool = True, env: Mapping[str, str] | None = None) -> str:
        """What git printed, stripped. It must succeed unless `check` is false."""
        date = f"2024-01-{self.day + 1:02d}T12:00:00 +0000"
        settings = environment(GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date, **(env or {}))
        done = subprocess.run(["git", *arguments], cwd=self.path, env=settings, input=stdin, capture_output=True, timeout=60)
        assert not check or done.returncode == 0, done
        return os.fsdecode(done.stdout.strip())

    def write(self, path: str | bytes, content: bytes | str) -> None:
        """Write a file of the work tree, with the folders above it."""
        full = os.path.join(os.fsencode(self.path), os.fsencode(path))
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)

    def add(self, files: Mapping[str, Content]) -> None:
        """Write and stage files; None deletes one."""
        for path, content in files.items():
            if content is None:
                self.git("rm", "-q", "-f", "--", path)
            else:
                self.write(path, content)
                self.git("add", "-f", "--", path)

    def commit(self, message: str, files: Mapping[str, Content] | None = None) -> str:
        """Commit files, a day after the last commit. Gives the commit's id."""
        self.add(files or {})
        self.day += 1
        self.git("commit", "-q", "--allow-empty", "-F", "-", stdin=message.encode())
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def blob(self, revision: str) -> str:
        """The id of what `revision` names, for example HEAD:path."""
        return self.git("rev-parse", revision)

    def loose(self, id: str) -> Path:
        """Where a loose object lies, made writable."""
        path = self.path / (".git" if (self.path / ".git").is_dir() else "") / "objects" / id[:2] / id[2:]
        path.chmod(0o644)
        return path
