"""An image from a registry as the members of an archive: its documents, then every layer that was asked for, once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping

from secretscan import lazy_re
from secretscan._core import TarMember
from secretscan.errors import SourceError
from secretscan.images.access import Access
from secretscan.images.choice import Choice
from secretscan.images.credentials import login
from secretscan.images.manifests import Image, LayerRef, is_attestation, is_foreign, platform_of, subject_of
from secretscan.images.reference import Reference
from secretscan.images.registry import Registry, endpoint
from secretscan.images.transport import Transport
from secretscan.model import Json
from secretscan.readers.compression import Chunks, Damaged
from secretscan.readers.tar import Content

_DIGEST = lazy_re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_DEPTH = 4  # indexes within indexes
_MANIFESTS = 1000  # of one index: nobody builds for more platforms

Members = Iterator[tuple[TarMember, Content]]


def pull(reference: Reference, shown: str, choice: Choice, access: Access, *, layers: bool = True) -> Members:
    """The image's blobs as members of an OCI layout. SourceError at once if its manifest cannot be had, or names no platform asked for.

    Without `layers` documents only.
    """
    try:
        registry, top = _open(reference, access)
    except Damaged as damage:
        raise SourceError(f"{shown}: {damage.detail}") from None
    document = _parsed(top)
    if "manifests" not in document and "layers" not in document:
        kind = "a manifest of version 1, which no tool writes any more" if "fsLayers" in document else "no image's manifest"
        raise SourceError(f"{shown}: {kind}; it cannot be read")
    platforms = [platform_of(each) for each in _descriptors(document, "manifests") if not is_attestation(each)]
    if platforms and not any(choice.takes(platform) for platform in platforms):
        asked = " or ".join(choice.platforms)
        raise SourceError(f"{shown}: no image of platform {asked}; there are: {', '.join(sorted(filter(None, platforms)))}")
    return _Pull(registry, choice, layers=layers).members(top, document, shown)


def _open(reference: Reference, access: Access) -> tuple[Registry, bytes]:
    """The registry, or its mirror if that has the image, and the raw manifest or index."""
    proxies = {
        scheme: access.environment.get(f"{scheme}_proxy") or access.environment.get(f"{scheme.upper()}_PROXY", "")
        for scheme in ("http", "https", "no")
    }
    transport = Transport(proxies, access.limits, plain=access.plain)
    if access.mirror:
        mirrored = endpoint(reference, access.mirror, plain=access.plain)
        try:
            registry = Registry(mirrored, transport, login(reference._replace(host=mirrored.host), access.environment))
            return registry, registry.manifest(reference.reference)
        except Damaged:
            pass
    registry = Registry(endpoint(reference, "", plain=access.plain), transport, login(reference, access.environment))
    return registry, registry.manifest(reference.reference)


class _Pull:
    def __init__(self, registry: Registry, choice: Choice, *, layers: bool) -> None:
        self._registry = registry
        self._choice = choice
        self._with_layers = layers
        self._layers: dict[str, int] = {}
        self._given: set[str] = set()

    def members(self, top: bytes, document: Mapping[str, Json], shown: str) -> Members:
        digest = f"sha256:{hashlib.sha256(top).hexdigest()}"
        annotations = {"org.opencontainers.image.ref.name": shown}
        index = {"schemaVersion": 2, "manifests": [{"digest": digest, "size": len(top), "annotations": annotations}]}
        yield _member("index.json", json.dumps(index).encode())
        yield from self._document(digest, top)
        yield from self._within(document, 0)
        for layer, size in self._layers.items():
            yield TarMember(_path(layer), b"", b"0", size, 0), self._registry.blob(layer, size)

    def _within(self, document: Mapping[str, Json], depth: int) -> Members:
        """What an index or a manifest names."""
        if "manifests" not in document:
            yield from self._image(document)
            return
        descriptors = _descriptors(document, "manifests")[:_MANIFESTS]
        taken = {each["digest"] for each in descriptors if not is_attestation(each) and self._choice.takes(platform_of(each))}
        for descriptor in descriptors:
            digest = descriptor["digest"]
            wanted = subject_of(descriptor) in taken if is_attestation(descriptor) and self._choice.platforms else digest in taken
            if not (wanted or (is_attestation(descriptor) and not self._choice.platforms)) or digest in self._given:
                continue
            try:
                manifest = self._registry.manifest(str(digest))
            except Damaged as damage:
                yield _failed(str(digest), damage)
                continue
            yield from self._document(str(digest), manifest)
            if depth < _DEPTH:
                yield from self._within(_parsed(manifest), depth + 1)

    def _image(self, manifest: Mapping[str, Json]) -> Members:
        config: Mapping[str, Json] = {}
        for descriptor in _descriptors({"config": [manifest.get("config")]}, "config"):
            digest = str(descriptor["digest"])
            try:
                data = self._registry.document(digest)
            except Damaged as damage:
                yield _failed(digest, damage)
                continue
            config = _parsed(data)
            yield from self._document(digest, data)
        layers = _descriptors(manifest, "layers")
        rootfs = config.get("rootfs")
        told = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
        digests = [str(each) for each in told] if isinstance(told, list) else []
        base = self._choice.base_of(Image("", tuple(LayerRef(digest, None) for digest in digests or [""] * len(layers)), ()))
        for descriptor in layers[base:] if self._with_layers else ():
            size = descriptor.get("size")
            if not is_foreign(descriptor) and isinstance(size, int) and str(descriptor["digest"]) not in self._given:
                self._layers.setdefault(str(descriptor["digest"]), size)

    def _document(self, digest: str, data: bytes) -> Members:
        if digest not in self._given:
            self._given.add(digest)
            yield TarMember(_path(digest), b"", b"0", len(data), 0), data


def _member(name: str, data: bytes) -> tuple[TarMember, Content]:
    return TarMember(name.encode(), b"", b"0", len(data), 0), data


def _failed(digest: str, damage: Damaged) -> tuple[TarMember, Content]:
    return TarMember(_path(digest), b"", b"0", 0, 0), _raising(damage)


def _raising(damage: Damaged) -> Chunks:
    raise damage
    yield b""


def _path(digest: str) -> bytes:
    return b"blobs/" + digest.replace(":", "/").encode()


def _parsed(data: bytes) -> Mapping[str, Json]:
    try:
        value: Json = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _descriptors(document: Mapping[str, Json], key: str) -> list[Mapping[str, Json]]:
    """Those with a digest that is one: it becomes part of an address."""
    value = document.get(key)
    found = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    return [each for each in found if _DIGEST.fullmatch(str(each.get("digest")))]
