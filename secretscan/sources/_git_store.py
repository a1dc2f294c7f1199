"""Objects of a repository: all that its store holds, or what chosen commits brought; and where each of them stands."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence

from secretscan.config import Settings
from secretscan.model import Gap, Inner, Lot, Note, Origin, Reason, Skipped, Unchanged, Unit, Wants
from secretscan.plumbing import gaps, objects
from secretscan.plumbing.cache import Cache, Scanned
from secretscan.plumbing.history import History
from secretscan.plumbing.index import Entry
from secretscan.plumbing.packs import PackLot
from secretscan.plumbing.process import GitFailed
from secretscan.plumbing.repository import Repository
from secretscan.plumbing.revisions import Revisions
from secretscan.plumbing.tracing import Id, trace
from secretscan.plumbing.worktree import WorkTree
from secretscan.sources._git_files import Root

_LFS = b"version https://git-lfs.github.com/spec/v1\n"
"""How a pointer of git-lfs begins (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md)."""
_POINTER = "kept by git-lfs; only its pointer is here"
_UNSHALLOW = "older commits were not fetched; run: git fetch --unshallow (GitHub: fetch-depth: 0; GitLab: GIT_DEPTH: 0)"


class Store:
    """The objects, and the history that tells their places. Ids are ("blob" | "commit" | "tag" | "object", hex)."""

    def __init__(
        self, repository: Repository, root: Root, settings: Settings, read: objects.Objects, *, email: bool, cache: Cache | None
    ) -> None:
        self._repository = repository
        self._root = root
        self._settings = settings
        self._read = read
        self._email = email
        self._cache = cache
        self._scanned: set[bytes] = set()
        self._lots: list[PackLot] = []
        self._missing: frozenset[bytes] | None = None
        self._known = Scanned()
        self._history = History(repository)

    def everything(self, wants: Wants, entries: Sequence[Entry]) -> Iterator[Unit | Lot | Skipped | Gap | Unchanged | Note]:
        """All objects, and once more, named, the blobs whose path asks for rules of its own. `entries`: the index."""
        known = Scanned()
        if self._cache is not None:
            known = self._cache.load()
            while self._cache.notes:
                yield Note(self._cache.notes.pop())
        if self._repository.shallow:
            yield self._root.skip(b".git/shallow", Reason.SHALLOW, _UNSHALLOW)
        present: list[bytes] = []
        commits: frozenset[bytes] | None = None
        if known.objects or known.tips:
            try:
                present, commits = objects.listing(self._repository)
            except GitFailed:  # then all is read, and what is wrong is told
                known = Scanned()
        self._known = known
        self._history = History(self._repository, wants=wants, quiet=known.commits, stored=commits)
        with (
            gaps.Walk(self._repository, wants, sorted(known.tips.intersection(present)), known.missing.difference(present)) as walk,
            self._history as history,
        ):
            try:
                if known.objects:
                    yield Unchanged(len(known.objects.intersection(present)))
                    new = {id: b"" for id in present if id not in known.objects}
                    yield from self._told(objects.these(self._repository, self._settings, new))
                else:
                    yield from self._told(self._read(self._repository, self._settings))
            except GitFailed as error:
                yield self._root.skip(b".git/objects", Reason.GIT_ERROR, str(error))
            try:
                yield from walk.gaps()
                history.wait()
                names = history.names
                for id, path in (*walk.names.items(), *((entry.id, entry.path) for entry in entries if wants(entry.path))):
                    names[id][path] = None
                yield from self._again(names)
                self._missing = frozenset(walk.missing)
            except GitFailed as error:
                yield self._root.skip(b".git", Reason.GIT_ERROR, str(error))

    def chosen(self, revisions: Revisions, wants: Wants) -> Iterator[Unit | Lot | Skipped | Gap | Note]:
        """What the chosen commits brought, and what they say."""
        self._history = history = History(self._repository, revisions.arguments, wants)
        try:
            if revisions.arguments:
                with history:
                    history.wait()
            names = {**dict.fromkeys(history.commits, b""), **history.brought, **self._tips(revisions)}
            if edges := self._repository.shallow_commits.intersection(history.commits):
                yield self._root.skip(b".git/shallow", Reason.SHALLOW, f"{_UNSHALLOW}; of the range, {len(edges)} stand at that edge")
            yield from self._told(objects.these(self._repository, self._settings, names))
            yield from self._again({id: {path: None for path in paths if path != names[id]} for id, paths in history.names.items()})
        except GitFailed as error:
            yield self._root.skip(b".git", Reason.GIT_ERROR, str(error))

    def places(self, ids: Sequence[Id], entries: Sequence[Entry], tree: WorkTree | None) -> Iterator[tuple[Id, Origin] | Skipped]:
        """Blobs in the order in which commits brought them in (parents before children); then commits and tags."""
        yield from self._pointers()
        try:
            for id, path, facts in trace(self._repository, self._history, ids, entries, tree, email=self._email):
                yield id, self._root.origin(path, facts)
        except GitFailed as error:  # what was found is kept, under the names of its objects
            yield self._root.skip(b".git", Reason.GIT_ERROR, str(error))

    def remember(self, held: Collection[Id]) -> Iterator[Note]:
        """Keep the ids of what was read and held nothing. `held`: the ids of all that did, or could not be read."""
        if self._cache is None:
            return
        busy = {hex_id for _, hex_id in held}
        kept = Scanned(frozenset(self._scanned - busy))
        if self._missing is not None:  # git walked all of it
            try:
                tips = frozenset(self._repository.git.run("rev-parse", "--all").split())
                kept = kept._replace(commits=self._history.quiet(busy), tips=tips, missing=self._missing)
            except GitFailed:  # told before
                pass
        self._cache.save(Scanned(*(now - before for now, before in zip(kept, self._known, strict=True))))
        while self._cache.notes:
            yield Note(self._cache.notes.pop())

    def _pointers(self) -> Iterator[Skipped]:
        """A word of each pointer to a file that git-lfs keeps elsewhere, of those in lots: known when they have been searched."""
        for lot in self._lots:
            for id in lot.pointers:
                self._scanned.discard(id)  # to be told each time
                yield self._root.skip(b".git/lfs", Reason.LFS, _POINTER)

    def _told(self, items: Iterator[Unit | Gap | Lot | Note]) -> Iterator[Unit | Lot | Skipped | Gap | Note]:
        """The items, and a word of each pointer to a file that git-lfs keeps elsewhere."""
        for item in items:
            yield item
            if isinstance(item, PackLot):
                self._lots.append(item)
                if self._cache is not None:
                    self._scanned.update(item.ids())
            if not isinstance(item, Unit):
                continue
            if self._cache is not None and item.last:
                self._scanned.add(_hex(item.id))
            if isinstance(item.content, memoryview) and item.content[: len(_LFS)] == _LFS:
                self._scanned.discard(_hex(item.id))  # to be told each time
                yield self._root.skip(item.name or b".git/lfs", Reason.LFS, _POINTER)

    def _again(self, names: Mapping[bytes, Mapping[bytes, None]]) -> Iterator[Unit]:
        """Blobs read before, under each of these names. Their gaps were told the first time."""
        wanted = {id: next(iter(paths)) for id, paths in names.items() if paths}
        for unit in objects.these(self._repository, self._settings, wanted):
            if isinstance(unit, Unit):
                for path in names[unit.id[1]] if isinstance(unit.id, tuple) else ():
                    yield unit._replace(name=self._root.name(path), again=True)

    def _tips(self, revisions: Revisions) -> dict[bytes, bytes]:
        """Objects that the pushed ones lead to past all commits, with their names; trees among them, of which nothing is read."""
        if not revisions.tips:
            return {}
        bound = revisions.arguments[revisions.arguments.index("--not") :] if "--not" in revisions.arguments else ()
        said = self._repository.git.run("rev-list", "--objects", *revisions.tips, *bound)
        return {id: name for id, _, name in (line.partition(b" ") for line in said.splitlines())}


def _hex(id: Hashable) -> bytes:
    """The object's id in a unit's, which may be of a member of an archive in it."""
    outer = id.id if isinstance(id, Inner) else id
    assert isinstance(outer, tuple) and isinstance(outer[1], bytes)
    return outer[1]
