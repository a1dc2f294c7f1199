"""The demo finds what it plants, needs nothing from outside, and never builds over anything."""

from __future__ import annotations

import json
from pathlib import Path

from command_line import git, secretscan

from secretscan.demo import build


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_demo_finds_all_it_planted(tmp_path: Path) -> None:
    done = secretscan("demo", "here", "-r", "out.json", cwd=tmp_path)
    assert done.returncode == 0, done
    found = json.loads((tmp_path / "out.json").read_text())["findings"]
    kinds = {origin["kind"] for finding in found for origin in finding["origins"] if finding["severity"] == "critical"}
    assert kinds == {"git", "image", "manifest"}
    assert all(finding["facts"]["account_id"] == "123456789012" for finding in found if finding["severity"] == "critical")


def test_demo_is_the_same_each_time(tmp_path: Path) -> None:
    build(tmp_path / "a")
    build(tmp_path / "b")
    first, second = contents(tmp_path / "a"), contents(tmp_path / "b")
    index = "repo/.git/index"  # holds the times of files
    assert first.keys() == second.keys()
    assert {name: data for name, data in first.items() if name != index} == {name: data for name, data in second.items() if name != index}


def test_demo_repository_is_whole_and_clean(tmp_path: Path) -> None:
    build(tmp_path / "a")
    repo = tmp_path / "a" / "repo"
    git(repo, "fsck", "--strict")
    assert git(repo, "status", "--porcelain").stdout == b""
    assert not (repo / ".env").exists()


def test_demo_refuses_a_folder_in_use(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("dear")
    done = secretscan("demo", ".", cwd=tmp_path)
    assert done.returncode == 2
    assert b"not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_demo_takes_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert secretscan("demo", "empty", cwd=tmp_path).returncode == 0


def test_demo_where_nothing_can_be_built_fails_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = secretscan("demo", "file/below", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr.count(b"\n") == 1
