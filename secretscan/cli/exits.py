"""Exit codes, and how a failure ends: one line on standard error, never a secret, a traceback only when asked for."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from secretscan.config import Settings
from secretscan.errors import ScanError
from secretscan.model import ScanResult

CLEAN = 0
FOUND = 1
USAGE = 2
FAILED = 3
INTERRUPTED = 130


def code_for(result: ScanResult, settings: Settings) -> int:
    """Findings first, then completeness. `--exit-zero` hides findings only: an incomplete scan is never a success."""
    if result.findings and not settings.exit_zero and settings.exit_code != CLEAN:
        return settings.exit_code
    return CLEAN if result.coverage.complete else FAILED


@contextmanager
def error_handler(argv: Sequence[str]) -> Iterator[None]:
    """End the process for whatever escapes from within. `argv` tells whether -vv was given, however far parsing came."""
    try:
        yield
    except ScanError as error:
        _end(str(error), error.exit_code)
    except KeyboardInterrupt:
        _end("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough. The interpreter would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except Exception as error:
        if _verbosity(argv) > 1:
            sys.stderr.write(_stack(error))
            _end("internal error, see above; please report it", FAILED)
        _end(f"internal error ({_summary(error)}); run again with -vv for a traceback, and please report it", FAILED)


def _end(message: str, code: int) -> NoReturn:
    """Messages come escaped; one that is not has passed a stranger's name through."""
    if not message.isprintable():
        from secretscan.redaction import printable

        message = printable(message)
    sys.stderr.write(f"secretscan: {message}\n")
    sys.exit(code)


def _verbosity(argv: Sequence[str]) -> int:
    options = argv[: argv.index("--")] if "--" in argv else argv
    return sum(len(option) - 1 for option in options if re.fullmatch("-v+", option)) + options.count("--verbose")


def _summary(error: BaseException) -> str:
    """Type and place. The message is left out: it may quote what was being read."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    last = next((frame for frame in reversed(frames) if "secretscan" in frame.filename), None)
    return type(error).__name__ + (f" in {last.filename.rpartition('/')[2]}:{last.lineno}" if last else "")


def _stack(error: BaseException | None) -> str:
    """The whole chain of tracebacks, innermost cause first, without messages or values."""
    if error is None:
        return ""
    import traceback

    earlier = _stack(error.__cause__ or (None if error.__suppress_context__ else error.__context__))
    return f"{earlier}{''.join(traceback.format_tb(error.__traceback__))}{type(error).__name__}\n"
