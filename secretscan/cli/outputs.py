"""Where reports go: pairs of -f and -r, the terminal view, files written whole or not at all."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from secretscan import reports
from secretscan.cli.signals import scratch
from secretscan.cli.streams import check_output, complain
from secretscan.errors import ScanError, UsageError
from secretscan.model import ScanResult
from secretscan.redaction import printable
from secretscan.reports import Style

TERMINAL = "terminal"


class Output(NamedTuple):
    """One report. `path` None is standard output."""

    format: str
    path: str | None


def pair(order: Sequence[str], formats: Sequence[str], paths: Sequence[str]) -> tuple[Output, ...]:
    """Match -f with -r. `order` holds "format" and "report_path" as they came.

    As many of one as of the other: first with first, second with second, whichever stands in front. Otherwise a -r takes the -f directly
    before it, or else goes by its extension, and a -f that no -r took goes to standard output.
    """
    pairs: list[tuple[str | None, str | None]] = []
    if len(formats) == len(paths):
        pairs = list(zip(formats, paths, strict=True))
    else:
        left_formats, left_paths = iter(formats), iter(paths)
        for word in order:
            if word == "format":
                pairs.append((next(left_formats), None))
            elif word == "report_path":
                path = next(left_paths)
                free = bool(pairs) and pairs[-1][1] is None
                pairs.append((pairs.pop()[0] if free else None, path))
    outputs = tuple(_settled(format, path) for format, path in pairs)
    if sum(output.path is None for output in outputs) > 1:
        raise UsageError("only one report can go to standard output; give the others a file with -r")
    named = [os.path.realpath(output.path) for output in outputs if output.path is not None]
    if len(set(named)) < len(named):
        raise UsageError("two reports would go to the same file; give each its own -r")
    return outputs


def check_writable(outputs: Sequence[Output], view: bool) -> None:
    """Better before a long scan than after it: every report, and the terminal view if `view`, must have where to go."""
    if view or any(output.path is None for output in outputs):
        check_output()
    for output in outputs:
        if output.path is None:
            continue
        path = os.path.realpath(output.path)
        if os.path.isdir(path):
            raise UsageError(f"{_name(output.path)}: is a folder; --report-path names a file")
        if not os.path.isdir(os.path.dirname(path)):
            raise UsageError(f"{_name(output.path)}: there is no such folder to write the report into")
        if not os.access(path if _in_place(path) else os.path.dirname(path), os.W_OK):
            raise UsageError(f"{_name(output.path)}: may not be written; give the report a place where you may write")


def write_all(result: ScanResult, outputs: Sequence[Output], style: Style, view: bool) -> None:
    """Write the reports; unless one of them goes to standard output, show the terminal view there if `view`.

    One that cannot be written keeps none of the others back. ScanError tells of the first, at the end.
    """
    failed: list[ScanError] = []
    for output in outputs:
        if output.path is not None:
            try:
                _write_file(result, output.format, output.path, style)
            except ScanError as error:
                failed.append(error)
    to_stdout = [output.format for output in outputs if output.path is None]
    if not to_stdout and view:
        to_stdout = [TERMINAL]
    for name in to_stdout:
        if isinstance(sys.stdout, io.TextIOWrapper):
            encoding = None if name == TERMINAL else "utf-8"
            sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")
        reports.load(name).write(result, sys.stdout, style)
    if TERMINAL not in to_stdout and not result.coverage.complete:
        complain("not everything could be read; the report's coverage says what")
    if failed:
        raise failed[0]


def _settled(format: str | None, path: str | None) -> Output:
    if path == "":
        raise UsageError("--report-path must name a file, or - for standard output")
    path = None if path == "-" else path
    if format is None:
        format = TERMINAL if path is None else reports.from_extension(path)
        if format is None:
            raise UsageError(f"{_name(path or '')}: its extension names no report format; add -f {'|'.join(reports.formats())}")
    reports.load(format)
    return Output(format, path)


def _write_file(result: ScanResult, format: str, path: str, style: Style) -> None:
    """Write beside the final name and rename, so that nobody ever reads half a report."""
    style = style._replace(color=False)
    real = os.path.realpath(path)
    part = f"{real}.{os.urandom(4).hex()}.part"
    try:
        if _in_place(real):
            with open(real, "w", encoding="utf-8", errors="backslashreplace") as out:
                reports.load(format).write(result, out, style)
            return
        try:
            scratch.add(part)
            # Secrets in full are for the owner's eyes; everything else is as the umask says.
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600 if style.show_secrets else 0o666)
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as out:
                reports.load(format).write(result, out, style)
            os.replace(part, real)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(part)
            raise
        finally:
            scratch.discard(part)
    except OSError as error:
        raise ScanError(f"{_name(path)}: the report cannot be written: {(error.strerror or 'failed').lower()}") from None


def _in_place(path: str) -> bool:
    """Whether a report is written right into `path`: a pipe, a device, or a file in a folder that takes no other."""
    return os.path.lexists(path) and (not os.path.isfile(path) or not os.access(os.path.dirname(path), os.W_OK))


def _name(path: str) -> str:
    return printable(os.fsencode(path))
