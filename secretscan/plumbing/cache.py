"""What of a repository was scanned before, and found empty: ids of objects and commits, and nothing else. No secret, no name, no content.

An object's id tells its content, so what held nothing under the same rules holds nothing still. Objects that held something are never
kept: each scan reads them again, and so reports them again.
"""

from __future__ import annotations

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

    def load(self) -> Scanned:
        """What is known. A file that is damaged, no cache, or one of other rules is put out of the way, and noted."""
        try:
            state = os.lstat(self.path)
        except OSError:
            return Scanned()
        name = printable(self.path)
        if not stat.S_ISREG(state.st_mode):
            raise UsageError(f"{name}: a cache must be a regular file")
        try:
            with closing(self._open()) as database:
                ours = database.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION
                key = database.execute("SELECT value FROM key").fetchone()[0] if ours else ""
                if key == self.key:
                    return Scanned(*(frozenset(row[0].hex().encode() for row in database.execute(f"SELECT id FROM {t}")) for t in _TABLES))  # noqa: S608
            self._drop(ours)
        except (sqlite3.Error, TypeError, AttributeError):
            self._drop(False)
        return Scanned()

    def save(self, known: Scanned) -> None:
        """Add to the file, whole or not at all."""
        try:
            os.makedirs(os.path.dirname(os.path.abspath(self.path)), mode=0o700, exist_ok=True)
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

    def _drop(self, ours: bool) -> None:
        """Out of the way with it. What we did not write is kept beside: somebody may have named the wrong file."""
        name = printable(self.path)
        for ending in (b"-journal", b"-wal", b"-shm"):
            if os.path.lexists(self.path + ending):
                os.unlink(self.path + ending)
        if ours:
            os.unlink(self.path)
            self.notes.append(f"{name}: the cache was of other rules or settings, and was thrown away")
        else:
            os.replace(self.path, self.path + b".not-a-cache")
            self.notes.append(f"{name}: was damaged or no cache, and was set aside as {name}.not-a-cache")


def key_of(rules: str, settings: Settings) -> str:
    """The key of a cache: what decides whether a content holds something. `rules` is their digest."""
    return f"{__version__} {rules} {settings.max_file_size} {settings.max_archive_depth} {settings.max_archive_bytes}"


def _raw(ids: Iterable[bytes]) -> Iterable[tuple[bytes]]:
    return ((bytes.fromhex(id.decode("ascii")),) for id in sorted(ids))
