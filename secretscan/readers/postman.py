"""Postman environments, globals and collections: `key` and `value` of one variable, header or login on one line.

Format: Postman's Collection schema 2.1 and its environment export.
"""

from __future__ import annotations

from collections.abc import Iterator

from secretscan.model import Reason, Silence, View
from secretscan.readers.json_text import Path, begins_object, strings
from secretscan.readers.lines import Lines
from secretscan.readers.named_values import NamedValues

MARKERS = ((b'"_postman_variable_scope"', b'"_postman_id"', b'"_postman_exported_at"'),)


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view: `postman_KEY=value` for each variable, header, parameter or part of a login."""
    del name
    if not begins_object(text):
        return  # a text that only speaks of the format
    lines = Lines()
    named = NamedValues(text, lines, "key")
    try:
        for string in strings(text):
            if named.holds(string):
                named.add(string, b"postman_" + _login(string.path[:-1]), b"=")
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
