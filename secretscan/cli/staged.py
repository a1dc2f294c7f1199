"""What the hooks do: scan what will be committed or pushed, and advise. Imports little, for it runs on every commit."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from secretscan.cli.exits import code_for
from secretscan.cli.run import Options, report, scan
from secretscan.cli.streams import shows_colours
from secretscan.cli.targets import Target
from secretscan.errors import UsageError
from secretscan.redaction import printable

if TYPE_CHECKING:
    from secretscan.config import Settings
    from secretscan.model import ScanResult

PUSHES = ("--pre-push", "--pre-receive")
ALREADY = "already_committed"
"""The fact of a finding that HEAD held before."""


def check(files: Sequence[str], options: Options | None = None) -> int:
    """Scan the staged contents of the repository around the current folder, or `files` only. Gives the exit code.

    A secret that the files held before the commit does not stop it.
    """
    options = _secrets_only(options or plain())
    chosen = {"staged": True, "names": tuple(files)} if files else {"staged": True}
    settings, result = scan([Target("git", ".", chosen)], options)
    if result.findings:
        from secretscan.plumbing.earlier import already_committed

        known = already_committed(".", os.environ, result.findings)
        result = result._replace(
            findings=tuple(
                finding._replace(facts={**finding.facts, ALREADY: True}) if number in known else finding
                for number, finding in enumerate(result.findings)
            ),
        )
    return _advise(result, settings, options, "file" if files else "staged file")


def check_push(kind: str, remote: Sequence[str], options: Options | None = None) -> int:
    """Scan what a push sends or brings, as standard input tells it. `kind` is one of PUSHES. Gives the exit code."""
    from secretscan.cli.pushes import received_from, sent_by

    asked = sent_by(remote, sys.stdin.buffer, os.environ) if kind == "--pre-push" else received_from(sys.stdin.buffer)
    options = _secrets_only(options or plain())
    settings, result = scan([Target("git", ".", {"selection": asked})], options)
    return _advise(result, settings, options, "pushed content")


def plain() -> Options:
    """The options of a command line that gives none."""
    return Options(flags={}, color=shows_colours())


def _secrets_only(options: Options) -> Options:
    """What a commit adds is secrets; how a cluster stands is asked elsewhere."""
    return options._replace(checks="all_checks" in options.flags)


def refuse_ambiguous(args: Sequence[str]) -> None:
    """UsageError if an option is also the name of a file here. Somebody could add a file called --exit-zero."""
    for word in args[: args.index("--")] if "--" in args else args:
        if word.startswith("-") and os.path.lexists(word):
            raise UsageError(f"{printable(os.fsencode(word))}: an option and a file here; put -- before the names of files")


def _advise(result: ScanResult, settings: Settings, options: Options, what: str) -> int:
    if options.outputs:
        report(result, settings, options._replace(quiet=True))
    if not options.quiet and not any(output.path is None for output in options.outputs):
        from secretscan.cli.advice import write

        write(result, sys.stdout, what, options.color, settings.show_secrets)
    return code_for(result._replace(findings=tuple(finding for finding in result.findings if ALREADY not in finding.facts)), settings)
