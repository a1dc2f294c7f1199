"""Builds container images with the tools that people build them with: buildah, skopeo, umoci."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest

FORMS = ("docker-archive", "docker-archive.gz", "oci-archive-gzip", "oci-archive-zstd", "oci-layout", "docker-25")


def tool(*command: str | Path) -> str:
    """What a tool printed. A machine without it skips the test, except in CI, where all of them must be there."""
    if shutil.which(command[0]) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{command[0]} is not installed")
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run([*command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Step(NamedTuple):
    """One layer: files written, files removed, what is configured with it, and the instruction it is said to be made by."""

    files: Mapping[str, bytes] = MappingProxyType({})
    removed: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    instruction: str = ""


def build(folder: Path, steps: list[Step], name: str = "app:1") -> Path:
    """An image built by buildah as an OCI layout: one layer for each step, on scratch."""
    buildah = ("buildah", "--storage-driver", "vfs", "--root", folder / "root", "--runroot", folder / "run")
    image = "scratch"
    for number, step in enumerate(steps):
        container = tool(*buildah, "from", image)
        mounted = Path(tool(*buildah, "mount", container))
        for path, data in step.files.items():
            (mounted / path).parent.mkdir(parents=True, exist_ok=True)
            (mounted / path).write_bytes(data)
        for path in step.removed:
            (mounted / path).unlink()
        tool(*buildah, "config", *step.config, "--created-by", step.instruction or f"COPY step{number} /", container)
        image = f"step{number}"
        tool(*buildah, "commit", "-q", container, image)
        tool(*buildah, "rm", container)
    layout = folder / "layout"
    tool(*buildah, "push", "-q", image, f"oci:{layout}:{name}")
    return layout


def from_tars(folder: Path, layers: list[bytes], name: str = "app:1") -> Path:
    """An image with exactly these tars for layers, as umoci stores them in an OCI layout."""
    layout = folder / "layout"
    tool("umoci", "init", "--layout", layout)
    tool("umoci", "new", "--image", f"{layout}:{name}")
    for number, layer in enumerate(layers):
        (folder / "layer.tar").write_bytes(layer)
        tool(
            "umoci", "raw", "add-layer", "--image", f"{layout}:{name}", "--history.created_by", f"COPY step{number} /", folder / "layer.tar"
        )
    return layout


def convert(layout: Path, form: str, name: str = "app:1") -> Path:
    """The image in an OCI layout in another form."""
    target = layout.parent / form
    source = f"oci:{layout}:{name}"
    copy = ("skopeo", "--override-os", "linux", "copy", "-q")
    if target.exists():
        return target
    if form == "oci-layout":
        return layout
    if form == "docker-archive":
        tool(*copy, source, f"docker-archive:{target}:{name}")
    elif form == "docker-archive.gz":
        target.write_bytes(gzip.compress(convert(layout, "docker-archive", name).read_bytes()))
    elif form == "docker-25":
        docker_25(convert(layout, "docker-archive", name), target)
    else:
        tool(*copy, "--dest-compress-format", form.rpartition("-")[2], "--dest-decompress=false", source, f"oci-archive:{target}:{name}")
    return target


def docker_25(archive: Path, target: Path) -> None:
    """`docker save` since 25: an OCI layout with a manifest.json beside it, members in the order of their names (moby, save.go)."""
    blobs: dict[str, bytes] = {}

    def put(data: bytes) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = data
        return {"digest": f"sha256:{digest}", "size": len(data)}

    with tarfile.open(archive) as tar:

        def member(name: str) -> bytes:
            file = tar.extractfile(name)
            assert file is not None
            return file.read()

        (image,) = json.loads(member("manifest.json"))
        config = put(member(image["Config"])) | {"mediaType": "application/vnd.oci.image.config.v1+json"}
        layers = [put(member(name)) | {"mediaType": "application/vnd.oci.image.layer.v1.tar"} for name in image["Layers"]]
    manifest = put(json.dumps({"schemaVersion": 2, "config": config, "layers": layers}).encode())
    annotations = {"io.containerd.image.name": image["RepoTags"][0]}
    path = "blobs/sha256/{}".format
    files = blobs | {
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [manifest | {"annotations": annotations}]}).encode(),
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        "manifest.json": json.dumps(
            [
                {
                    "Config": path(str(config["digest"])[7:]),
                    "RepoTags": image["RepoTags"],
                    "Layers": [path(str(layer["digest"])[7:]) for layer in layers],
                    "LayerSources": {layer["digest"]: layer for layer in layers},
                }
            ]
        ).encode(),
    }
    target.write_bytes(tar_of(dict(sorted(files.items()))))


def tar_of(members: dict[str, bytes | tarfile.TarInfo] | list[tuple[str, bytes | tarfile.TarInfo]]) -> bytes:
    """A tar of files, or of whatever a TarInfo says; a list may name a member twice."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, data in members.items() if isinstance(members, dict) else members:
            if isinstance(data, bytes):
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
            else:
                data.name = name
                tar.addfile(data)
    return buffer.getvalue()


def link(target: str, kind: bytes = tarfile.LNKTYPE) -> tarfile.TarInfo:
    """A hard link, or another member without data."""
    member = tarfile.TarInfo()
    member.type, member.linkname = kind, target
    return member
