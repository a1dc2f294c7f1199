"""The files of a target on disk: one that was named, or all below a folder. Links are not followed, and only regular files are opened."""

from __future__ import annotations

import errno
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator
from io import FileIO
from typing import NamedTuple, TypeAlias

from secretscan._core import Listing, Walk
from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.file_kinds import reason_of
from secretscan.model import Finding, Gap, Origin, Reason, Skipped, Unit, Wants, unasked
from secretscan.paths import PathPatterns
from secretscan.redaction import printable

_FILES = 2048  # and
_BYTES = 4 << 20  # of a listing: few enough that all threads have work


class File(NamedTuple):
    """A regular file: its path within the target, the one to open it by, and its size in bytes when it was found."""

    path: bytes
    full: bytes
    size: int


Reader: TypeAlias = Callable[[Iterator[bytes]], Iterator[Unit | Skipped | Gap]]
"""Makes units of a file's bytes."""


class FilesSource(ABC):
    """One target. A kind of source says what it makes of a file. The id of one is its path within the target, or a tuple that begins so."""

    kind: str
    missing: str
    """What to do if there is nothing at the target, for the error's line."""
    other: str
    """What to do if it is neither a file nor a folder."""
    supplies_suppressions = True
    empty_is_clean = False
    listed = -1
    """Bytes: the largest file that is given in a Listing; others are asked about one by one."""

    def __init__(self, target: str, settings: Settings) -> None:
        """SourceError if there is nothing at `target` that can be read."""
        self.root = os.fsencode(target)
        try:
            found = os.stat(self.root)
        except OSError as error:
            raise SourceError(f"{printable(self.root)}: {_why(error)}; {self.missing}") from None
        if not stat.S_ISDIR(found.st_mode) and not stat.S_ISREG(found.st_mode):
            raise SourceError(f"{printable(self.root)}: neither a file nor a directory; {self.other}")
        self.single = stat.S_ISREG(found.st_mode)
        self.settings = settings
        self._excluded = PathPatterns(settings.exclude)

    @abstractmethod
    def of_file(self, file: File) -> Iterable[Unit | Skipped | Gap]:
        """What there is to match in one file."""

    def units(self, wants: Wants = unasked) -> Iterator[Unit | Listing | Finding | Skipped | Gap]:
        del wants  # names are known when contents are
        for found in self._walk():
            if isinstance(found, File):
                yield from self.of_file(found)
            else:
                yield found

    def _walk(self) -> Iterator[File | Listing | Skipped]:
        if self.single:
            yield from self._named()
            return
        walk = Walk(self.root)
        descend = not self.settings.exclude
        while (found := walk.next(self.listed, _FILES, _BYTES, descend)) is not None:
            files, rest = found
            folders = []
            for path, mode, size in rest:
                if mode < 0 or not stat.S_ISDIR(mode):
                    yield self._entry(path, mode, size)
                elif os.path.basename(path) == b".git":
                    yield self.skip(path, Reason.EXCLUDED, "git's own folder; `secretscan git` reads it")
                elif self._excluded.match(path + b"/"):
                    yield self.skip(path, Reason.EXCLUDED)
                else:
                    folders.append(path)
            for folder in reversed(folders):
                walk.push(folder)
            if files:
                yield files

    def read(self, file: File, reader: Reader) -> Iterator[Unit | Skipped | Gap]:
        """What `reader` makes of the bytes that the file had when it was found, and a Gap if they are not all there any more."""
        try:
            handle = os.open(file.full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            yield self.skip(file.path, _reason(error), _why(error))
            return
        with open(handle, "rb", buffering=0) as opened:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                yield self.skip(file.path, Reason.CHANGED, "became something else before it was read")
                return
            reading = _Reading(opened, file.size)
            yield from reader(iter(reading))
            if reading.error is not None:
                yield Gap(file.path, b"", _reason(reading.error), _why(reading.error))
            elif reading.left:
                yield Gap(file.path, b"", Reason.CHANGED, "shrank while it was read")

    def places(self, ids: Iterable[Hashable]) -> Iterator[tuple[Hashable, Origin] | Skipped]:
        for id in ids:
            path = id[0] if isinstance(id, tuple) else id
            if isinstance(path, bytes):
                yield id, Origin(self.kind, self.root, path)

    def skip(self, path: bytes, reason: Reason, detail: str = "") -> Skipped:
        return Skipped(Origin(self.kind, self.root, path), reason, detail)

    def _named(self) -> Iterator[File | Skipped]:
        """A link that somebody names is meant; those found on a walk are not."""
        path, real = os.path.basename(self.root), os.path.realpath(self.root)
        try:
            size = os.stat(real).st_size
        except OSError as error:
            yield self.skip(path, _reason(error), _why(error))
        else:
            yield self._sized(path, real, size)

    def _entry(self, path: bytes, mode: int, size: int) -> File | Skipped:
        if mode < 0:
            error = OSError(-mode, os.strerror(-mode))
            return self.skip(path, _reason(error), _why(error))
        if not stat.S_ISREG(mode):
            return self.skip(path, reason_of(mode))
        if self._excluded.match(path):
            return self.skip(path, Reason.EXCLUDED)
        return self._sized(path, os.path.join(self.root, path), size)

    def _sized(self, path: bytes, full: bytes, size: int) -> File | Skipped:
        cap = self.settings.max_file_size
        return self.skip(path, Reason.USER_SIZE_CAP) if cap is not None and size > cap else File(path, full, size)


class _Reading:
    """A file's bytes, as many as it had when it was found: one that grows while it is read would never end."""

    def __init__(self, file: FileIO, size: int) -> None:
        self.left = size
        self.error: OSError | None = None
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        while self.left > 0:
            try:
                chunk = self._file.read(min(self.left, 1 << 20))
            except OSError as error:
                self.error = error
                return
            if not chunk:
                return
            self.left -= len(chunk)
            yield chunk


def _reason(error: OSError) -> Reason:
    if error.errno == errno.ELOOP:  # a link by now
        return Reason.CHANGED
    return Reason.VANISHED if isinstance(error, FileNotFoundError) else Reason.UNREADABLE


def _why(error: OSError) -> str:
    return (error.strerror or "cannot be read").lower()
