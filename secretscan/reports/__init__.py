"""One module a format, found by its name. Each owns its schema and never dumps a Finding.

A format is a module here whose name has no leading underscore, with

    EXTENSIONS: tuple[str, ...]      file name endings that choose it, such as ".sarif"
    def write(result: ScanResult, out: TextIO, style: Style) -> None
"""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple, Protocol, TextIO, cast

from secretscan.errors import UsageError
from secretscan.model import ScanResult
from secretscan.modules import names


class Style(NamedTuple):
    """How a report is to look. `width` is in columns. Only `terminal` heeds color, width and verbose."""

    show_secrets: bool = False
    color: bool = False
    width: int = 100
    verbose: bool = False


class Report(Protocol):
    """What a format's module offers."""

    @property
    def EXTENSIONS(self) -> tuple[str, ...]: ...

    def write(self, result: ScanResult, out: TextIO, style: Style) -> None: ...


def formats() -> list[str]:
    """The names of all formats, sorted."""
    return names(__name__)


def load(name: str) -> Report:
    """The format called `name`. UsageError if there is none."""
    known = formats()
    if name not in known:
        raise UsageError(f"there is no report format {name!r}; there are {', '.join(known)}")
    return cast(Report, import_module(f"{__name__}.{name}"))


def from_extension(path: str) -> str | None:
    """The format that a file name asks for by its ending (`out.gitleaks.json` is gitleaks, `out.json` is json), or None."""
    found = [(len(ending), name) for name in formats() for ending in load(name).EXTENSIONS if path.lower().endswith(ending)]
    return max(found)[1] if found else None
