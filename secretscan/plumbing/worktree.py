"""Files of a work tree, as they lie there: raw bytes, no filter, no link followed on the way."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from io import FileIO

from secretscan.config import Settings
from secretscan.file_kinds import reason_of
from secretscan.model import Gap, Reason, Unit
from secretscan.readers.streams import units_of


class WorkTree:
    """The files under `root`. Paths are as git lists them: bytes, `/` between, relative to `root`."""

    def __init__(self, root: bytes) -> None:
        self._root = root
        self._folders: dict[bytes, bool] = {b"": True}
        self._ids: dict[tuple[bytes, str], tuple[bytes, bytes]] = {}

    def full(self, path: bytes) -> bytes:
        """The path to open."""
        return os.path.join(self._root, path)

    def size(self, path: bytes) -> int | Reason | None:
        """A regular file's size in bytes, or why there is none to read; None if nothing is there: deleted, and not yet committed so."""
        folder, _, _ = path.rpartition(b"/")
        if not self._inside(folder):
            return None  # a link has taken the folder's place, and what it leads to is not this file
        try:
            found = os.lstat(self.full(path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return Reason.UNREADABLE
        if stat.S_ISREG(found.st_mode):
            return found.st_size
        # git lists a folder only where another repository begins
        return Reason.GITLINK if stat.S_ISDIR(found.st_mode) else reason_of(found.st_mode)

    def long(self, path: bytes, size: int, settings: Settings) -> Iterator[Unit | Gap]:
        """A file too long to be held, in pieces with the id ("file", path). What goes wrong on the way is a gap."""
        id = ("file", path)
        left = size
        wrong = Gap(id, b"", Reason.CHANGED, "shrank while it was read")

        def chunks(file: FileIO) -> Iterator[bytes]:
            nonlocal left, wrong
            while left > 0:  # the bytes it had when it was found: one that grows while it is read would never end
                try:
                    chunk = file.read(min(left, 1 << 20))
                except OSError as error:
                    wrong = Gap(id, b"", Reason.UNREADABLE, (error.strerror or "cannot be read").lower())
                    return
                if not chunk:
                    return
                left -= len(chunk)
                yield chunk

        try:
            file = FileIO(self._open(path))
        except OSError as error:
            reason = Reason.VANISHED if isinstance(error, FileNotFoundError) else Reason.UNREADABLE
            yield Gap(id, b"", reason, (error.strerror or "cannot be read").lower())
            return
        with file:
            reading = chunks(file)
            yield from units_of(id, reading, path, settings)
            for _ in reading:  # an archive may end before its file does
                pass
        if left:
            yield wrong

    def holds(self, path: bytes, id: bytes, object_format: str) -> bool:
        """Whether the file's bytes are that blob, as they are or with CR LF for each LF (core.autocrlf checks out so)."""
        if (path, object_format) not in self._ids:
            self._ids[path, object_format] = self._hashes(path, object_format)
        return id in self._ids[path, object_format]

    def _hashes(self, path: bytes, object_format: str) -> tuple[bytes, bytes]:
        """Blob ids of the file's raw bytes and of its bytes with LF alone; empty if it cannot be read."""
        if not isinstance(self.size(path), int):
            return b"", b""
        try:
            with open(self._open(path), "rb") as file:
                size = os.fstat(file.fileno()).st_size
                raw = hashlib.new(object_format, b"blob %d\0" % size, usedforsecurity=False)
                crlf = 0
                last = b""
                while chunk := file.read(1 << 20):
                    raw.update(chunk)
                    crlf += (last + chunk).count(b"\r\n")
                    last = chunk[-1:] if chunk.endswith(b"\r") else b""
                if not crlf:
                    return raw.hexdigest().encode(), b""
                file.seek(0)
                plain = hashlib.new(object_format, b"blob %d\0" % (size - crlf), usedforsecurity=False)
                for line in file:
                    plain.update(line[:-2] + b"\n" if line.endswith(b"\r\n") else line)
                return raw.hexdigest().encode(), plain.hexdigest().encode()
        except OSError:
            return b"", b""

    def _open(self, path: bytes) -> int:
        return os.open(self.full(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)

    def _inside(self, folder: bytes) -> bool:
        """Whether every step down to `folder` is a real folder."""
        known = self._folders.get(folder)
        if known is None:
            above, _, _ = folder.rpartition(b"/")
            try:
                known = self._inside(above) and stat.S_ISDIR(os.lstat(self.full(folder)).st_mode)
            except OSError:
                known = False
            self._folders[folder] = known
        return known
