"""Every object of a repository once, read from its packs where they lie: `objects.everything` in a fraction of its time.

Most objects of a pack are deltas; the core makes each from its base and searches only what the delta adds (ext/inherit.c). Git itself
reads what the core does not: loose objects, long ones, and whatever is not as it should be. Where the store as a whole is not, it reads
all of it.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from secretscan._core import INFLATES, Pack, Scan, Search, pass_repeats
from secretscan.config import Settings
from secretscan.model import PIECE, Gap, Lot, Note, Unit
from secretscan.plumbing import objects
from secretscan.plumbing.repository import Repository
from secretscan.redaction import printable

_LOTS = 64
"""Into so many lots a pack is cut, at least: enough that threads end together."""
_LOT = 4096
"""Objects of a lot, at most, unless one family has more."""
_DEPTH = 5
"""Alternates of alternates that git follows."""
_ID = {"sha1": 20, "sha256": 32}


class Odd(Exception):
    """The store is not as this reader knows it; git must read it. The message says what is odd, in one line."""


def everything(repository: Repository, settings: Settings) -> Iterator[Unit | Gap | Lot | Note]:
    """As objects.everything; what lies in packs comes in lots."""
    try:
        packs, loose = _store(repository)
    except Odd as odd:
        yield Note(f"the history was read by git itself, which takes longer: {odd}")
        yield from objects.everything(repository, settings)
        return
    spare: list[tuple[Pack, Search]] = []
    rest = [id for id in loose if not any(pack.holds(id) for pack in packs)]
    for pack in packs:
        rest += pack.unmade()
        for families in pack.lots(min(_LOT, len(pack) // _LOTS + 1)):
            yield PackLot(repository, settings, pack, families, spare)
    yield from objects.listed(repository, settings, rest)


@dataclass(frozen=True, slots=True)
class PackLot(Lot):
    """Families of a pack: objects that are made from no other, and all that are made from them.

    `pointers` after search(): the blobs that are pointers to files kept by git-lfs. `spare`: searches that nobody uses, which keep their
    buffers for the next lot.
    """

    repository: Repository
    settings: Settings
    pack: Pack
    families: tuple[int, int]
    spare: list[tuple[Pack, Search]]
    rename: Callable[[Hashable], Hashable] | None = None
    pointers: list[bytes] = field(default_factory=list)

    def search(self, matcher: Any, everything: bool) -> Iterator[tuple[Sequence[Unit], Scan] | Unit | Gap]:
        unread: list[bytes] = []
        search = self._take(matcher, everything)
        search.begin(*self.families)
        while (scan := search.next()) is not None:
            unread += search.unread
            self.pointers.extend(id for _, id, lfs in search.texts if lfs)
            yield [Unit(self._id((kind, id)), b"") for kind, id, _ in search.texts], scan
        self.spare.append((self.pack, search))
        for item in objects.listed(self.repository, self.settings, unread):
            yield item._replace(id=self._id(item.id))

    def ids(self) -> list[bytes]:
        """The objects' ids, in hex."""
        return self.pack.ids(*self.families)

    def renamed(self, rename: Callable[[Hashable], Hashable]) -> PackLot:
        """The same with other ids of units and gaps: of a repository within another."""
        inner = self.rename
        return replace(self, rename=rename if inner is None else lambda id: rename(inner(id)))

    def _id(self, id: Hashable) -> Hashable:
        return id if self.rename is None else self.rename(id)

    def _take(self, matcher: Any, everything: bool) -> Search:
        while self.spare:
            try:
                pack, search = self.spare.pop()
            except IndexError:  # another thread was faster
                break
            if pack is self.pack:
                return search
        cap = self.settings.max_file_size
        return Search(self.pack, matcher, PIECE if cap is None else min(PIECE, cap), everything)


def _store(repository: Repository) -> tuple[list[Pack], list[bytes]]:
    """All packs, what an earlier one holds passed over in the later; and the ids of all loose objects. Odd if that is not all there is."""
    if not INFLATES:
        raise Odd("this build has neither zlib nor libdeflate")
    if "GIT_OBJECT_DIRECTORY" in repository.git.environment or "GIT_ALTERNATE_OBJECT_DIRECTORIES" in repository.git.environment:
        raise Odd("a hook names other folders of objects")
    length = _ID.get(repository.object_format)
    if length is None:
        raise Odd(f"ids made by {printable(repository.object_format)}")
    packs: list[Pack] = []
    loose: list[bytes] = []
    try:
        for folder in _folders(os.path.join(repository.common_dir, b"objects")):
            for path in _packs(os.path.join(folder, b"pack")):
                try:
                    packs.append(Pack(path + b".pack", path + b".idx", length))
                except (ValueError, OverflowError):
                    raise Odd(f"{printable(path)}.pack and its index do not fit") from None
                except MemoryError:
                    raise Odd(f"{printable(path)}.idx does not fit the memory") from None
            loose += _loose(folder, length)
    except OSError as error:
        raise Odd(f"{printable(error.filename)}: {(error.strerror or 'cannot be read').lower()}") from None
    pass_repeats(packs)
    return packs, loose


def _folders(first: bytes) -> list[bytes]:
    """The object folder and those that it borrows from, by objects/info/alternates (gitrepository-layout)."""
    found: dict[tuple[int, int], bytes] = {}
    waiting = [(first, 0)]
    while waiting:
        folder, depth = waiting.pop(0)
        state = os.stat(folder)
        if not stat.S_ISDIR(state.st_mode) or depth > _DEPTH:
            raise Odd("alternates that lead to no folder, or too far")
        if (state.st_dev, state.st_ino) in found:
            continue
        found[state.st_dev, state.st_ino] = folder
        listed = os.path.join(folder, b"info/alternates")
        if not os.path.lexists(listed):
            continue
        if not os.path.isfile(listed) or os.path.getsize(listed) > 1 << 20:
            raise Odd("objects/info/alternates is no plain list")
        with open(listed, "rb") as file:
            for line in file.read().split(b"\n"):
                if line.startswith(b'"'):
                    raise Odd("quoted names in objects/info/alternates")
                if line and not line.startswith(b"#"):
                    waiting.append((os.path.join(folder, line), depth + 1))
    return list(found.values())


def _packs(folder: bytes) -> list[bytes]:
    """The packs that have an index, without their endings."""
    try:
        names = set(os.listdir(folder))
    except FileNotFoundError:
        return []
    indexed = {name[:-4] for name in names if name.endswith(b".idx")}
    packed = {name[:-5] for name in names if name.endswith(b".pack")}
    if indexed != packed and b"multi-pack-index" in names:
        raise Odd("packs without an index of their own")
    return [os.path.join(folder, name) for name in sorted(indexed & packed)]


def _loose(folder: bytes, length: int) -> Iterator[bytes]:
    """The ids of the objects that have a file of their own."""
    name = re.compile(rb"[0-9a-f]{%d}" % (2 * length - 2))
    for number in range(256):
        first = b"%02x" % number
        try:
            names = os.listdir(os.path.join(folder, first))
        except (FileNotFoundError, NotADirectoryError):
            continue
        yield from (first + rest for rest in sorted(names) if name.fullmatch(rest))
