"""`secretscan image` beside merely decompressing an image's layers, on a Debian image in gzip and in zstd; and its memory on 5 GB.

The image is made once, into the cache folder: debootstrap's minimal Debian for a base, this Python's library for a layer above it, of that
the sources only, as in Docker's images of Python. Seconds of the clock need a quiet machine; those of the processor do not.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from benchmarks import _packages, _process

_SYNTHETIC = 5 << 30
_BLOCK = 32 << 20
_OWN = ("--exit-zero", "-f", "json", "--max-archive-depth", "0", "--allow-incomplete", "nested-too-deep")

_INFLATE = """
import sys, tarfile, time
from isal import isal_zlib
import zstandard
size, taken = 0, 0.0
with tarfile.open(sys.argv[1]) as outer:
    for member in outer:
        data = outer.extractfile(member).read() if member.isfile() else b""
        start = time.process_time()
        if data[:2] == b"\\x1f\\x8b":
            machine = isal_zlib.decompressobj(31)
            for at in range(0, len(data), 1 << 18):
                size += len(machine.decompress(data[at:at + (1 << 18)]))
        elif data[:4] == b"\\x28\\xb5\\x2f\\xfd":
            reader = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True)
            while block := reader.read(1 << 20):
                size += len(block)
        taken += time.process_time() - start
print(size, taken)
"""


def run(arguments: argparse.Namespace) -> None:
    del arguments
    with tempfile.TemporaryDirectory() as scratch:
        tiny = Path(scratch) / "tiny.tar"
        tiny.write_bytes(_archive([(_tar({"a": b"a"}), "")]))
        start, _ = _process.best_of([*_process.SECRETSCAN, "image", str(tiny), *_OWN], runs=5)
    print(f"start-up    {start:7.2f} s, taken off below", flush=True)
    for kind, image in _images():
        size, least = min((_inflated(image) for _ in range(3)), key=lambda found: found[1])
        ours, worked, peak = min(_timed(str(image), *_OWN) for _ in range(3))
        full, _, full_peak = _timed(str(image), "--exit-zero", "-f", "json")
        ratio = (ours - start) / least
        print(f"{kind:5} {size / 1e6:.0f} MB of layers: decompressing alone {least:.2f} s of a core, scan {ours - start:.2f} s", end="")
        print(f" = {ratio:.2f}x, {worked:.2f} s of all cores with start-up, peak {peak:.0f} MB", end="")
        print(f"; with what is nested {full - start:.2f} s, {full_peak:.0f} MB", flush=True)
        kingfisher = _process.find("kingfisher")
        if kingfisher is not None and kind == "gzip":
            theirs, _ = _process.best_of([kingfisher, "scan", "docker", "--archive", str(image), "--no-validate"], runs=1)
            print(f"kingfisher  {theirs:.1f} s = {theirs / full:.1f}x ours")
    _synthetic(start)


def _timed(*arguments: str) -> tuple[float, float, float]:
    """(seconds by the clock, seconds of all cores, peak MB) of one scan."""
    began = time.perf_counter()
    process = subprocess.Popen([*_process.SECRETSCAN, "image", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    taken = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        raise SystemExit(f"secretscan ended with {process.returncode}")
    return taken, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _inflated(image: Path) -> tuple[int, float]:
    done = subprocess.run([sys.executable, "-c", _INFLATE, str(image)], check=True, stdout=subprocess.PIPE, text=True)
    size, taken = done.stdout.split()
    return int(size), float(taken)


def _images() -> Iterator[tuple[str, Path]]:
    folder = _packages.cache().parent / "image"
    made = {kind: folder / f"debian.{kind}.tar" for kind in ("gzip", "zstd")}
    if not all(path.exists() for path in made.values()):
        folder.mkdir(parents=True, exist_ok=True)
        root = folder / "root"
        if not root.exists():
            if shutil.which("debootstrap") is None:
                print("debian image  missing: debootstrap is not installed")
                return
            subprocess.run(["debootstrap", "--variant=minbase", "bookworm", folder / "unfinished"], check=True, stdout=subprocess.DEVNULL)
            (folder / "unfinished").rename(root)
        layers = [_tar_of_folder(root), _tar_of_folder(Path(os.__file__).parent)]
        for kind, path in made.items():
            path.write_bytes(_archive([(layer, kind) for layer in layers]))
    yield from made.items()


def _tar_of_folder(folder: Path) -> bytes:
    done = subprocess.run(
        ["tar", "--sort=name", "--exclude=./dev/*", "--exclude=./site-packages", "--exclude=__pycache__", "-C", folder, "-c", "."],
        check=True,
        stdout=subprocess.PIPE,
    )
    return done.stdout


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _archive(layers: list[tuple[bytes, str]]) -> bytes:
    """An OCI archive; each layer packed as its second half says."""
    import zstandard

    files: dict[str, bytes] = {}

    def put(data: bytes) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        files[f"blobs/sha256/{digest}"] = data
        return {"digest": f"sha256:{digest}", "size": len(data)}

    packers = {"": bytes, "gzip": lambda data: gzip.compress(data, 6), "zstd": zstandard.ZstdCompressor(3).compress}
    descriptors = [put(packers[kind](data)) for data, kind in layers]
    diff_ids = [f"sha256:{hashlib.sha256(data).hexdigest()}" for data, _ in layers]
    config = put(json.dumps({"config": {}, "rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode())
    manifest = put(json.dumps({"schemaVersion": 2, "config": config, "layers": descriptors}).encode())
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode()
    return _tar(files)


def _synthetic(start: float) -> None:
    """One gzip layer of 5 GB of Python's own sources, through a pipe."""
    parts = [path.read_bytes() for path in sorted(Path(os.__file__).parent.glob("*.py"))]
    text = (b"".join(parts) * (_BLOCK // sum(map(len, parts)) + 1))[:_BLOCK]
    packed = gzip.compress(text, 6)
    process = subprocess.Popen([*_process.SECRETSCAN, "image", "-", *_OWN], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stdin is not None
    began = time.perf_counter()
    feeder = threading.Thread(target=_feed, args=(process.stdin, packed), daemon=True)
    feeder.start()
    _, status, usage = os.wait4(process.pid, 0)
    taken = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    feeder.join()
    if process.returncode:
        raise SystemExit(f"secretscan ended with {process.returncode} on the synthetic image")
    taken -= start
    print(f"synthetic   {_SYNTHETIC / 1e9:.1f} GB in one layer, by a pipe: {taken:.1f} s, {_SYNTHETIC / taken / 1e6:.0f} MB/s", end="")
    print(f", peak {usage.ru_maxrss / 1024:.0f} MB")


def _feed(pipe: IO[bytes], packed: bytes) -> None:
    """A docker archive whose layer is made of one gzip member for each file, and one for each file's header."""
    count = _SYNTHETIC // _BLOCK

    def header(name: str, size: int) -> bytes:
        member = tarfile.TarInfo(name)
        member.size = size
        return member.tobuf()

    with pipe:
        heads = [gzip.compress(header(f"files/{number}.py", _BLOCK)) for number in range(count)]
        end = gzip.compress(bytes(1024))
        size = sum(map(len, heads)) + count * len(packed) + len(end)
        pipe.write(header("layer.tar.gz", size))
        for head in heads:
            pipe.write(head)
            pipe.write(packed)
        pipe.write(end + bytes(-size % 512))
        for name, data in (
            ("c.json", b"{}"),
            ("manifest.json", b'[{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["layer.tar.gz"]}]'),
        ):
            pipe.write(header(name, len(data)) + data + bytes(-len(data) % 512))
        pipe.write(bytes(1024))
