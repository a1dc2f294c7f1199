"""Files under a path, as they lie there."""

from __future__ import annotations

import os
from collections.abc import Iterable

from secretscan.config import Settings
from secretscan.model import PIECE, Gap, LocalFile, Skipped, Unit
from secretscan.sources._files import File, FilesSource

KIND = "dir"


def recognises(target: str) -> int:
    """Any file or directory; every other kind is surer."""
    return 1 if os.path.exists(target) else 0


class DirSource(FilesSource):
    """One file or one tree."""

    kind = KIND
    missing = "name an existing file or directory"
    other = "what a pipe holds is read by `secretscan stdin <`, `secretscan image` or `secretscan manifest`"

    def __init__(self, target: str, settings: Settings) -> None:
        super().__init__(target, settings)
        if not settings.exclude:
            self.listed = PIECE if settings.max_file_size is None else min(PIECE, settings.max_file_size)

    def of_file(self, file: File) -> Iterable[Unit | Skipped | Gap]:
        if file.size <= PIECE:
            return (Unit(file.path, LocalFile(file.full, file.size), file.path),)
        from secretscan.readers.streams import units_of

        return self.read(file, lambda chunks: units_of(file.path, chunks, file.path, self.settings))


def open_source(target: str, settings: Settings, **options: object) -> DirSource:
    """SourceError if there is nothing at `target` that can be read."""
    del options
    return DirSource(target, settings)
