"""What a packed stream says beside its content: comments, original names, extra fields, skippable frames, pax records, padding.

Sources: RFC 1952 2.3 (gzip), RFC 8878 3.1.2 (skippable frames of zstd), POSIX pax (extended headers).
"""

from __future__ import annotations

SHORTEST = 16
"""Bytes: nothing shorter holds a text that matters."""
HEADER = b"(beside the content)"
"""What such texts are called in paths."""
_ROOM = 16 << 20  # bytes kept of one stream: zstd:chunked puts a layer's whole table of contents into a frame
_EXTRA, _NAME, _COMMENT = 4, 8, 16


class Remarks:
    """Texts found on the way. `over`: more than is kept, and so not read."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.over = False
        self._room = _ROOM

    @property
    def room(self) -> int:
        """Bytes that may still be added."""
        return self._room

    def add(self, text: bytes) -> None:
        if len(text) < SHORTEST:
            return
        if len(text) > self._room:
            self.over = True
        else:
            self._room -= len(text)
            self.texts.append(text)


def gzip_header(data: bytes) -> list[bytes] | None:
    """The extra field, the name and the comment of a gzip header, those that there are. None if more bytes are needed."""
    flags = data[3] if len(data) > 3 else 0
    at = 10
    found = []
    if flags & _EXTRA:
        size = int.from_bytes(data[at : at + 2], "little")
        found.append(data[at + 2 : at + 2 + size])
        at += 2 + size
    for flag in (_NAME, _COMMENT):
        if flags & flag:
            end = data.find(b"\0", at)
            if end < 0:
                return None
            found.append(data[at:end])
            at = end + 1
    return found if at <= len(data) else None


def speaks(data: bytes) -> bool:
    """Whether a gzip header has any such field."""
    return len(data) > 3 and bool(data[3] & (_EXTRA | _NAME | _COMMENT))
