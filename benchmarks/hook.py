"""The hook on a commit of ten files: from its start to the verdict, beside bare git, kingfisher and detect-secrets on the same files.

By itself, and as pre-commit runs it, beside a hook that does nothing. A Python that may not write bytecode, or an editable
installation, costs every start; measure an installed wheel.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from benchmarks import _process

_MODULES = ("argparse", "calendar", "configparser", "csv", "difflib", "gettext", "shelve", "textwrap", "trace", "uuid")
_RUNS = 15
_RUNS_OF_PEERS = 3


def run(arguments: argparse.Namespace) -> None:
    del arguments
    with tempfile.TemporaryDirectory() as name:
        repo = Path(name)
        _stage(repo)
        bare = _best(["git", "-C", name, "-c", "core.hooksPath=/dev/null", *_COMMIT], repo)
        print(f"ten files, best of {_RUNS}: start to verdict")
        print(f"git commit --dry-run (bare git)  {bare * 1000:6.0f} ms")
        ours = _best([*_process.SECRETSCAN, "hook"], repo)
        print(f"secretscan hook                  {ours * 1000:6.0f} ms  {(ours - bare) * 1000:6.0f} ms beyond bare git")
        print(f"a bare Python                    {_best([sys.executable, '-c', ''], repo) * 1000:6.0f} ms")
        for peer, command in _PEERS.items():
            program = _process.find(peer)
            if program is None:
                print(f"{peer:32} missing")
                continue
            theirs = _best([program, *command], repo, runs=_RUNS_OF_PEERS)
            print(f"{peer:32} {theirs * 1000:6.0f} ms  {theirs / ours:6.1f}x ours")
        _under_precommit(repo)


def _under_precommit(repo: Path) -> None:
    """The same hooks, each alone, as pre-commit runs them on what is staged."""
    program = _process.find("pre-commit")
    if program is None:
        print("pre-commit missing")
        return
    commands = {"nothing": ["true"], "secretscan hook": [*_process.SECRETSCAN, "hook"]}
    for peer, command in _PEERS.items():
        if found := _process.find(peer):
            commands[peer] = [found, *command]
    print(f"under pre-commit run, best of {_RUNS_OF_PEERS}: beyond a hook that does nothing")
    bare = 0.0
    for name, command in commands.items():
        hook = {"id": "it", "name": "it", "language": "system", "entry": shlex.join(command), "pass_filenames": False, "always_run": True}
        (repo / ".pre-commit-config.yaml").write_text(json.dumps({"repos": [{"repo": "local", "hooks": [hook]}]}))
        subprocess.run(["git", "-C", str(repo), "add", ".pre-commit-config.yaml"], check=True)
        taken = _best([program, "run"], repo, runs=_RUNS_OF_PEERS)
        bare = bare or taken
        print(f"{name:32} {taken * 1000:6.0f} ms  {(taken - bare) * 1000:6.0f} ms beyond")


_COMMIT = ("commit", "--dry-run", "-q", "-m", "x")
_PEERS = {
    "kingfisher": ("scan", ".", "--staged", "--no-validate", "--no-update-check"),
    "detect-secrets-hook": tuple(f"file{number}.py" for number in range(len(_MODULES))),
}


def _stage(repo: Path) -> None:
    """Ten files of ordinary code, Python's own, staged on top of one commit."""
    texts = [Path(sysconfig.get_path("stdlib")) / f"{name}.py" for name in _MODULES]
    git = ["git", "-C", str(repo), "-c", "user.name=A", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "base"], check=True)
    for number, path in enumerate(texts):
        (repo / f"file{number}.py").write_bytes(path.read_bytes())
    subprocess.run([*git, "add", "-A"], check=True)


def _best(command: list[str], folder: Path, runs: int = _RUNS) -> float:
    """Seconds of the fastest run."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, cwd=folder, capture_output=True, check=False)
        times.append(time.perf_counter() - start)
    return min(times)
