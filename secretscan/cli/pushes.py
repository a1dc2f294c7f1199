"""What a push sends or brings, as hooks are told: on standard input by git, in variables by pre-commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from secretscan.plumbing.revisions import Selection, pushed, received


def sent_by(remote: Sequence[str], lines: Iterable[bytes], environ: Mapping[str, str]) -> Selection:
    """What a push is about to send. `remote`: the hook's own arguments, first the name of the remote, as far as they are known.

    pre-commit keeps standard input to itself, and tells two commits; or only the branch, if all of its history is new to the other side
    (https://pre-commit.com/#pre-push).
    """
    before, after, branch = (environ.get(f"PRE_COMMIT_{name}") for name in ("FROM_REF", "TO_REF", "LOCAL_BRANCH"))
    if before and after:
        return Selection(range=f"{before}..{after}")
    if branch:
        return Selection(branch=branch)
    return Selection(updates=pushed(lines), remote=remote[0] if remote else "")


def received_from(lines: Iterable[bytes]) -> Selection:
    """What a push brought into quarantine, before any ref is moved."""
    return Selection(updates=received(lines))
