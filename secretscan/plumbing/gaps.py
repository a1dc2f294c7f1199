"""What the history names and the store does not hold. cat-file leaves it out in silence, so another walk must say it."""

from __future__ import annotations

from collections.abc import Iterator

from secretscan.model import Gap, Reason
from secretscan.plumbing.process import GitFailed, Process
from secretscan.plumbing.repository import Repository

EVERY_ROOT = ("--all", "--reflog")
"""All refs (the stash, notes and every work tree's HEAD among them) and all reflogs (older stashes)."""


def start(repository: Repository) -> Process:
    """Begin the walk; with --quiet it prints only what is missing, and only at its end, so it can run beside the reading of objects."""
    walk = ("rev-list", "--objects", *EVERY_ROOT, "--indexed-objects", "--missing=print", "--quiet")
    return repository.git.start(*walk)


def read(process: Process, repository: Repository) -> Iterator[Gap]:
    """The missing objects as gaps, sorted by id. GitFailed, after them, if the walk could not be finished."""
    missing = sorted(line[1:] for line in process.fields(b"\n") if line.startswith(b"?"))
    detail = "named by the history but not in the object store; `git fsck` tells more"
    if missing and repository.promised:
        detail = "left at the remote by a partial clone; clone without --filter, or run: git fetch --refetch --no-filter"
    for id in missing:
        yield Gap(("object", id), b"", Reason.MISSING, detail)
    wrong = process.finish()
    if wrong:
        raise GitFailed(wrong)
