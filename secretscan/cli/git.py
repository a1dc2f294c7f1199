"""`secretscan git`: a repository's history and work tree, or a chosen part of them."""

from __future__ import annotations

import os
import sys
from enum import Enum
from typing import Annotated, Any

import typer

from secretscan.cli.options import EXIT_CODES, Job, ScanCommand, scanning
from secretscan.cli.pushes import received_from, sent_by
from secretscan.cli.run import Options, run
from secretscan.cli.targets import Target
from secretscan.errors import UsageError

_PART, _COMMITS, _TRUST = "Instead of all of it", "Only what these commits brought", "The repository"


class Engine(Enum):
    """What reads the objects of a history."""

    PACK = "pack"
    GIT = "git"


def _option(group: str, *names: str, help: str, metavar: str | None = None) -> Any:
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=group, show_default=False)


def command(
    options: Options,
    repo: Annotated[str, typer.Argument(metavar="[REPO]")] = ".",
    *,
    staged: Annotated[bool, _option(_PART, "--staged", help="What the next commit changes, read from the index.")] = False,
    uncommitted: Annotated[bool, _option(_PART, "--uncommitted", help="What is staged, changed in the work tree, or untracked.")] = False,
    ignored: Annotated[bool, _option(_PART, "--ignored", help="All of it, and files that .gitignore leaves out too.")] = False,
    range: Annotated[str | None, _option(_COMMITS, "--range", metavar="A..B", help="Commits of B that A does not have.")] = None,
    since_commit: Annotated[str | None, _option(_COMMITS, "--since-commit", metavar="A", help="Commits of HEAD that A lacks.")] = None,
    branch: Annotated[str | None, _option(_COMMITS, "--branch", metavar="NAME", help="Commits of a branch.")] = None,
    since: Annotated[str | None, _option(_COMMITS, "--since", metavar="DATE", help="Commits from then on, as `git log` takes it.")] = None,
    log_opts: Annotated[str | None, _option(_COMMITS, "--log-opts", metavar="OPTS", help="Commits that `git log OPTS` shows.")] = None,
    pre_push: Annotated[bool, _option(_COMMITS, "--pre-push", help="What a push sends; reads what git tells that hook.")] = False,
    remote: Annotated[str | None, _option(_COMMITS, "--remote", metavar="NAME", help="With --pre-push: where the push goes.")] = None,
    pre_receive: Annotated[bool, _option(_COMMITS, "--pre-receive", help="What a push brings; reads what git tells that hook.")] = False,
    blame_email: Annotated[bool, _option(_TRUST, "--blame-email", help="Tell authors' mail addresses (never in SARIF).")] = False,
    cache: Annotated[bool, _option(_TRUST, "--cache", help="Skip what an earlier scan read; keep that in your cache folder.")] = False,
    cache_file: Annotated[str | None, _option(_TRUST, "--cache-file", metavar="FILE", help="Like --cache, kept in FILE.")] = None,
    history_engine: Annotated[
        Engine, _option(_TRUST, "--history-engine", help="What reads the history: our reader of packs, or git (slower).")
    ] = Engine.PACK,
    any_owner: Annotated[bool, _option(_TRUST, "--any-owner", help="Read it though another user owns it (git's safe.directory).")] = False,
) -> Job:
    """Scan a repository: the work tree and everything that was ever committed.

    \b
    Example: secretscan git --range origin/main..HEAD
    """
    from secretscan.plumbing.revisions import Selection

    selection = Selection(range=range, since_commit=since_commit, branch=branch, since=since, log_opts=log_opts)
    ways = {
        "--staged": staged,
        "--uncommitted": uncommitted,
        "--range": range,
        "--branch or --since-commit": branch or since_commit,
        "--log-opts": log_opts,
        "--pre-push": pre_push,
        "--pre-receive": pre_receive,
    }
    if ignored or (since and not (range or branch or since_commit)):
        ways["--ignored" if ignored else "--since"] = True
    if len(chosen := [name for name, given in ways.items() if given]) > 1:
        raise UsageError(f"{' and '.join(chosen)}: only one of them at a time")
    if remote is not None and not pre_push:
        raise UsageError("--remote: it goes with --pre-push")
    if since and log_opts:
        raise UsageError("--since: put it into --log-opts, as --since=DATE")

    def job() -> int:
        asked = selection
        if pre_push:
            asked = sent_by([remote] if remote else [], sys.stdin.buffer, os.environ)
        elif pre_receive:
            asked = received_from(sys.stdin.buffer)
        given = {
            "staged": staged,
            "uncommitted": uncommitted,
            "ignored": ignored,
            "selection": asked if asked else None,
            "email": blame_email,
            "any_owner": any_owner,
            "engine": history_engine.value,
            "cache": cache_file or (_cache_folder() if cache else None),
        }
        return run([Target("git", repo, {name: value for name, value in given.items() if value})], options)

    return job


def _cache_folder() -> str:
    """Where a user's caches are (https://specifications.freedesktop.org/basedir-spec/), made if need be."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = os.path.join(home, "secretscan")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--cache: {folder} cannot be made ({error.strerror}); name a file with --cache-file") from None
    return folder


def register(app: typer.Typer) -> None:
    app.command("git", cls=ScanCommand, short_help="A repository: work tree and history, or a part of them.", epilog=EXIT_CODES)(
        scanning(command)
    )
