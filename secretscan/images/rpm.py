"""What rpm's databases say of the files of their packages: SQLite (since rpm 4.16), ndb (SUSE), Berkeley DB's hashes (before).

Facts: rpm's docs/manual/hregions.md and format (headers: counts and index of big-endian numbers, then data), its lib/backend/ndb/rpmpkg.c
(slots of 16 bytes, blobs in units of 16), Berkeley DB's dbinc/db_page.h. A header in a database has no magic in front.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import error, unpack_from
from typing import NamedTuple

from secretscan.readers import sqlite

_NAME, _INDEXES, _BASES, _FOLDERS, _DIGESTS, _ALGORITHM = 1000, 1116, 1117, 1118, 1035, 5011
_ALGORITHMS = {1: "md5", 2: "sha1", 8: "sha256"}  # RFC 4880 9.4
_ENTRIES = 1 << 16  # as rpm itself allows of one header
_HASH_MAGIC = 0x00061561
_HASH_PAGES, _OVERFLOW = (2, 13), 7
_OFF_PAGE = 3  # a value on pages of its own, as every header's is
_PAGE_HEADER = 26


class Owned(NamedTuple):
    """A file of a package, with its digest in hexadecimal digits."""

    path: bytes
    package: bytes
    algorithm: str
    digest: bytes


def owned(database: bytes) -> Iterator[Owned]:
    """Every file that a database tells of. What is damaged of it is passed over: it then owns nothing."""
    for header in _headers(database):
        try:
            yield from _files(header)
        except (error, IndexError):
            continue


def _headers(database: bytes) -> Iterator[bytes]:
    if database.startswith(sqlite.MARKERS[0]):
        yield from sqlite.blobs(database, b"Packages")
    elif database.startswith(b"RpmP"):
        yield from _slots(database)
    elif len(database) > 512:
        for order in "<>":
            if unpack_from(f"{order}I", database, 12)[0] == _HASH_MAGIC:
                yield from _hashed(database, order)


def _slots(database: bytes) -> Iterator[bytes]:
    pages = unpack_from("<I", database, 12)[0] if len(database) >= 32 else 0
    for at in range(32, min(pages * 4096, len(database) - 15), 16):
        magic, package, start, count = unpack_from("<4sIII", database, at)
        if magic == b"Slot" and package and database[start * 16 : start * 16 + 4] == b"BlbS":
            blob = database[start * 16 : (start + count) * 16]
            if len(blob) >= 16:
                yield blob[16 : 16 + unpack_from("<I", blob, 12)[0]]


def _hashed(database: bytes, order: str) -> Iterator[bytes]:
    size = unpack_from(f"{order}I", database, 20)[0]
    if size < 512 or size > 65536:
        return
    left = len(database)  # pages may point at each other: all values together are no longer than the file
    for page in range(size, len(database) - size + 1, size):
        count = unpack_from(f"{order}H", database, page + 20)[0]
        if database[page + 25] not in _HASH_PAGES or _PAGE_HEADER + 2 * count > size:
            continue
        for entry in range(1, count, 2):  # a key, its value, and so on
            at = page + unpack_from(f"{order}H", database, page + _PAGE_HEADER + 2 * entry)[0]
            if at + 12 > page + size or database[at] != _OFF_PAGE:
                continue
            number, length = unpack_from(f"{order}II", database, at + 4)
            value = _overflowed(database, order, size, number, min(length, left))
            left -= len(value)
            yield value


def _overflowed(database: bytes, order: str, size: int, number: int, length: int) -> bytes:
    parts: list[bytes] = []
    held = 0
    while number and held < length and (number + 1) * size <= len(database) and database[number * size + 25] == _OVERFLOW:
        start = number * size
        number, used = unpack_from(f"{order}I", database, start + 16)[0], unpack_from(f"{order}H", database, start + 22)[0]
        if not used:
            break
        parts.append(database[start + _PAGE_HEADER : start + min(_PAGE_HEADER + used, size)])
        held += len(parts[-1])
    return b"".join(parts)[:length]


def _files(header: bytes) -> Iterator[Owned]:
    count, _ = unpack_from(">II", header)
    data = 8 + 16 * count
    if count > _ENTRIES or data > len(header):
        return
    tags = {tag: (data + at, many) for tag, _, at, many in (unpack_from(">IIII", header, 8 + 16 * number) for number in range(count))}
    if not {_NAME, _INDEXES, _BASES, _FOLDERS, _DIGESTS} <= tags.keys():
        return
    name, bases, folders, digests = (_strings(header, *tags[tag]) for tag in (_NAME, _BASES, _FOLDERS, _DIGESTS))
    at, many = tags[_INDEXES]
    indexes = unpack_from(f">{min(many, len(bases))}I", header, at)
    algorithm = _ALGORITHMS.get(unpack_from(">I", header, tags[_ALGORITHM][0])[0]) if _ALGORITHM in tags else "md5"
    for base, index, digest in zip(bases, indexes, digests, strict=False):
        if digest and algorithm is not None:
            yield Owned((folders[index] + base).lstrip(b"/"), name[0], algorithm, digest)


def _strings(header: bytes, at: int, count: int) -> list[bytes]:
    return header[at:].split(b"\0", count)[:count] if count <= len(header) else []
