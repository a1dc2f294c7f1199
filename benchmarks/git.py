"""`secretscan git` on full histories, beside kingfisher's full scan and git itself printing every object; by both readers; with a cache.

Wall seconds, the best of some runs; CPU seconds of a process and all that it starts; peak memory of the process beside git's own, and
beside what it maps of packs: those pages are the system's to take back.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import _process

_RUNS = 2
_SAMPLED = 0.02


class _Cost(NamedTuple):
    wall: float
    cpu: float
    peak: int  # MB


def run(arguments: argparse.Namespace) -> None:
    if not arguments.repository:
        print("no repository: name clones with their full history by --repository DIR; git.toml says which we measure")
    for repository in arguments.repository:
        print(f"-- {repository.parent.name if repository.name == 'repo' else repository.name}: {_blobs(repository)} blobs")
        floor = _cost(["git", "-C", str(repository), "cat-file", "--batch-all-objects", "--unordered", "--buffer", "--batch"])
        print(f"git cat-file > /dev/null  {floor.wall:7.2f} s  {floor.cpu:7.2f} s of CPU")
        ours = _cost(_scan(repository))
        print(f"secretscan git            {ours.wall:7.2f} s  {ours.cpu:7.2f} s of CPU  peak {ours.peak} MB")
        print(f"                          {ours.wall / floor.wall:7.2f} times that cat-file")
        through = _cost(_scan(repository, "--history-engine", "git"), runs=1)
        print(f"  --history-engine git    {through.wall:7.2f} s  {through.cpu:7.2f} s of CPU  peak {through.peak} MB")
        same = _report(repository, "pack") == _report(repository, "git")
        print(f"                          {'the same report' if same else 'ANOTHER REPORT'}")
        _cached(repository)
        kingfisher = _process.find("kingfisher")
        if kingfisher is None:
            print("kingfisher                missing: pip install kingfisher-bin")
            continue
        theirs = _cost([kingfisher, "scan", str(repository), "--no-validate", "--no-update-check", "--format", "json"], runs=1)
        print(f"kingfisher                {theirs.wall:7.2f} s  {theirs.cpu:7.2f} s of CPU  {theirs.wall / ours.wall:.1f} times ours")


def _cached(repository: Path) -> None:
    """A clone that borrows the objects: scanned with a new cache, then once more after one new commit."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone.git"
        git = ["git", "-C", str(clone), "-c", "user.name=A", "-c", "user.email=a@example.com"]
        subprocess.run(["git", "clone", "-q", "--mirror", "--shared", str(repository), str(clone)], check=True, capture_output=True)
        options = ["--cache-file", f"{folder}/cache"]
        first = _cost(_scan(clone, *options), runs=1)
        blob = subprocess.run([*git, "hash-object", "-w", "--stdin"], input=b"new\n", check=True, capture_output=True).stdout.strip()
        tree = subprocess.run([*git, "mktree"], input=b"100644 blob " + blob + b"\tnew\n", check=True, capture_output=True).stdout.strip()
        commit = subprocess.run([*git, "commit-tree", "-m", "new", "-p", "HEAD", tree], check=True, capture_output=True).stdout.strip()
        subprocess.run([*git, "update-ref", "refs/heads/new-in-benchmark", commit], check=True)
        second = _cost(_scan(clone, *options))
        size = os.path.getsize(f"{folder}/cache") >> 10
        print(f"with a new --cache        {first.wall:7.2f} s  {first.cpu:7.2f} s of CPU  it has {size} KiB")
        print(f"after one new commit      {second.wall:7.2f} s  {second.cpu:7.2f} s of CPU")


def _report(repository: Path, engine: str) -> bytes:
    return subprocess.run(_scan(repository, "--history-engine", engine), capture_output=True, check=False).stdout


def _scan(repository: Path, *options: str) -> list[str]:
    return [*_process.SECRETSCAN, "git", str(repository), "--exit-zero", "-f", "json", *options]


def _blobs(repository: Path) -> int:
    listing = ["git", "-C", str(repository), "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objecttype)"]
    return subprocess.run(listing, check=True, capture_output=True).stdout.count(b"blob")


def _cost(command: Sequence[str], runs: int = _RUNS) -> _Cost:
    """The cheapest of some runs. Findings are no failure; an exit of 2 or a signal is."""
    costs = []
    for _ in range(runs):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        peak = ended = 0
        while not ended:  # what the system tells at the end counts git's memory too, of which a mapped pack is most
            peak = max(peak, _resident(process.pid))
            time.sleep(_SAMPLED)
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        taken = time.perf_counter() - start
        process.returncode = code = os.waitstatus_to_exitcode(status)
        if code < 0 or code == 2:
            raise SystemExit(f"{command[0]} ended with {code}")
        costs.append(_Cost(taken, usage.ru_utime + usage.ru_stime, peak))
    return min(costs)


def _resident(pid: int) -> int:
    """Memory that a process has of its own now, in MB: without the pages of packs that it maps. 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) >> 10 for line in status.splitlines() if line.startswith("RssAnon")), 0)
