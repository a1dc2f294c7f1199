"""What of a repository was scanned before, and found empty: ids of objects and commits, and nothing else. No secret, no name, no content.

An object's id tells its content, so what held nothing under the same rules holds nothing still. Objects that held something are never
kept: each scan reads them again, and so reports them again.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Iterable
from contextlib import closing
from typing import NamedTuple

from secretscan import __version__
from secretscan.config import Settings
from secretscan.errors import UsageError
from secretscan.redaction import printable

_APPLICATION = 0x5EC5CA17
_MAGIC = b"SQLite format 3\0"
_HEAD = 72
"""Bytes of a database's header, up to the application's id (https://www.sqlite.org/fileformat2.html)."""
_WAIT = 30.0
"""Seconds to wait for another process that writes."""
_TABLES = ("objects", "commits", "tips", "missing")


class Scanned(NamedTuple):
    """Ids in hex. `objects`: read, and empty. `commits`: they change nothing but such objects. `tips`: all that they lead to is there, but
    for `missing`."""

    objects: frozenset[bytes] = frozenset()
    commits: frozenset[bytes] = frozenset()
    tips: frozenset[bytes] = frozenset()
    missing: frozenset[bytes] = frozenset()


class Cache:
    """A file of ids, valid for one `key`: the digest of all that decides what is found. Any number of processes may share it."""

    def __init__(self, path: bytes, key: str) -> None:
        self.path = path
        self.key = key
        self.notes: list[str] = []
        """What a user should know: that a cache was thrown away, or could not be written."""

    def refuse_others(self) -> None:
        """UsageError if there is a file that is no cache: somebody may have named the wrong one. Nothing at all is as good as none."""
        name = printable(self.path)
        try:
            handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        except OSError as error:
            why = "must be a regular file" if error.errno == errno.ELOOP else f"cannot be read ({(error.strerror or 'unknown').lower()})"
            raise UsageError(f"{name}: a cache {why}") from None
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise UsageError(f"{name}: a cache must be a regular file")
            head = file.read(_HEAD)
        if head and not (head.startswith(_MAGIC) and head.endswith(_APPLICATION.to_bytes(4, "big"))):
            raise UsageError(f"{name}: is no cache of secretscan; name another file, or remove it")

    def load(self) -> Scanned:
        """What is known. A cache that is damaged or of other rules is thrown away, and that is noted."""
        if not os.path.lexists(self.path):
            return Scanned()
        try:
            with closing(self._open()) as database:
                if database.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:  # nothing was written to it yet
                    return Scanned()
                if database.execute("SELECT value FROM key").fetchone()[0] == self.key:
                    return Scanned(*(frozenset(row[0].hex().encode() for row in database.execute(f"SELECT id FROM {t}")) for t in _TABLES))  # noqa: S608
            self._drop("was of other rules or settings")
        except (sqlite3.Error, TypeError, AttributeError):
            self._drop("was damaged")
        return Scanned()

    def save(self, known: Scanned) -> None:
        """Add to the file, whole or not at all."""
        try:
            with closing(self._open()) as database:
                database.execute("BEGIN IMMEDIATE")
                if database.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
                    database.execute(f"PRAGMA application_id = {_APPLICATION}")
                    database.execute("CREATE TABLE key (value TEXT NOT NULL)")
                    database.execute("INSERT INTO key VALUES (?)", (self.key,))
                    for table in _TABLES:
                        database.execute(f"CREATE TABLE {table} (id BLOB PRIMARY KEY) WITHOUT ROWID")
                elif database.execute("SELECT value FROM key").fetchone()[0] != self.key:
                    database.execute("ROLLBACK")  # somebody with other rules was faster: it is theirs
                    return
                for table, ids in zip(_TABLES, known, strict=True):
                    database.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?)", _raw(ids))  # noqa: S608
                database.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self.notes.append(f"{printable(self.path)}: the cache could not be written ({type(error).__name__}); the next scan starts anew")

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(os.fsdecode(self.path), timeout=_WAIT, isolation_level=None)

    def _drop(self, why: str) -> None:
        for ending in (b"", b"-journal", b"-wal", b"-shm"):
            if os.path.lexists(self.path + ending):
                os.unlink(self.path + ending)
        self.notes.append(f"{printable(self.path)}: the cache {why}, and was thrown away")


def key_of(rules: str, settings: Settings) -> str:
    """The key of a cache: what decides whether a content holds something. `rules` is their digest."""
    return f"{__version__} {rules} {settings.max_file_size} {settings.max_archive_depth} {settings.max_archive_bytes}"


def _raw(ids: Iterable[bytes]) -> Iterable[tuple[bytes]]:
    return ((bytes.fromhex(id.decode("ascii")),) for id in sorted(ids))
