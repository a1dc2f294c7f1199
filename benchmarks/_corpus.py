"""Public text to measure on: wheels of well-known packages, by name and version, fetched once and kept outside the tree."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import zipfile
from pathlib import Path

PACKAGES = ("django==5.2", "sympy==1.14.0", "botocore==1.40.0", "ansible==11.8.0")


def folder(arguments: argparse.Namespace) -> Path:
    """The corpus to use: what the user named, or the downloaded one."""
    if arguments.corpus is not None:
        return Path(arguments.corpus)
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "secretscan-benchmarks"
    unpacked = cache / "packages"
    if not unpacked.is_dir():
        wheels = cache / "wheels"
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--dest",
            str(wheels),
            *PACKAGES,
        ]
        subprocess.run(command, check=True)
        for wheel in sorted(wheels.glob("*.whl")):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(unpacked / wheel.stem)
    return unpacked


def size(path: Path) -> tuple[int, int]:
    """(files, bytes) of regular files under a folder."""
    sizes = [file.stat().st_size for file in path.rglob("*") if file.is_file() and not file.is_symlink()]
    return len(sizes), sum(sizes)
