"""The fast way in stays fast: what it must not import, it does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import environment, git, new_repository

SLOW = {"typer", "click", "git", "tqdm", "rich", "pydantic", "yaml", "argparse"}


def imported(cwd: Path, *args: str) -> set[str]:
    """Names of the modules that are loaded when the command ends."""
    program = (
        "import json, sys\n"
        "from secretscan.cli.entry import main\n"
        "try:\n    main()\n"
        "finally:\n    sys.stderr.write('\\n' + json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, *args], cwd=cwd, env=environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_version_imports_nothing_of_weight(tmp_path: Path) -> None:
    assert not imported(tmp_path, "--version") & (SLOW | {"secretscan.cli.app", "secretscan.model"})


@pytest.mark.parametrize("files", [[], ["a.txt"], ["--", "a.txt"]])
def test_hook_imports_nothing_of_weight(tmp_path: Path, files: list[str]) -> None:
    repo = new_repository(tmp_path / "repo")
    (repo / "a.txt").write_text("nothing of note\n")
    git(repo, "add", "a.txt")
    assert not imported(repo, "hook", *files) & SLOW
