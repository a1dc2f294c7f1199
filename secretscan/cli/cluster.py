"""`secretscan cluster`: the objects of a live cluster."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from secretscan.cli.options import EXIT_CODES, Job, ScanCommand, scanning
from secretscan.cli.run import Options, run
from secretscan.cli.targets import Target

_CONTEXT = typer.Option("--context", metavar="NAME", help="A context of the kubeconfig; the current one by default.", show_default=False)
_NAMESPACE = typer.Option("--namespace", "-n", metavar="NAME", help="Only this namespace.", show_default=False)


def command(
    options: Options,
    context: Annotated[str | None, _CONTEXT] = None,
    namespace: Annotated[str | None, _NAMESPACE] = None,
) -> Job:
    """Scan the objects of a live cluster, with the rights that kubectl has: only reads, and says what it may not.

    \b
    Example: secretscan cluster --namespace prod
    """
    return partial(run, [Target("cluster", context or "", {"namespace": namespace} if namespace else {})], options)


def register(app: typer.Typer) -> None:
    app.command("cluster", cls=ScanCommand, short_help="The objects of a live Kubernetes cluster.", epilog=EXIT_CODES)(scanning(command))
