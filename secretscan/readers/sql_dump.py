"""SQL dumps: the values of INSERT and COPY under their columns' names, which stand far from them.

Forms: mysqldump, pg_dump, sqlite3's .dump. Where an INSERT names no columns, the CREATE TABLE before it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.model import Reason, Silence, View
from secretscan.readers.lines import Lines, Piece, key
from secretscan.readers.rows import add_row

MARKERS = (
    (
        b"CREATE TABLE",
        b"create table",
        b" SQL Dump",
        b" FROM stdin;",
        b"`password`",
        b", password, ",
        b", password) V",
        b", password) v",
        b"`api_key`",
        b"`token`",
        b"`secret`",
        b", api_key",
        b", token)",
        b", secret)",
        b", access_token",
        b"user_pass",
        b"option_value",
    ),
    (b"INSERT INTO", b"insert into", b"Insert into", b"INSERT IGNORE", b"insert ignore", b"REPLACE INTO", b"replace into", b" FROM stdin;"),
)

_IDENTIFIER = rb'[`"\[\]\w.$-]{1,200}'
# In lower case, with what must stand before a word asked behind it: so a search leaps from one first letter to the next.
_INSERT = lazy_re.compile(
    rb"(?:insert(?<!\winsert)(?:\s+ignore)?|replace(?<!\wreplace))\s+into\s+("
    + _IDENTIFIER
    + rb")\s*(?:\(([^()]{1,8000})\))?\s*values\s*(?=\()"
)
_CREATE = lazy_re.compile(rb"(?i)\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?(" + _IDENTIFIER + rb")\s*\(")
_LONGEST_SCHEMA = 20_000  # bytes of one CREATE TABLE
_COPY = lazy_re.compile(rb"(?m)^COPY (" + _IDENTIFIER + rb") \(([^()]{1,8000})\) FROM stdin;\r?\n")
_TOKEN = lazy_re.compile(rb"[NEn]?'((?:[^'\\]++|\\.|'')*+)'|([(),;])|[^'(),;]+", re.DOTALL)
_DEFINED = lazy_re.compile(rb'(?:^|[,\n])\s*+[`"\[]?(\w+)[`"\]]?\s++\w')
_CONSTRAINT = frozenset((b"primary", b"key", b"unique", b"constraint", b"foreign", b"index", b"fulltext", b"check", b"spatial"))
_MOST_ROWS = 500_000
_MOST_TOKENS = 2_000_000  # in all statements together: one that never ends reaches over all the others


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view with a line for each string of each row."""
    del name
    lines = Lines()
    lower = text.lower()
    defined: dict[bytes, list[bytes]] | None = None
    rows = 0
    budget = iter(range(_MOST_TOKENS))
    for found in _INSERT.finditer(lower):
        table, named = text[slice(*found.span(1))], text[slice(*found.span(2))]
        if not named and defined is None:
            defined = _defined(text)
        columns = _split(named) if named else (defined or {}).get(_plain(table), [])
        if not columns:
            continue
        facts = {"table": key(_plain(table)).decode("utf-8", "replace")}
        for cells in _inserted(text, found.end(), budget):
            rows += 1
            if rows > _MOST_ROWS or lines.full:
                break
            add_row(lines, columns, cells, facts)
    for found in _COPY.finditer(text) if b" FROM stdin;" in text else ():
        facts = {"table": key(_plain(found[1])).decode("utf-8", "replace")}
        for cells in _copied(text, found.end()):
            rows += 1
            if rows > _MOST_ROWS or lines.full:
                break
            add_row(lines, _split(found[2]), cells, facts)
    if rows > _MOST_ROWS or lines.full or next(budget, None) is None:
        yield Reason.UNPARSED, "a dump too long to be shown whole; the rest is read as text"
    view = lines.view()
    if view is not None:
        yield view


def _defined(text: bytes) -> dict[bytes, list[bytes]]:
    """The columns of each table that the text creates."""
    defined: dict[bytes, list[bytes]] = {}
    behind = 0
    for found in _CREATE.finditer(text):
        end = text.find(b";", found.end(), found.end() + _LONGEST_SCHEMA) if found.start() >= behind else -1
        if end >= 0:
            names = (column for column in _DEFINED.findall(text[found.end() : end]) if column.lower() not in _CONSTRAINT)
            defined[_plain(found[1])] = list(names)
            behind = end
    return defined


def _plain(name: bytes) -> bytes:
    """A table's name without quotes and without its schema."""
    return name.translate(None, b'`"[]').rpartition(b".")[2].lower()


def _split(columns: bytes) -> list[bytes]:
    return [column.strip().strip(b'`"[]') for column in columns.split(b",")]


def _inserted(text: bytes, at: int, budget: Iterator[int]) -> Iterator[list[list[Piece]]]:
    """The rows behind VALUES; a cell that is no string is empty."""
    depth = 0
    row: list[list[Piece]] = []
    for token, _ in zip(_TOKEN.finditer(text, at), budget, strict=False):
        mark = token[2]
        if mark == b"(":
            depth += 1
            if depth == 1:
                row = [[]]
        elif mark == b")":
            depth -= 1
            if depth == 0:
                yield row
            elif depth < 0:
                return
        elif mark == b",":
            if depth == 1:
                row.append([])
        elif mark == b";" and depth == 0:
            return
        elif token[1] is not None:
            if depth == 0:
                return
            row[-1] = [Piece(_unquoted(token[1]), token.start(1), token.end(1), b"\\" not in token[1] and b"''" not in token[1])]
        elif depth == 0 and token[0].strip():
            return


def _unquoted(content: bytes) -> bytes:
    content = content.replace(b"''", b"'")
    return re.sub(rb"\\(.)", lambda found: {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b""}.get(found[1], found[1]), content, flags=re.S)


def _copied(text: bytes, at: int) -> Iterator[list[list[Piece]]]:
    """The rows of a COPY, to the line that is a backslash and a dot."""
    while at < len(text):
        end = text.find(b"\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        if line.startswith(b"\\."):
            return
        row: list[list[Piece]] = []
        start = at
        for field in line.split(b"\t"):
            row.append([] if field == b"\\N" else [Piece(field, start, start + len(field), True)])
            start += len(field) + 1
        yield row
        at = end + 1
