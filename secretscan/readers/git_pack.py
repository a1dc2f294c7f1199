"""Git's packs, wherever one lies: every blob, and the words of commits and tags. No repository is needed, and nothing is checked out.

Format: git's gitformat-pack. A pack is held in memory while it is read, for objects are made from others before them.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import NamedTuple

from secretscan.model import Reason
from secretscan.readers.compression import Chunks, Damaged
from secretscan.readers.zip_stream import ZipMember

_KINDS = {1: b"commit", 2: b"tree", 3: b"blob", 4: b"tag"}
_OFFSET, _REFERENCE = 6, 7
_OBJECT = 64 << 20  # bytes of an object that are made; and of what is kept of bases
_CACHE = 32 << 20
_CHAIN = 4095  # deltas upon deltas, the most that git makes
_WORK = 4 << 30  # bytes that one pack is unpacked to, bases again and again among them
_NAMES = 500_000


class _Stored(NamedTuple):
    """An object as it lies in the pack: its kind, what it, or its delta, inflates to, where the object begins that it is made from."""

    kind: int
    data: bytes
    base: int


class Pack:
    """A pack. `held` bytes of memory are in use while its members are read."""

    def __init__(self, chunks: Chunks, room: int) -> None:
        parts: list[bytes | memoryview] = []
        self.held = 0
        for part in chunks:
            if self.held + len(part) > room:
                self._over = True
                break
            parts.append(part)
            self.held += len(part)
        else:
            self._over = False
        for _ in chunks:
            pass
        self._data = b"".join(parts)
        self._room = room
        self._work = 0
        self._names: dict[bytes, bytes] = {}
        self._offsets: dict[bytes, int] = {}
        self._kinds: dict[int, bytes] = {}
        self._made: OrderedDict[int, tuple[bytes, bytes]] = OrderedDict()
        self._kept = 0

    def members(self) -> Iterator[ZipMember]:
        """One member an object, named by its id, and a blob by what a tree calls it besides. Damaged where no object can be read on.

        What is made from an object that is not in the pack comes as the bytes that it adds, and is said to be unread.
        """
        end = len(self._data) - (0 if self._over else 20)
        offsets, after, damage = self._walk(end)
        for offset in offsets:
            if self._kinds.get(offset) == b"tree":
                continue
            stored, _ = self._stored(offset)
            try:
                kind, content = self._object(offset, stored)
            except KeyError:
                yield ZipMember(b"(at %d)" % offset, iter([_inserted(stored.data)]))
                yield ZipMember(b"(at %d)" % offset, iter(()), Damaged(Reason.MISSING, "the object that a delta is made from"))
                continue
            except ValueError:
                yield ZipMember(b"(at %d)" % offset, iter(()), Damaged(Reason.CORRUPT, "a delta that fits no object"))
                continue
            id = self._named(offset, kind, content)
            if kind != b"tree":
                called = self._names.get(id, b"")
                yield ZipMember(id.hex().encode() + (b"/" + called if called else b""), iter([content]))
        if damage is not None:
            raise damage
        if after < end:
            yield ZipMember(b"(after the last object)", iter([self._data[after:end]]))

    def _walk(self, end: int) -> tuple[list[int], int, Damaged | None]:
        """(where each object begins, where the last ends, what ends it early). Trees are read meanwhile, for the names of files."""
        offsets: list[int] = []
        at = 12
        try:
            for _ in range(int.from_bytes(self._data[8:12], "big")):
                offset = at
                stored, at = self._stored(offset)
                if at > end:
                    self._ended()
                offsets.append(offset)
                kind = _KINDS.get(stored.kind) or self._kinds.get(stored.base)
                if kind is not None:
                    self._kinds[offset] = kind
                if kind == b"tree":
                    try:
                        content = self._object(offset, stored)[1]
                    except (KeyError, ValueError):
                        del self._kinds[offset]  # said when its turn comes
                        continue
                    self._named(offset, kind, content)
                    self._tree(content)
        except Damaged as damage:
            return offsets, at, damage
        return offsets, at, None

    def _named(self, offset: int, kind: bytes, content: bytes) -> bytes:
        """An object's id."""
        id = hashlib.sha1(b"%b %d\0" % (kind, len(content)) + content, usedforsecurity=False).digest()
        self._offsets[id] = offset
        return id

    def _tree(self, content: bytes) -> None:
        """Remember what files are called."""
        at = 0
        while (end := content.find(b"\0", at)) >= 0 and len(self._names) < _NAMES:
            id = content[end + 1 : end + 21]
            self._names.setdefault(id, content[at:end].partition(b" ")[2])
            at = end + 21

    def _stored(self, at: int) -> tuple[_Stored, int]:
        """What lies at an offset, and where the next object begins."""
        offset = at
        byte = self._byte(at)
        kind, size, shift = byte >> 4 & 7, byte & 15, 4
        at += 1
        while byte & 0x80:
            byte = self._byte(at)
            size |= (byte & 0x7F) << shift
            shift += 7
            at += 1
            if shift > 70:
                raise Damaged(Reason.CORRUPT, "the git pack holds an object of no size")
        base = -1
        if kind == _OFFSET:
            byte = self._byte(at)
            back = byte & 0x7F
            at += 1
            while byte & 0x80 and back < 1 << 62:
                byte = self._byte(at)
                back = (back + 1) << 7 | byte & 0x7F
                at += 1
            base = offset - back if back else -1
        elif kind == _REFERENCE:
            base = self._offsets.get(self._data[at : at + 20], -1)
            at += 20
        elif kind not in _KINDS:
            raise Damaged(Reason.CORRUPT, "the git pack holds an object of no kind")
        data, at = self._inflated(at, size)
        return _Stored(kind, data, base), at

    def _byte(self, at: int) -> int:
        if at >= len(self._data):
            self._ended()
        return self._data[at]

    def _ended(self) -> None:
        if self._over:
            raise Damaged(Reason.CAP, f"a git pack of more than {self._room >> 20} MiB: the rest of it was not read")
        raise Damaged(Reason.TRUNCATED, "the git pack ends early")

    def _inflated(self, at: int, size: int) -> tuple[bytes, int]:
        if size > _OBJECT:
            raise Damaged(Reason.CAP, f"the git pack holds an object of more than {_OBJECT >> 20} MiB; what follows it was not read")
        machine = zlib.decompressobj()
        parts: list[bytes] = []
        left = size + 1
        step = min(max(size // 2, 64), 1 << 16)
        try:
            while not machine.eof:
                given = machine.unconsumed_tail or self._data[at : at + step]
                if not given:
                    self._ended()
                if not machine.unconsumed_tail:
                    at += len(given)
                parts.append(machine.decompress(given, left))
                left -= len(parts[-1])
                if left <= 0:
                    raise zlib.error
        except zlib.error:
            raise Damaged(Reason.CORRUPT, "an object of the git pack does not inflate") from None
        if left != 1:
            raise Damaged(Reason.CORRUPT, "an object of the git pack has another size than it says")
        self._work += size
        if self._work > _WORK:
            raise Damaged(Reason.CAP, f"the git pack unpacks to more than {_WORK >> 30} GiB; the rest of it was not read")
        return b"".join(parts), at - len(machine.unused_data)

    def _object(self, offset: int, stored: _Stored) -> tuple[bytes, bytes]:
        """(kind, content). KeyError if what it is made from is not there, ValueError if the delta does not fit."""
        chain = [(offset, stored)]
        while (top := chain[-1][1]).kind in (_OFFSET, _REFERENCE) and top.base not in self._made:
            if not 12 <= top.base < chain[-1][0] or len(chain) > _CHAIN:
                raise KeyError
            chain.append((top.base, self._stored(top.base)[0]))
        top = chain[-1][1]
        if top.kind in _KINDS:
            kind, content = _KINDS[top.kind], top.data
            self._keep(chain.pop()[0], kind, content)
        else:
            kind, content = self._made[top.base]
            self._made.move_to_end(top.base)
        for at, delta in reversed(chain):
            content = _applied(content, delta.data)
            self._work += len(content)
            self._keep(at, kind, content)
        return kind, content

    def _keep(self, offset: int, kind: bytes, content: bytes) -> None:
        if offset in self._made or len(content) > _CACHE // 2:
            return
        self._made[offset] = kind, content
        self._kept += len(content) + 200
        while self._kept > _CACHE:
            _, (_, dropped) = self._made.popitem(last=False)
            self._kept -= len(dropped) + 200


def _applied(base: bytes, delta: bytes) -> bytes:
    """The object that a delta makes from its base. ValueError if it does not fit."""
    _, at = _length(delta, 0)
    size, at = _length(delta, at)
    if size > _OBJECT:
        raise ValueError
    parts: list[bytes] = []
    made = 0
    view = memoryview(base)
    while at < len(delta):
        code = delta[at]
        at += 1
        if code & 0x80:
            start, count, at = _copy(delta, code, at)
            if start + count > len(base):
                raise ValueError
            parts.append(bytes(view[start : start + count]))
        else:
            count = code
            if not code or at + code > len(delta):
                raise ValueError
            parts.append(delta[at : at + code])
            at += code
        made += count
        if made > size:
            raise ValueError
    if made != size:
        raise ValueError
    return b"".join(parts)


def _inserted(delta: bytes) -> bytes:
    """What a delta adds, without what it copies."""
    parts: list[bytes] = []
    _, at = _length(delta, 0)
    _, at = _length(delta, at)
    while at < len(delta):
        code = delta[at]
        at += 1
        if code & 0x80:
            _, _, at = _copy(delta, code, at)
        else:
            parts.append(delta[at : at + code])
            at += code
    return b"\n".join(parts)


def _copy(delta: bytes, code: int, at: int) -> tuple[int, int, int]:
    """(start, count, where the next instruction is) of an instruction that copies."""
    start = count = 0
    for bit in range(7):
        if code >> bit & 1:
            value = delta[at] if at < len(delta) else 0
            at += 1
            if bit < 4:
                start |= value << 8 * bit
            else:
                count |= value << 8 * (bit - 4)
    return start, count or 0x10000, at


def _length(delta: bytes, at: int) -> tuple[int, int]:
    size = shift = 0
    while at < len(delta) and shift < 64:
        byte = delta[at]
        size |= (byte & 0x7F) << shift
        shift += 7
        at += 1
        if not byte & 0x80:
            break
    return size, at
