"""What the hook does: scan what will be committed, and advise. Imports little, for it runs on every commit."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from secretscan.cli.exits import code_for
from secretscan.cli.run import Options, report, scan
from secretscan.cli.targets import Target
from secretscan.errors import UsageError
from secretscan.redaction import printable


def check(files: Sequence[str], options: Options | None = None) -> int:
    """Scan the staged contents of the repository around the current folder, or `files` only. Gives the exit code."""
    options = options or Options(flags={}, color=not os.environ.get("NO_COLOR") and sys.stdout.isatty())
    options = replace(
        options, checks="all_checks" in options.flags
    )  # what a commit adds is secrets; how a cluster stands is asked elsewhere
    chosen = {"staged": True, "names": tuple(files)} if files else {"staged": True}
    settings, result = scan([Target("git", ".", chosen)], options)
    if options.outputs:
        report(result, settings, replace(options, quiet=True))
    if not options.quiet and not any(output.path is None for output in options.outputs):
        from secretscan.cli.advice import write

        write(result, sys.stdout, "file" if files else "staged file", options.color, settings.show_secrets)
    return code_for(result, settings)


def refuse_ambiguous(args: Sequence[str]) -> None:
    """UsageError if an option is also the name of a file here. Somebody could add a file called --exit-zero."""
    for word in args[: args.index("--")] if "--" in args else args:
        if word.startswith("-") and os.path.lexists(word):
            raise UsageError(f"{printable(os.fsencode(word))}: an option and a file here; put -- before the names of files")
