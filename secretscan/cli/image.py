"""`secretscan image`: a container image in a tarball."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from secretscan.cli.options import EXIT_CODES, Job, ScanCommand, scanning
from secretscan.cli.run import Options, run
from secretscan.cli.targets import Target


def command(
    file: Annotated[str, typer.Argument(metavar="FILE")],
    options: Options,
) -> Job:
    """Scan every layer of an image, what later layers deleted, and its configuration.

    FILE is a docker-save tarball, an OCI archive or an OCI layout directory, or a pipe of one: - is standard input, <(command) works too.
    Into a named pipe somebody must begin to write within 30 s.

    \b
    Example: docker save app:1.0 | secretscan image -
    """
    return partial(run, [Target("image", file)], options)


def register(app: typer.Typer) -> None:
    app.command("image", cls=ScanCommand, short_help="A container image, from a tarball.", epilog=EXIT_CODES, no_args_is_help=True)(
        scanning(command)
    )
