"""What became of a layer's file: still there, overwritten, deleted, or never to be seen at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from secretscan.images.layers import Entry, Layer, digest, normal
from secretscan.images.manifests import LayerRef

PRESENT = "present"
SHADOWED = "shadowed by a later entry of its layer"


_ROOT = digest(b"")


class _Known(NamedTuple):
    """What one layer does to the paths that are asked about."""

    entries: Mapping[int, tuple[int, bool]]
    """path -> (index of its last entry, whether that is a directory)"""
    whiteouts: frozenset[int]
    opaque: frozenset[int]
    links: Mapping[int, list[tuple[int, bytes]]]


class Fates:
    """Answers for the members given at the start: one pass over each layer's records, so that millions of files cost no tables."""

    def __init__(self, layers: Mapping[int, Layer], asked: Iterable[Entry]) -> None:
        paths = {normal(entry.path) for entry in asked}
        targets = {digest(path) for path in paths}
        links = {blob: [link for link in layer.links if link[0] in targets] for blob, layer in layers.items()}
        paths |= {path for found in links.values() for _, _, path in found}
        hashes = {digest(step) for path in paths for step in _steps(path)}
        self._known = {blob: _known(layer, hashes, links[blob]) for blob, layer in layers.items()}

    def of(self, entry: Entry, layers: Sequence[LayerRef], position: int) -> tuple[str, bytes | None]:
        """(fate of a member of layers[position], the other name that keeps its content present). Layers are counted from 1 in the words."""
        path = normal(entry.path)
        fate = self._fate(path, entry.member, layers, position)
        known = self._known.get(entry.blob)
        if fate != PRESENT and known is not None:
            for index, link in known.links.get(digest(path), ()):
                if index > entry.member and self._fate(link, index, layers, position) == PRESENT:
                    return PRESENT, link
        return fate, None

    def _fate(self, path: bytes, index: int, layers: Sequence[LayerRef], position: int) -> str:
        steps = [digest(step) for step in _steps(path)]
        own, folders = steps[0], steps[1:]
        here = self._layer(layers[position])
        if here is not None and here.entries.get(own, (index, False))[0] > index:
            return SHADOWED
        for number, layer in enumerate(layers[position + 1 :], position + 2):
            known = self._layer(layer)
            if known is None or layer.blob == layers[position].blob:  # the same layer again takes nothing away
                continue
            if own in known.entries:
                return f"overwritten in layer {number}"
            replaced = any(not known.entries[folder][1] for folder in folders if folder in known.entries)
            if replaced or not known.whiteouts.isdisjoint(steps) or not known.opaque.isdisjoint(folders):
                return f"deleted in layer {number}"
        return PRESENT

    def _layer(self, layer: LayerRef) -> _Known | None:
        return None if layer.blob is None else self._known.get(layer.blob)


def _steps(path: bytes) -> list[bytes]:
    """The path, then the folders above it, up to the root."""
    steps = [path]
    while path:
        path = path.rpartition(b"/")[0]
        steps.append(path)
    return steps


def _known(layer: Layer, hashes: set[int], links: Iterable[tuple[int, int, bytes]]) -> _Known:
    entries = {
        path: (index, bool(folder))
        for path, folder, index in zip(layer.paths, layer.folders, layer.indexes, strict=True)
        if path in hashes and path != _ROOT
    }
    by_target: dict[int, list[tuple[int, bytes]]] = {}
    for target, index, path in links:
        by_target.setdefault(target, []).append((index, path))
    return _Known(entries, frozenset(hashes.intersection(layer.whiteouts)), frozenset(hashes.intersection(layer.opaque)), by_target)
