"""`secretscan scan`: any mixture of targets in one report."""

from __future__ import annotations

from typing import Annotated

import typer

from secretscan.cli.options import EXIT_CODES, Job, ScanCommand, scanning
from secretscan.cli.run import Options, run
from secretscan.cli.targets import recognise


def command(
    targets: Annotated[list[str], typer.Argument(metavar="TARGET...")],
    options: Options,
) -> Job:
    """Scan any mixture of targets, in one report. What each one is, is recognised; git: image: manifest: dir: before it say so.

    \b
    Example: secretscan scan . image:app.tar manifest:deploy/
    """
    return lambda: run([recognise(target) for target in targets], options)


def register(app: typer.Typer) -> None:
    app.command("scan", cls=ScanCommand, short_help="Any mixture of these, in one report.", epilog=EXIT_CODES, no_args_is_help=True)(
        scanning(command)
    )
