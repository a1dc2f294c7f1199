"""Which reports are written, where, how, and that none gives a secret away unasked."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import termios
import time
from pathlib import Path

import pytest
import tokens
from command_line import SCRIPT, environment, secretscan

TOKEN = tokens.github_pat()


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    folder = tmp_path / "leaky"
    folder.mkdir()
    (folder / "app.py").write_text(f"token = '{TOKEN}'\n")
    return folder


def test_terminal_view_is_the_default_and_redacts(leaky: Path) -> None:
    done = secretscan("dir", ".", cwd=leaky)
    assert b"app.py" in done.stdout
    assert TOKEN.encode() not in done.stdout
    assert b"\x1b" not in done.stdout
    assert done.stderr == b""


def test_quiet_says_nothing_but_ends_alike(leaky: Path) -> None:
    done = secretscan("dir", ".", "-q", cwd=leaky)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


@pytest.mark.parametrize("format", ["json", "sarif", "gitleaks"])
@pytest.mark.parametrize("more", [[], ["-r", "-"]])
def test_format_without_a_file_goes_to_standard_output_alone(leaky: Path, format: str, more: list[str]) -> None:
    done = secretscan("dir", ".", "-f", format, *more, cwd=leaky)
    assert done.returncode == 1
    json.loads(done.stdout)
    assert done.stderr == b""


def test_several_pairs_in_one_run(leaky: Path) -> None:
    done = secretscan("dir", ".", "-f", "json", "-r", "a.out", "-f", "sarif", "-r", "b.out", cwd=leaky)
    assert done.returncode == 1, done
    assert "schema" in json.loads((leaky / "a.out").read_text())
    assert json.loads((leaky / "b.out").read_text())["version"] == "2.1.0"
    assert b"app.py" in done.stdout  # the terminal view stays


def test_file_may_stand_before_its_format(leaky: Path) -> None:
    secretscan("dir", ".", "-r", "a.out", "-f", "json", "-r", "b.out", "-f", "sarif", cwd=leaky)
    assert "schema" in json.loads((leaky / "a.out").read_text())
    assert json.loads((leaky / "b.out").read_text())["version"] == "2.1.0"


def test_extension_decides_where_no_format_is_given(leaky: Path) -> None:
    done = secretscan("dir", ".", "-r", "a.sarif", "-r", "b.json", "-r", "c.jsonl", cwd=leaky)
    assert done.returncode == 1, done
    assert json.loads((leaky / "a.sarif").read_text())["version"] == "2.1.0"
    assert "schema" in json.loads((leaky / "b.json").read_text())
    assert all(json.loads(line) for line in (leaky / "c.jsonl").read_text().splitlines())


def test_format_before_a_file_goes_with_it_and_the_other_by_extension(leaky: Path) -> None:
    done = secretscan("dir", ".", "-r", "a.sarif", "-f", "gitleaks", "-r", "b.json", cwd=leaky)
    assert done.returncode == 1, done
    assert json.loads((leaky / "a.sarif").read_text())["version"] == "2.1.0"
    assert json.loads((leaky / "b.json").read_text())[0]["RuleID"]


def test_one_format_to_standard_output_beside_one_in_a_file(leaky: Path) -> None:
    done = secretscan("dir", ".", "-f", "sarif", "-r", "a.sarif", "-f", "json", cwd=leaky)
    assert done.returncode == 1, done
    assert "schema" in json.loads(done.stdout)
    assert json.loads((leaky / "a.sarif").read_text())["version"] == "2.1.0"


def test_two_reports_never_share_a_file(leaky: Path) -> None:
    done = secretscan("dir", ".", "-r", "a.json", "-r", "./a.json", cwd=leaky)
    assert done.returncode == 2
    assert not (leaky / "a.json").exists()


def test_no_report_holds_a_secret_unless_asked(leaky: Path) -> None:
    formats = ["terminal", "json", "jsonl", "sarif", "gitleaks"]
    pairs = [word for format in formats for word in ("-f", format, "-r", f"{format}.out")]
    secretscan("dir", "app.py", *pairs, cwd=leaky)
    for format in formats:
        text = (leaky / f"{format}.out").read_text()
        assert text
        assert TOKEN not in text
    secretscan("dir", "app.py", "--show-secrets", "-r", "shown.json", cwd=leaky)
    assert TOKEN in (leaky / "shown.json").read_text()


def test_file_with_secrets_is_for_its_owner_alone(leaky: Path) -> None:
    (leaky / "shown.json").touch(mode=0o666)
    secretscan("dir", "app.py", "--show-secrets", "-r", "shown.json", cwd=leaky)
    assert stat.S_IMODE((leaky / "shown.json").stat().st_mode) == 0o600
    assert TOKEN in (leaky / "shown.json").read_text()


def test_old_report_is_replaced_whole_and_nothing_is_left_beside_it(leaky: Path) -> None:
    (leaky / "a.json").write_text("x" * 100_000)
    secretscan("dir", "app.py", "-r", "a.json", cwd=leaky)
    json.loads((leaky / "a.json").read_text())
    assert sorted(path.name for path in leaky.iterdir()) == ["a.json", "app.py"]


def test_link_to_a_report_stays_a_link(leaky: Path) -> None:
    (leaky / "real.json").write_text("old")
    (leaky / "a.json").symlink_to("real.json")
    secretscan("dir", "app.py", "-r", "a.json", cwd=leaky)
    assert (leaky / "a.json").is_symlink()
    json.loads((leaky / "real.json").read_text())


def test_report_may_go_to_a_device_or_a_pipe(leaky: Path) -> None:
    assert secretscan("dir", "app.py", "-f", "json", "-r", "/dev/null", cwd=leaky).returncode == 1
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    os.mkfifo(leaky / "pipe")
    reader = subprocess.Popen(["cat", "pipe"], cwd=leaky, stdout=subprocess.PIPE)
    secretscan("dir", "app.py", "-f", "json", "-r", "pipe", cwd=leaky)
    out, _ = reader.communicate(timeout=30)
    assert "schema" in json.loads(out)


def test_report_that_cannot_be_written_is_a_failure(leaky: Path) -> None:
    done = secretscan("dir", "app.py", "-f", "json", "-r", "/dev/full", cwd=leaky)
    assert done.returncode == 3
    assert b"/dev/full" in done.stderr
    assert b"Traceback" not in done.stderr


def on_a_terminal(cwd: Path, *args: str, env: dict[str, str] | None = None, slowly: bytes = b"") -> tuple[int, bytes]:
    """Exit code and all that `secretscan` shows on a terminal of 80 columns. `slowly` is its standard input, twice, a second apart."""
    primary, secondary = os.openpty()
    termios.tcsetwinsize(secondary, (24, 80))
    full = environment() | {"TERM": "xterm"} | (env or {})
    process = subprocess.Popen([SCRIPT, *args], cwd=cwd, env=full, stdin=subprocess.PIPE, stdout=secondary, stderr=secondary)
    os.close(secondary)
    assert process.stdin is not None
    process.stdin.write(slowly)
    if slowly:
        time.sleep(1)
        process.stdin.write(slowly)
    process.stdin.close()
    shown = b""
    try:
        while piece := os.read(primary, 65536):
            shown += piece
    except OSError:  # how a terminal says that its other end is closed
        pass
    os.close(primary)
    return process.wait(timeout=60), shown


def test_progress_is_drawn_for_scans_that_take_a_while_and_leaves_nothing(tmp_path: Path) -> None:
    text = b"a line of no interest\n" * 1_000_000
    code, shown = on_a_terminal(tmp_path, "stdin", slowly=text)
    assert code == 0, shown
    assert b"scanning: " in shown
    assert shown.rindex(b"scanning: ") < shown.rindex(b"\r" + b" " * 40)  # wiped
    assert b"scanning" not in on_a_terminal(tmp_path, "stdin", "-q", slowly=text)[1]


@pytest.mark.parametrize(
    ("args", "env", "colored"),
    [([], {"TERM": "xterm"}, True), (["--no-color"], {}, False), ([], {"NO_COLOR": "1"}, False), ([], {"TERM": "dumb"}, False)],
)
def test_color_is_for_terminals_that_want_it(leaky: Path, args: list[str], env: dict[str, str], colored: bool) -> None:
    code, shown = on_a_terminal(leaky, "dir", "app.py", *args, env=env)
    assert code == 1
    assert b"app.py" in shown
    assert (b"\x1b[" in shown) is colored
