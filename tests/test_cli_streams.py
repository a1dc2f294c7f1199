"""Standard streams that are closed, full or read by nobody: one line, an exit code that says so, and no finding lost in silence."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import tokens
from command_line import SCRIPT, environment, secretscan

COMMANDS = ["dir .", "dir . -f json", "scan . -f sarif", "stdin", "hook", "rules list", "--version", "--help", "dir --help"]


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text("".join(f"token = {tokens.github_pat(number)}\n" for number in range(20)))
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True, env=environment())
    return tmp_path


def shell(line: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[bytes]:
    """`line` by bash; `$S` is the installed script."""
    return subprocess.run(
        ["bash", "-c", line],
        cwd=cwd,
        env=environment() | env | {"S": str(SCRIPT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("where", [">/dev/full", ">&-"])
def test_output_that_is_refused_is_one_line_and_3(leaky: Path, where: str, unbuffered: str) -> None:
    for command in COMMANDS if not unbuffered else COMMANDS[:2]:
        done = shell(f"$S {command} {where}", leaky, PYTHONUNBUFFERED=unbuffered)
        assert done.returncode == 3, (command, done)
        assert done.stderr.startswith(b"secretscan: standard output: cannot be written: "), (command, done)
        assert done.stderr.count(b"\n") == 1, (command, done)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_went_away_is_silence(leaky: Path, command: str) -> None:
    done = shell(f"$S {command} | true; exit ${{PIPESTATUS[0]}}", leaky)
    assert done.returncode == 3, done
    assert done.stderr == b"", done


def test_output_that_nobody_wants_may_be_closed(leaky: Path) -> None:
    done = shell("$S dir . -q -f json -r ../out.json >&- <&-", leaky)
    assert done.returncode == 1, done
    assert done.stderr == b""
    assert b'"github-pat"' in (leaky.parent / "out.json").read_bytes()


@pytest.mark.parametrize(("command", "code"), [("dir .", 1), ("dir missing", 3), ("sniff", 2), ("dir . -vv", 1)])
@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-"])
def test_complaints_that_nobody_takes_change_no_exit_code(leaky: Path, command: str, code: int, where: str) -> None:
    done = shell(f"$S {command} {where}", leaky)
    assert done.returncode == code, done
    assert done.stderr == b""


def test_a_closed_input_is_an_empty_one(leaky: Path) -> None:
    for command in ("stdin", "image -", "manifest -"):
        done = shell(f"$S {command} <&-", leaky)
        assert done.returncode == 3, done
        assert b"internal" not in done.stderr


def test_a_report_that_cannot_be_written_keeps_no_other_back(leaky: Path) -> None:
    done = secretscan("dir", ".", "-f", "json", "-r", "/dev/full", "-f", "sarif", "-r", leaky.parent / "out.sarif", cwd=leaky)
    assert done.returncode == 3
    assert done.stderr == b"secretscan: /dev/full: the report cannot be written: no space left on device\n"
    assert b"20 critical" in done.stdout
    assert (leaky.parent / "out.sarif").stat().st_size > 1000


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_takes_no_file_is_told_before_the_scan(leaky: Path) -> None:
    folder = leaky / "kept"
    folder.mkdir()
    (folder / "there.json").write_text("")
    folder.chmod(0o555)
    try:
        done = secretscan("dir", ".", "-r", "kept/out.json", cwd=leaky)
        assert done.returncode == 2, done
        assert done.stderr.startswith(b"secretscan: kept/out.json: may not be written")
        assert done.stdout == b""
        assert secretscan("dir", ".", "-r", "kept/there.json", cwd=leaky).returncode == 1
        assert (folder / "there.json").stat().st_size > 1000
    finally:
        folder.chmod(0o755)
