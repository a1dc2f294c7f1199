"""`secretscan git`: a repository's history and work tree, or what its next commit changes."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from secretscan.cli.options import EXIT_CODES, Job, ScanCommand, scanning
from secretscan.cli.run import Options, run
from secretscan.cli.targets import Target


def command(
    options: Options,
    repo: Annotated[str, typer.Argument(metavar="[REPO]")] = ".",
    staged: Annotated[bool, typer.Option("--staged", help="Only what the next commit changes, read from the index.")] = False,
) -> Job:
    """Scan a repository: the work tree and everything that was ever committed.

    \b
    Example: secretscan git --staged
    """
    return partial(run, [Target("git", repo, {"staged": True} if staged else {})], options)


def register(app: typer.Typer) -> None:
    app.command("git", cls=ScanCommand, short_help="A repository: work tree and history, or what is staged.", epilog=EXIT_CODES)(
        scanning(command)
    )
