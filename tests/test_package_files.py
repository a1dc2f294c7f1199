"""Packages of distributions, and git's packs, in whatever holds them: read to the last file, whatever their state."""

from __future__ import annotations

import gzip
import random
import struct
import subprocess
import zlib
from pathlib import Path

import images
import pytest
import tokens
from command_line import git, new_repository
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scanning import scanned

from secretscan.model import PIECE, Reason
from secretscan.readers.archives import Limits, Member, Skip, members

TOKEN, OTHER = tokens.github_pat(61), tokens.github_pat(62)
SECRET = f"token = {TOKEN}\n".encode()


def read(data: bytes, name: bytes = b"x") -> tuple[dict[bytes, bytes], list[Skip]]:
    texts: dict[bytes, bytes] = {}
    skips = []
    for item in members(iter([data[at : at + 1000] for at in range(0, len(data), 1000)] or [b""]), name, Limits()):
        if isinstance(item, Member):
            texts[item.path] = b"".join(item.chunks)
        else:
            skips.append(item)
    return texts, skips


def found(target: Path) -> dict[str, bytes]:
    return {f.secret.decode("ascii"): place.origin.path for f in scanned("dir", target).findings for place in f.places}


@pytest.mark.parametrize("compression", ["xz", "zstd", "gzip", "none"])
def test_a_deb_is_opened(tmp_path, compression):
    root = tmp_path / "root"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN/control").write_text("Package: a\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: a\n")
    (root / "DEBIAN/postinst").write_text(f"#!/bin/sh\nTOKEN={OTHER}\n")
    (root / "DEBIAN/postinst").chmod(0o755)
    (root / "etc").mkdir()
    (root / "etc/app.conf").write_bytes(SECRET)
    (tmp_path / "out").mkdir()
    images.tool("dpkg-deb", f"-Z{compression}", "--root-owner-group", "-b", root, tmp_path / "out/a.deb")
    at = found(tmp_path / "out")
    assert at[TOKEN].startswith(b"a.deb!data.tar") and at[TOKEN].endswith(b"!./etc/app.conf")
    assert at[OTHER].startswith(b"a.deb!control.tar") and at[OTHER].endswith(b"!./postinst")


def ar(*files: tuple[bytes, bytes]) -> bytes:
    parts = [b"!<arch>\n"]
    for name, data in files:
        parts += [
            name.ljust(16) + b"0           0     0     644     " + str(len(data)).encode().ljust(10) + b"`\n",
            data,
            b"\n" * (len(data) % 2),
        ]
    return b"".join(parts)


def test_long_names_of_ar_are_told_in_both_ways():
    texts, skips = read(
        ar((b"//", b"a very long name.o/\nanother.o/\n"), (b"/0", b"one"), (b"/20", b"two"), (b"#1/8", b"bsd.o\0\0\0three"), (b"s/", b"x"))
    )
    assert {name: data for name, data in texts.items() if name != b"//"} == {
        b"a very long name.o": b"one", b"another.o": b"two", b"bsd.o": b"three", b"s": b"x",
    }  # fmt: skip
    assert skips == []


def cpio(*files: tuple[bytes, bytes], trailer: bool = True) -> bytes:
    parts = []
    for name, data in (*files, *([(b"TRAILER!!!", b"")] if trailer else [])):
        fields = [1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + name + b"\0"
        parts += [head, bytes(-len(head) % 4), data, bytes(-len(data) % 4)]
    return b"".join(parts)


def test_an_initramfs_is_read_with_the_archive_behind_it():
    texts, skips = read(cpio((b"kernel/microcode", b"m")) + bytes(300) + gzip.compress(cpio((b"init", SECRET), (b"etc/a", b"abc"))))
    assert {path.rpartition(b"!")[2]: data for path, data in texts.items()} == {
        b"kernel/microcode": b"m",
        b"init": SECRET,
        b"etc/a": b"abc",
    }
    assert skips == []


def test_a_text_that_begins_with_a_number_is_a_text(tmp_path):
    (tmp_path / "dates").write_bytes(b"070701,1\n" + SECRET)
    result = scanned("dir", tmp_path)
    assert len(result.findings) == 1 and result.coverage.complete


def rpm_header(data: bytes) -> bytes:
    return b"\x8e\xad\xe8\x01" + bytes(4) + struct.pack(">2I", 1, len(data)) + struct.pack(">4I", 1024, 6, 0, 1) + data


def rpm(payload: bytes, script: bytes = b"") -> bytes:
    signature = rpm_header(b"sig\0")
    return b"\xed\xab\xee\xdb\3" + bytes(91) + signature + bytes(-len(signature) % 8) + rpm_header(script + b"\0") + payload


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: __import__("lzma").compress(data)])
def test_an_rpm_is_opened_with_its_scripts(pack):
    texts, skips = read(rpm(pack(cpio((b"./etc/app.conf", SECRET))), b"TOKEN=" + OTHER.encode()))
    assert texts[b"payload!payload!./etc/app.conf"] == SECRET
    assert OTHER.encode() in texts[b"(header)"] and skips == []


def test_an_apk_is_read_through_all_its_parts():
    control = images.tar_of({".PKGINFO": b"pkgname = a\n"}).rstrip(b"\0").ljust(1024, b"\0")
    apk = b"".join(gzip.compress(part) for part in (control, images.tar_of({"etc/app.conf": SECRET})))
    texts, skips = read(apk)
    assert texts[b"etc/app.conf"] == SECRET and skips == []


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A pack by git: a long file in many versions, so that there are deltas, a secret in an old one, and in a commit's words."""
    repo = new_repository(tmp_path_factory.mktemp("packed") / "repo")
    lines = [f"line {number} {random.Random(number).random()}" for number in range(500)]
    (repo / "conf").mkdir()
    for number in range(12):
        lines[number * 7] = f"changed {number}" if number != 5 else SECRET.decode().strip()
        if number == 6:
            lines[35] = "clean"
        (repo / "conf/app.env").write_text("\n".join(lines) + "\n")
        git(repo, "add", "-A")
        git(repo, "commit", "-q", "-m", f"version {number}" if number != 3 else f"use {OTHER}")
    git(repo, "gc", "-q", "--aggressive")
    (pack,) = (repo / ".git/objects/pack").glob("*.pack")
    assert b"chain length" in git(repo, "verify-pack", "-v", pack).stdout
    return pack.read_bytes()


def test_every_object_of_a_pack_is_read_and_named(packed):
    texts, skips = read(packed)
    assert skips == []
    held = [path for path, text in texts.items() if TOKEN.encode() in text]
    assert len(held) == 1 and held[0].endswith(b"/app.env")
    assert next(text for text in texts.values() if OTHER.encode() in text).count(b"author ") == 1
    versions = [text for path, text in texts.items() if path.endswith(b"/app.env")]
    assert len(versions) == 12 and all(text.count(b"\n") == 500 for text in versions)


def test_a_repository_in_a_layer_is_read_with_what_it_no_longer_holds(packed, tmp_path):
    loose = zlib.compress(b"blob %d\0" % len(SECRET) + SECRET.replace(TOKEN.encode(), OTHER.encode()))
    layer = images.tar_of({"srv/app/.git/objects/pack/pack-1.pack": packed, "srv/app/.git/objects/ab/cd": loose})
    layout = images.from_tars(tmp_path, [layer, images.tar_of({"srv/app/.wh..git": b""})])
    result = scanned("image", layout)
    places = {place.origin.path: place.origin.facts["fate"] for finding in result.findings for place in finding.places}
    assert set(places.values()) == {"deleted in layer 2"}
    assert any(path.startswith(b"srv/app/.git/objects/pack/pack-1.pack!") and path.endswith(b"/app.env") for path in places)
    assert any(path.startswith(b"srv/app/.git/objects/ab/cd!") for path in places)
    assert result.coverage.complete


def test_a_pack_longer_than_a_piece_is_read_too(tmp_path):
    repo = new_repository(tmp_path / "repo")
    (repo / "noise").write_bytes(random.Random(1).randbytes(PIECE + (1 << 20)))
    (repo / "zsecret").write_bytes(SECRET)
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "second")
    git(repo, "gc", "-q")
    (pack,) = (repo / ".git/objects/pack").glob("*.pack")
    assert pack.stat().st_size > PIECE
    layer = images.tar_of({"p": pack.read_bytes()})
    result = scanned("image", images.from_tars(tmp_path, [layer]))
    (finding,) = result.findings
    assert finding.places[0].origin.path.endswith(b"/zsecret") and result.coverage.complete


def test_a_pack_that_is_cut_or_thin_is_said_to_be(packed, tmp_path):
    texts, skips = read(packed[: len(packed) // 2])
    assert texts and {skip.reason for skip in skips} == {Reason.TRUNCATED}
    repo = new_repository(tmp_path / "repo")
    for number in range(2):
        (repo / "a").write_text("\n".join(map(str, range(2000))) + f"\n{TOKEN if number else ''}\n")
        git(repo, "add", "a")
        git(repo, "commit", "-q", "-m", str(number))
    thin = subprocess.run(
        ["git", "pack-objects", "--thin", "--stdout", "--revs", "-q"], cwd=repo, input=b"HEAD\n^HEAD~1\n", capture_output=True
    ).stdout
    texts, skips = read(thin)
    assert {skip.reason for skip in skips} == {Reason.MISSING}
    assert any(TOKEN.encode() in text for text in texts.values())


def test_a_pack_of_one_object_that_inflates_like_a_bomb_is_cut():
    size = 65 << 20
    head = bytearray()
    value = size >> 4
    head.append(0x80 | 3 << 4 | size & 15)
    while value:
        head.append(value & 0x7F | (0x80 if value > 0x7F else 0))
        value >>= 7
    texts, skips = read(b"PACK" + struct.pack(">2I", 2, 1) + bytes(head) + zlib.compress(bytes(size)) + bytes(20))
    assert texts == {} and [skip.reason for skip in skips] == [Reason.CAP]


SAMPLES = [
    ar((b"a/", b"a" * 100), (b"//", b"name/\n"), (b"/0", b"b")),
    cpio((b"a", b"a" * 100), (b"b", b"b")),
    rpm(gzip.compress(cpio((b"a", b"a"))), b"script"),
]


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.integers(0, 3), st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=6), st.integers(12, 1 << 20))
def test_no_damage_raises_or_hangs(packed, which, changes, end):
    sample = [*SAMPLES, packed][which]
    data = bytearray(sample[: max(12, end % len(sample))])
    for at, value in changes:
        data[8 + at % (len(data) - 8)] = value
    texts, skips = read(bytes(data))
    assert texts or skips
