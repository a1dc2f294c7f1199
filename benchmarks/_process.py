"""Whole processes, timed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

SECRETSCAN = [sys.executable, "-m", "secretscan"]


def find(program: str) -> str | None:
    """A peer's executable: beside this Python, or on the PATH."""
    beside = Path(sys.executable).parent / program
    return str(beside) if beside.exists() else shutil.which(program)


def best_of(command: Sequence[str], runs: int = 3, cwd: Path | None = None) -> tuple[float, int]:
    """(least wall seconds, peak resident KiB of the process at that run). Findings are no failure; an exit of 2 or a signal is."""
    best = float("inf")
    peak = 0
    for _ in range(runs):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=cwd)
        assert process.stderr is not None
        error = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        taken = time.perf_counter() - start
        code = os.waitstatus_to_exitcode(status)
        process.returncode = code
        process.stderr.close()
        if code < 0 or code == 2:
            raise SystemExit(f"{command[0]} ended with {code}: {error.decode(errors='replace').strip()[:300]}")
        if taken < best:
            best, peak = taken, usage.ru_maxrss
    return best, peak
