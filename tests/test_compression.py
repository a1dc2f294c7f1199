"""Compressed streams: whole, joined, cut, corrupt, and far larger than they look."""

from __future__ import annotations

import bz2
import gzip
import itertools
import lzma
import random
import subprocess
import sys
import tracemalloc
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from secretscan.model import Reason
from secretscan.readers.compression import BLOCK, Damaged, decompress
from secretscan.readers.magic import sniff

PACKERS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
}
TEXT = b"".join(b"line %d of a text that is read back whole\n" % n for n in range(60_000))


def chunked(data: bytes, size: int = 4096):
    return (data[at : at + size] for at in range(0, len(data), size))


def read(data: bytes, kind: str, size: int = 4096) -> tuple[bytes, Damaged | None, bytes]:
    """(output, error, what follows the compressed data)"""
    out = bytearray()
    tail: list[bytes] = []
    chunks = chunked(data, size)
    try:
        for block in decompress(chunks, kind, tail):
            assert 0 < len(block) <= 2 * BLOCK
            out += block
    except Damaged as error:
        return bytes(out), error, b""
    return bytes(out), None, b"".join(itertools.chain(tail, chunks))


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 20])
def test_a_stream_is_read_whole_whatever_the_chunks(kind, size):
    text = TEXT if size > 100 else TEXT[:30_000]
    packed = PACKERS[kind](text)
    assert sniff(packed[:512]) == kind
    assert read(packed, kind, size) == (text, None, b"")


@pytest.mark.parametrize("kind", PACKERS)
def test_streams_that_follow_each_other_are_read_as_one(kind):
    packed = b"".join(PACKERS[kind](b"part %d\n" % n) for n in range(500))
    assert read(packed, kind) == (b"".join(b"part %d\n" % n for n in range(500)), None, b"")


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("size", [1, 3, 4096])
def test_what_follows_the_stream_is_handed_back(kind, size):
    packed = PACKERS[kind](b"inside\n")
    assert read(packed + b"outside, in the open\n", kind, size) == (b"inside\n", None, b"outside, in the open\n")


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz"])
def test_zero_padding_is_part_of_the_stream(kind):
    assert read(PACKERS[kind](b"inside\n") + bytes(70_000), kind) == (b"inside\n", None, b"")
    assert read(PACKERS[kind](b"inside\n") + bytes(70_000) + b"outside", kind)[2].lstrip(b"\0") == b"outside"


@pytest.mark.parametrize("kind", PACKERS)
def test_a_truncated_stream_gives_what_was_there_and_says_so(kind):
    noise = random.Random(1).randbytes(3 << 20)
    packed = PACKERS[kind](TEXT + noise)
    out, error, _ = read(packed[: len(packed) // 2], kind)
    assert error is not None and error.reason is Reason.TRUNCATED
    assert (TEXT + noise).startswith(out)
    assert len(out) >= len(TEXT)


@pytest.mark.parametrize("kind", PACKERS)
def test_a_stream_cut_at_any_byte_is_never_taken_for_whole(kind):
    packed = PACKERS[kind](b"a short text of some bytes")
    for end in range(4, len(packed)):
        _, error, _ = read(packed[:end], kind, 5)
        assert error is not None and error.reason is Reason.TRUNCATED, end


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_corrupt_stream_gives_what_came_before(kind):
    noise = random.Random(2).randbytes(400_000)
    packed = bytearray(PACKERS[kind](b"the beginning\n" + noise))
    packed[300_000:300_400] = bytes(400)
    packed[-8:] = b"\xff" * 8
    out, error, _ = read(bytes(packed), kind)
    assert error is not None and error.reason is Reason.CORRUPT
    assert out.startswith(b"the beginning\n" + noise[:250_000])


def test_a_gzip_with_a_wrong_checksum_still_gives_its_text():
    packed = bytearray(gzip.compress(b"short and damaged\n"))
    packed[-8] ^= 1
    out, error, _ = read(bytes(packed), "gzip")
    assert out == b"short and damaged\n"
    assert error is not None and error.reason is Reason.CORRUPT


def test_a_corrupt_middle_of_a_gzip_costs_only_what_lies_behind_it():
    text = random.Random(4).randbytes(1000).hex().encode() * 10
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH) + b"\x07" + b"\xff" * 40  # 7: the reserved block type
    out, error, _ = read(packed, "gzip")
    assert out == text
    assert error is not None and error.reason is Reason.CORRUPT


def test_skippable_frames_are_passed_over():
    skip = b"\x5a\x2a\x4d\x18" + (100_000).to_bytes(4, "little") + bytes(100_000)
    frame = PACKERS["zstd"](b"text\n")
    assert sniff(skip[:512]) == "zstd"
    assert read(skip + frame + skip + frame, "zstd") == (b"text\ntext\n", None, b"")
    assert read(skip[:-1], "zstd")[1].reason is Reason.TRUNCATED


def test_a_window_over_the_cap_is_refused_by_name():
    options = zstandard.ZstdCompressionParameters(window_log=28, compression_level=1)
    packer = zstandard.ZstdCompressor(compression_params=options).compressobj()
    _, error, _ = read(packer.compress(b"x" * 1000) + packer.flush(), "zstd")
    assert error is not None and error.reason is Reason.CAP


@pytest.mark.parametrize("kind", ["gzip", "zstd", "bzip2", "xz"])
def test_a_bomb_is_read_in_little_memory(kind):
    if kind == "gzip":
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    else:
        packed = PACKERS[kind](bytes(64 << 20))
    tracemalloc.start()
    size = sum(len(block) for block in decompress(iter([packed]), kind))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 64 << 20
    assert peak < 24 << 20


def test_a_gzip_of_2_mb_that_inflates_to_2_gb_stays_under_200_mb_of_memory(tmp_path):
    bomb = tmp_path / "bomb.gz"
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with bomb.open("wb") as file:
        for _ in range(2048):
            file.write(packer.compress(bytes(1 << 20)))
        file.write(packer.flush())
    assert bomb.stat().st_size < 3 << 20
    script = (
        "import re, sys\n"
        "from secretscan.readers.compression import decompress\n"
        "chunks = iter(lambda f=open(sys.argv[1], 'rb'): f.read(1 << 20), b'')\n"
        "print(sum(len(block) for block in decompress(chunks, 'gzip')))\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", script, bomb], capture_output=True, text=True, check=True)
    size, peak = map(int, done.stdout.split())
    assert size == 2 << 30
    assert peak < 200 << 10


@given(st.binary(max_size=300), st.sampled_from(sorted(PACKERS)), st.integers(0, 400), st.integers(0, 255))
def test_no_damage_escapes_as_another_error(data, kind, at, value):
    packed = bytearray(PACKERS[kind](data))
    packed[at % len(packed)] = value
    out, error, _ = read(bytes(packed), kind, 64)
    assert error is not None or out == data or sniff(bytes(packed)) != kind or out  # damage that its checksum does not cover reads on


@pytest.mark.parametrize("head", [b"", b"BZh", b"BZh9 is no bzip2", b"PK", b"plain text", bytes(512), b"\x1f\x8b"])
def test_what_only_looks_like_a_magic_is_not_packed(head):
    assert sniff(head) is None
