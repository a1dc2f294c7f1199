"""Standard input, output and error as somebody left them to us: closed, full, or read by nobody any more."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress

from secretscan.errors import ScanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

_BUFFER = 1 << 16


class OutputRefused(ScanError):
    """Standard output does not take what is written to it."""

    def __init__(self, error: OSError) -> None:
        why = "it is closed" if error.errno == errno.EBADF else (error.strerror or "it failed").lower()
        super().__init__(f"standard output: cannot be written: {why}; send it elsewhere, or give reports a file with -r and say -q")


class _Output(io.FileIO):
    """Standard output, whose errors are told from those of any other file. A reader that went away stays a BrokenPipeError."""

    def write(self, data: Buffer, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputRefused(error) from None


def shows_colours() -> bool:
    """Whether standard output is a terminal that knows colours, and nobody asked for none (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and sys.stdout.isatty()


def settle() -> None:
    """Put something in place of a standard stream that was closed, or else the next file opened would get its number.

    Input is then empty, output refuses what is written to it, and complaints go nowhere.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        handle = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
        if handle != number:
            os.dup2(handle, number)
            os.close(handle)
        os.set_inheritable(number, True)
        mode = "r" if name == "stdin" else "w"
        setattr(sys, name, open(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False))  # noqa: SIM115
    given = sys.stdout
    raw = _Output(given.fileno(), "w", closefd=False)
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(raw, _BUFFER), given.encoding, given.errors, line_buffering=given.isatty(), write_through=False
    )


def check_output() -> None:
    """OutputRefused if standard output is closed: a disk may still turn out to be full."""
    try:
        os.write(sys.stdout.fileno(), b"")
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputRefused(error) from None


def finish_output() -> None:
    """Write what is left, after a failure. What is not taken is forgotten: the interpreter would try once more at its end, and complain."""
    try:
        sys.stdout.flush()
    except (OutputRefused, OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(message: str) -> None:
    """One line on standard error. If even that is refused, the exit code has to say it alone."""
    with suppress(OSError):
        sys.stderr.write(f"secretscan: {message}\n")
