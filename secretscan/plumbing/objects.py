"""Every object of a repository once, as units: blobs in slices of the read buffer, the words of commits and tags, nothing of trees.

`git cat-file --batch-all-objects --unordered --buffer --batch` hands out all objects in the order of the packs, the dangling ones
too; `--unordered` and `--buffer` make it twice as fast. It ends at the first object that it cannot inflate, and leaves out in
silence what is named but not there (see gaps.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from secretscan._core import split_objects
from secretscan.config import Settings
from secretscan.model import PIECE, Gap, Inner, Lot, Note, Reason, Unit
from secretscan.plumbing.process import GitFailed, Process
from secretscan.plumbing.repository import Repository
from secretscan.readers.streams import units_of

Objects: TypeAlias = "Callable[[Repository, Settings], Iterator[Unit | Gap | Lot | Note]]"
"""What hands out all objects of a repository. Objects of a Lot have the ids that they would have as units.

Ids are ("blob" | "commit" | "tag", hex), or ("object", hex) in a gap whose type is not known. GitFailed at the end, after all that
could be read, if something beyond single objects went wrong."""

_LISTED = (Reason.CORRUPT, "git lists it, but cannot read it")
_BUFFER = 8 << 20
_FIRST = 256 << 10
"""Bytes of the first buffer: the few files of a commit need no more, and to clear the pages of a large one takes 4 ms."""
_KEPT = 8
_CHUNK = 1 << 20
_LINE = 200  # more than any header line: a sha256 id, a type and a size
_DEATHS = 500
"""Objects that end cat-file before the rest is given up: each costs a process."""


def everything(repository: Repository, settings: Settings) -> Iterator[Unit | Gap]:
    """All objects, of the object folder and its alternates. Unreadable ones come as gaps, and the rest is still read."""
    with repository.git.start("cat-file", "--batch-all-objects", "--unordered", "--buffer", "--batch") as process:
        reader = _Reader(process, settings, _LISTED)
        yield from reader.units()
        wrong = process.finish()
    if wrong is None and not reader.torn:
        return
    with repository.git.start("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)") as listing:
        listed = list(listing.fields(b"\n"))
        store = listing.finish()  # no object was opened for this: what is wrong now is wrong with the store
    if process.code or reader.torn:
        # The listing has the stream's order unless the repository changed meanwhile; then all is read again rather than guessed.
        follows = reader.count == 0 or listed[reader.count - 1 : reader.count] == [reader.last]
        yield from _by_id(repository, settings, listed[reader.count if follows else 0 :], reader.absent)
    elif not reader.absences:
        store = store or wrong
    if store:
        raise GitFailed(store)


def listing(repository: Repository) -> tuple[list[bytes], frozenset[bytes]]:
    """The ids of all blobs, commits and tags of the store, in hex, and which of them are commits'. GitFailed if it cannot be listed."""
    with repository.git.start("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname) %(objecttype)") as process:
        listed = [line.partition(b" ")[::2] for line in process.fields(b"\n") if not line.endswith(b" tree")]
        wrong = process.finish()
    if wrong:
        raise GitFailed(wrong)
    return [id for id, _ in listed], frozenset(id for id, kind in listed if kind == b"commit")


def listed(repository: Repository, settings: Settings, ids: list[bytes]) -> Iterator[Unit | Gap]:
    """The objects of these ids, which the store says it has."""
    return _by_id(repository, settings, ids, _LISTED)


def these(repository: Repository, settings: Settings, names: Mapping[bytes, bytes]) -> Iterator[Unit | Gap]:
    """The objects whose ids are the keys, with the names they go by."""
    absent = (Reason.MISSING, "not in the object store, or not readable")
    for unit in _by_id(repository, settings, list(names), absent):
        if isinstance(unit, Unit) and isinstance(unit.id, tuple) and not isinstance(unit.id, Inner):  # an archive's members have names
            unit = unit._replace(name=names.get(unit.id[1]))
        yield unit


def _by_id(repository: Repository, settings: Settings, ids: list[bytes], absent: tuple[Reason, str]) -> Iterator[Unit | Gap]:
    """Objects by id. Where git dies, the object it died of is a gap, and the next one begins a new process."""
    for _ in range(_DEATHS):
        if not ids:
            return
        with repository.git.start("cat-file", "--buffer", "--batch", stdin=b"\n".join(ids) + b"\n") as process:
            reader = _Reader(process, settings, absent)
            yield from reader.units()
            wrong = process.finish()
        if reader.count < len(ids):
            yield Gap(("object", ids[reader.count]), b"", Reason.CORRUPT, wrong or "git ended in the middle of it")
        ids = ids[reader.count + 1 :]
    for id in ids:
        yield Gap(("object", id), b"", Reason.CORRUPT, f"not tried, after {_DEATHS} others could not be read")


class _Reader:
    """Cuts one cat-file's output into units.

    `count` objects were whole or said to be absent (`absences` of them), `last` is the id of the last; `torn`: the output ended
    inside an object.
    """

    def __init__(self, process: Process, settings: Settings, absent: tuple[Reason, str]) -> None:
        self.absent = absent
        self.absences = 0
        self.count = 0
        self.last = b""
        self.torn = False
        self._process = process
        self._settings = settings
        self._buffers: list[bytearray] = []
        self._room = _FIRST

    def units(self) -> Iterator[Unit | Gap]:
        cap = self._settings.max_file_size
        largest = PIECE if cap is None else min(PIECE, cap)
        rest = memoryview(b"")
        while True:
            buffer = self._take()
            view = memoryview(buffer)
            view[: len(rest)] = rest
            filled = len(rest) + self._process.fill(view[len(rest) :])
            try:
                objects, used = split_objects(view[:filled])
            except ValueError:
                raise GitFailed("git cat-file gave output of another form") from None
            for hex_id, kind, start, end in objects:
                if kind == b"blob" and end - start <= largest:
                    yield Unit(("blob", hex_id), view[start:end])
                elif kind == b"tree":
                    continue
                elif kind == b"missing":
                    self.absences += 1
                    yield Gap(("object", hex_id), b"", *self.absent)
                elif end - start > largest:
                    yield from self._long(hex_id, kind, end - start, _slices(view[start:end]))
                else:
                    yield Unit((kind.decode("ascii"), hex_id), message(view[start:end].tobytes()))
            if objects:
                self.count += len(objects)
                self.last = objects[-1][0]
            rest = view[used:filled]
            hex_id, kind, size = _header(rest)
            if size > PIECE:
                yield from self._long(hex_id, kind, size, self._through(rest, size))
                rest = memoryview(b"")
                if self.torn:
                    return
                self.count += 1
                self.last = hex_id
            elif filled < len(buffer):
                self.torn = len(rest) > 0
                return

    def _long(self, hex_id: bytes, kind: bytes, size: int, chunks: Iterator[bytes]) -> Iterator[Unit | Gap]:
        id = (kind.decode("ascii"), hex_id)
        if kind == b"blob" and self._settings.max_file_size is not None and size > self._settings.max_file_size:
            yield Gap(id, b"", Reason.USER_SIZE_CAP)
        elif kind != b"tree":
            yield from units_of(id, chunks, None, self._settings)
        for _ in chunks:  # what nobody wanted must still be read over: an archive may end before its file does
            pass

    def _through(self, head: memoryview, size: int) -> Iterator[bytes]:
        """An object of which only `head` is read: its bytes as they come, up to the newline that ends it."""
        body = head[head[:_LINE].tobytes().index(b"\n") + 1 :]
        yield from _slices(body)
        left = size - len(body)
        while left > 0 and (chunk := self._process.read(min(left, _CHUNK))):
            left -= len(chunk)
            yield chunk
        self.torn = left > 0 or not self._process.read(1)

    def _take(self) -> bytearray:
        """A buffer that nobody holds a slice of, else a new one: the first touch of fresh pages costs as much as reading them."""
        for buffer in self._buffers:
            try:
                buffer.append(0)
            except BufferError:  # a unit's content still points into it
                continue
            buffer.pop()
            return buffer
        buffer = bytearray(self._room)
        if self._room == _FIRST:
            self._room = _BUFFER
        elif len(self._buffers) < _KEPT:
            self._buffers.append(buffer)
        return buffer


def message(raw: bytes) -> bytes:
    """The words of a commit or tag: its message first, so that lines count from its first one, then who wrote it.

    Ids and signatures are left out: they are no words, and look like secrets.
    """
    headers, _, text = raw.partition(b"\n\n")
    people = [line for line in headers.split(b"\n") if line.startswith((b"author ", b"committer ", b"tagger "))]
    return text + b"\n\n" + b"\n".join(people)


def _header(rest: memoryview) -> tuple[bytes, bytes, int]:
    """Id, type and size in bytes from a line `<id> <type> <size>`; size 0 if the line is not whole."""
    fields, newline, _ = rest[:_LINE].tobytes().partition(b"\n")
    if not newline:
        return b"", b"", 0
    hex_id, kind, size = fields.split(b" ")
    return hex_id, kind, int(size)


def _slices(view: memoryview) -> Iterator[bytes]:
    for start in range(0, len(view), _CHUNK):
        yield view[start : start + _CHUNK].tobytes()
