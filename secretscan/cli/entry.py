"""The fast way in. `--version` and a plain `hook` start without Typer, which costs more than a small scan."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line in `argv` (default: the process's own) and end the process with its exit code."""
    try:
        from secretscan.cli import signals

        signals.end_at_once()
        code = _run(list(sys.argv[1:] if argv is None else argv))
        signals.end_at_once()
    except KeyboardInterrupt:  # in the first instant, before anybody listened
        os.write(2, b"secretscan: interrupted\n")
        os._exit(130)
    sys.exit(code)


def _run(args: list[str]) -> int:
    from secretscan.cli import streams

    streams.settle()
    if args == ["--version"]:
        return _version()

    import gc

    # A scan makes many small objects and no cycles: collecting as often as by default costs a quarter of the time on manifests.
    gc.set_threshold(50_000, 20, 20)
    from secretscan.cli.exits import guard

    code = guard(args, lambda: _work(args))
    gc.freeze()  # else the interpreter looks for cycles once more at its end: 10 ms
    return code


def _version() -> int:
    from secretscan import __version__
    from secretscan.cli import streams

    try:
        sys.stdout.write(f"secretscan {__version__}\n")
        sys.stdout.flush()
    except (streams.OutputRefused, BrokenPipeError) as error:
        streams.finish_output()
        if not isinstance(error, BrokenPipeError):
            streams.complain(str(error))
        return 3
    return 0


def _work(args: list[str]) -> int:
    from secretscan.cli.signals import unwind

    if args[:1] == ["hook"]:
        from secretscan.cli.staged import PUSHES, check, check_push, refuse_ambiguous

        refuse_ambiguous(args[1:])
        push = args[1] if args[1:2] and args[1] in PUSHES else ""
        files = _plain_files(args[2:] if push else args[1:])
        if files is not None:
            unwind()
            return check_push(push, files) if push else check(files)
    from secretscan.cli.app import parse

    job = parse(args)
    unwind()
    return job()


def _plain_files(args: list[str]) -> list[str] | None:
    """The file names, if there is nothing else on the command line: options are left to Typer."""
    split = args.index("--") if "--" in args else len(args)
    before, after = args[:split], args[split + 1 :]
    return None if any(word.startswith("-") for word in before) else before + after
