"""The command line in full. Every module here that has a register() is a command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Annotated

import click
import typer

from secretscan import __version__, cli
from secretscan.cli.options import EXIT_CODES, Job
from secretscan.modules import names


def build(asked: str = "") -> typer.Typer:
    """All commands, by the alphabet; or the one that is asked for alone, if there is one: to set up the others costs a start 20 ms."""
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        suggest_commands=not hasattr(click.exceptions, "NoSuchCommand"),  # a Click that has it suggests one by itself
        epilog=f"Example: secretscan scan .\n\n{EXIT_CODES}",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_top)
    for module in _commands(asked) or _commands():
        module.register(app)
    return app


def _commands(asked: str = "") -> list[ModuleType]:
    """The modules of commands, or of the one that is called `asked`."""
    found = [name for name in names(cli.__name__) if not asked or name.rstrip("_").replace("_", "-") == asked]
    return [module for module in (import_module(f"{cli.__name__}.{name}") for name in found) if hasattr(module, "register")]


def parse(argv: Sequence[str]) -> Job:
    """The work that `argv` asks for. Help is printed at once; a wrong command line prints its usage, and the work is to end with 2."""
    try:
        job = typer.main.get_command(build(argv[0] if argv else "")).main(list(argv), prog_name="secretscan", standalone_mode=False)
    except click.ClickException as error:
        with suppress(OSError):  # nobody may be there to read it
            error.show()
        code = error.exit_code
        return lambda: code
    except SystemExit:  # Click's answer to a reader that went away
        raise BrokenPipeError from None
    return job if callable(job) else lambda: int(job or 0)


def _print_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"secretscan {__version__}\n")
        raise typer.Exit


def _top(
    version: Annotated[bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")] = False,
) -> None:
    """Find leaked credentials in git repositories, container images and Kubernetes manifests, and say what was not read."""
    del version
