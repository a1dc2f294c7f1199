"""A layer's members as units, and what must be remembered of them to tell later which of them are still there."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from typing import NamedTuple

from secretscan._core import TarMember
from secretscan.config import Settings
from secretscan.model import Gap, Inner, Reason, Skipped, Unit
from secretscan.paths import PathPatterns
from secretscan.readers.compression import Chunks, Damaged
from secretscan.readers.pieces import cut
from secretscan.readers.streams import units_of
from secretscan.readers.tar import REST, entries

_NOT_CONTENT = {b"2": Reason.SYMLINK, b"3": Reason.DEVICE, b"4": Reason.DEVICE, b"6": Reason.FIFO}
_LINKS = 100_000  # hard links remembered of a layer; beyond that a link's target is judged by its own name alone
_WHITEOUT = b".wh."
_OPAQUE = b".wh..wh..opq"
_METADATA = b".wh..wh."  # AUFS's own files

Skip = Callable[[bytes, Reason, str], Skipped]


class Entry(NamedTuple):
    """The id of a layer's member: the number of the blob in the outer archive, of the member in it, and its name there."""

    blob: int
    member: int
    path: bytes


class Layer:
    """What one layer does to the files below it. Nine bytes a member; paths are kept as hashes (keyed anew in each process).

    Facts: OCI image-spec layer.md (whiteouts hide lower layers only, never their own), AUFS's names.
    """

    def __init__(self) -> None:
        self.paths = array("Q")
        self.folders = bytearray()
        self.indexes = array("I")
        self.whiteouts = array("Q")
        self.opaque = array("Q")
        self.links: list[tuple[int, int, bytes]] = []
        """(hash of the target, index, path) of hard links."""

    def add(self, index: int, member: TarMember) -> None:
        path = normal(member.name)
        folder, _, base = path.rpartition(b"/")
        if base.startswith(_WHITEOUT):
            if base == _OPAQUE:
                self.opaque.append(digest(folder))
            elif not base.startswith(_METADATA):
                hidden = base[len(_WHITEOUT) :]
                self.whiteouts.append(digest(folder + b"/" + hidden if folder else hidden))
            return
        self.paths.append(digest(path))
        self.folders.append(member.type == b"5")
        self.indexes.append(index)
        if member.type == b"1" and len(self.links) < _LINKS:
            self.links.append((digest(normal(member.linkname)), index, path))


def digest(path: bytes) -> int:
    return hash(path) & 0xFFFFFFFFFFFFFFFF


def normal(name: bytes) -> bytes:
    """The path that a name means within the root, `..` never leading out of it: what an unpacker that is no fool would write to."""
    if not (b"/." in name or b"//" in name or name[:1] in (b".", b"/") or name[-1:] == b"/"):
        return name
    parts: list[bytes] = []
    for part in name.split(b"/"):
        if part == b"..":
            del parts[-1:]
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/".join(parts)


def walk(blob: int, chunks: Chunks, layer: Layer, settings: Settings, skip: Skip) -> Iterator[Unit | Gap | Skipped]:
    """Units of all members that have content, whiteouts with content among them. `skip` makes a Skipped from a member's name."""
    excluded = PathPatterns(settings.exclude)
    try:
        for index, (member, content) in enumerate(entries(chunks)):
            if member is None:
                yield from cut(Inner(blob, REST), _chunks(content))
                continue
            layer.add(index, member)
            name = member.name.removeprefix(b"./")
            if member.type in _NOT_CONTENT:
                yield skip(name, _NOT_CONTENT[member.type], "")
            elif member.type == b"5" or (member.type == b"1" and not content):
                continue
            elif excluded.match(name):
                yield skip(name, Reason.EXCLUDED, "")
            elif settings.max_file_size is not None and member.size > settings.max_file_size:
                yield skip(name, Reason.USER_SIZE_CAP, "")
            elif isinstance(content, (bytes, memoryview)):
                yield Unit(Entry(blob, index, name), content, name)
            else:
                yield from units_of(Entry(blob, index, name), content, name, settings)
    except Damaged as damage:
        yield Gap(blob, b"", damage.reason, damage.detail)


def _chunks(content: bytes | memoryview | Chunks) -> Chunks:
    return iter([content]) if isinstance(content, (bytes, memoryview)) else content
