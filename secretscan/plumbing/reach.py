"""Which branches and tags lead to a commit. One walk for all commits that are asked about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeAlias

from secretscan.plumbing.process import GitFailed
from secretscan.plumbing.repository import Repository

Reach: TypeAlias = "Mapping[str, list[bytes]]"
"""Short names in git's order, under "branches" (those of remotes among them), "tags" and "refs" (the stash, notes, pull requests)."""

_KINDS = ((b"refs/heads/", "branches"), (b"refs/remotes/", "branches"), (b"refs/tags/", "tags"), (b"refs/", "refs"))


def reached_by(repository: Repository, asked: Collection[bytes]) -> Mapping[bytes, Reach]:
    """The refs that lead to each commit. Empty for one that none does; nothing at all if git cannot walk its refs."""
    if not asked:
        return {}
    try:
        tips = repository.git.run("for-each-ref", "--format=%(objectname) %(*objectname) %(refname)")
        walk = repository.git.run("rev-list", "--topo-order", "--reverse", "--parents", "--all", "--ignore-missing")
    except GitFailed:  # the gaps tell it
        return {}
    order = sorted(asked)
    bits = {commit: 1 << number for number, commit in enumerate(order)}
    masks: dict[bytes, int] = {}
    for line in walk.splitlines():
        commit, *parents = line.split(b" ")
        mask = bits.get(commit, 0)
        for parent in parents:
            mask |= masks.get(parent, 0)
        masks[commit] = mask
    leading: dict[int, dict[str, list[bytes]]] = {}  # most refs lead to the same commits
    found: dict[bytes, dict[str, list[bytes]]] = {commit: {} for commit in order}
    for line in tips.splitlines():
        tip, peeled, name = line.split(b" ", 2)
        mask = masks.get(peeled or tip, 0)
        prefix, kind = next((prefix, kind) for prefix, kind in _KINDS if name.startswith(prefix))
        leading.setdefault(mask, {}).setdefault(kind, []).append(name.removeprefix(prefix))
    for mask, names in leading.items():
        for number, commit in enumerate(order):
            if mask >> number & 1:
                for kind, short in names.items():
                    found[commit].setdefault(kind, []).extend(short)
    return found
