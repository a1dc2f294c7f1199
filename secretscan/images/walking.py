"""A layer's members as units."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from secretscan.config import Settings
from secretscan.images.layers import Entry, Layer, normal
from secretscan.images.packages import Packages
from secretscan.images.repeats import Repeats
from secretscan.model import Gap, Inner, Reason, Skipped, Unit
from secretscan.paths import PathPatterns
from secretscan.readers.archives import texts
from secretscan.readers.compression import Chunks, Damaged
from secretscan.readers.pieces import cut
from secretscan.readers.remarks import HEADER, Remarks
from secretscan.readers.streams import units_of, unpack
from secretscan.readers.tar import REST, digested

_NOT_CONTENT = {b"2": Reason.SYMLINK, b"3": Reason.DEVICE, b"4": Reason.DEVICE, b"6": Reason.FIFO}

Skip = Callable[[bytes, Reason, str], Skipped]


def walk(
    blob: int, chunks: Chunks, layer: Layer, repeats: Repeats, packages: Packages, settings: Settings, skip: Skip
) -> Iterator[Unit | Gap | Skipped]:
    """Units of all members that have content, whiteouts with content among them. `skip` makes a Skipped from a member's name."""
    excluded = PathPatterns(settings.exclude)
    remarks = Remarks()
    try:
        for index, (member, content, digest) in enumerate(digested(chunks, remarks)):
            if member is None:
                yield from cut(Inner(blob, REST), iter([content]) if isinstance(content, bytes) else content)
                continue
            path = normal(member.name)
            layer.add(index, member, path)
            name = member.name.removeprefix(b"./")
            if member.type in _NOT_CONTENT:
                yield skip(name, _NOT_CONTENT[member.type], "")
            elif member.type == b"5" or (member.type == b"1" and not content):
                continue
            elif excluded.match(name):
                yield skip(name, Reason.EXCLUDED, "")
            elif settings.max_file_size is not None and member.size > settings.max_file_size:
                yield skip(name, Reason.USER_SIZE_CAP, "")
            elif not isinstance(content, bytes):
                yield from units_of(Entry(blob, index, name), packages.passing(path, member.size, content), name, settings)
            elif not repeats.known(entry := Entry(blob, index, name), len(content), digest):
                packages.note(path, content)
                yield Unit(entry, content, name, digested=True)
    except Damaged as damage:
        yield Gap(blob, b"", damage.reason, damage.detail)
    yield from said(blob, remarks, settings)


def said(blob: int, remarks: Remarks, settings: Settings) -> Iterator[Unit | Gap]:
    """What a blob says beside its members; some of it is packed again."""
    for path, text in texts(remarks):
        yield from unpack(blob, iter([text]), None, settings, path=path)
    if remarks.over:
        yield Gap(blob, HEADER, Reason.CAP, "more comments, extra fields or skippable frames than are kept")
