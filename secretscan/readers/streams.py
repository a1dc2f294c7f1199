"""What a stream of bytes holds, whichever source it comes from: one long text, or the members of an archive."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from secretscan.config import Settings
from secretscan.model import Gap, Inner, Unit
from secretscan.readers.compression import Chunks
from secretscan.readers.magic import sniff
from secretscan.readers.pieces import cut


def units_of(id: Hashable, chunks: Chunks, name: bytes | None, settings: Settings) -> Iterator[Unit | Gap]:
    """Units of a stream, read once and never held whole. Members of archives get Inner ids; what they hide from us comes as Gaps."""
    from secretscan.readers.archives import peek

    head, chunks = peek(chunks)
    packed = sniff(head) is not None
    counted = False
    for item in unpack(id, chunks, name, settings, packed=packed):
        counted = counted or (isinstance(item, Unit) and item.id in (id, Inner(id, b"")))
        yield item
    if not counted:
        yield Unit(id, b"", name)  # the archive itself was read too, and counts


def unpack(
    id: Hashable,
    chunks: Chunks,
    name: bytes | None,
    settings: Settings,
    *,
    packed: bool = True,
    path: bytes = b"",
    search: bool = False,
) -> Iterator[Unit | Gap]:
    """Units of an archive's members, nested ones too, within the settings' caps on depth and bytes. `path` is where in `id` it stands.
    `search`: it is a short file that may carry packed content.

    The own bytes of a file that only carries packed content come too; if it begins as such (`packed`) under an Inner id without a path, so
    that nobody opens it again.
    """
    from secretscan.readers.archives import Limits, Skip, members

    depth = path.count(b"!") + 1 if path else 0
    for member in members(chunks, name, Limits(settings.max_archive_depth, settings.max_archive_bytes), path, search=search, depth=depth):
        if isinstance(member, Skip):
            yield Gap(id, member.path, member.reason, member.detail)
        else:
            yield from cut(Inner(id, member.path) if member.path or packed else id, member.chunks, member.path or name)
