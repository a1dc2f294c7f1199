"""Files that carry packed content, or are it, and do not look so: nothing in them is passed over in silence."""

from __future__ import annotations

import base64
import io
import lzma
import random
import subprocess
import time
import zipapp
import zipfile
import zlib
from pathlib import Path

import pytest
import tokens
from files import tool
from scanning import places, scanned

from secretscan.config import Settings
from secretscan.model import PIECE, Reason, ScanResult
from secretscan.readers import archives
from secretscan.readers.archives import Limits, members

TOKEN = tokens.github_pat(71)
LINE = f"token = {TOKEN}\n".encode()
FILLER = random.Random(9).randbytes(64 << 10)


def found(result: ScanResult) -> list[str]:
    return sorted({path for finding in result.findings if finding.secret == TOKEN.encode() for path, _, _ in places(finding)})


def unread(result: ScanResult) -> list[tuple[Reason, bytes]]:
    return [(skipped.reason, skipped.origin.path) for skipped in result.coverage.unread]


def zipped(content: bytes, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conf/app.ini", content)
        archive.comment = comment
    return buffer.getvalue()


def pdf(*streams: tuple[bytes, bytes], trailer: bytes = b"") -> bytes:
    """A document with a stream for each (filters, packed bytes)."""
    parts = [b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"]
    for number, (filters, data) in enumerate(streams, 3):
        parts.append(b"%d 0 obj\n<</Length %d %s>>\nstream\r\n%s\nendstream\nendobj\n" % (number, len(data), filters, data))
    return b"".join(parts) + b"trailer\n<</Root 1 0 R" + trailer + b">>\n%%EOF\n"


@pytest.mark.parametrize("level", ["-0", "-9"])
def test_a_file_of_the_old_lzma_format_is_read(tmp_path: Path, level: str) -> None:
    packed = subprocess.run([tool("xz"), "--format=lzma", level, "-c"], input=LINE * 100, capture_output=True, check=True).stdout
    (tmp_path / "a.log.lzma").write_bytes(packed)
    (tmp_path / "cut.lzma").write_bytes(packed[:-20])
    result = scanned("dir", tmp_path)
    assert "a.log.lzma!a.log" in found(result)
    assert unread(result) == [(Reason.TRUNCATED, b"cut.lzma")]


@pytest.mark.parametrize("level", [0, 1, 5, 6, 9])
def test_a_bare_zlib_stream_is_read(tmp_path: Path, level: int) -> None:
    (tmp_path / "object").write_bytes(zlib.compress(LINE * 100, level))
    assert found(scanned("dir", tmp_path)) == ["object!object"]


def test_text_that_begins_like_a_packed_stream_stays_text(tmp_path: Path) -> None:
    (tmp_path / "math").write_bytes(b"x^2 + y^2 = z^2\n" + LINE)
    (tmp_path / "numbers").write_bytes(b"\x5d\0\0\x80\0" + b"\xff" * 8 + b"\0" + FILLER[:500])
    result = scanned("dir", tmp_path)
    assert found(result) == ["math"]
    assert result.coverage.complete and result.coverage.scanned == 2


@pytest.mark.parametrize("kind", ["lzma", "zlib"])
def test_a_bomb_in_a_form_without_magic_stops_at_the_cap(tmp_path: Path, kind: str) -> None:
    pack = zlib.compress if kind == "zlib" else lambda data: lzma.compress(data, lzma.FORMAT_ALONE)
    (tmp_path / "bomb").write_bytes(pack(bytes(12 << 20)))
    result = scanned("dir", tmp_path, settings=Settings(max_archive_bytes=1 << 20))
    assert unread(result) == [(Reason.CAP, b"bomb")]


@pytest.mark.parametrize("codec", ["utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_utf_32_is_read_as_text(tmp_path: Path, codec: str, mark: str) -> None:
    (tmp_path / "a").write_bytes((mark + "ключ\n" * bool(mark) + LINE.decode()).encode(codec))
    (finding,) = scanned("dir", tmp_path).findings
    assert places(finding)[0][:2] == ("a", 1 + bool(mark))


def test_numbers_of_four_bytes_are_no_utf_32() -> None:
    from secretscan._core import FLAG_UTF32BE, FLAG_UTF32LE, Matcher

    little = b"".join(number.to_bytes(4, "little") for number in range(300))
    flags = dict(Matcher([]).scan([little]).flags).get(0, 0)
    assert not flags & (FLAG_UTF32LE | FLAG_UTF32BE)


@pytest.mark.parametrize("size", [0, PIECE + 100_000], ids=["short", "long"])
@pytest.mark.parametrize("comment", [b"", b"made by hand"])
@pytest.mark.parametrize("stub", [b"MZ" + FILLER, b"#!/bin/sh\nexec java -jar $0\n" + b"# text\n" * 2000], ids=["program", "script"])
def test_a_zip_behind_a_program_or_a_script_is_read_and_so_is_what_stands_before_it(
    tmp_path: Path, stub: bytes, comment: bytes, size: int
) -> None:
    other = tokens.github_pat(72)
    before = f"\ntoken = {other}\n".encode() + (FILLER * (size // len(FILLER) + 1))[:size]
    (tmp_path / "setup.exe").write_bytes(stub + before + zipped(LINE, comment))
    result = scanned("dir", tmp_path)
    assert found(result) == ["setup.exe!conf/app.ini"]
    assert [path for finding in result.findings if finding.secret == other.encode() for path, _, _ in places(finding)] == ["setup.exe"]
    assert result.coverage.complete and result.coverage.scanned == 2 + bool(comment)


def test_a_signature_behind_the_zip_does_not_hide_it(tmp_path: Path) -> None:
    (tmp_path / "setup.exe").write_bytes(b"MZ" + FILLER + zipped(LINE) + FILLER[:9000])
    assert found(scanned("dir", tmp_path)) == ["setup.exe!conf/app.ini"]


def test_a_python_zipapp_is_read_in_a_folder_and_in_an_archive(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__main__.py").write_bytes(LINE)
    (tmp_path / "target").mkdir()
    zipapp.create_archive(tmp_path / "app", tmp_path / "target" / "app.pyz", "/usr/bin/env python3", compressed=True)
    subprocess.run(["tar", "-C", tmp_path / "target", "-cf", tmp_path / "target" / "all.tar", "app.pyz"], check=True)
    assert found(scanned("dir", tmp_path / "target")) == ["all.tar!app.pyz!__main__.py", "app.pyz!__main__.py"]


def test_a_zip_that_another_file_carries_is_said_where_it_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = zipped(LINE)
    (tmp_path / "broken.exe").write_bytes(b"MZ" + FILLER + packed.replace(b"PK\x01\x02", b"PK\x01\xff"))
    assert unread(scanned("dir", tmp_path)) == [(Reason.CORRUPT, b"broken.exe")]
    (tmp_path / "broken.exe").write_bytes(b"MZ" + FILLER + packed)
    assert unread(scanned("dir", tmp_path, settings=Settings(max_archive_depth=0))) == [(Reason.TOO_DEEP, b"broken.exe")]
    monkeypatch.setattr(archives, "_ZIP_BUFFER", 10)
    assert unread(scanned("dir", tmp_path)) == [(Reason.CAP, b"broken.exe")]


def test_a_program_that_only_knows_zips_is_no_zip(tmp_path: Path) -> None:
    (tmp_path / "unzip").write_bytes(b"\x7fELF" + FILLER[:3000] + b"PK\x03\x04PK\x01\x02PK\x05\x06" + FILLER[:3000])
    result = scanned("dir", tmp_path)
    assert result.coverage.complete and result.coverage.scanned == 1


@pytest.mark.parametrize(
    ("filters", "pack"),
    [
        (b"/Filter /FlateDecode", zlib.compress),
        (b"/Filter[/Fl]", zlib.compress),
        (b"/Filter/F#6cateDecode", zlib.compress),
        (b"", zlib.compress),
        (b"/Filter[/ASCII85Decode /FlateDecode]", lambda data: base64.a85encode(zlib.compress(data), wrapcol=70) + b"~>"),
        (b"/Filter[/AHx/Fl]", lambda data: zlib.compress(data).hex().encode() + b">"),
        (b"/Filter /ASCII85Decode", lambda data: base64.a85encode(data) + b"~>"),
    ],
)
@pytest.mark.parametrize("size", [0, PIECE], ids=["short", "long"])
def test_the_packed_streams_of_a_pdf_are_read(tmp_path: Path, filters: bytes, pack: object, size: int) -> None:
    content = b"BT /F1 12 Tf (" + LINE.strip() + b") Tj ET\n"
    document = pdf((b"", FILLER * (size // len(FILLER))), (filters, pack(content)))  # type: ignore[operator]
    (tmp_path / "a.pdf").write_bytes(document)
    result = scanned("dir", tmp_path)
    assert found(result) == ["a.pdf!object 4 0"]
    assert result.coverage.complete


def test_blanks_behind_the_word_stream_hide_nothing(tmp_path: Path) -> None:
    document = pdf((b"/Filter/FlateDecode", zlib.compress(LINE))).replace(b"stream\r\n", b"stream \r\n")
    (tmp_path / "a.pdf").write_bytes(document)
    assert found(scanned("dir", tmp_path)) == ["a.pdf!object 3 0"]


def test_a_pdf_counts_as_it_is_too(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf((b"", LINE)))
    result = scanned("dir", tmp_path)
    assert found(result) == ["a.pdf"] and result.coverage.scanned == 1


def test_a_file_attached_to_a_pdf_within_an_archive_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.pdf", pdf((b"/Type/EmbeddedFile/Filter/FlateDecode", zlib.compress(zipped(LINE)))))
    assert found(scanned("dir", tmp_path)) == ["a.zip!a.pdf!object 3 0!conf/app.ini"]


@pytest.mark.parametrize(
    ("streams", "trailer", "expected"),
    [
        ([(b"/Filter/FlateDecode", FILLER[:300])], b"/Encrypt 9 0 R", (Reason.ENCRYPTED, b"a.pdf")),
        ([(b"/Filter/FlateDecode", FILLER[1:300])], b"", (Reason.CORRUPT, b"a.pdf!object 3 0")),
        ([(b"/Filter/FlateDecode", zlib.compress(LINE * 99)[:-30])], b"", (Reason.TRUNCATED, b"a.pdf!object 3 0")),
        ([(b"/Filter/LZWDecode", FILLER[:300])], b"", (Reason.UNSUPPORTED, b"a.pdf!object 3 0")),
    ],
    ids=lambda value: "",
)
def test_what_cannot_be_read_of_a_pdf_is_said(
    tmp_path: Path, streams: list[tuple[bytes, bytes]], trailer: bytes, expected: tuple[Reason, bytes]
) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(*streams, trailer=trailer))
    assert unread(scanned("dir", tmp_path)) == [expected]


def test_an_image_in_a_pdf_in_its_own_format_is_no_gap(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf((b"/Subtype/Image/Filter/DCTDecode", b"\xff\xd8\xff\xe0" + FILLER[:999])))
    assert scanned("dir", tmp_path).coverage.complete


def test_a_pdf_made_to_inflate_endlessly_stops_at_the_cap(tmp_path: Path) -> None:
    bomb = zlib.compress(bytes(8 << 20))
    (tmp_path / "a.pdf").write_bytes(pdf(*[(b"/Filter/FlateDecode", bomb)] * 50))
    assert unread(scanned("dir", tmp_path, settings=Settings(max_archive_bytes=20 << 20))) == [(Reason.CAP, b"a.pdf!object 5 0")]


@pytest.mark.parametrize("end", [b"", b"endstream "])
def test_a_pdf_of_many_false_streams_is_read_in_linear_time(end: bytes) -> None:
    text = b"%PDF-1.4\n" + (b"1 0 obj<</Filter/FlateDecode>>stream\nx\x9c\x03" + end) * 20_000
    began = time.process_time()
    assert list(members(iter([text]), None, Limits()))
    assert time.process_time() - began < 5
