"""Packed and sealed content in every form that a tool makes: what it hides is found, or it is said not to have been read."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import os
import random
import shutil
import struct
import subprocess
import tarfile
import urllib.parse
import zipfile
import zlib
from pathlib import Path

import brotli
import pytest
import tokens
from files import tool, write
from hypothesis import given
from hypothesis import strategies as st
from scanning import scanned

from secretscan._core import find_packed, kind_of
from secretscan.model import PIECE, Reason
from secretscan.readers import archives
from secretscan.readers.carrier import CARRIED

SECRET = tokens.github_pat(5)
FILLER = "".join(f"line {n} of a text with words that repeat, {n * 7919 % 1000}\n" for n in range(200))
TEXT = f"{FILLER}token = {SECRET}\n{FILLER}".encode()
NOISE = random.Random(6).randbytes(3000)


def outcome(tmp_path: Path, content: bytes, name: str = "file.bin") -> tuple[list[str], list[tuple[Reason, str]]]:
    """(paths at which the secret was found, what was said not to have been read)"""
    write(tmp_path, f"tree/{name}", content)
    result = scanned("dir", tmp_path / "tree")
    found = [
        place.origin.path.decode() for finding in result.findings if bytes(finding.secret) == SECRET.encode() for place in finding.places
    ]
    return found, [(unread.reason, unread.detail) for unread in result.coverage.unread]


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner", data)
    return buffer.getvalue()


def png(*texts: tuple[bytes, bytes]) -> bytes:
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), *texts, (b"IDAT", zlib.compress(b"\0\0")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(data)) + kind + data + bytes(4) for kind, data in chunks)


def woff2(tables: bytes) -> bytes:
    packed = brotli.compress(tables)
    directory = bytes([5]) + b"\x84\x00"  # one table, `name`, of 512 bytes
    size = 48 + len(directory) + len(packed)
    return struct.pack(">4s2I2H2I2H5I", b"wOF2", 0x10000, size, 1, 0, len(tables), len(packed), 1, 0, 0, 0, 0, 0, 0) + directory + packed


def woff(table: bytes) -> bytes:
    packed = zlib.compress(table)
    header = struct.pack(">4s2I2HI2H5I", b"wOFF", 0x10000, 64 + len(packed), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)
    return header + struct.pack(">4s4I", b"name", 64, len(packed), len(table), 0) + packed


BEHIND = {
    "a gzip behind a script": b"#!/bin/sh\ntail -n+3 $0 | tar xz\nexit\n" + gzip.compress(TEXT),
    "a gzip behind another and garbage": gzip.compress(b"plain\n") + b"garbage, not zeros" * 20 + gzip.compress(TEXT),
    "an xz in a program": b"\x7fELF" + NOISE + lzma.compress(TEXT) + NOISE,
    "a bzip2 in a program": b"\x7fELF" + NOISE + bz2.compress(TEXT) + NOISE,
    "a bzip2 behind a gzip": gzip.compress(b"plain\n") + bz2.compress(TEXT),
    "a zip behind a Chrome extension's head": b"Cr24" + struct.pack("<II", 3, 20) + bytes(20) + zipped(TEXT),
    "packed text in a PNG": png((b"zTXt", b"mxGraphModel\0\0" + zlib.compress(TEXT))),
    "packed international text in a PNG": png((b"iTXt", b"Comment\0\1\0en\0\0" + zlib.compress(TEXT))),
    "literals of an Erlang module": b"FOR1\0\0\1\0BEAMLitT" + struct.pack(">2I", len(zlib.compress(TEXT)) + 4, 9) + zlib.compress(TEXT),
    "a Flash film": b"CWS\x0a" + struct.pack("<I", len(TEXT) + 8) + zlib.compress(TEXT),
    "an Android backup": b"ANDROID BACKUP\n5\n1\nnone\n" + zlib.compress(TEXT),
    "a WOFF font": woff(TEXT),
    "a WOFF2 font": woff2(TEXT),
    "raw deflate": raw_deflate(TEXT),
    "a diagram": b"<mxfile><diagram id='a'>" + base64.b64encode(raw_deflate(urllib.parse.quote(TEXT).encode())) + b"</diagram></mxfile>",
    "xz in base64": b"data: " + base64.b64encode(lzma.compress(TEXT)),
    "a zip in base64": b"data: " + base64.b64encode(zipped(TEXT)),
}


@pytest.mark.parametrize("form", BEHIND)
def test_what_stands_behind_other_bytes_is_found_in_a_file_and_in_an_archive(tmp_path: Path, form: str) -> None:
    found, unread = outcome(tmp_path, BEHIND[form])
    assert (len(found), unread) == (1, [])
    assert found[0].startswith("file.bin")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("inner.bin")
        member.size = len(BEHIND[form])
        archive.addfile(member, io.BytesIO(BEHIND[form]))
    found, unread = outcome(tmp_path, buffer.getvalue())
    assert unread == []
    assert len(found) == 1
    assert found[0].startswith("file.bin!inner.bin")


def test_what_a_long_file_carries_is_found_once_and_told_by_its_place(tmp_path: Path) -> None:
    head = b"\x7fELF" + random.Random(7).randbytes(PIECE + 10_000)
    found, unread = outcome(tmp_path, head + gzip.compress(TEXT) + NOISE)
    assert (found, unread) == ([f"file.bin!(gzip at {len(head)})"], [])


def test_a_long_file_that_carries_more_than_is_kept_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_ZIP_BUFFER", 1 << 20)
    content = b"MZ, PK\3\4" + b"text" * PIECE + gzip.compress(TEXT)
    found, unread = outcome(tmp_path, content)
    assert found == []
    assert [reason for reason, _ in unread] == [Reason.CAP]


SEALED = {
    "age": b"age-encryption.org/v1\n-> X25519 ",
    "an age message in armor": b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n",
    "openssl": b"Salted__",
    "openssl in base64": b"U2FsdGVkX1",
    "git-crypt": b"\0GITCRYPT\0",
    "LUKS": b"LUKS\xba\xbe\0\1",
    "KeePass": b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5",
    "CMS": b"\x30\x82\x10\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03",
    "an OpenPGP message to a key": b"\x85\x01\x0c\x03" + bytes(8) + b"\x01" + NOISE[:258] + b"\xd2\x1e\x01" + NOISE[:29],
    "an OpenPGP message to a curve's key": b"\x84\x5e\x03" + bytes(8) + b"\x12" + NOISE[:84] + b"\xd2\x1e\x01" + NOISE[:29],
    "an Android backup": b"ANDROID BACKUP\n5\n1\nAES-256\n00\n11\n22\n33\n44\n55\n" + NOISE,
}


@pytest.mark.parametrize("form", SEALED)
def test_sealed_content_is_said(tmp_path: Path, form: str) -> None:
    found, unread = outcome(tmp_path, SEALED[form] if "OpenPGP" in form else SEALED[form] + NOISE)
    assert found == []
    assert [reason for reason, _ in unread] == [Reason.ENCRYPTED]


UNSUPPORTED = {
    "compress": b"\x1f\x9d\x90\x6c\xcd\x2b",
    "OLE": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "arj": b"\x60\xea\x29\x00\x22\x0b\x01\x02\x10\x00\x02",
    "ace": b"\x12\x34\x31\0\0\0\x90**ACE**",
    "zoo": b"ZOO 2.10 Archive.\x1a\0\0\xdc\xa7\xc4\xfd",
    "lha": b"*\0-lh5-" + bytes(13) + b"\x01",
    "arc": b"\x1a\x08name.txt\0\0\0\0\0",
    "lrzip": b"LRZI\0\6",
    "rzip": b"RZIP\2\1",
    "bzip3": b"BZ3v1",
    "zpaq": b"7kSt\xa0\x31\x83\xd3\x8c\xb2\x28\xb0\xd3",
    "dar": b"\0\0\0\x7b" + b"labels----" + b"TT\x80\0\0",
    "a Mercurial revlog": b"\0\1\0\1" + bytes(20) + b"\xff" * 8 + bytes(40),
    "a packed VMDK": b"KDMV\3\0\0\0\0\0\1\0" + bytes(65) + b"\1\0",
    "LevelDB": b"\x57\xfb\x80\x8b\x24\x75\x47\xdb",
    "an Apple disk image": b"koly\0\0\0\4\0\0\2\0" + bytes(500),
    "squashfs behind a program": b"\x7fELF"
    + bytes(996)
    + b"hsqs"
    + struct.pack("<IIIIHHHHHH", 1, 0, 1 << 17, 1, 1, 17, 0, 1, 4, 0)
    + bytes(64),
}


@pytest.mark.parametrize("form", UNSUPPORTED)
def test_packed_content_that_cannot_be_opened_is_said(tmp_path: Path, form: str) -> None:
    content = NOISE + UNSUPPORTED[form] if form in ("LevelDB", "an Apple disk image") else UNSUPPORTED[form] + NOISE
    found, unread = outcome(tmp_path, content)
    assert found == []
    assert [reason for reason, _ in unread] == [Reason.UNSUPPORTED]


@pytest.mark.parametrize(
    "text",
    [
        b"ORCHESTRATION\n" * 20, b"x\x9c no stream at all", b"MAMMALS and more", "été à la plage\n".encode() * 20,
        b"\xe9t\xe9 \xe0 la plage\n" * 20,
        "\u00c8 cos\u00ec\n".encode() * 20,
        b"Rar! UPX! hsqs koly PACK Inno zTXt LitT 7z MSCF\n" * 20, b"magic = \\x1f\\x8b\\x08\\x00\n" * 20,
        "text in two bytes a letter\n".encode("utf-16-le") * 20, b"Objective\n", b"PARTS\n", b"070701 is a date\n", bytes(600),
        b"\xff" * 600,
        b"".join(CARRIED) * 20,
    ],
)  # fmt: skip
def test_text_and_constants_that_look_packed_are_no_gap(tmp_path: Path, text: bytes) -> None:
    assert outcome(tmp_path, text) == ([], [])


def test_an_lzip_file_is_read_member_by_member_and_what_follows_too(tmp_path: Path) -> None:
    packed = [subprocess.run([tool("lzip"), "-c"], input=part, check=True, capture_output=True).stdout for part in (b"first\n", TEXT)]
    assert outcome(tmp_path, b"".join(packed), "a.lz") == (["a.lz!a"], [])
    assert outcome(tmp_path, packed[0] + b"\n" + TEXT, "a.lz") == (["a.lz!(after the last member)"], [])
    assert outcome(tmp_path, b"".join(packed)[:-30], "a.lz")[1] == [(Reason.TRUNCATED, "the lzip stream ends early")]


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("gpg")
    home.chmod(0o700)
    return {**os.environ, "GNUPGHOME": str(home)}


@pytest.mark.parametrize("armor", [[], ["--armor"]])
@pytest.mark.parametrize("packed", ["zip", "zlib", "bzip2", "uncompressed"])
def test_an_openpgp_message_that_is_only_packed_is_opened(tmp_path: Path, keyring: dict[str, str], packed: str, armor: list[str]) -> None:
    command = [tool("gpg"), "--batch", "--quiet", "--compress-algo", packed, *armor, "--store"]
    message = subprocess.run(command, input=TEXT, env=keyring, check=True, capture_output=True).stdout
    found, unread = outcome(tmp_path, message)
    assert (len(found), unread) == (1, [])
    if armor:
        assert outcome(tmp_path, message + TEXT)[0] == ["file.bin!(after the last member)", found[0]]


@pytest.mark.parametrize("armor", [[], ["--armor"]])
def test_an_openpgp_message_with_a_password_is_said(tmp_path: Path, keyring: dict[str, str], armor: list[str]) -> None:
    command = [tool("gpg"), "--batch", "--quiet", "--passphrase", "word", "--pinentry-mode", "loopback", *armor, "--symmetric"]
    message = subprocess.run(command, input=TEXT, env=keyring, check=True, capture_output=True).stdout
    assert outcome(tmp_path, message) == ([], [(Reason.ENCRYPTED, "an OpenPGP message")])


@pytest.mark.parametrize("program", ["compress", "arj", "lrzip", "lzop", "zpaq", "jlha", "mksquashfs", "age"])
def test_what_tools_make_is_found_or_said(tmp_path: Path, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    write(tmp_path, "in/file", TEXT)
    commands = {
        "compress": ["compress", "-f", "file"], "arj": ["arj", "a", "a.arj", "file"], "lrzip": ["lrzip", "-q", "file"],
        "lzop": ["lzop", "-9", "file"], "zpaq": ["zpaq", "a", "a.zpaq", "file"], "jlha": ["jlha", "aq", "a.lzh", "file"],
        "mksquashfs": ["mksquashfs", "file", "a.sqfs", "-quiet", "-no-progress"],
        "age": ["sh", "-c", "age-keygen -o k 2>k2; age -i k -e -o a.age file"],
    }  # fmt: skip
    subprocess.run(commands[program], cwd=tmp_path / "in", check=True, capture_output=True)
    made = next(file for file in (tmp_path / "in").iterdir() if file.name not in ("file", "k", "k2"))
    found, unread = outcome(tmp_path, made.read_bytes())
    assert found or unread


@given(st.binary(max_size=200), st.lists(st.sampled_from([*CARRIED, gzip.compress(b"x"), lzma.compress(b"y")]), max_size=4))
def test_looking_for_packed_content_agrees_with_a_naive_search(data: bytes, parts: list[bytes]) -> None:
    whole = data.join([b"", *parts, b""])
    at = 0
    while (found := find_packed(whole, at)) is not None:
        kind, offset = found
        assert at <= offset <= len(whole)
        assert kind != "gzip" or whole.startswith(b"\x1f\x8b\x08", offset)
        assert kind != "xz" or kind_of(whole[offset:]) == "xz"
        at = offset + 1
    assert sum(whole.count(part) for part in {lzma.compress(b"y")} & set(parts)) <= whole.count(b"\xfd7zXZ\0\0")
