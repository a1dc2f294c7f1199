"""Packs written by hand, so that a test says which object is made from which, and may lie in every byte (gitformat-pack)."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

COMMIT, TREE, BLOB, TAG, OFFSET_DELTA, NAMED_DELTA = 1, 2, 3, 4, 6, 7
KINDS = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob", TAG: b"tag"}


class Copy(NamedTuple):
    """Of a delta: bytes of the base."""

    start: int
    length: int


Step = Copy | bytes


class Stored(NamedTuple):
    """An object as it is to lie in a pack. `base` is another's id; then `data` is a delta."""

    id: bytes
    kind: int
    data: bytes
    base: bytes | None = None


def id_of(kind: int, content: bytes, hash: str = "sha1") -> bytes:
    return hashlib.new(hash, b"%s %d\0" % (KINDS[kind], len(content)) + content, usedforsecurity=False).digest()


def whole(content: bytes, kind: int = BLOB, hash: str = "sha1") -> Stored:
    return Stored(id_of(kind, content, hash), kind, content)


def apply(base: bytes, steps: Sequence[Step]) -> bytes:
    """What a delta makes."""
    return b"".join(base[step.start : step.start + step.length] if isinstance(step, Copy) else step for step in steps)


def encode(base_size: int, size: int, steps: Sequence[Step]) -> bytes:
    """A delta, whatever it says of sizes."""
    parts = [_varint(base_size), _varint(size)]
    for step in steps:
        if isinstance(step, Copy):
            parts += [_copy(step.start + done, min(0xFFFFFF, step.length - done)) for done in range(0, step.length, 0xFFFFFF)]
        else:
            parts += [bytes([len(step[at : at + 127])]) + step[at : at + 127] for at in range(0, len(step), 127)]
    return b"".join(parts)


def delta(base: bytes, steps: Sequence[Step], kind: int = BLOB, *, named: bool = False, hash: str = "sha1") -> Stored:
    """A blob made from another."""
    made = apply(base, steps)
    encoded = encode(len(base), len(made), steps)
    return Stored(id_of(kind, made, hash), NAMED_DELTA if named else OFFSET_DELTA, encoded, id_of(kind, base, hash))


def write(folder: Path, objects: Sequence[Stored], *, version: int = 2, hash: str = "sha1", large: bool = False) -> tuple[bytes, bytes]:
    """A pack and its index; their paths. `large`: all offsets stand in the index's table of 64-bit ones."""
    body = bytearray(b"PACK" + struct.pack(">II", 2, len(objects)))
    offsets: dict[bytes, int] = {}
    for stored in objects:
        offset = len(body)
        body += _head(stored.kind, len(stored.data))
        if stored.kind == NAMED_DELTA:
            body += stored.base or b""
        elif stored.kind == OFFSET_DELTA:
            body += _back(offset - offsets.get(stored.base or b"", 0))
        body += zlib.compress(stored.data)
        offsets[stored.id] = offset
    trailer = hashlib.new(hash, body, usedforsecurity=False).digest()
    return save(folder, bytes(body) + trailer, index(offsets, trailer, version=version, hash=hash, large=large))


def save(folder: Path, pack: bytes, index: bytes) -> tuple[bytes, bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "pack-0.pack", folder / "pack-0.idx"
    for path, content in zip(paths, (pack, index), strict=True):
        path.write_bytes(content)
    return bytes(paths[0]), bytes(paths[1])


def index(offsets: dict[bytes, int], trailer: bytes, *, version: int = 2, hash: str = "sha1", large: bool = False) -> bytes:
    ids = sorted(offsets)
    fanout = b"".join(struct.pack(">I", sum(id[0] <= first for id in ids)) for first in range(256))
    if version == 1:
        made = fanout + b"".join(struct.pack(">I", offsets[id]) + id for id in ids)
    else:
        crcs = bytes(4 * len(ids))
        table = b"".join(struct.pack(">I", 0x80000000 | number if large else offsets[id]) for number, id in enumerate(ids))
        far = b"".join(struct.pack(">Q", offsets[id]) for id in ids) if large else b""
        made = b"\377tOc" + struct.pack(">I", 2) + fanout + b"".join(ids) + crcs + table + far
    return made + trailer + hashlib.new(hash, made + trailer, usedforsecurity=False).digest()


def _head(kind: int, size: int) -> bytes:
    first, size = size & 15, size >> 4
    return bytes([(0x80 if size else 0) | kind << 4 | first]) + (_varint(size) if size else b"")


def _varint(value: int) -> bytes:
    made = bytearray()
    while value >= 0x80:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])


def _back(distance: int) -> bytes:
    made = [distance & 0x7F]
    while distance := distance >> 7:
        distance -= 1
        made.append(0x80 | distance & 0x7F)
    return bytes(reversed(made))


def _copy(start: int, length: int) -> bytes:
    said = [*start.to_bytes(4, "little"), *(length if length != 0x10000 else 0).to_bytes(3, "little")]
    return bytes([0x80 | sum(1 << bit for bit, byte in enumerate(said) if byte), *(byte for byte in said if byte)])
