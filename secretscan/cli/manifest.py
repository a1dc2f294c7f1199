"""`secretscan manifest`: Kubernetes objects."""

from __future__ import annotations

import shutil
from functools import partial
from typing import Annotated

import typer

from secretscan.cli.options import EXIT_CODES, Job, ScanCommand, scanning
from secretscan.cli.run import Options, run
from secretscan.cli.targets import Target
from secretscan.errors import UsageError

_RENDER_HELP = "Let helm and kustomize, where they are on PATH, write out charts and kustomizations. This runs them on what is scanned."


def command(
    files: Annotated[list[str], typer.Argument(metavar="FILE...")],
    options: Options,
    render: Annotated[bool, typer.Option("--render", help=_RENDER_HELP)] = False,
) -> Job:
    """Scan Kubernetes manifests as objects: env pairs, Secrets decoded, ConfigMaps, annotations.

    FILE is YAML or JSON, a folder of such, or a pipe: - is standard input, <(command) works too.

    \b
    Example: kubectl get deploy,secret,configmap -A -o yaml | secretscan manifest -
    """
    given: dict[str, object] = {}
    if render:
        tools = {name: path for name in ("helm", "kustomize") if (path := shutil.which(name)) is not None}
        if not tools:
            raise UsageError("--render needs helm or kustomize on PATH; without it templates are read as they are")
        given["tools"] = tools
    return partial(run, [Target("manifest", file, given) for file in files], options)


def register(app: typer.Typer) -> None:
    app.command("manifest", cls=ScanCommand, short_help="Kubernetes YAML or JSON.", epilog=EXIT_CODES, no_args_is_help=True)(
        scanning(command)
    )
