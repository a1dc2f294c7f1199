"""`secretscan stdin`: plain text from a pipe."""

from __future__ import annotations

from functools import partial

import typer

from secretscan.cli.options import EXIT_CODES, Job, ScanCommand, scanning
from secretscan.cli.run import Options, run
from secretscan.cli.targets import Target


def command(options: Options) -> Job:
    """Scan plain text from standard input.

    \b
    Example: kubectl logs app | secretscan stdin
    """
    return partial(run, [Target("stdin", "-")], options)


def register(app: typer.Typer) -> None:
    app.command("stdin", cls=ScanCommand, short_help="Plain text.", epilog=EXIT_CODES)(scanning(command))
