"""The fast way in. `--version` and a plain `hook` start without Typer, which costs more than a small scan."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line in `argv` (default: the process's own) and end the process with its exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    if args == ["--version"]:
        from secretscan import __version__

        sys.stdout.write(f"secretscan {__version__}\n")
        sys.exit(0)

    # A scan makes many small objects and no cycles: collecting as often as by default costs a quarter of the time on manifests.
    gc.set_threshold(50_000, 20, 20)
    from secretscan.cli.exits import error_handler

    with error_handler(args):
        files = None
        if args[:1] == ["hook"]:
            from secretscan.cli.staged import check, refuse_ambiguous

            refuse_ambiguous(args[1:])
            files = _plain_files(args[1:])
        if files is not None:
            code = check(files)
        else:
            from secretscan.cli.app import parse

            code = parse(args)()
        # Output that cannot be written must not end in success.
        sys.stdout.flush()
    sys.exit(code)


def _plain_files(args: list[str]) -> list[str] | None:
    """The file names, if there is nothing else on the command line: options are left to Typer."""
    split = args.index("--") if "--" in args else len(args)
    before, after = args[:split], args[split + 1 :]
    return None if any(word.startswith("-") for word in before) else before + after
