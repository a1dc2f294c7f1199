"""7z archives: opened whatever their method, said where they cannot be, and none asks for much memory or work."""

from __future__ import annotations

import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from files import tool, write
from hypothesis import given
from hypothesis import strategies as st
from test_packed_forms import NOISE, TEXT, outcome

from secretscan.model import Reason
from secretscan.readers.archives import Limits, Member, members
from secretscan.readers.compression import Damaged
from secretscan.readers.seven_zip_header import Malformed, read_header


@pytest.mark.parametrize("method", ["LZMA2", "LZMA", "BZip2", "Deflate", "Copy", "BCJ", "BCJ2", "Delta:4"])
@pytest.mark.parametrize("solid", ["on", "off"])
def test_a_7z_archive_is_opened_whatever_its_method(tmp_path: Path, method: str, solid: str) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path / "in", "empty", b"")
    write(tmp_path / "in", "first.txt", b"first\n" * 1000)
    write(tmp_path / "in", "deep/ä.txt", TEXT)
    methods = [f"-m0={method}", "-m1=LZMA2"] if method in ("BCJ", "Delta:4") else [f"-m0={method}"]
    subprocess.run(
        [tool("7zz"), "a", "-bd", f"-ms={solid}", *methods, "../a.7z", "."], cwd=tmp_path / "in", check=True, capture_output=True
    )
    found, unread = outcome(tmp_path, (tmp_path / "a.7z").read_bytes(), "a.7z")
    assert unread == []
    assert len(found) == 1
    assert found[0].startswith("a.7z!") and (method == "BCJ2" or found[0].endswith("deep/ä.txt"))


@pytest.mark.parametrize(
    ("options", "reason"),
    [(["-pword"], Reason.ENCRYPTED), (["-pword", "-mhe=on"], Reason.ENCRYPTED), (["-m0=PPMd"], Reason.UNSUPPORTED)],
)
def test_a_7z_archive_that_cannot_be_opened_is_said(tmp_path: Path, options: list[str], reason: Reason) -> None:
    write(tmp_path, "in/first.txt", TEXT)
    subprocess.run([tool("7zz"), "a", "-bd", *options, "../a.7z", "."], cwd=tmp_path / "in", check=True, capture_output=True)
    whole = (tmp_path / "a.7z").read_bytes()
    assert [said for said, _ in outcome(tmp_path, whole, "a.7z")[1]] == [reason]
    assert [said for said, _ in outcome(tmp_path, whole[:-20], "a.7z")[1]] == [Reason.TRUNCATED]


def test_a_7z_archive_behind_a_program_is_opened(tmp_path: Path) -> None:
    write(tmp_path, "in/first.txt", TEXT)
    subprocess.run([tool("7zz"), "a", "-bd", "../a.7z", "."], cwd=tmp_path / "in", check=True, capture_output=True)
    assert outcome(tmp_path, b"MZ" + NOISE + (tmp_path / "a.7z").read_bytes()) == (["file.bin!(7z at 3002)!first.txt"], [])


def seven_zip() -> bytes:
    """An archive of two files in one folder, with names, stored."""
    first, second = b"first\n" * 5, b"second\n" * 5
    names = b"\0" + "a\0b\0".encode("utf-16-le")
    header = bytes([1, 4, 6, 0, 1, 9, len(first + second), 0, 7, 11, 1, 0, 1, 1, 0, 12, len(first + second), 0])
    header += bytes([8, 13, 2, 9, len(first), 10, 1, *bytes(8), 0, 0, 5, 2, 17, len(names)]) + names + bytes([0, 0])
    start = struct.pack("<QQI", len(first + second), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + first + second + header


@given(st.lists(st.tuples(st.integers(32, 250), st.integers(0, 255)), max_size=3), st.integers(0, 400))
def test_no_damage_to_a_7z_archive_raises_or_runs_away(changes: list[tuple[int, int]], end: int) -> None:
    data = bytearray(seven_zip())
    for at, value in changes:
        data[at % len(data)] = value
    for item in members(iter([bytes(data[: end if end > 20 else None])]), None, Limits(bytes=1 << 20)):
        if isinstance(item, Member):
            assert sum(map(len, item.chunks)) <= 1 << 20


STREAMS = bytes([1, 4, 6, 0, 1, 9, 10, 0, 7, 11, 1, 0, 1, 1, 0, 12, 10, 0])  # one folder of ten bytes, stored


@pytest.mark.parametrize(
    "header",
    [
        STREAMS + bytes([8, 0]) * 1000 + bytes([0, 0]),  # each would be work for every folder
        STREAMS + bytes([8, 9, 9, 9, 0, 0, 0]),
        STREAMS + bytes([8, 13, 0xEF, 0xFF, 0xFF, 0x7F, 10, 1]) + bytes(2000),  # checksums of a hundred million files
        bytes([1, 4, 6, 0, 0xEF, 0xFF, 0xFF, 0x7F, 10, 1]) + bytes(2000),
        bytes([1, 5, 0xEF, 0xFF, 0xFF, 0x7F, 14, 1, 0, 0]) + bytes(2000),
    ],
)
def test_a_header_of_a_7z_archive_that_asks_for_much_work_is_none(header: bytes) -> None:
    with pytest.raises(Malformed):
        read_header(header)


def test_a_7z_archive_of_very_many_files_is_said_to_be_too_much() -> None:
    counts = {"files": bytes([1, 5, 0xD1, 0, 0]), "folders": bytes([1, 4, 7, 11, 0xC2, 0, 0]), "streams": bytes([1, 4, 6, 0, 0xC8, 1, 0])}
    for things, header in counts.items():
        with pytest.raises(Damaged, match=f"more than [0-9]+ {things}"):
            read_header(header + bytes(2 << 20))


def test_the_files_of_a_7z_archive_are_told_apart() -> None:
    found = {item.path: b"".join(item.chunks) for item in members(iter([seven_zip()]), None, Limits()) if isinstance(item, Member)}
    assert found == {b"a": b"first\n" * 5, b"b": b"second\n" * 5}
