"""`secretscan image`: a container image in an archive, a layout or a registry."""

from __future__ import annotations

import os
from functools import partial
from typing import Annotated

import typer

from secretscan import lazy_re
from secretscan.cli.options import EXIT_CODES, Job, ScanCommand, scanning
from secretscan.cli.run import Options, run
from secretscan.cli.targets import Target
from secretscan.errors import UsageError
from secretscan.images.access import Access

_PLATFORM = lazy_re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)?")
_PLATFORM_HELP = "Only this one of several, as linux/arm64; repeatable. All that are there by default."
_FINAL_HELP = "Leave out what later layers deleted or overwrote; it can still be read by whoever has the image."
_BASE_HELP = "Leave out the layers of a base image, or the lowest N."
_AGAINST_HELP = "Report only what this other image does not hold."
_MIRROR_HELP = "Ask this registry first, HOST[:PORT][/PREFIX]."
_PLAIN_HELP = "Let registries be asked without TLS; this machine's own always may."


def command(
    image: Annotated[str, typer.Argument(metavar="IMAGE")],
    options: Options,
    platform: Annotated[list[str] | None, typer.Option("--platform", metavar="OS/ARCH", help=_PLATFORM_HELP)] = None,
    final_only: Annotated[bool, typer.Option("--final-only", help=_FINAL_HELP)] = False,
    skip_base: Annotated[str | None, typer.Option("--skip-base", metavar="IMAGE|N", help=_BASE_HELP)] = None,
    against: Annotated[str | None, typer.Option("--against", metavar="IMAGE", help=_AGAINST_HELP)] = None,
    mirror: Annotated[str, typer.Option("--mirror", metavar="HOST", help=_MIRROR_HELP, show_default=False)] = "",
    plain_http: Annotated[bool, typer.Option("--plain-http", help=_PLAIN_HELP)] = False,
) -> Job:
    """Scan every layer of an image, what later layers deleted, and its configuration.

    IMAGE is a docker-save tarball, an OCI archive or an OCI layout directory, or a pipe of one: - is standard input, <(command) works too.
    Into a named pipe somebody must begin to write within 30 s. registry.example/app:1.0 is pulled from its registry, with docker's or
    podman's logins; docker:app:1.0 and podman:app:1.0 are saved by those clients.

    \b
    Examples: docker save app:1.0 | secretscan image -
              secretscan image registry.example/app:1.0 --platform linux/arm64
    """
    for each in platform or ():
        if not _PLATFORM.fullmatch(each):
            raise UsageError("--platform takes OS/ARCH or OS/ARCH/VARIANT, such as linux/arm64")
    base = skip_base or "0"
    if against is not None and "-" in (against, base) and image == "-":
        raise UsageError("standard input holds one image, not another to compare it with")
    if image == base == "-":
        raise UsageError("standard input holds one image, not its base as well")
    given = {
        "platforms": tuple(platform or ()),
        "final_only": final_only,
        "base": int(base) if base.isdecimal() else base,
        "access": Access(os.environ, mirror, plain_http),
    }
    if against is not None:
        from secretscan.cli.against import run as compare

        return partial(compare, Target("image", image, given), Target("image", against, given), options)
    return partial(run, [Target("image", image, given)], options)


def register(app: typer.Typer) -> None:
    app.command("image", cls=ScanCommand, short_help="A container image.", epilog=EXIT_CODES, no_args_is_help=True)(scanning(command))
