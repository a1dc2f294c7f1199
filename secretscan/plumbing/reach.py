"""Which branches and tags lead to a commit. One walk for all commits that are asked about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from secretscan.plumbing.process import GitFailed
from secretscan.plumbing.repository import Repository

MOST = 20
"""Refs of each kind that are named of one commit."""


class Refs(NamedTuple):
    """Short names, at most MOST of them, and how many refs there are."""

    names: list[bytes]
    total: int


Reach: TypeAlias = "Mapping[str, Refs]"
"""Refs under "branches" (those of remotes among them), "tags" and "refs" (the stash, notes, pull requests), as far as there are any."""

_KINDS = ((b"refs/heads/", "branches"), (b"refs/remotes/", "branches"), (b"refs/tags/", "tags"), (b"refs/", "refs"))


def reached_by(repository: Repository, asked: Collection[bytes], graph: Sequence[bytes] = ()) -> Mapping[bytes, Reach]:
    """The refs that lead to each commit. Empty for one that none does; nothing at all if git cannot walk its refs.

    `graph`: the commits of all refs, parents first, each a line of its id and its parents', if somebody has listed them already.
    """
    if not asked:
        return {}
    order = sorted(asked)
    bits = {commit: 1 << number for number, commit in enumerate(order)}
    try:
        tips = repository.git.run("for-each-ref", "--format=%(objectname) %(*objectname) %(refname)")
        if graph:
            masks = _masks(graph, bits)
        else:
            with repository.git.start("rev-list", "--topo-order", "--reverse", "--parents", "--all", "--ignore-missing") as process:
                masks = _masks(process.fields(b"\n"), bits)
                process.finish()
                if process.code:
                    return {}
    except GitFailed:  # the gaps tell it
        return {}
    leading: dict[int, dict[str, list[bytes]]] = {}  # most refs lead to the same commits
    for line in tips.splitlines():
        tip, peeled, name = line.split(b" ", 2)
        mask = masks.get(peeled or tip, 0)
        prefix, kind = next((prefix, kind) for prefix, kind in _KINDS if name.startswith(prefix))
        leading.setdefault(mask, {}).setdefault(kind, []).append(name.removeprefix(prefix))
    kinds: dict[str, _Kind] = {}
    for mask, names in leading.items():
        for kind, short in names.items():
            kinds.setdefault(kind, _Kind((1 << len(order)) - 1)).add(mask, short)
    found: dict[bytes, dict[str, Refs]] = {commit: {} for commit in order}
    for kind in dict.fromkeys(kind for _, kind in _KINDS):
        refs = kinds.get(kind)
        if refs is not None:
            for number, some in refs.names.items():
                found[order[number]][kind] = Refs(some, refs.count(number))
    return found


def _masks(graph: Iterable[bytes], bits: Mapping[bytes, int]) -> dict[bytes, int]:
    """For every commit the bits of those that it leads to."""
    masks: dict[bytes, int] = {}
    for line in graph:
        commit, *parents = line.split(b" ")
        mask = masks.get(parents[0], 0) if parents else 0  # shared by most: many commits are asked about, and more there are
        for parent in parents[1:]:
            other = masks.get(parent, 0)
            mask = other if mask == 0 else mask if mask == other else mask | other
        own = bits.get(commit)
        masks[commit] = mask if own is None else mask | own
    return masks


class _Kind:
    """Refs of one kind, counted for all commits at once: a repository may have 50,000, and thousands of commits that are asked about.

    `wanting`: the commits, a bit each, that have room for more names. `planes`: the counts; the bit of a commit in the n-th is worth 2^n.
    """

    def __init__(self, wanting: int) -> None:
        self.wanting = wanting
        self.names: dict[int, list[bytes]] = {}
        self.planes: list[int] = []

    def add(self, mask: int, names: list[bytes]) -> None:
        """These refs lead to the commits of the mask."""
        for place in range(len(names).bit_length()):
            if len(names) >> place & 1:
                self._carry(mask, place)
        for number, bit in enumerate(reversed(f"{mask & self.wanting:b}")):
            if bit == "1":
                known = self.names.setdefault(number, [])
                known += names[: MOST - len(known)]
                if len(known) == MOST:
                    self.wanting &= ~(1 << number)

    def count(self, number: int) -> int:
        return sum((plane >> number & 1) << place for place, plane in enumerate(self.planes))

    def _carry(self, mask: int, place: int) -> None:
        while mask:
            if place >= len(self.planes):
                self.planes += [0] * (place + 1 - len(self.planes))
            self.planes[place], mask = self.planes[place] ^ mask, self.planes[place] & mask
            place += 1
