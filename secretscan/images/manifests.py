"""Which images an archive holds and of which layers: docker's manifest.json, OCI indexes and manifests, the old repositories file.

Facts: OCI image-spec (manifest.md, image-index.md, config.md); moby image/tarexport/save.go; BuildKit attestation-storage.md.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from secretscan import lazy_re
from secretscan._core import TarMember
from secretscan.images.instructions import instructions
from secretscan.model import Json, Reason

_DEPTH = 8  # indexes within indexes; two is the most anybody makes
_HOPS = 8  # links from a layer's name to its bytes
_HALF = lazy_re.compile("[\ud800-\udfff]")


class LayerRef(NamedTuple):
    """A layer as an image names it. `digest` is that of the unpacked tar, the same however packed, if the configuration tells it.

    `blob` is the number of the outer member that holds it, None if there is none. `instruction` is what made it.
    """

    digest: str
    blob: int | None
    instruction: str = ""


class Image(NamedTuple):
    """`name` is its tags, or its platform, or empty. `documents` are the numbers of its configuration and manifests.

    `platform` is os/architecture[/variant], empty if neither index nor configuration tells. An attestation has documents only.
    """

    name: str
    layers: tuple[LayerRef, ...]
    documents: tuple[int, ...]
    platform: str = ""
    problems: tuple[Problem, ...] = ()


class Problem(NamedTuple):
    """What an image names and the archive does not hold, or hold so that we can read it. `layer` counts from 0; -1 is no layer."""

    path: str
    reason: Reason
    detail: str
    layer: int = -1


@dataclass
class Contents:
    """What was met in the outer archive: the number of each name, where links lead, the JSON documents by number."""

    names: dict[str, int] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    documents: dict[int, bytes] = field(default_factory=dict)

    def note(self, number: int, member: TarMember) -> None:
        """Remember where an outer member's name leads, if it is a file or a link."""
        name = posixpath.normpath(member.name.decode("utf-8", "surrogateescape")) if member.name else ""
        target = member.linkname.decode("utf-8", "surrogateescape")
        if member.type == b"1":
            self.links[name] = posixpath.relpath("/" + target, "/" + posixpath.dirname(name))
        elif member.type == b"2":
            self.links[name] = target
        elif member.type not in (b"3", b"4", b"5", b"6"):
            self.names[name] = number

    def find(self, path: str) -> int | None:
        """The number of the member that `path` leads to, over links."""
        path = posixpath.normpath(path)
        for _ in range(_HOPS):
            if path in self.names:
                return self.names[path]
            if path not in self.links:
                folder, _, base = path.rpartition("/")
                if folder not in self.links:
                    return None
                path = f"{folder}/../{self.links[folder]}/{base}"
            else:
                path = f"{posixpath.dirname(path)}/{self.links[path]}"
            path = posixpath.normpath(path).lstrip("/")
        return None

    def blob(self, digest: str) -> int | None:
        """The number of a blob, where OCI layouts, and skopeo's `dir:`, keep it."""
        algorithm, _, value = digest.partition(":")
        for path in (f"blobs/{algorithm}/{value}", value, digest):
            if (number := self.find(path)) is not None:
                return number
        return None

    def json(self, number: int | None) -> Json:
        """A document; None if there is none, or none that parses."""
        try:
            return None if number is None else json.loads(self.documents.get(number, b"null"))
        except (ValueError, RecursionError):
            return None


def read(contents: Contents) -> tuple[list[Image], list[Problem]]:
    """Every image in the archive with what is missing of it, and what is missing besides.

    Where docker and OCI manifests tell of the same image, docker's names win.
    """
    reader = _Reader(contents)
    reader.docker(contents.json(contents.find("manifest.json")))
    reader.index(contents.json(contents.find("index.json")), (), 0)
    if not reader.images:
        reader.repositories(contents.json(contents.find("repositories")))
    return reader.images, list(dict.fromkeys(reader.problems))


class _Reader:
    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self.problems: list[Problem] = []
        self._images: dict[object, Image] = {}
        self._by_docker: set[object] = set()
        self._indexes: set[str] = set()

    @property
    def images(self) -> list[Image]:
        return list(self._images.values())

    def _add(self, image: Image, *, docker: bool = False) -> None:
        """The same configuration and layers under another name are the same image."""
        key = tuple(layer.blob if layer.blob is not None else layer.digest for layer in image.layers), image.documents[:1]
        known = self._images.get(key)
        if known is None:
            self._images[key] = image
        else:
            names = [known.name] if key in self._by_docker else [known.name, image.name]
            documents = tuple(dict.fromkeys([*known.documents, *image.documents]))
            name = ", ".join(dict.fromkeys(name for name in names if name))
            problems = tuple(dict.fromkeys([*known.problems, *image.problems]))
            self._images[key] = Image(name, known.layers, documents, known.platform or image.platform, problems)
        if docker:
            self._by_docker.add(key)

    def docker(self, manifest: Json) -> None:
        """`docker save`, and all who write like it: a list of images with paths of their layers."""
        if isinstance(manifest, dict):  # skopeo's `dir:` keeps the image's own manifest under this name
            self._manifest(manifest, self._contents.find("manifest.json"), "", ())
            return
        for entry in _dicts(manifest):
            problems: list[Problem] = []
            config = self._contents.find(_text(entry.get("Config")))
            if config is None:
                problems.append(Problem(_text(entry.get("Config")), Reason.MISSING, "an image's configuration"))
            paths = _texts(entry.get("Layers"))
            digests, made_by = self._config(config, len(paths))
            layers = []
            for number, path in enumerate(paths):
                blob = self._contents.find(path)
                if blob is None:
                    source = _dict(_dict(entry.get("LayerSources")).get(digests[number]))
                    problems.append(_missing_layer(path, digests[number] or path, source, number))
                layers.append(LayerRef(digests[number] or path, blob, made_by[number]))
            name = ", ".join(_texts(entry.get("RepoTags")))
            documents = () if config is None else (config,)
            platform = _platform(_dict(self._contents.json(config)))
            self._add(Image(name, tuple(layers), documents, platform, tuple(problems)), docker=True)

    def index(self, index: Json, above: tuple[int, ...], depth: int) -> None:
        """An OCI index: manifests by digest, of platforms or of attestations, or further indexes."""
        found = [(each, self._contents.blob(_text(each.get("digest")))) for each in _dicts(_dict(index).get("manifests"))]
        platforms = {_text(each.get("digest")): platform_of(each) for each, _ in found}
        for descriptor, number in found:
            digest = _text(descriptor.get("digest"))
            name = _name(descriptor)
            document = self._contents.json(number)
            if number is None and any(other is not None for _, other in found):
                self.problems.append(Problem(digest, Reason.EXCLUDED, f"{name or 'one of several images'}: not in this archive"))
            elif number is None:
                self.problems.append(Problem(digest, Reason.MISSING, f"the manifest of {name or 'an image'}"))
            elif not isinstance(document, dict):
                self.problems.append(Problem(digest, Reason.CORRUPT, "an image's manifest that is no JSON object"))
            elif "manifests" in document:
                if depth >= _DEPTH:
                    self.problems.append(Problem(digest, Reason.TOO_DEEP, "an index within too many others"))
                elif digest not in self._indexes:
                    self._indexes.add(digest)
                    self.index(document, (*above, number), depth + 1)
            elif is_attestation(descriptor):
                subject = subject_of(descriptor)
                self._attestation(document, number, platforms.get(subject, ""), subject)
            else:
                self._manifest(document, number, name, above, platforms[digest])

    def _attestation(self, manifest: Mapping[str, Json], number: int, platform: str, subject: str) -> None:
        """What BuildKit says of how an image was made: in-toto statements, stored like layers."""
        documents = [number]
        for descriptor in (_dict(manifest.get("config")), *_dicts(manifest.get("layers"))):
            digest = _text(descriptor.get("digest"))
            blob = self._contents.blob(digest)
            if blob is None:
                self.problems.append(Problem(digest, Reason.MISSING, "a part of an attestation"))
            else:
                documents.append(blob)
        self._add(Image(f"attestation of {platform or subject}".strip(), (), tuple(documents), platform))

    def _manifest(self, manifest: Mapping[str, Json], number: int | None, name: str, above: tuple[int, ...], platform: str = "") -> None:
        descriptors = _dicts(manifest.get("layers"))
        problems: list[Problem] = []
        config = self._contents.blob(_text(_dict(manifest.get("config")).get("digest")))
        if config is None:
            problems.append(Problem(_text(_dict(manifest.get("config")).get("digest")), Reason.MISSING, "an image's configuration"))
        digests, made_by = self._config(config, len(descriptors))
        layers = []
        for at, descriptor in enumerate(descriptors):
            digest = _text(descriptor.get("digest"))
            blob = self._contents.blob(digest)
            if blob is None:
                problems.append(_missing_layer(digest, digest, descriptor, at))
            elif _text(descriptor.get("mediaType")).endswith("+encrypted"):
                problems.append(Problem(digest, Reason.ENCRYPTED, "a layer", at))
            layers.append(LayerRef(digests[at] or digest, blob, made_by[at]))
        platform = platform or _platform(_dict(self._contents.json(config)))
        documents = tuple(each for each in (config, number, *above) if each is not None)
        self._add(Image(name, tuple(layers), documents, platform, tuple(problems)))

    def _config(self, number: int | None, count: int) -> tuple[list[str], list[str]]:
        """(digest of the unpacked tar, instruction) for each of `count` layers; empty where the configuration does not tell."""
        config = _dict(self._contents.json(number))
        digests = _texts(_dict(config.get("rootfs")).get("diff_ids"))
        return digests if len(digests) == count else [""] * count, instructions(_dicts(config.get("history")), count)

    def repositories(self, repositories: Json) -> None:
        """Before docker 1.10: {repository: {tag: id of the top layer}}, and each layer's `json` names its parent."""
        for repository, tags in _dict(repositories).items():
            for tag, top in _dict(tags).items():
                layers: list[LayerRef] = []
                problems: list[Problem] = []
                id, seen = _text(top), set[str]()
                while id and id not in seen:
                    seen.add(id)
                    blob = self._contents.find(f"{id}/layer.tar")
                    if blob is None:
                        problems.append(_missing_layer(f"{id}/layer.tar", id, {}))
                    layers.append(LayerRef(id, blob))
                    id = _text(_dict(self._contents.json(self._contents.find(f"{id}/json"))).get("parent"))
                self._add(Image(f"{repository}:{tag}", tuple(reversed(layers)), (), "", tuple(problems)))


def is_attestation(descriptor: Mapping[str, Json]) -> bool:
    """Whether an index names a statement about an image rather than an image."""
    return _dict(descriptor.get("annotations")).get("vnd.docker.reference.type") == "attestation-manifest"


def subject_of(descriptor: Mapping[str, Json]) -> str:
    """The digest of the image that an attestation is about."""
    return _text(_dict(descriptor.get("annotations")).get("vnd.docker.reference.digest"))


def is_foreign(descriptor: Mapping[str, Json]) -> bool:
    """Whether a layer is kept elsewhere, as those of Windows are."""
    return bool(descriptor.get("urls")) or any(word in _text(descriptor.get("mediaType")) for word in ("foreign", "nondistributable"))


def platform_of(descriptor: Mapping[str, Json]) -> str:
    """os/architecture[/variant] as an index tells it."""
    return _platform(_dict(descriptor.get("platform")))


def _missing_layer(path: str, digest: str, descriptor: Mapping[str, Json], layer: int = -1) -> Problem:
    foreign = is_foreign(descriptor)
    why = "a layer kept elsewhere; it is not fetched" if foreign else "a layer that the image names"
    return Problem(path, Reason.FOREIGN if foreign else Reason.MISSING, f"{why} ({digest})" if digest != path else why, layer)


def _name(descriptor: Mapping[str, Json]) -> str:
    annotations = _dict(descriptor.get("annotations"))
    named = _text(annotations.get("io.containerd.image.name")) or _text(annotations.get("org.opencontainers.image.ref.name"))
    return " ".join(part for part in (named, platform_of(descriptor)) if part)


def _platform(told: Mapping[str, Json]) -> str:
    """os/architecture[/variant], as an index's descriptor and an image's configuration tell it alike."""
    return "/".join(part for part in (_text(told.get(key)) for key in ("os", "architecture", "variant")) if part)


def _dict(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Json) -> list[Mapping[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: Json) -> str:
    """A string that can be written: half of a surrogate pair, which JSON allows, is none."""
    return _HALF.sub("\ufffd", value) if isinstance(value, str) else ""


def _texts(value: Json) -> list[str]:
    return [_text(item) for item in value if isinstance(item, str)] if isinstance(value, list) else []
