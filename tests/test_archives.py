"""Archives of every kind, nested and damaged, as streams."""

from __future__ import annotations

import bz2
import gzip
import io
import itertools
import lzma
import random
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from scanning import scanned

from secretscan.model import PIECE, Reason
from secretscan.readers import archives
from secretscan.readers.archives import Limits, Member, Skip, members
from secretscan.readers.tar import REST

NOISE = random.Random(3).randbytes(3 << 20)
COMPRESSORS = {b".gz": gzip.compress, b".bz2": bz2.compress, b".xz": lzma.compress, b".zst": zstandard.ZstdCompressor().compress}


def tar(files: dict[str, bytes], **settings) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", **settings) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


class Pipe(io.RawIOBase):
    """Written to and never sought: a zip made on it tells its members' lengths after them."""

    def __init__(self) -> None:
        self.written = b""

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.written += bytes(data)
        return len(data)


def read(data: bytes, name: bytes | None = None, limits: Limits | None = None, size: int = 1000) -> tuple[dict[bytes, bytes], list[Skip]]:
    limits = limits or Limits()
    found: dict[bytes, bytes] = {}
    skips: list[Skip] = []
    for item in members((data[at : at + size] for at in range(0, len(data), size)), name, limits):
        if isinstance(item, Member):
            assert item.path not in found
            found[item.path] = b"".join(bytes(chunk) for chunk in item.chunks)
        else:
            skips.append(item)
    return found, skips


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_a_compressed_file_gives_its_text_under_its_name(suffix):
    packed = COMPRESSORS[suffix](b"text\n")
    assert read(packed, b"var/log/app.log" + suffix) == ({b"app.log": b"text\n"}, [])
    assert read(packed) == ({b"data": b"text\n"}, [])


@pytest.mark.parametrize("suffix", [b"", *COMPRESSORS])
@pytest.mark.parametrize("size", [1, 511, 1 << 20])
def test_a_tar_in_any_compression_gives_its_members(suffix, size):
    packed = COMPRESSORS.get(suffix, bytes)(tar({"a/b": b"one\n", "c": b"two\n" * 500}))
    assert read(packed, b"x.tar" + suffix, size=size) == ({b"a/b": b"one\n", b"c": b"two\n" * 500}, [])


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("room", [64 << 20, 100])
def test_a_zip_is_read_by_its_directory_and_by_its_local_headers(method, room, monkeypatch):
    monkeypatch.setattr(archives, "_ZIP_BUFFER", room)
    files = {"a.txt": b"one\n" * 1000, "dir/b": NOISE[:5000], "empty": b""}
    assert read(zipped(files, method)) == ({name.encode(): data for name, data in files.items()}, [])


@pytest.mark.parametrize("room", [64 << 20, 100])
def test_a_zip_written_to_a_pipe_is_read(room, monkeypatch):
    monkeypatch.setattr(archives, "_ZIP_BUFFER", room)
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"one\n" * 10_000)
        archive.writestr("b", NOISE[:70_000])
    assert read(pipe.written) == ({b"a": b"one\n" * 10_000, b"b": NOISE[:70_000]}, [])


def test_a_zip_whose_directory_is_cut_off_is_read_by_its_local_headers():
    packed = zipped({"a": b"one\n", "b": NOISE[:3000]})
    found, skips = read(packed[: packed.index(b"PK\x01\x02")])
    assert found == {b"a": b"one\n", b"b": NOISE[:3000]}
    assert [skip.reason for skip in skips] == [Reason.TRUNCATED]


@pytest.mark.parametrize("room", [64 << 20, 100])
def test_an_encrypted_zip_member_is_said_and_the_others_are_read(room, monkeypatch):
    monkeypatch.setattr(archives, "_ZIP_BUFFER", room)
    packed = bytearray(zipped({"open": b"one\n", "shut": b"two\n", "after": b"three\n"}))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = packed.index(signature, packed.index(signature) + 1)
        packed[at + flags] |= 1
    found, skips = read(bytes(packed))
    assert found == {b"open": b"one\n", b"after": b"three\n"}
    assert [(skip.path, skip.reason) for skip in skips] == [(b"shut", Reason.ENCRYPTED)]


def test_an_unknown_method_is_said():
    packed = bytearray(zipped({"odd": b"one\n"}))
    packed[packed.index(b"PK\x01\x02") + 10] = 9
    assert [(skip.path, skip.reason) for skip in read(bytes(packed))[1]] == [(b"odd", Reason.UNSUPPORTED)]


def test_names_that_are_no_text_come_as_they_are():
    name = b"caf\xe9\x1b[31m"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo(name.decode("utf-8", "surrogateescape")))
    packed = bytearray(zipped({"xxxx": b"one\n"})).replace(b"xxxx", b"\xff\xfe/\x80")
    assert list(read(buffer.getvalue())[0]) == [name]
    assert list(read(bytes(packed))[0]) == [b"\xff\xfe/\x80"]


def test_a_broken_utf8_name_does_not_shut_the_zip():
    packed = bytearray(zipped({"éé": b"one\n"})).replace("éé".encode(), b"\xff\xfe\xfd\xfc")
    assert read(bytes(packed))[0] == {b"\xff\xfe\xfd\xfc": b"one\n"}


def test_archives_nest_and_their_paths_join():
    jar = zipped({"conf/app.properties": b"in a jar\n"})
    inner = gzip.compress(tar({"lib/app.jar": jar, "log.gz": gzip.compress(b"in a log\n")}))
    found, skips = read(tar({"backup.tar.gz": inner, "plain": b"plain\n"}))
    assert skips == []
    assert found == {
        b"backup.tar.gz!lib/app.jar!conf/app.properties": b"in a jar\n",
        b"backup.tar.gz!log.gz!log": b"in a log\n",
        b"plain": b"plain\n",
    }


def test_depth_is_bounded_and_said():
    data = b"deep\n"
    for level in range(50):
        data = tar({f"level{level}": data})
    found, skips = read(data, limits=Limits(depth=4))
    assert found == {}
    assert [(skip.path, skip.reason) for skip in skips] == [(b"level49!level48!level47!level46", Reason.TOO_DEEP)]


def test_a_stream_that_is_no_archive_comes_back_as_itself():
    assert read(b"plain text\n") == ({b"": b"plain text\n"}, [])
    assert read(b"") == ({b"": b""}, [])


def test_long_members_are_streamed():
    long = NOISE * 3
    assert len(long) > PIECE
    packed = tar({"long": long, "after": b"x"})
    sizes = {
        item.path: max(len(chunk) for chunk in item.chunks)
        for item in members((packed[at : at + 65536] for at in range(0, len(packed), 65536)), None, Limits())
    }
    assert sizes == {b"long": 65536, b"after": 1}
    assert read(packed)[0][b"long"] == long


def test_a_member_that_is_not_read_does_not_harm_the_next():
    packed = gzip.compress(tar({"long": NOISE * 2, "jar": zipped({"a": NOISE, "b": b"last\n"})}))
    got = {}
    for item in members(iter([packed]), None, Limits()):
        assert isinstance(item, Member)
        got[item.path] = next(item.chunks)[:5]
    assert got == {b"long": NOISE[:5], b"jar!a": NOISE[:5], b"jar!b": b"last\n"}


def test_a_truncated_archive_gives_what_was_there():
    packed = gzip.compress(tar({"first": b"one\n", "second": NOISE}))
    found, skips = read(packed[: len(packed) // 2])
    assert found[b"first"] == b"one\n"
    assert len(found[b"second"]) > 1 << 20 and NOISE.startswith(found[b"second"])
    assert [(skip.path, skip.reason) for skip in skips] == [(b"", Reason.TRUNCATED)]


def test_damage_in_a_nested_archive_costs_only_that_archive():
    broken = gzip.compress(b"one\n" + NOISE)[:-2000]
    found, skips = read(tar({"broken.gz": broken, "after": b"two\n"}))
    assert found[b"after"] == b"two\n"
    assert found[b"broken.gz!broken"].startswith(b"one\n" + NOISE[: 2 << 20])
    assert [(skip.path, skip.reason) for skip in skips] == [(b"broken.gz", Reason.TRUNCATED)]


def test_bytes_behind_the_end_are_not_lost():
    found, skips = read(gzip.compress(b"inside\n") + b"outside\n", b"a.gz")
    assert found == {b"a": b"inside\n", REST: b"outside\n"} and skips == []
    found, skips = read(tar({"a": b"inside\n"}) + b"outside\n" * 100)
    assert found[b"a"] == b"inside\n"
    assert b"outside\n" * 90 in found[REST]
    assert [skip.reason for skip in skips] == [Reason.CORRUPT]


def test_links_and_devices_are_skips_with_their_names():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind in (("link", tarfile.SYMTYPE), ("pipe", tarfile.FIFOTYPE), ("disk", tarfile.BLKTYPE), ("dir", tarfile.DIRTYPE)):
            member = tarfile.TarInfo(name)
            member.type = kind
            archive.addfile(member)
    found, skips = read(buffer.getvalue())
    assert found == {}
    assert [(skip.path, skip.reason) for skip in skips] == [(b"link", Reason.SYMLINK), (b"pipe", Reason.FIFO), (b"disk", Reason.DEVICE)]


def test_the_cap_holds_for_all_levels_together_and_is_said_once():
    bomb = gzip.compress(bytes(3 << 20))
    found, skips = read(tar({f"{number}.gz": bomb for number in range(5)}), limits=Limits(bytes=8 << 20))
    assert sum(map(len, found.values())) == 8 << 20
    assert [(skip.path, skip.reason) for skip in skips] == [(b"2.gz", Reason.CAP)]


def test_a_zip_bomb_is_capped():
    found, skips = read(zipped({"a": bytes(6 << 20), "b": bytes(6 << 20), "c": b""}), limits=Limits(bytes=8 << 20))
    assert {name: len(data) for name, data in found.items()} == {b"a": 6 << 20, b"b": 2 << 20}
    assert [(skip.path, skip.reason) for skip in skips] == [(b"b", Reason.CAP)]


@pytest.mark.parametrize(
    ("magic", "kind"),
    [
        (b"Rar!\x1a\x07\x01\0", "rar"),
        (b"\x04\x22\x4d\x18", "lz4"),
        (b"MSCF\0\0\0\0", "cabinet"),
        (b"hsqs", "squashfs"),
        (b"xar!\0\x1c", "xar"),
        (b"MSWIM\0\0\0", "WIM"),
        (b"\x89LZO\0\r\n\x1a\n", "lzop"),
        (b"\xff\x06\0\0sNaPpY", "snappy"),
    ],
)
def test_what_cannot_be_opened_is_said_to_be_unsupported(tmp_path, magic, kind):
    (tmp_path / "a").write_bytes(magic + bytes(100))
    assert [unread.reason for unread in scanned("dir", tmp_path).coverage.unread] == [Reason.UNSUPPORTED]
    assert read(magic + bytes(100)) == ({b"": magic + bytes(100)}, [Skip(b"", Reason.UNSUPPORTED, f"a {kind} archive")])


def test_zips_within_zips_stay_in_little_memory(tmp_path):
    data = NOISE * 20
    for level in range(4):
        data = zipped({f"{level}.zip" if level else "noise": data, "pad": NOISE}, zipfile.ZIP_STORED)
    nested = tmp_path / "nested.zip"
    nested.write_bytes(data)
    script = (
        "import re, sys\n"
        "from secretscan.readers.archives import Limits, Member, members\n"
        "chunks = iter(lambda f=open(sys.argv[1], 'rb'): f.read(1 << 20), b'')\n"
        "size = sum(len(chunk) for item in members(chunks, None, Limits()) if isinstance(item, Member) for chunk in item.chunks)\n"
        "print(size, re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", script, nested], capture_output=True, text=True, check=True)
    size, peak = map(int, done.stdout.split())
    assert size == len(NOISE) * 24
    assert peak < 150 << 10, peak


SEEDS = [
    gzip.compress(tar({"a": b"one\n", "b": b"two\n" * 40})),
    zipped({"a": b"one\n", "b": gzip.compress(b"two\n")}),
    tar({"x" * 200: b"long name\n", "z.zip": zipped({"a": b"one\n"})}, format=tarfile.PAX_FORMAT),
    struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 8, 8, 0, 0, 0, 0, 0, 1, 0) + b"a" + zlib.compress(b"one\n")[2:-4],
]


@given(
    st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=4), st.integers(0, 4000), st.booleans()
)
def test_no_damage_raises(seed, changes, end, small):
    data = bytearray(seed[:end] if end < 3000 else seed)
    for at, value in changes:
        if data:
            data[at % len(data)] = value
    for item in members(iter([bytes(data)]), b"name", Limits(bytes=1 << 20)):
        if isinstance(item, Member):
            for _ in itertools.islice(item.chunks, 1 if small else None):
                pass


def moved(packed: bytes, before: bytes) -> bytes:
    """A zip with bytes put before its directory, which are in none of its entries."""
    cut = packed.index(b"PK\x01\x02")
    end = packed.rindex(b"PK\x05\x06")
    start = (int.from_bytes(packed[end + 16 : end + 20], "little") + len(before)).to_bytes(4, "little")
    return packed[:cut] + before + packed[cut : end + 16] + start + packed[end + 20 :]


def with_words(where: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        member = zipfile.ZipInfo("a")
        if where == "comment of a member":
            member.comment = b"hidden words"
        if where == "extra field":
            member.extra = b"\x99\x99\x12\x00hidden words......"
        archive.writestr(member, "one\n")
        if where == "comment":
            archive.comment = b"hidden words"
    packed = buffer.getvalue()
    if where == "behind the end":
        return packed + b"\0" * 100 + b"hidden words"
    if where == "before the directory":
        return moved(packed, b"hidden words" * 3)
    if where == "a member that the directory does not name":
        other = zipped({"b": b"hidden words"})
        return moved(packed, other[: other.index(b"PK\x01\x02")])
    if where == "behind a stream within its member":
        stream = zlib.compressobj(wbits=-15)
        deflated = stream.compress(b"one\n") + stream.flush() + b"hidden words"
        packed = zipped({"a": deflated}, zipfile.ZIP_STORED)
        for header, method in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
            at = packed.index(header) + method
            packed = packed[:at] + b"\x08\0" + packed[at + 2 :]
    return packed


WHERE = [
    "comment",
    "comment of a member",
    "extra field",
    "behind the end",
    "before the directory",
    "a member that the directory does not name",
    "behind a stream within its member",
]


@pytest.mark.parametrize("room", [1 << 20, 0], ids=["by directory", "by local headers"])
@pytest.mark.parametrize("where", WHERE)
def test_a_zip_hides_nothing_beside_its_members(where, room, monkeypatch):
    monkeypatch.setattr(archives, "_ZIP_BUFFER", room)
    found, skips = read(with_words(where))
    assert b"one\n" in found[b"a"]
    assert any(b"hidden words" in text for text in found.values()) or (not room and skips)


def test_two_zips_in_one_file_are_both_read():
    found, skips = read(zipped({"a": b"one\n"}) + zipped({"b": b"two\n"}))
    assert found == {b"a": b"one\n", b"b": b"two\n"}
    assert skips == []
