from __future__ import annotations

import os
import socket
from collections import Counter
from pathlib import Path

import pytest
import tokens
from scanning import scanned

from secretscan._core import Listing
from secretscan.config import Settings
from secretscan.engine import Files
from secretscan.errors import SourceError
from secretscan.model import PIECE, LocalFile, Reason, Skipped, Unit
from secretscan.sources.dir import DirSource, open_source, recognises


def _walk(path: Path, **settings: object) -> tuple[list[Unit], list[Skipped]]:
    items = list(DirSource(str(path), Settings(**settings)).units())  # type: ignore[arg-type]
    units = [unit for item in items if isinstance(item, Unit | Listing) for unit in ([item] if isinstance(item, Unit) else Files(item))]
    return units, [item for item in items if isinstance(item, Skipped)]


def test_regular_files_come_in_a_stable_order_with_their_paths(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/z", "b/a", "c", "a"):
        (tmp_path / name).write_text(name)
    units, skips = _walk(tmp_path)
    assert [unit.name for unit in units] == [b"a", b"c", b"b/a", b"b/z"]
    assert all(isinstance(unit.content, LocalFile) for unit in units) and not skips


def test_what_is_no_file_is_named_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "up").symlink_to("..")
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.path.relpath(tmp_path / "socket"))
    server.close()
    units, skips = _walk(tmp_path)
    assert not units
    assert Counter(skip.reason for skip in skips) == {Reason.FIFO: 1, Reason.SYMLINK: 3, Reason.SOCKET: 1}


def test_devices_are_named(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("making a device node takes root")
    try:
        os.mknod(tmp_path / "null", 0o600 | 0o020000, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("device nodes cannot be made here")
    assert [skip.reason for skip in _walk(tmp_path)[1]] == [Reason.DEVICE]


def test_the_git_folder_and_excluded_paths_are_counted(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("x")
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "big.js").write_text("x")
    (tmp_path / "kept.py").write_text("x")
    units, skips = _walk(tmp_path, exclude=("vendor/", "*.min.js"))
    assert [unit.name for unit in units] == [b"kept.py"]
    assert [(skip.origin.path, skip.reason) for skip in skips] == [(b".git", Reason.EXCLUDED), (b"vendor", Reason.EXCLUDED)]


def test_a_users_size_cap_is_an_exclusion(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 100)
    units, skips = _walk(tmp_path, max_file_size=99)
    assert not units and [skip.reason for skip in skips] == [Reason.USER_SIZE_CAP]


def test_a_long_file_comes_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"x" * (2 * PIECE))
    units, _ = _walk(tmp_path)
    assert len(units) > 1 and units[-1].last and all(not unit.last for unit in units[:-1])


def test_a_file_that_shrinks_while_it_is_read_is_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(b"x" * (4 * PIECE))
    items = []
    for item in DirSource(str(path), Settings()).units():
        items.append(item)
        if len(items) == 1:
            os.truncate(path, PIECE)
    assert items[-1].reason is Reason.CHANGED  # type: ignore[union-attr]


def test_a_single_file_is_its_own_target(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("x")
    source = open_source(str(tmp_path / "one"), Settings())
    (unit,) = source.units()
    assert isinstance(unit, Unit) and unit.name == b"one"
    ((id, origin),) = source.places([unit.id])  # type: ignore[misc]
    assert id == unit.id and origin.path == b"one"


def test_a_missing_path_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file or directory; name an existing"):
        open_source(str(tmp_path / "none"), Settings())
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(SourceError, match="neither a file nor a directory"):
        open_source(str(tmp_path / "fifo"), Settings())
    assert recognises(str(tmp_path)) and not recognises(str(tmp_path / "none"))


def test_names_need_not_be_text(tmp_path: Path) -> None:
    name = b"\xff\xfe\x1b[31m\n"
    with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
        file.write(b"x")
    units, _ = _walk(tmp_path)
    assert [unit.name for unit in units] == [name]


@pytest.mark.parametrize("size", [0, PIECE], ids=["short", "long"])
def test_a_link_to_a_file_is_followed_where_it_is_named(tmp_path: Path, size: int) -> None:
    (tmp_path / "real").write_text(" " * size + tokens.github_pat(seed=3) + "\n")
    (tmp_path / "named").symlink_to("real")
    result = scanned("dir", tmp_path / "named")
    assert [place.origin.path for finding in result.findings for place in finding.places] == [b"named"]
    assert result.coverage.complete


def test_a_file_that_vanishes_before_it_is_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "gone").write_text("x")
    source = open_source(str(tmp_path / "gone"), Settings())
    (tmp_path / "gone").unlink()
    assert [item.reason for item in source.units() if isinstance(item, Skipped)] == [Reason.VANISHED]
