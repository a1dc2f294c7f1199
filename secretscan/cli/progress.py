"""Progress on a terminal: nothing for scans that are over at once, then a line on standard error."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Never

if TYPE_CHECKING:
    from tqdm import tqdm

_SCANNING = "scanning"
_PATIENCE = 0.5
"""Seconds before anything is drawn. Importing tqdm alone takes longer than a small scan."""


class Progress:
    """A ProgressSink that draws how much was read. Use it as a context manager: it clears its line at the end."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._bar: tqdm[Never] | None = None
        self._units = 0
        self._size = 0
        self._phase = _SCANNING

    def add(self, units: int, size: int) -> None:
        self._units += units
        self._size += size
        if self._phase != _SCANNING:  # the next target has begun
            self.phase(_SCANNING)
        if self._bar is None:
            self._draw()
        else:
            self._bar.set_postfix_str(f"{self._units:,} units", refresh=False)
            self._bar.update(size)

    def phase(self, text: str) -> None:
        self._phase = text
        if self._bar is None:
            self._draw()
        else:
            self._bar.set_description_str(text)

    def _draw(self) -> None:
        if time.monotonic() - self._started < _PATIENCE:
            return
        from tqdm import tqdm

        self._bar = tqdm(desc=self._phase, initial=self._size, unit="B", unit_scale=True, unit_divisor=1024, leave=False, file=sys.stderr)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
