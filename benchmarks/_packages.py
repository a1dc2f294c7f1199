"""Public packages by registry, name and version, each fetched once with the registry's own client and unpacked in the cache folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path


def cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "secretscan-benchmarks" / "noise"


def fetch(packages: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Path]]:
    """(package as `registry:name`, folder of its text); one that cannot be had is named on standard error and left out."""
    for registry, wanted in packages.items():
        for package in wanted:
            folder = cache() / registry / package.replace("/", "+").replace(":", "+")
            if not folder.is_dir():
                with tempfile.TemporaryDirectory() as scratch:
                    try:
                        unpacked = CLIENTS[registry](package, Path(scratch))
                    except (subprocess.CalledProcessError, OSError) as error:
                        print(f"not fetched: {registry}:{package}: {error}", file=sys.stderr)
                        continue
                    folder.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copytree(unpacked, folder, symlinks=True)
            yield f"{registry}:{package}", folder


def _run(command: Sequence[str | Path], folder: Path) -> str:
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def _pypi(package: str, scratch: Path) -> Path:
    _run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", package], scratch)
    return _unzip(next(scratch.glob("*.whl")), scratch)


def _npm(package: str, scratch: Path) -> Path:
    _run(["npm", "pack", "--silent", package], scratch)
    with tarfile.open(next(scratch.glob("*.tgz"))) as archive:
        archive.extractall(scratch / "text", filter="data")
    return scratch / "text"


def _go(package: str, scratch: Path) -> Path:
    (scratch / "go.mod").write_text("module noise\n")
    return Path(json.loads(_run(["go", "mod", "download", "-json", package], scratch))["Dir"])


def _maven(package: str, scratch: Path) -> Path:
    command = [
        "mvn",
        "--quiet",
        "dependency:get",
        f"-Dartifact={package}:jar:sources",
        "-Dtransitive=false",
        f"-Dmaven.repo.local={scratch / 'm2'}",
    ]
    _run(command, scratch)
    return _unzip(next((scratch / "m2" / package.partition(":")[0].replace(".", "/")).rglob("*-sources.jar")), scratch)


def _cargo(package: str, scratch: Path) -> Path:
    name, version = package.split("@")
    (scratch / "src").mkdir()
    (scratch / "src" / "lib.rs").touch()
    (scratch / "Cargo.toml").write_text(
        f'[package]\nname = "noise"\nversion = "0.0.0"\n[dependencies]\n{name} = "={version.partition("+")[0]}"\n'
    )
    _run(["cargo", "vendor", "--quiet"], scratch)
    return scratch / "vendor" / name


def _unzip(archive: Path, scratch: Path) -> Path:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(scratch / "text")
    return scratch / "text"


CLIENTS: Mapping[str, Callable[[str, Path], Path]] = {"pypi": _pypi, "npm": _npm, "go": _go, "maven": _maven, "cargo": _cargo}
