"""Kubernetes manifests: files, folders of them, or what `kubectl get … -o yaml|json` prints. The reader makes objects of the texts.

What is neither YAML nor JSON is read as plain text, and that is said.
"""

from __future__ import annotations

import errno
import itertools
import os
import stat
import sys
from collections.abc import Generator, Hashable, Iterable, Iterator
from io import FileIO
from typing import BinaryIO

from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.model import Finding, Gap, Origin, Reason, Skipped, Unit, Wants, unasked
from secretscan.paths import PathPatterns
from secretscan.readers.compression import sniff
from secretscan.readers.kubernetes import MARKERS
from secretscan.readers.streams import units_of
from secretscan.redaction import printable

KIND = "manifest"
_SUFFIXES = (b".yaml", b".yml", b".json")
_HEAD = 64 << 10  # bytes in which a manifest says what it is
_MAGIC = 512  # bytes: the most that an archive's magic needs
_NOT_FILES = {
    stat.S_IFLNK: Reason.SYMLINK,
    stat.S_IFIFO: Reason.FIFO,
    stat.S_IFSOCK: Reason.SOCKET,
    stat.S_IFCHR: Reason.DEVICE,
    stat.S_IFBLK: Reason.DEVICE,
}


def recognises(target: str) -> int:
    """A YAML or JSON file that says apiVersion and kind near its beginning, or a folder of only such files."""
    path = os.fsencode(target)
    try:
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            return 3 if _is_manifest(path) else 0
        with os.scandir(path) as found:
            names = sorted(entry.path for entry in found if not entry.name.startswith(b".") and entry.is_file(follow_symlinks=False))
    except OSError:
        return 0
    return 2 if names and all(_is_manifest(name) for name in names[:16]) else 0


def _is_manifest(path: bytes) -> bool:
    if not path.endswith(_SUFFIXES):
        return False
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as file:
            head = (file.read(_HEAD) or b"") if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""
    except OSError:
        return False
    return all(marker in head for marker in MARKERS)


class ManifestSource:
    """One file, or a tree of them. The id of a file is its path within the target; of one that had to be cut, (path, number)."""

    kind = KIND
    supplies_suppressions = True
    empty_is_clean = False

    def __init__(self, target: str, settings: Settings) -> None:
        path = os.fsencode(target)
        try:
            found = os.stat(path)
        except OSError as error:
            raise SourceError(f"{printable(path)}: {_why(error)}; name a manifest, a folder of them, or - for standard input") from None
        if not stat.S_ISDIR(found.st_mode) and not stat.S_ISREG(found.st_mode):
            raise SourceError(f"{printable(path)}: neither a file nor a directory; pipe it into `secretscan manifest -`")
        self.root = path
        self._base, self._single = path, b""
        if stat.S_ISREG(found.st_mode):
            self._base, self._single = os.path.split(path)
        self._settings = settings
        self._excluded = PathPatterns(settings.exclude)

    def units(self, wants: Wants = unasked) -> Iterator[Unit | Finding | Skipped | Gap]:
        del wants  # names are known when contents are
        if self._single:
            yield from self._file(self._single)
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
                if not entry.is_dir(follow_symlinks=False):
                    yield from self._entry(path)
                elif entry.name == b".git":
                    yield self._skip(path, Reason.EXCLUDED, "git's own folder; `secretscan git` reads it")
                elif self._excludes(path + b"/"):
                    yield self._skip(path, Reason.EXCLUDED)
                else:
                    folders.append(path)
            pending.extend(reversed(folders))

    def places(self, ids: Iterable[Hashable]) -> Iterator[tuple[Hashable, Origin] | Skipped]:
        for id in ids:
            path = id[0] if isinstance(id, tuple) else id
            if isinstance(path, bytes):
                yield id, Origin(KIND, self.root, path)

    def _entry(self, path: bytes) -> Iterator[Unit | Skipped | Gap]:
        try:
            mode = os.lstat(os.path.join(self._base, path)).st_mode
        except OSError as error:
            yield self._skip(path, _reason(error), _why(error))
            return
        if not stat.S_ISREG(mode):
            yield self._skip(path, _NOT_FILES.get(stat.S_IFMT(mode), Reason.DEVICE))
        elif self._excludes(path):
            yield self._skip(path, Reason.EXCLUDED)
        else:
            yield from self._file(path)

    def _file(self, path: bytes) -> Iterator[Unit | Skipped | Gap]:
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if self._single else os.O_NOFOLLOW)
        try:
            handle = os.open(os.path.join(self._base, path), flags)
        except OSError as error:
            yield self._skip(path, _reason(error), _why(error))
            return
        with open(handle, "rb", buffering=0) as file:
            found = os.fstat(file.fileno())
            size = found.st_size
            cap = self._settings.max_file_size
            if not stat.S_ISREG(found.st_mode):
                yield self._skip(path, Reason.CHANGED, "became something else before it was read")
                return
            if cap is not None and size > cap:
                yield self._skip(path, Reason.USER_SIZE_CAP)
                return
            reading = _Reading(file, size)
            if self._single or path.endswith(_SUFFIXES):
                looks_right = yield from _manifest(path, iter(reading), path, self._settings)
            else:
                looks_right = False
                yield from units_of(path, iter(reading), path, self._settings)
            if not looks_right:
                yield self._skip(path, Reason.NOT_A_MANIFEST, "no YAML or JSON with apiVersion and kind")
            if reading.error is not None:
                yield Gap(path, b"", _reason(reading.error), _why(reading.error))
            elif reading.left:
                yield Gap(path, b"", Reason.CHANGED, "shrank while it was read")

    def _excludes(self, path: bytes) -> bool:
        return self._excluded.match(path)

    def _skip(self, path: bytes, reason: Reason, detail: str = "") -> Skipped:
        return Skipped(Origin(KIND, self.root, path), reason, detail)


class StreamSource:
    """Standard input, read as it comes. What it says about itself is never obeyed: it supplies no suppressions."""

    kind = KIND
    root = b"-"
    supplies_suppressions = False
    empty_is_clean = False

    def __init__(self, settings: Settings, stream: BinaryIO) -> None:
        self._settings = settings
        self._stream = stream

    def units(self, wants: Wants = unasked) -> Iterator[Unit | Finding | Skipped | Gap]:
        del wants  # names are known when contents are
        first = self._stream.read(_HEAD)
        if not first:
            yield Skipped(Origin(KIND, self.root, b"-"), Reason.MISSING, "nothing came on standard input; did the command before it fail?")
            return
        chunks = itertools.chain([first], iter(lambda: self._stream.read(_HEAD), b""))
        looks_right = yield from _manifest(b"-", chunks, None, self._settings)
        if not looks_right:
            yield Skipped(Origin(KIND, self.root, b"-"), Reason.NOT_A_MANIFEST, "no YAML or JSON with apiVersion and kind")

    def places(self, ids: Iterable[Hashable]) -> Iterator[tuple[Hashable, Origin] | Skipped]:
        for id in ids:
            yield id, Origin(KIND, self.root, b"-")


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


def _manifest(path: bytes, chunks: Iterator[bytes], name: bytes | None, settings: Settings) -> Generator[Unit | Gap, None, bool]:
    """Units of one manifest, cut between documents where it is long; an archive's members. Returns whether it says that it is one."""
    from secretscan.readers.kubernetes.stream import split

    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= _MAGIC:
            break
    whole = itertools.chain([head], chunks)
    if sniff(head) is not None:
        yield from units_of(path, whole, name, settings)
        return True
    if not head:
        yield Unit((path, 0), b"", name)
        return True
    looks_right = False
    for unit in split(path, whole, name):
        looks_right = looks_right or all(marker in unit.content for marker in MARKERS)
        yield unit
    return looks_right


def _reason(error: OSError) -> Reason:
    if error.errno == errno.ELOOP:
        return Reason.CHANGED
    return Reason.VANISHED if isinstance(error, FileNotFoundError) else Reason.UNREADABLE


def _why(error: OSError) -> str:
    return (error.strerror or "cannot be read").lower()


def open_source(target: str, settings: Settings, **options: object) -> ManifestSource | StreamSource:
    """`-` is this process's standard input. SourceError if there is nothing at `target` that can be read."""
    del options
    return StreamSource(settings, sys.stdin.buffer) if target == "-" else ManifestSource(target, settings)
