"""Files that several layers hold alike: matched once, judged at each of their places."""

from __future__ import annotations

from secretscan.images.layers import Entry

_LEAST = 1024  # bytes: matching less costs no more than remembering it
_FIRSTS = 250_000  # contents remembered, at some 170 bytes each; beyond that they are matched again
_REPEATS = 100_000


class Repeats:
    """Contents met so far, by their digests (see _core.digest)."""

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self._others: dict[int, list[Entry]] = {}
        self._count = 0

    def known(self, entry: Entry, size: int, digest: int) -> bool:
        """Whether a file of this base name and content came before; then the entry is one more place of that."""
        if size < _LEAST:
            return False
        key = hash((digest, size, entry.path.rpartition(b"/")[2]))
        first = self._first.get(key)
        if first is None:
            if len(self._first) < _FIRSTS:
                self._first[key] = _number(entry)
            return False
        if self._count >= _REPEATS:
            return False
        self._count += 1
        self._others.setdefault(first, []).append(entry)
        return True

    def of(self, entry: Entry) -> list[Entry]:
        """The entry itself, then those that hold the same."""
        return [entry, *self._others.get(_number(entry), ())]


def _number(entry: Entry) -> int:
    return entry.blob << 32 | entry.member
