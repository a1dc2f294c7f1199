"""What must be remembered of a layer's members to tell later which of them are still there."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from secretscan._core import TarMember

_LINKS = 100_000  # links of a kind remembered of a layer; beyond that a path is judged by the name alone that it stands under
_WHITEOUT = b".wh."
_OPAQUE = b".wh..wh..opq"
_METADATA = b".wh..wh."  # AUFS's own files


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
        self.symlinks: list[tuple[bytes, bytes]] = []
        """(path, path that it leads to within the root) of symbolic links: whoever unpacks a later layer writes through them."""

    def add(self, index: int, member: TarMember, path: bytes) -> None:
        """Note a member. `path` is what its name means, see normal()."""
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
        elif member.type == b"2" and len(self.symlinks) < _LINKS:
            target = member.linkname
            self.symlinks.append((path, normal(target if target[:1] == b"/" else b"%b/%b" % (folder, target))))


def digest(path: bytes) -> int:
    return hash(path) & 0xFFFFFFFFFFFFFFFF


def normal(name: bytes) -> bytes:
    """The path that a name means within the root, `..` never leading out of it: what an unpacker that is no fool would write to."""
    if name[:2] == b"./":  # as tar names what lies in `.`
        name = name[2:]
    if name[-1:] == b"/":  # a folder
        name = name[:-1]
    if not (b"/." in name or b"//" in name or name[:1] in (b".", b"/") or name[-1:] == b"/"):
        return name
    parts: list[bytes] = []
    for part in name.split(b"/"):
        if part == b"..":
            del parts[-1:]
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/".join(parts)
