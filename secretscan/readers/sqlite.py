"""SQLite databases: every row's text under its column's name. Format: https://www.sqlite.org/fileformat2.html.

In a page values stand one behind the other without anything between them, so that rules that ask for a token's ends see none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from secretscan import lazy_re
from secretscan.model import Reason, Silence, View
from secretscan.readers.lines import Lines, Piece
from secretscan.readers.rows import add_row

MARKERS = (b"SQLite format 3\0",)

# Of a whole file, however its trees share pages and its rows share overflow pages.
_MOST_PAGES = 20_000
_MOST_ROWS = 200_000
_MOST_BYTES = 32 << 20
_MOST_TABLES = 5_000
_LONGEST_SCHEMA = 20_000  # bytes of one CREATE TABLE
_DEEPEST = 20
_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)
_ENCODINGS = {1: "utf-8", 2: "utf-16-le", 3: "utf-16-be"}
_CONSTRAINTS = lazy_re.compile(rb"(?i)(?:constraint|primary|unique|check|foreign)\b")
_COLUMN = lazy_re.compile(rb'\s*(?:"([^"]*)"|`([^`]*)`|\[([^\]]*)\]|(\w+))')


class _Table(NamedTuple):
    name: bytes
    root: int
    columns: tuple[bytes, ...]


class _Value(NamedTuple):
    """A value of a record: where in the payload, and whether it is text or a blob."""

    start: int
    end: int
    kind: str


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view with the rows of all tables. A damaged page costs its own rows only."""
    del name
    if not text.startswith(MARKERS[0]) or len(text) < 512:
        return
    database = _Database(text)
    lines = Lines()
    for table in database.tables():
        facts = {"table": table.name.decode("utf-8", "replace")}
        for cells in database.rows(table.root):
            add_row(lines, table.columns, cells, facts)
        if lines.full:
            break
    if database.damaged:
        yield Reason.UNPARSED, "a database damaged or too large to be shown whole; the rest is read as text"
    view = lines.view()
    if view is not None:
        yield view


def blobs(text: bytes, table: bytes) -> Iterator[bytes]:
    """The blobs in the rows of a table, in no order. Those on a damaged page are left out."""
    database = _Database(text)
    for found in database.tables():
        if found.name == table:
            for payload, _ in database.records(found.root):
                for value in _values(payload):
                    if value.kind == "blob":
                        yield payload[value.start : value.end]


class _Database:
    """Pages, trees and records of one file."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        size = int.from_bytes(text[16:18], "big")
        self.size = 65536 if size == 1 else max(size, 512)
        self.usable = max(self.size - text[20], 480)
        self.encoding = _ENCODINGS.get(int.from_bytes(text[56:60], "big"), "utf-8")
        self.damaged = False
        self._rows = self._pages = self._bytes = self._tables = 0

    def tables(self) -> Iterator[_Table]:
        """The tables that the schema names, itself a table on the first page."""
        for cells in self.rows(1):
            texts = [b"".join(piece.content for piece in cell) for cell in cells]
            if len(texts) >= 5 and texts[0] == b"table" and texts[3].isdigit() and self._tables < _MOST_TABLES:
                self._tables += 1
                yield _Table(texts[1], int(texts[3]), _columns(texts[4]))

    def rows(self, root: int) -> Iterator[list[list[Piece]]]:
        """The cells of each row of a tree. Numbers are given as their digits only for the schema's page numbers."""
        for payload, chunks in self.records(root):
            yield [self._cell(value, payload, chunks) for value in _values(payload)]

    def records(self, root: int) -> Iterator[tuple[bytes, list[tuple[int, int]]]]:
        """Each row of a tree as it is stored, and the stretches of the file that it is made of."""
        seen: set[int] = set()
        pages = [(root, 0)]
        while pages:
            number, depth = pages.pop()
            start = (number - 1) * self.size
            if number in seen or number < 1 or depth > _DEEPEST or self._pages > _MOST_PAGES or start + self.size > len(self.text):
                self.damaged = True
                continue
            seen.add(number)
            self._pages += 1
            at = start + (100 if number == 1 else 0)
            kind = self.text[at]
            count = self._number(at + 3, 2)
            head = at + (12 if kind in (2, 5) else 8)
            if kind not in (2, 5, 10, 13) or head + 2 * count > start + self.size:
                self.damaged = True
                continue
            cells = [start + self._number(head + 2 * cell, 2) for cell in range(count)]
            if kind in (2, 5):
                pages += [(self._number(cell, 4), depth + 1) for cell in cells]
                pages.append((self._number(at + 8, 4), depth + 1))
            if kind != 5:
                yield from self._leaf(kind, cells)

    def _leaf(self, kind: int, cells: list[int]) -> Iterator[tuple[bytes, list[tuple[int, int]]]]:
        for cell in cells:
            if self._rows >= _MOST_ROWS or self._bytes >= _MOST_BYTES:
                self.damaged = True
                return
            self._rows += 1
            try:
                yield self._record(kind, cell)
            except (ValueError, IndexError):
                self.damaged = True

    def _record(self, kind: int, cell: int) -> tuple[bytes, list[tuple[int, int]]]:
        if kind == 2:
            cell += 4
        length, cell = self._varint(cell)
        if kind == 13:
            _, cell = self._varint(cell)
        chunks = self._chunks(length, cell, leaf=kind == 13)
        self._bytes += length
        payload = b"".join(self.text[start:end] for start, end in chunks)
        for _ in _values(payload):  # whether it holds together
            pass
        return payload, chunks

    def _chunks(self, length: int, at: int, leaf: bool) -> list[tuple[int, int]]:
        """The stretches of the file that a payload is made of: its page's share, then overflow pages."""
        usable = self.usable
        most = usable - 35 if leaf else (usable - 12) * 64 // 255 - 23
        local = length
        if length > most:
            least = (usable - 12) * 32 // 255 - 23
            local = least + (length - least) % (usable - 4)
            local = local if local <= most else least
        chunks = [(at, at + local)]
        rest, page = length - local, self._number(at + local, 4) if length > local else 0
        if length > len(self.text):
            raise ValueError("longer than the file")
        while rest > 0:
            start = (page - 1) * self.size
            if page < 1 or start + self.size > len(self.text):
                raise ValueError("an overflow page that is not there")
            take = min(rest, usable - 4)
            chunks.append((start + 4, start + 4 + take))
            rest -= take
            page = self._number(start, 4)
        return chunks

    def _cell(self, value: _Value, payload: bytes, chunks: list[tuple[int, int]]) -> list[Piece]:
        content = payload[value.start : value.end]
        if value.kind == "number":
            return [Piece(b"%d" % int.from_bytes(content, "big"), 0, 0, False)] if len(content) <= 4 else []
        if value.kind == "blob" and (b"\0" in content or not _is_text(content)):
            return []
        found: list[Piece] = []
        at = 0
        for start, end in chunks:
            low, high = max(value.start, at), min(value.end, at + end - start)
            if low < high:
                found.append(Piece(payload[low:high], start + low - at, start + high - at, True))
            at += end - start
        if self.encoding != "utf-8" and value.kind == "text" and found:
            said = content.decode(self.encoding, "replace").encode("utf-8", "replace")
            return [Piece(said, found[0].start, found[-1].end, False)]
        return found

    def _number(self, at: int, size: int) -> int:
        return int.from_bytes(self.text[at : at + size], "big")

    def _varint(self, at: int) -> tuple[int, int]:
        return _varint(self.text, at)


def _varint(text: bytes, at: int) -> tuple[int, int]:
    """(number, offset behind it): big-endian, seven bits a byte, the ninth whole. IndexError where the text ends."""
    number = 0
    for count in range(9):
        byte = text[at + count]
        if count == 8:
            return number << 8 | byte, at + 9
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, at + count + 1
    raise AssertionError


def _values(payload: bytes) -> Iterator[_Value]:
    header, at = _varint(payload, 0)
    body = header
    while at < header:
        serial, at = _varint(payload, at)
        if serial >= 12:
            size, kind = (serial - 12) // 2, "text" if serial % 2 else "blob"
        else:
            size, kind = _SIZES[serial] if serial < len(_SIZES) else 0, "number" if 1 <= serial <= 6 else "none"
        if body + size > len(payload):
            raise ValueError("a value behind its record")
        yield _Value(body, body + size, kind)
        body += size


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _columns(sql: bytes) -> tuple[bytes, ...]:
    """The columns' names in a CREATE TABLE statement, in order. None of a table without rowids: it keeps its key first."""
    if sql.rstrip().upper().endswith(b"WITHOUT ROWID"):
        return ()
    body = sql[:_LONGEST_SCHEMA].partition(b"(")[2]
    columns: list[bytes] = []
    depth = start = 0
    for at, byte in enumerate(body):
        if byte == 40:
            depth += 1
        elif byte == 41:
            depth -= 1
        if (byte == 44 and depth == 0) or depth < 0:
            found = None if _CONSTRAINTS.match(body[start:at].lstrip()) else _COLUMN.match(body, start, at)
            if found is not None:
                columns.append(next(group for group in found.groups() if group is not None))
            start = at + 1
            if depth < 0:
                break
    return tuple(columns)
