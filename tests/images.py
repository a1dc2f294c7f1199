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

FORMS = (
    "docker-archive", "docker-archive.gz", "docker-25", "kaniko", "jib", "bazel",
    "oci-archive-gzip", "oci-archive-zstd", "oci-archive-zstd-chunked", "oci-layout", "oci-layout.tar", "estargz",
)  # fmt: skip


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
    elif form in ("kaniko", "jib", "bazel"):
        renamed(convert(layout, "docker-archive", name), target, form)
    elif form == "oci-layout.tar":
        tool("tar", "--sort=name", "-C", layout, "-cf", target, ".")
    elif form == "estargz":
        estargz(convert(layout, "docker-archive", name), target)
    else:
        tool(
            *copy,
            "--dest-compress-format",
            form.removeprefix("oci-archive-").replace("-", ":"),
            "--dest-decompress=false",
            source,
            f"oci-archive:{target}:{name}",
        )
    return target


class Saved(NamedTuple):
    """What stands in an archive that skopeo wrote: the layers' tars from the lowest up."""

    config: bytes
    layers: list[bytes]
    tags: list[str]


def saved(archive: Path) -> Saved:
    with tarfile.open(archive) as tar:

        def member(name: str) -> bytes:
            file = tar.extractfile(name)
            assert file is not None
            return file.read()

        (image,) = json.loads(member("manifest.json"))
        return Saved(member(image["Config"]), [member(name) for name in image["Layers"]], image["RepoTags"])


class Blobs(dict[str, bytes]):
    """Blobs by their path in an OCI layout."""

    def put(self, data: bytes, media_type: str) -> dict[str, object]:
        """Store it; its descriptor."""
        digest = hashlib.sha256(data).hexdigest()
        self[f"blobs/sha256/{digest}"] = data
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    def put_json(self, value: object, media_type: str) -> dict[str, object]:
        return self.put(json.dumps(value).encode(), media_type)


CONFIG, MANIFEST, LAYER = (f"application/vnd.oci.image.{kind}" for kind in ("config.v1+json", "manifest.v1+json", "layer.v1.tar"))


def docker_25(archive: Path, target: Path) -> None:
    """`docker save` since 25: an OCI layout with a manifest.json beside it, members in the order of their names (moby, save.go)."""
    image = saved(archive)
    blobs = Blobs()
    config = blobs.put(image.config, CONFIG)
    layers = [blobs.put(layer, LAYER) for layer in image.layers]
    manifest = blobs.put_json({"schemaVersion": 2, "config": config, "layers": layers}, MANIFEST)
    manifest["annotations"] = {"io.containerd.image.name": image.tags[0]}
    path = "blobs/sha256/{}".format
    docker = {
        "Config": path(str(config["digest"])[7:]),
        "RepoTags": image.tags,
        "Layers": [path(str(layer["digest"])[7:]) for layer in layers],
        "LayerSources": {layer["digest"]: layer for layer in layers},
    }
    files = blobs | {
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode(),
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        "manifest.json": json.dumps([docker]).encode(),
    }
    target.write_bytes(tar_of(dict(sorted(files.items()))))


def renamed(archive: Path, target: Path, form: str) -> None:
    """A docker archive with the names that other builders give: kaniko, ko and crane; jib; bazel's rules_docker."""
    image = saved(archive)
    files: dict[str, bytes] = {}
    names = []
    for layer in image.layers:
        packed = gzip.compress(layer, 6, mtime=0)
        digest = hashlib.sha256(layer if form == "bazel" else packed).hexdigest()
        names.append({"kaniko": f"sha256:{digest}.tar.gz", "jib": f"{digest}.tar.gz", "bazel": f"{digest}/layer.tar"}[form])
        files[names[-1]] = layer if form == "bazel" else packed
    config = {"kaniko": f"sha256:{hashlib.sha256(image.config).hexdigest()}", "jib": "config.json", "bazel": f"{'c' * 64}.json"}[form]
    manifest = json.dumps([{"Config": config, "RepoTags": image.tags, "Layers": names}]).encode()
    target.write_bytes(tar_of(files | {config: image.config, "manifest.json": manifest}))


def estargz(archive: Path, target: Path) -> None:
    """An OCI archive of eStargz layers: each member a gzip stream of its own, a table of contents, a footer that is an empty stream."""
    image = saved(archive)
    blobs = Blobs()
    layers = []
    for layer in image.layers:
        contents = tar_of({"stargz.index.json": b'{"version": 1, "entries": []}'})
        streams = [layer[at : at + 1024] for at in range(0, len(layer.rstrip(b"\0")) // 512 * 512 + 512, 1024)]
        layers.append(blobs.put(b"".join(gzip.compress(part, mtime=0) for part in (*streams, contents, b"")), LAYER + "+gzip"))
    config = blobs.put(image.config, CONFIG)
    manifest = blobs.put_json({"schemaVersion": 2, "config": config, "layers": layers}, MANIFEST)
    manifest["annotations"] = {"org.opencontainers.image.ref.name": image.tags[0]}
    files = blobs | {"index.json": json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode(), "oci-layout": b"{}"}
    target.write_bytes(tar_of(files))


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
