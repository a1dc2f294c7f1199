"""An image's documents without its layers: what a base is made of, so that it need not be scanned."""

from __future__ import annotations

from collections.abc import Iterator

from secretscan._core import TarMember
from secretscan.images.manifests import Contents, read
from secretscan.readers.archives import peek
from secretscan.readers.compression import Damaged
from secretscan.readers.tar import Content

MOST = 4 << 20
"""Bytes of a JSON document that is kept: registries accept no larger manifest."""


def layers_of(members: Iterator[tuple[TarMember | None, Content]]) -> tuple[tuple[str, ...], ...]:
    """The layers of each image in an archive, as their digests; none where it is damaged before it tells."""
    contents = Contents()
    try:
        for number, (member, content) in enumerate(members):
            if member is None:
                break
            contents.note(number, member)
            head, chunks = peek(iter([content]) if isinstance(content, bytes) else content)
            if head.lstrip()[:1] in (b"{", b"[") and member.size <= MOST:
                contents.documents[number] = b"".join(chunks)
    except Damaged:
        pass
    return tuple(tuple(layer.digest for layer in image.layers) for image in read(contents)[0] if image.layers)
