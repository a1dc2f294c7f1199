"""A git repository: all that was ever committed, stashed or left dangling, its index and work tree; or a chosen part of that."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Iterator
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from secretscan.config import Settings
from secretscan.errors import SourceError, UsageError
from secretscan.model import Gap, Inner, Item, Lot, Note, Origin, Reason, Skipped, Unit, Wants, unasked
from secretscan.plumbing import folder, objects
from secretscan.plumbing.repository import Repository, locate, looks_like_one
from secretscan.plumbing.worktree import WorkTree
from secretscan.redaction import printable
from secretscan.sources._git_files import KIND, Files, Root

if TYPE_CHECKING:  # the hook starts often, and needs none of it
    from secretscan.plumbing.cache import Cache
    from secretscan.plumbing.revisions import Revisions, Selection
    from secretscan.sources._git_store import Store

__all__ = ["ENGINES", "KIND", "GitSource", "open_source", "recognises"]

ENGINES = ("pack", "git")
"""What may read the objects of a history: our own reader of packs, or git alone."""
_NESTED = 8
"""Repositories within repositories that are followed."""


def recognises(target: str) -> int:
    """The top of a work tree, or a bare repository."""
    return 5 if looks_like_one(target) else 0


class Scope(NamedTuple):
    """What of a repository is read.

    `history`: every object of the store, and git's own files. `worktree`: files that are tracked, or neither tracked nor ignored, and
    with `ignored` those too. Or instead of both: `staged`, what the next commit changes, of it only `names`, if there are any, and
    those of them that it leaves as they are from the work tree; `uncommitted`, what is staged, and all of the work tree that differs
    from the index; `revisions`, what these commits brought. `email`: whether authors' addresses are told.
    """

    history: bool = True
    worktree: bool = True
    ignored: bool = False
    staged: bool = False
    uncommitted: bool = False
    revisions: Revisions | None = None
    names: frozenset[bytes] | None = None
    email: bool = False
    cache: Cache | None = None


class Within(NamedTuple):
    """The id of something in a repository that lies within another."""

    repository: int
    id: Hashable


class GitSource:
    """One repository, and those within it. Ids are ("file" | "own", path), ("blob" | "commit" | "tag" | "object", hex), and Within."""

    kind = KIND

    def __init__(
        self, repository: Repository, root: Root, settings: Settings, scope: Scope, read: objects.Objects, seen: set[bytes] | None = None
    ) -> None:
        self.root = root.path
        self.empty_is_clean = scope.staged or scope.uncommitted or scope.revisions is not None
        self.supplies_suppressions = scope.staged or repository.work_tree is not None
        self._repository = repository
        self._settings = settings
        self._scope = scope
        self._read = read
        self._root = root
        self._tree = WorkTree(repository.work_tree) if scope.worktree and repository.work_tree is not None else None
        self._files = Files(repository, self._tree, root, settings)
        self._store = None if scope.staged else _store(repository, root, settings, scope, read)
        self._seen = set() if seen is None else seen
        self._inner: list[GitSource] = []

    def units(self, wants: Wants = unasked) -> Iterator[Item]:
        scope, files = self._scope, self._files
        if self._store is None:
            yield from files.staged(scope.names)
        elif scope.revisions is not None:
            yield from self._store.chosen(scope.revisions, wants)
        else:
            yield from files.read_index()
            if scope.uncommitted:
                yield from files.uncommitted()
                return
            self._seen.add(os.path.realpath(self._repository.common_dir))
            if self._root.depth == 0:
                yield from map(Note, self._repository.elsewhere)
            yield from files.worktree(ignored=scope.ignored)
            if scope.history:
                yield from self._history(self._store, wants)
            yield from self._others(wants)

    def places(self, ids: Iterable[Hashable]) -> Iterator[tuple[Hashable, Origin] | Skipped | Note]:
        """Files first, then objects as the history tells them, then what lies in other repositories within."""
        hashed: list[tuple[str, bytes]] = []
        inner: dict[int, list[Hashable]] = {}
        for id in ids:
            if isinstance(id, Within):
                inner.setdefault(id.repository, []).append(id.id)
            elif isinstance(id, tuple):
                kind, name = id
                if kind in ("file", "own"):
                    yield id, self._files.origin(kind, name)
                else:
                    hashed.append((kind, name))
        told: set[bytes] = set()
        if self.empty_is_clean:
            for kind, name in hashed:
                for origin in self._files.staged_at(name):
                    told.add(name)
                    yield (kind, name), origin
        if self._store is not None and (left := [id for id in hashed if id[1] not in told]):
            yield from self._store.places(left, self._files.entries, self._tree)
        if self._store is not None and self._scope.history and not self.empty_is_clean:
            yield from self._store.remember(hashed)
        for number, source in enumerate(self._inner):
            for item in source.places(inner.get(number, ())):
                yield (Within(number, item[0]), item[1]) if not isinstance(item, Skipped | Note) else item

    def _history(self, store: Store, wants: Wants) -> Iterator[Item]:
        empty = True
        for item in store.everything(wants, self._files.entries):
            empty = empty and not isinstance(item, Unit | Lot)
            yield item
        if not empty:  # a repository without anything in it is not made one that was scanned by its configuration
            yield from self._files.own(folder.files(self._repository.common_dir))

    def _others(self, wants: Wants) -> Iterator[Item]:
        """Repositories within this one: submodules, those of submodules that are not checked out, and any that lie in the work tree."""
        if self._repository.work_tree is not None:
            for path in self._files.nested:
                yield from self._other(os.path.join(self._repository.work_tree, path), path, wants)
        if self._scope.history:
            for path in folder.modules(self._repository.common_dir):
                yield from self._other(os.path.join(self._repository.common_dir, path), self._files.own_name(path), wants)

    def _other(self, full: bytes, path: bytes, wants: Wants) -> Iterator[Item]:
        if self._root.depth == _NESTED:
            yield self._root.skip(path, Reason.TOO_DEEP, "repositories within repositories")
            return
        try:
            found = locate(os.fsdecode(full), os.environ)
        except SourceError as error:
            yield self._root.skip(path, Reason.UNREADABLE, f"a repository that cannot be read: {error}")
            return
        common = os.path.realpath(found.common_dir)
        homes = (self._repository.work_tree or self._repository.git_dir, self._repository.common_dir)
        if not any(common.startswith(os.path.realpath(home) + b"/") or common == os.path.realpath(home) for home in homes):
            yield self._root.skip(path, Reason.UNREADABLE, "its .git leads out of the repository that was named; name it by itself")
            return
        if found.work_tree is not None and os.path.realpath(found.work_tree) != os.path.realpath(full):
            yield self._root.skip(path, Reason.UNREADABLE, "a submodule whose .git is no repository")
            return
        known = common in self._seen  # a submodule that is checked out, or a work tree of this very repository
        if known and found.work_tree is None:
            return
        scope = Scope(
            history=self._scope.history and not known, worktree=self._scope.worktree, email=self._scope.email, cache=self._scope.cache
        )
        root = Root(self._root.path, self._root.name(path), self._root.depth + 1)
        inner = GitSource(found, root, self._settings, scope, self._read, self._seen)
        number = len(self._inner)
        self._inner.append(inner)
        for item in inner.units(wants):
            if isinstance(item, Unit | Gap):
                yield item._replace(id=_wrapped(number, item.id))
            elif isinstance(item, Lot):
                yield item.renamed(partial(_wrapped, number))
            else:
                yield item


def open_source(
    target: str,
    settings: Settings,
    *,
    staged: bool = False,
    uncommitted: bool = False,
    history: bool = True,
    worktree: bool = True,
    ignored: bool = False,
    selection: Selection | None = None,
    email: bool = False,
    any_owner: bool = False,
    cache: str | None = None,
    cache_key: str = "",
    engine: str = ENGINES[0],
    names: Iterable[str] | None = None,
) -> GitSource:
    """The repository that holds `target`. SourceError if git will not read it.

    `engine` is one of ENGINES: what reads the history. The root is `target` if that is the repository's top, else the top itself.
    `names` goes with `staged`: only these files, named from the current folder. `selection` chooses commits, and leaves out all else.
    `any_owner`: also if it belongs to another user, which git refuses by itself. `cache`: a folder with one file a repository, or a
    file, where ids of objects that hold nothing are kept for the next scan; `cache_key` is a digest of the rules.
    """
    # Git is a child of ours and needs PATH and HOME; under a hook it also says by variables which index and which objects it means.
    repository = locate(target, os.environ, work_tree=not staged, any_owner=any_owner)
    root = os.fsencode(target)
    top = repository.work_tree or (repository.git_dir if not staged else _top(root))
    if os.path.realpath(top) != os.path.realpath(root):
        root = top
    revisions = None
    if selection:
        from secretscan.plumbing.revisions import resolve

        revisions = resolve(repository, selection)
    scope = Scope(
        history=history,
        worktree=worktree,
        ignored=ignored,
        staged=staged,
        uncommitted=uncommitted,
        revisions=revisions,
        names=None if names is None else frozenset(_below(root, os.fsencode(name)) for name in names),
        email=email,
        cache=_cache(repository, cache, cache_key, settings) if cache is not None else None,
    )
    return GitSource(repository, Root(root), settings, scope, objects.everything if staged else _reader(engine))


def _reader(engine: str) -> objects.Objects:
    if engine == "git":
        return objects.everything
    from secretscan.plumbing.packs import everything

    return everything


def _store(repository: Repository, root: Root, settings: Settings, scope: Scope, read: objects.Objects) -> Store:
    from secretscan.sources._git_store import Store

    return Store(repository, root, settings, read, email=scope.email, cache=scope.cache)


def _cache(repository: Repository, place: str, key: str, settings: Settings) -> Cache:
    from secretscan.plumbing.cache import Cache, key_of

    path = os.path.abspath(os.fsencode(place))
    tree = repository.work_tree
    if os.path.isdir(path):
        path = os.path.join(path, blake2b(os.path.realpath(repository.common_dir), digest_size=16).hexdigest().encode() + b".sqlite")
    elif tree is not None and repository.git.run("ls-files", "-z", "--", b":(top,literal)" + os.path.relpath(path, tree)):
        raise UsageError(f"{printable(place)}: the repository itself brings this file; a cache must be one of your own")
    if not os.path.isdir(os.path.dirname(path)):
        raise UsageError(f"{printable(place)}: the folder that this file is to lie in does not exist")
    kept = Cache(path, key_of(key, settings))
    kept.refuse_others()
    return kept


def _wrapped(number: int, id: Hashable) -> Hashable:
    return Inner(Within(number, id.id), id.path) if isinstance(id, Inner) else Within(number, id)


def _below(root: bytes, name: bytes) -> bytes:
    """`name`, seen from the current folder, as git lists it from `root`. A link at its end is itself, links on the way are followed."""
    folder, base = os.path.split(os.path.abspath(name))
    path = os.path.relpath(os.path.join(os.path.realpath(folder), base), os.path.realpath(root))
    if path.split(b"/", 1)[0] in (b"..", b"."):
        raise SourceError(f"{printable(name)}: not a file of the repository {printable(root)}")
    return path


def _top(path: bytes) -> bytes:
    """The nearest folder upwards that holds a .git; `path` itself if there is none (a bare repository, or one that lies apart)."""
    folder = os.path.abspath(path)
    while not os.path.exists(os.path.join(folder, b".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return path
        folder = above
    return folder
