"""`secretscan manifest`: Kubernetes objects."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from secretscan.cli.options import EXIT_CODES, Job, ScanCommand, scanning
from secretscan.cli.run import Options, run
from secretscan.cli.targets import Target


def command(
    files: Annotated[list[str], typer.Argument(metavar="FILE...")],
    options: Options,
) -> Job:
    """Scan Kubernetes manifests as objects: env pairs, Secrets decoded, ConfigMaps, annotations.

    FILE is YAML or JSON, a folder of such, or a pipe: - is standard input, <(command) works too.

    \b
    Example: kubectl get deploy,secret,configmap -A -o yaml | secretscan manifest -
    """
    return partial(run, [Target("manifest", file) for file in files], options)


def register(app: typer.Typer) -> None:
    app.command("manifest", cls=ScanCommand, short_help="Kubernetes YAML or JSON.", epilog=EXIT_CODES, no_args_is_help=True)(
        scanning(command)
    )
