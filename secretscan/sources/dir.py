"""Files under a path, as they lie there. Links are not followed, and only regular files are ever opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Hashable, Iterable, Iterator

from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.model import PIECE, Finding, Gap, LocalFile, Origin, Reason, Skipped, Unit, Wants, unasked
from secretscan.paths import PathPatterns
from secretscan.redaction import printable

KIND = "dir"
_NOT_FILES = {
    stat.S_IFLNK: Reason.SYMLINK,
    stat.S_IFIFO: Reason.FIFO,
    stat.S_IFSOCK: Reason.SOCKET,
    stat.S_IFCHR: Reason.DEVICE,
    stat.S_IFBLK: Reason.DEVICE,
}


def recognises(target: str) -> int:
    """Any file or directory; every other kind is surer."""
    return 1 if os.path.exists(target) else 0


class DirSource:
    """One file or one tree. An id is the path within the target."""

    kind = KIND
    supplies_suppressions = True
    empty_is_clean = False

    def __init__(self, target: str, settings: Settings) -> None:
        path = os.fsencode(target)
        try:
            found = os.stat(path)
        except OSError as error:
            raise SourceError(f"{printable(path)}: {_why(error)}; name an existing file or directory") from None
        if not stat.S_ISDIR(found.st_mode) and not stat.S_ISREG(found.st_mode):
            raise SourceError(f"{printable(path)}: neither a file nor a directory; only those are opened")
        self.root = path
        self._base = path
        self._single: bytes | None = None
        if stat.S_ISREG(found.st_mode):
            self._single = os.path.basename(path)
            self._real = os.path.realpath(path)  # a link that somebody names is meant; those found on a walk are not
        self._settings = settings
        self._excluded = PathPatterns(settings.exclude)

    def units(self, wants: Wants = unasked) -> Iterator[Unit | Finding | Skipped | Gap]:
        del wants  # names are known when contents are
        if self._single is not None:
            try:
                size = os.stat(self._real).st_size
            except OSError as error:
                yield self._skip(self._single, _reason(error), _why(error))
            else:
                yield from self._file(self._single, size)
            return
        pending = [b""]
        while pending:
            below = pending.pop()
            try:
                with os.scandir(os.path.join(self._base, below) if below else self._base) as found:
                    entries = sorted(found, key=lambda entry: entry.name)
            except OSError as error:
                yield self._skip(below or b".", _reason(error), _why(error))
                continue
            folders = []
            for entry in entries:
                path = below + b"/" + entry.name if below else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if entry.name == b".git":
                        yield self._skip(path, Reason.EXCLUDED, "git's own folder; `secretscan git` reads it")
                    elif self._excludes(path + b"/"):
                        yield self._skip(path, Reason.EXCLUDED)
                    else:
                        folders.append(path)
                    continue
                yield from self._entry(entry, path)
            pending.extend(reversed(folders))

    def places(self, ids: Iterable[Hashable]) -> Iterator[tuple[Hashable, Origin] | Skipped]:
        for id in ids:
            if isinstance(id, bytes):
                yield id, Origin(KIND, self.root, id)

    def _entry(self, entry: os.DirEntry[bytes], path: bytes) -> Iterator[Unit | Skipped | Gap]:
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError as error:
            yield self._skip(path, _reason(error), _why(error))
            return
        if not stat.S_ISREG(found.st_mode):
            yield self._skip(path, _NOT_FILES.get(stat.S_IFMT(found.st_mode), Reason.DEVICE))
        elif self._excludes(path):
            yield self._skip(path, Reason.EXCLUDED)
        else:
            yield from self._file(path, found.st_size)

    def _file(self, path: bytes, size: int) -> Iterator[Unit | Skipped | Gap]:
        cap = self._settings.max_file_size
        if cap is not None and size > cap:
            yield self._skip(path, Reason.USER_SIZE_CAP)
        elif size <= PIECE:
            yield Unit(path, LocalFile(self._full(path), size), path)
        else:
            yield from self._long(path, size)

    def _long(self, path: bytes, size: int) -> Iterator[Unit | Skipped | Gap]:
        from secretscan.readers.streams import units_of

        try:
            handle = os.open(self._full(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            yield self._skip(path, _reason(error), _why(error))
            return
        with open(handle, "rb", buffering=0) as file:
            failed: list[OSError] = []
            yield from units_of(path, _chunks(file.read, size, failed), path, self._settings)
            if failed:
                yield Gap(path, b"", _reason(failed[0]), _why(failed[0]))
            elif file.tell() < size:
                yield Gap(path, b"", Reason.CHANGED, "shrank while it was read")

    def _full(self, path: bytes) -> bytes:
        return os.path.join(self._base, path) if self._single is None else self._real

    def _excludes(self, path: bytes) -> bool:
        return self._excluded.match(path)

    def _skip(self, path: bytes, reason: Reason, detail: str = "") -> Skipped:
        return Skipped(Origin(KIND, self.root, path), reason, detail)


def _chunks(read: Callable[[int], bytes | None], size: int, failed: list[OSError]) -> Iterator[bytes]:
    """The bytes the file had when it was found: one that grows while it is read would never end."""
    left = size
    while left > 0:
        try:
            chunk = read(min(left, 1 << 20))
        except OSError as error:
            failed.append(error)
            return
        if not chunk:
            return
        left -= len(chunk)
        yield chunk


def _reason(error: OSError) -> Reason:
    return Reason.VANISHED if isinstance(error, FileNotFoundError) else Reason.UNREADABLE


def _why(error: OSError) -> str:
    return (error.strerror or "cannot be read").lower()


def open_source(target: str, settings: Settings, **options: object) -> DirSource:
    """SourceError if there is nothing at `target` that can be read."""
    del options
    return DirSource(target, settings)
