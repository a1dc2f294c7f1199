"""What commits changed, as diff-tree tells it: read once, kept in little memory, asked as often as needed."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from typing import NamedTuple

_MOST = 1 << 21
"""Changes that are kept, some 50 bytes each. A longer history is walked again when it is asked."""
GITLINK = b"160000"


class Change(NamedTuple):
    """A path in a commit: ids in hex, all zeros for nothing; `old` has one a parent."""

    old: tuple[bytes, ...]
    new: bytes
    path: bytes


class Log:
    """Changes in the order in which they were added. `full`: there were too many, and none is kept any more."""

    def __init__(self) -> None:
        self.full = False
        self._commits: list[bytes] = []
        self._names: list[bytes] = []
        self._numbers: dict[bytes, int] = {}
        self._rows = array("I")  # commit, path, parents
        self._ids = bytearray()  # the new id, then the old ones
        self._width = 0

    def add(self, commit: bytes, changes: Collection[Change]) -> None:
        """Keep what a commit changed."""
        if self.full or not changes:
            return
        if len(self._rows) // 3 > _MOST:
            self.__init__()  # type: ignore[misc]
            self.full = True
            return
        number = len(self._commits)
        self._commits.append(commit)
        for old, new, path in changes:
            name = self._numbers.setdefault(path, len(self._names))
            if name == len(self._names):
                self._names.append(path)
            self._rows.extend((number, name, len(old)))
            self._ids += bytes.fromhex(b"".join((new, *old)).decode("ascii"))
            self._width = len(new) // 2

    def touching(self, wanted: Collection[bytes]) -> Iterator[tuple[bytes, Change]]:
        """(commit, change) of every change that brings or takes one of these ids."""
        width, ids, at = self._width, self._ids, 0
        raw = {bytes.fromhex(id.decode("ascii")) for id in wanted}
        rows = iter(self._rows)
        for commit, name, parents in zip(rows, rows, rows, strict=True):
            stretch = [bytes(ids[at + width * n : at + width * (n + 1)]) for n in range(parents + 1)]
            at += width * (parents + 1)
            if not raw.isdisjoint(stretch):
                new, *old = (id.hex().encode() for id in stretch)
                yield self._commits[commit], Change(tuple(old), new, self._names[name])


def commits(fields: Iterator[bytes], commit: bytes = b"") -> Iterator[tuple[bytes, list[Change]]]:
    """Commits with their changes from `diff-tree --raw -z`, whose combined lines begin with a colon a parent.

    `commit` is whose changes come before the first line that names one. A submodule counts as nothing.
    """
    changes: list[Change] = []
    for field in fields:
        if not field.startswith(b":"):
            if commit:
                yield commit, changes
            commit, changes = field, []
            continue
        parents = 1 if field[1:2] != b":" else len(field) - len(field.lstrip(b":"))
        words = field.split(b" ")
        path = next(fields, None)
        if path is not None:
            new = words[-2] if words[parents] != GITLINK else b"0" * len(words[-2])
            changes.append(Change(tuple(words[parents + 1 : -2]), new, path))
    if commit:
        yield commit, changes
