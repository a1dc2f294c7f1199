"""Plain text from standard input."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Hashable, Iterable, Iterator
from typing import BinaryIO

from secretscan.config import Settings
from secretscan.model import PIECE, Finding, Gap, Origin, Reason, Skipped, Unit, Wants, unasked
from secretscan.readers.streams import units_of

KIND = "stdin"


def recognises(target: str) -> int:
    """A lone dash."""
    return 1 if target == "-" else 0


class StdinSource:
    """One text, read as it comes. What it says about itself is never obeyed: it supplies no suppressions."""

    kind = KIND
    root = b"-"
    supplies_suppressions = False
    empty_is_clean = False

    def __init__(self, settings: Settings, stream: BinaryIO) -> None:
        self._settings = settings
        self._stream = stream

    def units(self, wants: Wants = unasked) -> Iterator[Unit | Finding | Skipped | Gap]:
        del wants  # names are known when contents are
        first = self._stream.read(PIECE)
        if first:
            yield from units_of(0, itertools.chain([first], iter(lambda: self._stream.read(PIECE), b"")), None, self._settings)
        else:
            yield Skipped(Origin(KIND, self.root, b"-"), Reason.MISSING, "nothing came on standard input; did the command before it fail?")

    def places(self, ids: Iterable[Hashable]) -> Iterator[tuple[Hashable, Origin] | Skipped]:
        for id in ids:
            yield id, Origin(KIND, self.root, b"-")


def open_source(target: str, settings: Settings, **options: object) -> StdinSource:
    """Standard input of this process; `target` is always "-"."""
    del target, options
    return StdinSource(settings, sys.stdin.buffer)
