"""The places of blobs, commits and tags: who brought them in and when, and whether they still stand in the work tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from secretscan.model import Json
from secretscan.plumbing.authors import authorships
from secretscan.plumbing.history import History
from secretscan.plumbing.index import Entry
from secretscan.plumbing.reach import Reach, reached_by
from secretscan.plumbing.repository import Repository
from secretscan.plumbing.worktree import WorkTree
from secretscan.redaction import printable

_ABBREVIATED = 12
Id: TypeAlias = "tuple[str, bytes]"
"""Kind ("blob", "commit", "tag", or "object" if that is not known) and hex."""
Traced: TypeAlias = "tuple[Id, bytes, dict[str, Json]]"
"""An id, a path, and the facts of that place."""


def trace(
    repository: Repository, history: History, ids: Sequence[Id], entries: Sequence[Entry], tree: WorkTree | None, *, email: bool = False
) -> Iterator[Traced]:
    """Blobs at the commits that brought them in, oldest first; then commits and tags, and blobs of the index, of a ref or of nothing.

    Facts: commit, author, email (only if asked for), date, blob, in_work_tree (not without a work tree), removed_by, moved_from, moved_to,
    branches, tags, refs (that lead to the commit), index, tag, dangling. GitFailed if git hangs.
    """
    sightings = history.sightings({hex_id for kind, hex_id in ids if kind in ("blob", "object")})
    signers = {sighting.commit for sighting in sightings} | {hex_id for kind, hex_id in ids if kind in ("commit", "tag")}
    people = authorships(repository, signers)
    asked = {sighting.commit for sighting in sightings} | {hex_id for kind, hex_id in ids if kind == "commit"}
    reach = reached_by(repository, asked, history.graph)

    def signed(hex_id: bytes) -> dict[str, Json]:
        who = people.get(hex_id)
        if who is None:
            return {}
        return {"author": who.author, **({"email": who.email} if email else {}), "date": who.date, **_reach(reach.get(hex_id, {}))}

    def standing(path: bytes, hex_id: bytes) -> dict[str, Json]:
        facts: dict[str, Json] = {"blob": hex_id.decode()}
        return facts if tree is None else {**facts, "in_work_tree": tree.holds(path, hex_id, repository.object_format)}

    kinds = {hex_id: kind for kind, hex_id in ids}
    for sighting in sightings:
        facts: dict[str, Json] = {"commit": sighting.commit.decode(), **signed(sighting.commit), **standing(sighting.path, sighting.blob)}
        if sighting.dangling:
            facts["dangling"] = True
        if sighting.removed_by is not None and not facts.get("in_work_tree"):
            facts["removed_by"] = sighting.removed_by.decode()
        for fact, moved in (("moved_from", sighting.moved_from), ("moved_to", sighting.moved_to)):
            if moved is not None:
                facts[fact] = printable(moved)
        yield (kinds[sighting.blob], sighting.blob), sighting.path, facts
    seen = {sighting.blob for sighting in sightings}
    staged: dict[bytes, list[bytes]] = {}
    for entry in entries:
        staged.setdefault(entry.id, []).append(entry.path)
    others = {hex_id for kind, hex_id in ids if kind in ("blob", "object") and hex_id not in seen and hex_id not in staged}
    named = history.named(others) if others else {}
    age = {commit: number for number, commit in enumerate(history.commits)} if len(ids) > 1 else {}
    for kind, hex_id in sorted(ids, key=lambda id: (age.get(id[1], len(age)), id)):  # however the store may order them
        id, short = (kind, hex_id), hex_id[:_ABBREVIATED]
        if kind == "commit":
            facts = {"commit": hex_id.decode(), **signed(hex_id)}
            if history.dangling(hex_id):
                facts["dangling"] = True
            yield id, b"commit:" + short, facts
        elif kind == "tag":
            yield id, b"tag:" + (people[hex_id].name if hex_id in people else short), {"tag": hex_id.decode(), **signed(hex_id)}
        elif hex_id in others:
            facts = {kind: hex_id.decode(), **({} if tree is None else {"in_work_tree": False})}
            if history.whole and kind == "blob" and hex_id not in named:
                facts["dangling"] = True
            yield id, named.get(hex_id) or kind.encode() + b":" + short, facts
        elif hex_id not in seen:
            for path in staged[hex_id]:
                yield id, path, {"index": True, **standing(path, hex_id)}


def _reach(reach: Reach) -> dict[str, Json]:
    facts: dict[str, Json] = {}
    for kind, refs in reach.items():
        facts[kind] = [printable(name) for name in refs.names]
    if more := sum(refs.total - len(refs.names) for refs in reach.values()):
        facts["more_refs"] = more
    return facts
