"""Pipes as targets: standard input, one that was handed over, one with a name."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest
import tokens
from command_line import SCRIPT, environment, secretscan
from images import convert, from_tars, tar_of

from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.sources import _streams, image, manifest

TOKEN = tokens.github_pat()
OBJECT = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  key: {TOKEN}\n"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return convert(from_tars(tmp_path, [tar_of({"etc/token": TOKEN.encode()})]), "docker-archive")


def bash(line: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["bash", "-c", line], cwd=cwd, env=environment() | {"S": str(SCRIPT)}, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
    )


def test_a_substituted_command_is_read(archive: Path) -> None:
    (archive.parent / "object.yaml").write_text(OBJECT)
    for line in (
        f"$S image <(cat {archive})",
        f"cat {archive} | $S image /dev/stdin",
        f"$S image /dev/stdin < {archive}",
        f"$S scan image:<(cat {archive})",
        f"mkfifo p; (sleep 0.5; cat {archive}) > p & $S image p",
        "$S manifest <(cat object.yaml)",
        "mkfifo q.yaml; cat object.yaml > q.yaml & $S manifest q.yaml",
        "$S manifest object.yaml <(cat object.yaml)",
    ):
        done = bash(line, archive.parent)
        assert done.returncode == 1, (line, done)
        assert b"github-pat" in done.stdout
        assert b"complete" in done.stdout


def test_a_pipe_whose_writer_gave_nothing_is_incomplete_at_once(tmp_path: Path) -> None:
    done = bash("$S manifest <(true)", tmp_path)
    assert done.returncode == 3, done
    assert b"nothing came out of this pipe" in done.stdout
    done = bash("$S image <(true)", tmp_path)
    assert done.returncode == 3, done
    assert b"is empty" in done.stderr


def test_a_pipe_that_nobody_fills_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_streams, "PATIENCE", 0.2)
    os.mkfifo(tmp_path / "pipe")
    for source in (image, manifest):
        with pytest.raises(SourceError, match="pipe: nobody wrote into this pipe"):
            source.open_source(str(tmp_path / "pipe"), Settings())


def test_a_writer_that_takes_its_time_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_streams, "PATIENCE", 0.3)
    os.mkfifo(tmp_path / "pipe")
    ready = threading.Event()

    def write() -> None:
        with open(tmp_path / "pipe", "w") as pipe:
            ready.wait(10)
            pipe.write(OBJECT)

    thread = threading.Thread(target=write)
    thread.start()
    stream = _streams.open_stream(str(tmp_path / "pipe"))
    ready.set()
    assert stream is not None
    with stream:
        assert stream.read(1 << 16) == OBJECT.encode()
    thread.join()


def test_a_stream_that_does_not_block_is_read_to_its_end(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    process = subprocess.Popen([SCRIPT, "stdin", "-f", "json"], cwd=tmp_path, env=environment(), stdin=reading, stdout=subprocess.PIPE)
    os.close(reading)
    with open(writing, "wb", buffering=0) as pipe:
        for _ in range(3):
            pipe.write(b"words\n" * 1000)
            threading.Event().wait(0.3)
        pipe.write(TOKEN.encode())
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert b"github-pat" in out


def test_a_stream_that_fails_is_unread(tmp_path: Path) -> None:
    for command in ("stdin", "manifest -"):
        done = bash(f"$S {command} 0> out", tmp_path)
        assert done.returncode == 3, done
        assert b"unreadable: bad file descriptor" in done.stdout


@pytest.mark.parametrize("command", ["dir", "git", "image", "manifest", "scan"])
def test_a_device_is_refused_in_one_line(tmp_path: Path, command: str) -> None:
    done = secretscan(command, "/dev/zero", cwd=tmp_path)
    assert done.returncode == 3, done
    assert done.stderr.startswith(b"secretscan: /dev/zero: ")
    assert done.stderr.count(b"\n") == 1
