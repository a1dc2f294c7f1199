"""`secretscan dir`: files under a path, as they lie there."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from secretscan.cli.options import EXIT_CODES, Job, ScanCommand, scanning
from secretscan.cli.run import Options, run
from secretscan.cli.targets import Target


def command(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...")],
    options: Options,
) -> Job:
    """Scan the files under each PATH; git's own folder is left to `secretscan git`.

    \b
    Example: secretscan dir src
    """
    return partial(run, [Target("dir", path) for path in paths], options)


def register(app: typer.Typer) -> None:
    app.command("dir", cls=ScanCommand, short_help="Files under a path.", epilog=EXIT_CODES, no_args_is_help=True)(scanning(command))
