"""What a stream of bytes holds, whichever source it comes from: one long text, or the members of an archive."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator

from secretscan.config import Settings
from secretscan.model import Gap, Inner, Unit
from secretscan.readers.compression import Chunks, sniff
from secretscan.readers.pieces import cut

_HEAD = 512  # a tar header's length: the most that any magic needs


def units_of(id: Hashable, chunks: Chunks, name: bytes | None, settings: Settings) -> Iterator[Unit | Gap]:
    """Units of a stream, read once and never held whole. Members of archives get Inner ids; what they hide from us comes as Gaps."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= _HEAD:
            break
    whole = itertools.chain([head], chunks)
    if sniff(head) is None:
        yield from cut(id, whole, name)
    else:
        yield from unpack(id, whole, name, settings)
        yield Unit(id, b"", name)  # the archive itself was read too, and counts


def unpack(id: Hashable, chunks: Chunks, name: bytes | None, settings: Settings) -> Iterator[Unit | Gap]:
    """Units of an archive's members, nested ones too, within the settings' caps on depth and bytes."""
    from secretscan.readers.archives import Limits, Skip, members

    for member in members(chunks, name, Limits(settings.max_archive_depth, settings.max_archive_bytes)):
        if isinstance(member, Skip):
            yield Gap(id, member.path, member.reason, member.detail)
        else:
            yield from cut(Inner(id, member.path), member.chunks, member.path)
