"""Postman environments, globals and collections: `key` and `value` of one variable, header or login on one line.

Format: Postman's Collection schema 2.1 and its environment export.
"""

from __future__ import annotations

from collections.abc import Iterator

from secretscan.model import Reason, Silence, View
from secretscan.readers.json_text import Path, String, pieces, pointer, strings, value
from secretscan.readers.lines import Lines, key

MARKERS = ((b'"_postman_variable_scope"', b'"_postman_id"', b'"_postman_exported_at"'),)


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view: `postman_KEY=value` for each variable, header, parameter or part of a login."""
    del name
    if not text[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return  # a text that only speaks of the format
    lines = Lines()
    keys: dict[Path, bytes] = {}
    values: dict[Path, String] = {}
    try:
        for string in strings(text):
            path, last = string.path[:-1], string.path[-1] if string.path else ""
            if last == "key":
                keys[path] = value(text, string)
            elif last == "value":
                values[path] = string
            else:
                continue
            if path in keys and path in values and not lines.full:
                found = values.pop(path)
                before = b"postman_" + _login(path) + key(keys.pop(path)) + b"="
                lines.add(before, pieces(text, found.start, found.end), {"pointer": pointer(found.path)})
    except ValueError as error:
        yield Reason.UNPARSED, f"a Postman export that is not JSON ({error}); read as text"
    view = lines.view()
    if view is not None:
        yield view


def _login(path: Path) -> bytes:
    """`auth.basic.`, so that a bare `value` or `password` says what it is."""
    if len(path) >= 3 and path[-3] == "auth":
        return b"auth." + str(path[-2]).encode("utf-8", "replace") + b"."
    return b""
