"""A signal ends the process with one line at whatever moment it comes, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import tokens
from command_line import SCRIPT, environment, secretscan

HOOK = """
import os, sys
class Sender:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), {number})
sys.meta_path.insert(0, Sender())
"""
"""A sitecustomize that sends a signal just when a module is about to be imported."""
MODULES = [
    "signal",
    "secretscan.cli.signals",
    "secretscan.cli.streams",
    "secretscan.config",
    "typer",
    "click",
    "secretscan.reports",
    "secretscan.cli.dir_",
]
LATE = ["secretscan.pipeline", "secretscan.rules", "secretscan.sources.dir", "concurrent.futures", "secretscan.joins.halves"]
REPORTING = ["secretscan.reports.terminal", "secretscan.reports.json"]


def _path(*more: Path) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join([*map(str, more), os.environ.get("PYTHONPATH", "")])}


@pytest.mark.parametrize("module", MODULES + LATE + REPORTING)
def test_interrupt_ends_with_130_and_one_line_at_any_moment(tmp_path: Path, module: str) -> None:
    (tmp_path / "patch").mkdir()
    (tmp_path / "patch" / "sitecustomize.py").write_text(HOOK.format(module=module, number=int(signal.SIGINT)))
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(3):
        (folder / f"f{number}").write_text(f"token = {tokens.github_pat(number)}\n" + "words and words\n" * 300_000)
    done = secretscan("dir", ".", "-f", "json", "-r", "../out.json", cwd=folder, env=_path(tmp_path / "patch"))
    assert done.returncode == 130, done
    assert done.stderr == b"secretscan: interrupted\n"
    if module != "secretscan.reports.terminal":  # which comes when the file has been written whole
        assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "patch"]


@pytest.mark.parametrize(("number", "words"), [(signal.SIGTERM, b"terminated"), (signal.SIGHUP, b"terminated: the terminal is gone")])
def test_termination_in_the_midst_of_a_report_leaves_no_half_of_it(tmp_path: Path, number: signal.Signals, words: bytes) -> None:
    patch = tmp_path / "patch"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(
        "import os, secretscan.reports.json as report\n"
        "def write(result, out, style):\n"
        "    out.write('{')\n    out.flush()\n"
        "    assert any(name.endswith('.part') for name in os.listdir('.'))\n"
        f"    os.kill(os.getpid(), {int(number)})\n    out.write('}}')\n"
        "report.write = write\n"
    )
    (tmp_path / "a").write_text("words\n")
    done = secretscan("dir", "a", "-f", "json", "-r", "out.json", cwd=tmp_path, env=_path(patch))
    assert done.returncode == 128 + number, done
    assert done.stderr == b"secretscan: " + words + b"\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "patch"]


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("words\n")
    started = ["bash", "-c", f"trap '' HUP INT TERM; exec {SCRIPT} stdin"]
    process = subprocess.Popen(
        started, cwd=tmp_path, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(b"x" * (8 << 20))  # more than a pipe holds: it is being read when this returns
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")


def test_a_second_interrupt_does_not_wait(tmp_path: Path) -> None:
    """Threads that are stuck hold up an orderly end: whoever asks twice gets it at once."""
    patch = tmp_path / "patch"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(
        "import time, secretscan.engine as engine\n"
        "def scan(self, units, suppress):\n    open('../stuck', 'w').close()\n    time.sleep(60)\n"
        "engine.Scanner.scan = scan\n"
    )
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(4):
        (folder / f"f{number}").write_bytes(b"words and words\n" * 200_000)
    process = subprocess.Popen([SCRIPT, "dir", ".", "-q"], cwd=folder, env=environment() | _path(patch), stderr=subprocess.PIPE)
    started = time.monotonic()
    while not (tmp_path / "stuck").exists() and time.monotonic() - started < 20:
        time.sleep(0.02)
    while process.poll() is None and time.monotonic() - started < 40:  # two that come while it is busy are one
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, b"secretscan: interrupted\n")
