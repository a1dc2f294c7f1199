"""What a git source gives, gathered for tests."""

from __future__ import annotations

import os
from collections.abc import Hashable
from pathlib import Path
from typing import NamedTuple

from secretscan.config import Settings
from secretscan.model import Gap, LocalFile, Note, Origin, Reason, Skipped, Unit
from secretscan.sources.git import GitSource, open_source


class Reading(NamedTuple):
    """Contents by id, the pieces of long ones joined; and everything passed over."""

    source: GitSource
    contents: dict[Hashable, bytes]
    names: dict[Hashable, bytes | None]
    skipped: list[Skipped]
    gaps: list[Gap]

    def text(self) -> bytes:
        return b"\n".join(self.contents.values())

    def reasons(self) -> list[Reason]:
        return [item.reason for item in (*self.skipped, *self.gaps)]

    def places(self, *needles: bytes) -> dict[bytes, list[Origin]]:
        """Origins of every unit that holds one of the needles, by path."""
        ids = [id for id, content in self.contents.items() if any(needle in content for needle in needles)]
        found: dict[bytes, list[Origin]] = {}
        for item in self.source.places(ids):
            assert not isinstance(item, Skipped | Note)
            found.setdefault(item[1].path, []).append(item[1])
        return found


def read(target: Path, settings: Settings | None = None, **options: bool | str) -> Reading:
    """Open `target` as a git source and read all of it; the history by git, which gives each object as a unit."""
    source = open_source(str(target), settings or Settings(), **{"engine": "git", **options})
    reading = Reading(source, {}, {}, [], [])
    for item in source.units():
        if isinstance(item, Unit):
            content = item.content
            data = Path(os.fsdecode(content.path)).read_bytes() if isinstance(content, LocalFile) else bytes(content)
            whole = reading.contents.get(item.id, b"")
            reading.contents[item.id] = whole[: item.start] + data
            reading.names[item.id] = item.name
        elif isinstance(item, Skipped):
            reading.skipped.append(item)
        elif not isinstance(item, Note):
            assert isinstance(item, Gap)
            reading.gaps.append(item)
    return reading
