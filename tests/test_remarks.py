"""What stands beside the content of archives and files: comments, headers, padding, names."""

from __future__ import annotations

import gzip
import io
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
import tokens
import zstandard
from files import tool
from scanning import as_text, places, scanned

from secretscan.model import Reason, ScanResult
from secretscan.readers.archives import Limits, Skip, members

TOKEN = tokens.github_pat(81)
WORDS = f"token = {TOKEN}".encode()


def found(result: ScanResult) -> list[str]:
    return sorted({path for finding in result.findings if finding.secret == TOKEN.encode() for path, _, _ in places(finding)})


def gzipped(content: bytes, *, extra: bytes = b"", name: bytes = b"", comment: bytes = b"") -> bytes:
    """A member with the optional fields of RFC 1952 2.3."""
    head = bytes([0x1F, 0x8B, 8, 4 * bool(extra) | 8 * bool(name) | 16 * bool(comment), 0, 0, 0, 0, 0, 3])
    fields = len(extra).to_bytes(2, "little") + extra if extra else b""
    fields += b"".join(text + b"\0" for text in (name, comment) if text)
    return head + fields + gzip.compress(content)[10:]


def skippable(content: bytes) -> bytes:
    return b"\x53\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content


@pytest.mark.parametrize("field", ["extra", "name", "comment"])
@pytest.mark.parametrize("number", [0, 1], ids=["in the first member", "in the second"])
def test_the_fields_of_a_gzip_header_are_read(tmp_path: Path, field: str, number: int) -> None:
    parts = [gzipped(b"one\n"), gzipped(b"two\n")]
    parts[number] = gzipped(b"text\n", **{field: WORDS})
    (tmp_path / "a.gz").write_bytes(b"".join(parts))
    assert found(scanned("dir", tmp_path)) == ["a.gz!(beside the content)"]


def test_a_gzip_that_only_tells_its_name_is_one_content(tmp_path: Path) -> None:
    (tmp_path / "a-log-with-a-long-name.txt").write_bytes(b"text\n")
    subprocess.run(["gzip", tmp_path / "a-log-with-a-long-name.txt"], check=True)
    assert scanned("dir", tmp_path).coverage.scanned == 2  # the file, and the text in it


def test_a_header_without_an_end_is_said() -> None:
    head = bytes([0x1F, 0x8B, 8, 16, 0, 0, 0, 0, 0, 3])
    skips = [item for item in members(iter([head + b"x" * (3 << 20)]), None, Limits()) if isinstance(item, Skip)]
    assert [skip.reason for skip in skips] == [Reason.CAP, Reason.TRUNCATED]


def test_skippable_frames_of_zstd_are_read_and_opened(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_bytes(b"text\n")
    packed = subprocess.run([tool("zstd"), "-c", text], capture_output=True, check=True).stdout
    text.unlink()
    (tmp_path / "a.zst").write_bytes(skippable(WORDS) + packed + skippable(b"") + packed)
    (tmp_path / "b.zst").write_bytes(packed + skippable(zstandard.ZstdCompressor().compress(WORDS)))
    assert found(scanned("dir", tmp_path)) == ["a.zst!(beside the content)", "b.zst!(beside the content) 1!data"]


def test_a_skippable_frame_that_is_not_kept_is_said() -> None:
    packed = zstandard.ZstdCompressor().compress(b"text\n")
    chunks = iter([packed, skippable(bytes(17 << 20))])
    assert [item.reason for item in members(chunks, None, Limits()) if isinstance(item, Skip)] == [Reason.CAP]


@pytest.mark.parametrize("option", ["comment", "SCHILY.xattr.user.note"])
@pytest.mark.parametrize("scope", ["=", ":="], ids=["for all members", "for each"])
@pytest.mark.parametrize("suffix", ["tar", "tar.gz"])
def test_pax_records_are_read(tmp_path: Path, option: str, scope: str, suffix: str) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "target").mkdir()
    (tmp_path / "src" / "a").write_bytes(b"text\n")
    command = ["tar", "-C", tmp_path / "src", "--format=pax", f"--pax-option={option}{scope}{WORDS.decode()}", "-caf"]
    subprocess.run([*command, tmp_path / "target" / f"a.{suffix}", "a"], check=True)
    assert found(scanned("dir", tmp_path / "target")) == [f"a.{suffix}!(beside the content)"]


def test_times_in_pax_records_are_no_content(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "target").mkdir()
    (tmp_path / "src" / "a").write_bytes(b"text\n")
    subprocess.run(["tar", "-C", tmp_path / "src", "--format=pax", "-cf", tmp_path / "target" / "a.tar", "a"], check=True)
    assert scanned("dir", tmp_path / "target").coverage.scanned == 2


def test_padding_that_says_something_is_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("a")
        member.size = 5
        archive.addfile(member, io.BytesIO(b"text\n"))
    raw = bytearray(buffer.getvalue())
    raw[512 + 5 : 512 + 5 + len(WORDS)] = WORDS
    (tmp_path / "a.tar").write_bytes(raw)
    assert found(scanned("dir", tmp_path)) == ["a.tar!(beside the content)"]


def test_a_token_in_a_name_is_found_and_masked_there(tmp_path: Path) -> None:
    (tmp_path / f"backup-{TOKEN}.txt").write_bytes(b"text\n")
    (tmp_path / TOKEN).mkdir()
    (tmp_path / TOKEN / "a").write_bytes(b"")
    (tmp_path / "plain").write_bytes(b"text\n")
    result = scanned("dir", tmp_path)
    (finding,) = result.findings
    assert [place.origin.facts["in"] for place in finding.places] == ["its name"] * 2
    assert finding.secret == TOKEN.encode()
    for format in ("json", "terminal", "sarif", "gitleaks"):
        assert TOKEN not in as_text(result, format)


def test_a_token_in_the_name_of_a_member_is_found(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(f"keys/{TOKEN}", b"text\n")
    (tmp_path / "b.tar").write_bytes(b"")
    with tarfile.open(tmp_path / "b.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo(f"x/{TOKEN}/y"))
    assert found(scanned("dir", tmp_path)) == [f"a.zip!keys/{TOKEN}", f"b.tar!x/{TOKEN}/y"]


def test_what_looks_like_a_setting_in_a_name_is_none(tmp_path: Path) -> None:
    (tmp_path / f"password={tokens.password()}").write_bytes(b"")
    (tmp_path / f"secret_key={tokens.hex(40)}").write_bytes(b"")
    assert not scanned("dir", tmp_path).findings
