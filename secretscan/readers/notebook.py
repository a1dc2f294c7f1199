"""Jupyter notebooks: cells and their outputs as the lines they are. Format: nbformat's documentation, versions 3 to 4.5."""

from __future__ import annotations

from collections.abc import Iterator

from secretscan.model import Reason, Silence, View
from secretscan.readers.json_text import String, begins_object, pieces, pointer, strings
from secretscan.readers.lines import Lines

MARKERS = (b'"nbformat"', b'"cells"')

_TEXTS = frozenset({"source", "input", "text", "traceback", "evalue", "text/plain", "text/html", "application/json"})


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view: each cell's source and each output's text, joined from the JSON strings it is kept in."""
    del name
    if not begins_object(text):
        return  # a text that only speaks of the format
    lines = Lines()
    try:
        for string in strings(text):
            if _is_text(string) and not lines.full:
                lines.add(b"", pieces(text, string.start, string.end), {"pointer": pointer(string.path)})
    except ValueError as error:
        yield Reason.UNPARSED, f"a notebook that is not JSON ({error}); read as text"
    view = lines.view()
    if view is not None:
        yield view


def _is_text(string: String) -> bool:
    """Whether a string is source or output, or one line of it."""
    path = string.path
    if path and isinstance(path[-1], int):
        path = path[:-1]
    return bool(path) and path[-1] in _TEXTS and "cells" in path
