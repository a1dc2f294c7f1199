"""Modules found by their names: a format, a source, a join is one file in its room."""

from __future__ import annotations

import os
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


def names(room: str) -> list[str]:
    """The names of the modules and packages in the package `room`, sorted. What has a leading underscore is the room's own affair.

    pkgutil tells the same, and imports inspect for it: 6 ms of every start.
    """
    found = set()
    for folder in import_module(room).__path__:
        for entry in os.listdir(folder):
            stem, _, ending = entry.partition(".")
            if ending in ("", "py") and not stem.startswith("_"):
                found.add(stem)
    return sorted(found)


def modules(room: str) -> Iterator[ModuleType]:
    """Those modules, imported one by one as they are asked for."""
    for name in names(room):
        yield import_module(f"{room}.{name}")
