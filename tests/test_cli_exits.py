"""What the process ends with, and what it says when it cannot do what it was asked."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
from pathlib import Path

import pytest
import tokens
from command_line import SCRIPT, environment, secretscan

LEAK = "token = {}\n"


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    folder = tmp_path / "leaky"
    folder.mkdir()
    (folder / "app.py").write_text(LEAK.format(tokens.github_pat()))
    return folder


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    folder = tmp_path / "clean"
    folder.mkdir()
    (folder / "app.py").write_text("print('hello')\n")
    return folder


@pytest.fixture
def unread(clean: Path) -> Path:
    """A folder of which one thing cannot be read: a gzip cut short."""
    packed = gzip.compress(os.urandom(200_000))
    (clean / "data.gz").write_bytes(packed[: len(packed) // 2])
    return clean


def test_clean_ends_with_0(clean: Path) -> None:
    done = secretscan("dir", clean, cwd=clean)
    assert done.returncode == 0, done
    assert done.stderr == b""


def test_found_ends_with_1(leaky: Path) -> None:
    assert secretscan("dir", leaky, cwd=leaky).returncode == 1


def test_exit_code_replaces_1(leaky: Path, clean: Path) -> None:
    assert secretscan("dir", leaky, "--exit-code", "7", cwd=leaky).returncode == 7
    assert secretscan("dir", clean, "--exit-code", "7", cwd=leaky).returncode == 0


def test_exit_zero_hides_findings(leaky: Path) -> None:
    done = secretscan("dir", leaky, "--exit-zero", cwd=leaky)
    assert done.returncode == 0
    assert b"app.py" in done.stdout


def test_incomplete_ends_with_3(unread: Path) -> None:
    done = secretscan("dir", unread, cwd=unread)
    assert done.returncode == 3, done
    assert b"data.gz" in done.stdout


def test_exit_zero_never_hides_an_incomplete_scan(unread: Path) -> None:
    assert secretscan("dir", unread, "--exit-zero", cwd=unread).returncode == 3
    (unread / "leak").write_text(LEAK.format(tokens.github_pat()))
    assert secretscan("dir", unread, cwd=unread).returncode == 1
    assert secretscan("dir", unread, "--exit-zero", cwd=unread).returncode == 3


def test_named_reasons_can_be_accepted(unread: Path) -> None:
    assert secretscan("dir", unread, "--allow-incomplete", "corrupt,truncated", cwd=unread).returncode == 0
    assert secretscan("dir", unread, "--allow-incomplete", "shallow", cwd=unread).returncode == 3


def test_nothing_to_scan_is_incomplete(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert secretscan("dir", "empty", cwd=tmp_path).returncode == 3
    assert secretscan("dir", "empty", "--allow-incomplete", "corrupt", cwd=tmp_path).returncode == 3


def test_a_mistyped_command_is_answered_with_the_likely_one_once(clean: Path) -> None:
    done = secretscan("dri", ".", cwd=clean)
    assert done.returncode == 2 and done.stderr.count(b"Did you mean 'dir'?") == 1


def test_unknown_reason_is_a_usage_error_that_lists_them(clean: Path) -> None:
    done = secretscan("dir", clean, "--allow-incomplete", "laziness", cwd=clean)
    assert done.returncode == 2
    assert b"--allow-incomplete" in done.stderr
    assert b"nested-too-deep" in done.stderr
    assert b"symlink" not in done.stderr


@pytest.mark.parametrize(
    "args",
    [
        ["dir", "--no-such-flag", "."],
        ["dir"],
        [],
        ["sniff", "."],
        ["dir", ".", "-f", "docx"],
        ["dir", ".", "-r", "out.docx"],
        ["dir", ".", "-r", "no/such/folder/out.json"],
        ["dir", ".", "-j", "0"],
        ["dir", ""],
        ["scan", ""],
        ["dir", ".", "-r", ""],
        ["dir", ".", "--exclude", ""],
        ["dir", ".", "--exit-code", "300"],
        ["dir", ".", "--min-severity", "dreadful"],
        ["dir", ".", "--max-file-size", "big"],
        ["dir", ".", "-c", "no-such-rules.toml"],
        ["dir", ".", "--disable-rule", "no-such-rule"],
        ["dir", ".", "-f", "json", "-f", "sarif"],
        ["rules", "show", "no-such-rule"],
        ["rules", "list", "-f", "xml"],
    ],
)
def test_wrong_usage_ends_with_2_and_without_a_traceback(clean: Path, args: list[str]) -> None:
    done = secretscan(*args, cwd=clean)
    assert done.returncode == 2, done
    assert done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["dir", "git", "image", "manifest", "scan"])
def test_missing_path_ends_with_one_line(tmp_path: Path, command: str) -> None:
    done = secretscan(command, "no-such-place", cwd=tmp_path)
    assert done.returncode == 3, done
    assert done.stderr.startswith(b"secretscan: no-such-place: ")
    assert done.stderr.count(b"\n") == 1


def test_names_reach_the_terminal_escaped(tmp_path: Path) -> None:
    done = secretscan("dir", "no\x1b[2Jsuch", cwd=tmp_path)
    assert b"\x1b" not in done.stderr
    assert b"\\x1b" in done.stderr


def test_name_that_is_no_utf8_is_scanned(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    (tmp_path / name).write_text(LEAK.format(tokens.github_pat()))
    done = secretscan("dir", name, cwd=tmp_path)
    assert done.returncode == 1, done
    assert b"caf\\xe9" in done.stdout


def test_interrupt_ends_with_130_and_one_line(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [SCRIPT, "stdin"], cwd=tmp_path, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(b"x" * (40 << 20))  # more than a pipe holds: it is being read when this returns
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert err == b"secretscan: interrupted\n"
    assert b"clean" not in out


def test_reader_that_goes_away_leaves_no_traceback(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"f{number}").write_text(LEAK.format(tokens.github_pat(number)))
    process = subprocess.Popen([SCRIPT, "dir", "."], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) != 0
    process.stderr.close()


def test_version(tmp_path: Path) -> None:
    done = secretscan("--version", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(b"secretscan ")


COMMANDS = ["dir", "git", "image", "manifest", "scan", "stdin", "hook", "demo", "rules list", "rules show", "rules check", ""]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_gives_an_example_on_one_line(tmp_path: Path, command: str) -> None:
    done = secretscan(*command.split(), "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(b"Usage: secretscan")
    (example,) = [line for line in done.stdout.decode().splitlines() if "Example: " in line or "Examples: " in line]
    assert f"secretscan {command}" in example
    assert "Exit codes: 0" in done.stdout.decode()


def test_environment_and_target_config_count(leaky: Path) -> None:
    assert secretscan("dir", ".", cwd=leaky, env={"SECRETSCAN_EXIT_CODE": "9"}).returncode == 9
    (leaky / "other").write_text("nothing\n")
    (leaky / ".secretscan.toml").write_text('exclude = ["app.py"]\n')
    done = secretscan("dir", ".", cwd=leaky)
    assert done.returncode == 0, done
    assert b"exclude = app.py" in done.stdout
    assert secretscan("dir", ".", "--no-target-config", cwd=leaky).returncode == 1


def test_one_target_does_not_excuse_another(leaky: Path, clean: Path) -> None:
    (clean / ".secretscan.toml").write_text('exclude = ["app.py"]\nmin_confidence = "high"\n')
    (clean / "other").write_text("nothing\n")
    done = secretscan("scan", clean, leaky, cwd=clean)
    assert done.returncode == 1, done
    assert b"left aside" in done.stdout


def test_internal_error_is_one_line_and_its_traceback_holds_no_secret(clean: Path) -> None:
    """A report is broken from outside, by a sitecustomize: no known bug would do it."""
    token = tokens.github_pat()
    patch = clean / "patch"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(
        "import secretscan.reports.terminal as broken\n"
        f"def write(result, out, style):\n    held = {token!r}\n    raise KeyError(held)\n"
        "broken.write = write\n"
    )
    env = {"PYTHONPATH": os.pathsep.join([str(patch), os.environ.get("PYTHONPATH", "")])}
    done = secretscan("dir", "app.py", cwd=clean, env=env)
    assert done.returncode == 3, done
    assert done.stderr.count(b"\n") == 1
    assert b"KeyError" in done.stderr
    assert b"-vv" in done.stderr
    assert token.encode() not in done.stderr
    loud = secretscan("dir", "app.py", "-vv", cwd=clean, env=env)
    assert loud.returncode == 3
    assert b'File "' in loud.stderr
    assert token.encode() not in loud.stderr
