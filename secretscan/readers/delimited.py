"""Tables of text: CSV (RFC 4180), and the same with semicolons or tabs. Cells under a column whose name says secret, as `name="value"`.

Browsers, password managers and clouds export logins so. A table is known by its first line; of one longer than a piece (4 MiB) the first
piece alone is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.model import Reason, Silence, View
from secretscan.readers.lines import Lines, Piece, key

_WORDS = (
    b"password", b"passwd", b"passwort", b"pwd", b"pass", b"login_pass", b"secret", b"client_secret", b"api_secret", b"token", b"api_token",
    b"access_token", b"auth_token", b"api_key", b"apikey", b"api key", b"access_key",
)  # fmt: skip
MARKERS = (
    tuple(
        mark + form
        for word in _WORDS
        for form in dict.fromkeys((word, word.capitalize(), word.upper()))
        for mark in (b",", b";", b"\t", b',"', b';"', b'\t"')
    ),
)
_NAME = lazy_re.compile(rb"(?i)[\w .#()/-]{0,20}(?:passw(?:or[dt])?|pwd|pass|secret|token|api[ _-]?key|access[ _-]?key)[\w .()-]{0,20}")
_COLUMN = lazy_re.compile(rb"[\w .#()/:-]{0,60}")
_BLANK = lazy_re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]{0,16}")
_LONGEST_HEAD = 4096
_FEWEST = 2  # columns
_MOST_ROWS = 200_000


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view with a line for each cell under such a column."""
    del name
    blank = _BLANK.match(text)
    begin = blank.end() if blank else 0
    end = text.find(b"\n", begin, begin + _LONGEST_HEAD)
    if end < 0:
        return
    head = text[begin:end].rstrip(b"\r")
    mark = max((b",", b";", b"\t"), key=head.count)
    columns = [column.strip(b' "') for column in head.split(mark)]
    if len(columns) < _FEWEST or not all(_COLUMN.fullmatch(column) for column in columns):
        return
    wanted = {at: key(column).replace(b" ", b"_") for at, column in enumerate(columns) if _NAME.fullmatch(column)}
    if not wanted:
        return
    lines = Lines()
    cell = re.compile(rb'(?:"((?:[^"]|"")*+)"|([^' + re.escape(mark) + rb'\r\n"]*+))(' + re.escape(mark) + rb"|\r?\n|$)")
    rows = at = 0
    place = end + 1
    while place < len(text) and rows < _MOST_ROWS and not lines.full:
        found = cell.match(text, place)
        if found is None:  # no table's line: a quote that nothing closes, or one within a cell
            place = text.find(b"\n", place) + 1 or len(text)
            at = 0
            continue
        if at in wanted and (start := found.start(1 if found[1] is not None else 2)) < found.end():
            value = found[1] if found[1] is not None else found[2]
            if value and b'"' not in value and b"\n" not in value:
                lines.add(wanted[at] + b'="', [Piece(value, start, start + len(value), True)], after=b'"')
        at = at + 1 if found[3] == mark else 0
        rows += found[3] != mark
        place = found.end()
        if found.end() == found.start():
            break
    view = lines.view()
    if view is not None:
        yield view
