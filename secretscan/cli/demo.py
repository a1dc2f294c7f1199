"""`secretscan demo`: something to scan, and its scan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from secretscan.cli.exits import CLEAN
from secretscan.cli.options import Job, ScanCommand, scanning
from secretscan.cli.run import Options, report, scan
from secretscan.cli.targets import Target
from secretscan.errors import ScanError


def command(
    folder: Annotated[str, typer.Argument(metavar="DIR")],
    options: Options,
) -> Job:
    """Build a repository, an image and manifests that leak made-up keys in DIR, and scan them in one report.

    \b
    Example: secretscan demo /tmp/demo
    """
    return lambda: show(Path(folder), options)


def show(folder: Path, options: Options) -> int:
    """Build, scan, report, and hold what was found against what was planted."""
    from secretscan.demo import build

    planted = build(folder)
    settings, result = scan([Target(kind, name) for kind, name in dict.fromkeys((item.kind, item.target) for item in planted)], options)
    report(result, settings, options)
    found = {bytes(secret) for finding in result.findings for secret in (finding.secret, *(part.secret for part in finding.parts))}
    missed = [item.what for item in planted if item.key_id not in found]
    if missed:
        raise ScanError(f"demo: not found although it was planted: {', '.join(missed)}; please report this")
    return CLEAN


def register(app: typer.Typer) -> None:
    app.command(
        "demo",
        cls=ScanCommand,
        short_help="Build something that leaks, and scan it.",
        no_args_is_help=True,
        epilog="Exit codes: 0 all that was planted was found, 2 wrong usage, 3 something was missed.",
    )(scanning(command))
