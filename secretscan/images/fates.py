"""What became of a layer's file: still there, overwritten, deleted, or never to be seen at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from secretscan.images.layers import Entry, Layer, digest, normal
from secretscan.images.manifests import LayerRef

PRESENT = "present"
SHADOWED = "shadowed by a later entry of its layer"

_ROOT = digest(b"")
_LONGEST = 4096  # bytes: Linux's PATH_MAX; nobody unpacks what is longer
_NAMES = 32  # paths that one file is known under, over links to folders above it; chains and circles of links end there


class _Known(NamedTuple):
    """What one layer does to the paths that are asked about."""

    entries: Mapping[int, tuple[int, bool]]
    """path -> (index of its last entry, whether that is a directory)"""
    whiteouts: frozenset[int]
    opaque: frozenset[int]
    links: Mapping[int, list[tuple[int, bytes]]]


class _Folders:
    """Symbolic links to folders, by where they stand and by where they lead."""

    def __init__(self, symlinks: Iterable[tuple[bytes, bytes]]) -> None:
        self._targets: dict[bytes, bytes] = {}
        self._sources: dict[bytes, list[bytes]] = defaultdict(list)
        for path, target in symlinks:
            if path and path != target:
                self._targets[path] = target
                self._sources[target].append(path)
        self._linked = self._targets.keys() | self._sources.keys()

    def names(self, path: bytes) -> dict[bytes, int]:
        """Every path that leads to the same file, and how many of its leading bytes are a link, whose fate is not the file's."""
        names = {path: 0}
        if self._linked.isdisjoint(_steps(path)[1:]):  # as nearly always
            return names
        waiting = [path]
        while waiting and len(names) < _NAMES:
            name = waiting.pop()
            for step in _steps(name)[1:]:
                rest = name[len(step) :] if step else b"/" + name
                if step in self._targets and names[name] <= len(step):
                    names[name] = len(step) + 1
                    _add(names, waiting, (self._targets[step] + rest).removeprefix(b"/"), 0)
                for source in self._sources.get(step, ()):
                    if len(step) >= names[name]:
                        _add(names, waiting, source + rest, len(source) + 1)
        return names


def _add(names: dict[bytes, int], waiting: list[bytes], name: bytes, link: int) -> None:
    if name not in names and len(names) < _NAMES:
        names[name] = link
        waiting.append(name)


class Fates:
    """Answers for the members given at the start: one pass over each layer's records, so that millions of files cost no tables."""

    def __init__(self, layers: Mapping[int, Layer], asked: Iterable[Entry]) -> None:
        paths = {normal(entry.path) for entry in asked}
        targets = {digest(path) for path in paths}
        links = {blob: [link for link in layer.links if link[0] in targets] for blob, layer in layers.items()}
        paths |= {path for found in links.values() for _, _, path in found}
        everywhere = _Folders(link for layer in layers.values() for link in layer.symlinks)
        names = {name for path in paths for name in everywhere.names(path)}
        hashes = {digest(step) for name in names for step in _steps(name)}
        self._symlinks = {blob: [link for link in layer.symlinks if digest(link[0]) in hashes] for blob, layer in layers.items()}
        self._known = {blob: _known(layer, hashes, links[blob]) for blob, layer in layers.items()}
        self._folders: dict[tuple[int | None, ...], _Folders] = {}

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
        here = self._layer(layers[position])
        if here is not None and here.entries.get(digest(path), (index, False))[0] > index:
            return SHADOWED
        if position == len(layers) - 1:
            return PRESENT
        names = self._links_below(layers, position).names(path)
        owns = {digest(name) for name in names}
        folders = {digest(step) for name, link in names.items() for step in _steps(name)[1:] if len(step) >= link}
        steps = owns | folders
        for number, layer in enumerate(layers[position + 1 :], position + 2):
            known = self._layer(layer)
            if known is None or layer.blob == layers[position].blob:  # the same layer again takes nothing away
                continue
            if not owns.isdisjoint(known.entries):
                return f"overwritten in layer {number}"
            replaced = any(not known.entries[folder][1] for folder in folders if folder in known.entries)
            if replaced or not known.whiteouts.isdisjoint(steps) or not known.opaque.isdisjoint(folders):
                return f"deleted in layer {number}"
        return PRESENT

    def _links_below(self, layers: Sequence[LayerRef], position: int) -> _Folders:
        """The links that stand when layers[position] is unpacked, and its own."""
        blobs = tuple(layer.blob for layer in layers[: position + 1])
        if blobs not in self._folders:
            standing: dict[bytes, bytes] = {}
            for blob in blobs:
                known = None if blob is None else self._known.get(blob)
                if blob is not None and known is not None:
                    standing = {path: target for path, target in standing.items() if not _ends(known, digest(path))}
                    standing.update(self._symlinks[blob])
            self._folders[blobs] = _Folders(standing.items())
        return self._folders[blobs]

    def _layer(self, layer: LayerRef) -> _Known | None:
        return None if layer.blob is None else self._known.get(layer.blob)


def _ends(known: _Known, path: int) -> bool:
    """Whether a layer takes away what stood at a path, or puts a folder there."""
    return path in known.whiteouts or known.entries.get(path, (0, False))[1]


def _steps(path: bytes) -> list[bytes]:
    """The path, then the folders above it, up to the root; of a path too long for any system itself alone."""
    steps = [path]
    while path and len(steps[0]) <= _LONGEST:
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
