"""Exit codes, and how a failure ends: one line on standard error, never a secret, a traceback only when asked for."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from secretscan.cli.signals import Interruption, die
from secretscan.cli.streams import complain, finish_output
from secretscan.config import Settings
from secretscan.errors import ScanError
from secretscan.model import ScanResult
from secretscan.redaction import printable

CLEAN = 0
FOUND = 1
USAGE = 2
FAILED = 3


def code_for(result: ScanResult, settings: Settings) -> int:
    """Findings first, then completeness. `--exit-zero` hides findings only: an incomplete scan is never a success."""
    if result.findings and not settings.exit_zero and settings.exit_code != CLEAN:
        return settings.exit_code
    return CLEAN if result.coverage.complete else FAILED


def guard(argv: Sequence[str], work: Callable[[], int]) -> int:
    """What `work` gives, or the exit code of whatever escapes from it. `argv` tells whether -vv was given, however far parsing came."""
    told: int | None = None
    message = ""
    try:
        code = work()
        # Output that cannot be written must not end in success.
        sys.stdout.flush()
        return code
    except ScanError as error:
        message, code = str(error), error.exit_code
    except Interruption as error:
        told = error.number
    except BrokenPipeError:  # whoever read our output has seen enough
        code = FAILED
    except Exception as error:
        message, code = _failure(error, argv), FAILED
    if told is not None:  # only here: what the exception held is gone, and git's processes with it
        die(told)
    finish_output()
    if message:
        # Messages come escaped; one that is not has passed a stranger's name through.
        complain(message if message.isprintable() else printable(message))
    return code


def _failure(error: Exception, argv: Sequence[str]) -> str:
    if _verbosity(argv) > 1:
        with suppress(OSError):
            sys.stderr.write(_stack(error))
        return "internal error, see above; please report it"
    return f"internal error ({_summary(error)}); run again with -vv for a traceback, and please report it"


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
