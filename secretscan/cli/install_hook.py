"""`secretscan install-hook`: for people without a framework for hooks."""

from __future__ import annotations

import os
import shlex
import sys
from typing import Annotated

import typer

from secretscan.cli.options import Job
from secretscan.errors import ScanError, UsageError
from secretscan.redaction import printable

_SCRIPT = """#!/bin/sh
# Written by `secretscan install-hook`. Delete this file to be rid of it; `git commit --no-verify` passes it by once.
command -v {program} >/dev/null || {{ echo 'secretscan: the program has moved; delete this hook and install it anew' >&2; exit 1; }}
exec {command}
"""


def command(
    repo: Annotated[str, typer.Argument(metavar="[REPO]")] = ".",
    pre_push: Annotated[bool, typer.Option("--pre-push", help="Before a push rather than before a commit.")] = False,
    pre_receive: Annotated[bool, typer.Option("--pre-receive", help="On a server: before a push is taken.")] = False,
) -> Job:
    """Write a hook into REPO, where its core.hooksPath says. One that is there already is never touched.

    \b
    Example: secretscan install-hook --pre-push
    """
    if pre_push and pre_receive:
        raise UsageError("--pre-push and --pre-receive: one hook at a time")
    name = "pre-push" if pre_push else "pre-receive" if pre_receive else "pre-commit"
    return lambda: install(repo, name)


def install(repo: str, name: str) -> int:
    """Write the hook `name`, and say where. ScanError if there is another one already, or if it cannot be written."""
    from secretscan.plumbing.repository import hooks_folder

    program = _program()
    options = {"pre-commit": "hook", "pre-push": 'hook --pre-push -- "$@"', "pre-receive": "hook --pre-receive"}[name]
    line = f"{shlex.join(program)} {options}"
    script = _SCRIPT.format(program=shlex.quote(program[0]), command=line)
    path = os.path.join(os.fsdecode(hooks_folder(repo, os.environ)), name)
    shown = printable(os.fsencode(path))
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o777), "w", encoding="utf-8") as file:
            file.write(script)
    except FileExistsError:
        if os.path.isfile(path) and _content(path) == script:
            sys.stdout.write(f"secretscan: {shown} is installed already\n")
            return 0
        raise ScanError(f"{shown}: there is a hook already, which stays as it is; add this line to it: {line}") from None
    except OSError as error:
        raise ScanError(f"{shown}: the hook cannot be written: {(error.strerror or 'unknown reason').lower()}") from None
    sys.stdout.write(f"secretscan: installed as {shown}\n")
    return 0


def _program() -> list[str]:
    """How this very program is called."""
    script = os.path.abspath(sys.argv[0])
    if os.path.basename(script) == "secretscan" and os.access(script, os.X_OK):
        return [script]
    return [sys.executable, "-m", "secretscan"]


def _content(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 16)
    except OSError:
        return ""


def register(app: typer.Typer) -> None:
    epilog = "Exit codes: 0 installed, 2 wrong usage, 3 it could not be: there is another hook, or no repository."
    app.command("install-hook", short_help="Write a hook into a repository.", epilog=epilog)(command)
