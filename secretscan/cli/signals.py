"""How the process ends when it is told to: with one line and nothing left behind, at whatever moment it is told.

Until the work begins there is nothing to undo and the process ends at once: an exception in the midst of an import may be swallowed, or
come out as another. While it works, an exception unwinds it, so that git's processes end and no half report stays. A second signal does
not wait for that.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn

scratch: set[str] = set()
"""Files that must not outlive the process: half reports."""
_WORDS = {signal.SIGINT: b"interrupted", signal.SIGTERM: b"terminated", signal.SIGHUP: b"terminated: the terminal is gone"}


class Interruption(KeyboardInterrupt):
    """A signal that asks the process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def end_at_once() -> None:
    """From now on a signal ends the process there and then. One that is ignored, as under nohup, stays so."""
    for number in _WORDS:
        if signal.getsignal(number) not in (signal.SIG_IGN, None):
            signal.signal(number, _end)
    # An exception in a callback of the import system or in a destructor is told here and then forgotten.
    sys.unraisablehook = _unraisable


def unwind() -> None:
    """From now on the first signal raises Interruption in the main thread."""
    for number in _WORDS:
        if signal.getsignal(number) is _end:
            signal.signal(number, _raise)


def die(number: int = signal.SIGINT) -> NoReturn:
    """One line, no half report, and the exit code by which shells know the signal. Threads that wait for something are not waited for."""
    for path in list(scratch):
        with suppress(OSError):
            os.unlink(path)
    with suppress(OSError):
        os.write(2, b"secretscan: " + _WORDS[signal.Signals(number)] + b"\n")
    os._exit(128 + number)


def _end(number: int, frame: FrameType | None) -> None:
    del frame
    die(number)


def _raise(number: int, frame: FrameType | None) -> None:
    del frame
    end_at_once()
    raise Interruption(number)


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    if isinstance(lost.exc_value, Interruption):
        die(lost.exc_value.number)
    sys.__unraisablehook__(lost)
