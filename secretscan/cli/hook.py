"""`secretscan hook`: the command as Typer sees it. What it does is in staged.py, which the fast way in reaches without Typer."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from secretscan.cli.options import Job, ScanCommand, scanning
from secretscan.cli.run import Options
from secretscan.cli.staged import PUSHES, check, check_push
from secretscan.errors import UsageError


def command(
    options: Options,
    files: Annotated[list[str] | None, typer.Argument(metavar="[FILE]...")] = None,
    *,
    pre_push: Annotated[bool, typer.Option("--pre-push", help="What a push sends, by what git tells that hook.")] = False,
    pre_receive: Annotated[bool, typer.Option("--pre-receive", help="On a server: what a push brings.")] = False,
) -> Job:
    """Scan what the next commit adds, read from the index. Made to be run by pre-commit or by .git/hooks/pre-commit.

    With FILEs, only those: a staged one as it is staged, any other as it lies in the work tree. Put -- before them.
    With --pre-push they are what git gives that hook: the remote's name and address.

    \b
    Example: secretscan hook -- app.py
    """
    if pre_push and pre_receive:
        raise UsageError("--pre-push and --pre-receive: only one of them at a time")
    if pre_push or pre_receive:
        return partial(check_push, PUSHES[pre_receive], files or [], options)
    return partial(check, files or [], options)


def register(app: typer.Typer) -> None:
    epilog = "Exit codes: 0 nothing found, or nothing staged; 1 found something, 2 wrong usage, 3 not all was read, 130 interrupted."
    app.command("hook", cls=ScanCommand, short_help="What the next commit adds, for pre-commit.", epilog=epilog)(scanning(command))
