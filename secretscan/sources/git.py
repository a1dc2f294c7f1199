"""A git repository: all that was ever committed, stashed or left dangling, its index and work tree; or what the next commit changes."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Iterator

from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.model import PIECE, Finding, Gap, Json, LocalFile, Origin, Reason, Skipped, Unit, Wants, unasked
from secretscan.paths import PathPatterns
from secretscan.plumbing import gaps, index, objects
from secretscan.plumbing.process import GitFailed
from secretscan.plumbing.repository import Repository, locate, looks_like_one
from secretscan.plumbing.worktree import WorkTree
from secretscan.redaction import printable

KIND = "git"


def recognises(target: str) -> int:
    """The top of a work tree, or a bare repository."""
    return 5 if looks_like_one(target) else 0


class GitSource:
    """One repository. Ids are ("file", path), and ("blob" | "commit" | "tag" | "object", hex).

    `history`: every object of the store. `worktree`: files that are tracked, or neither tracked nor ignored. `staged`: neither of
    them, but what the next commit changes; of it only `names`, if there are any, and those of them that it leaves as they are from
    the work tree.
    """

    kind = KIND

    def __init__(
        self,
        repository: Repository,
        root: bytes,
        settings: Settings,
        *,
        staged: bool,
        history: bool,
        worktree: bool,
        read: objects.Objects,
        names: frozenset[bytes] | None = None,
    ) -> None:
        self.root = root
        self.empty_is_clean = staged
        self.supplies_suppressions = staged or repository.work_tree is not None
        self._repository = repository
        self._settings = settings
        self._staged = staged
        self._names = names
        self._history = history
        self._tree = WorkTree(repository.work_tree) if worktree and repository.work_tree is not None else None
        self._read = read
        self._entries: list[index.Entry] = []
        self._tracked: set[bytes] = set()
        self._excluded = PathPatterns(settings.exclude)

    def units(self, wants: Wants = unasked) -> Iterator[Unit | Finding | Skipped | Gap]:
        if self._staged:
            yield from self._next_commit()
            return
        try:
            self._entries = index.entries(self._repository)
        except GitFailed as error:
            yield self._skip(b".git/index", Reason.GIT_ERROR, str(error))
        if self._tree is not None:
            yield from self._files(self._tree)
        if self._history:
            yield from self._all_objects(wants)

    def places(self, ids: Iterable[Hashable]) -> Iterator[tuple[Hashable, Origin] | Skipped]:
        """Files first, then blobs, in the order in which commits brought them in (parents before children); then commits and tags."""
        hashed: list[tuple[str, bytes]] = []
        for id in ids:
            if isinstance(id, tuple):
                kind, name = id
                if kind == "file":
                    untracked: dict[str, Json] = {} if self._staged or name in self._tracked else {"untracked": True}
                    yield id, self._origin(name, {"in_work_tree": True, **untracked})
                else:
                    hashed.append((kind, name))
        if self._staged:
            for id in hashed:
                for entry in self._entries:
                    if entry.id == id[1]:
                        yield id, self._origin(entry.path, {"blob": entry.id.decode(), "staged": True})
        elif hashed:
            from secretscan.plumbing.tracing import trace

            try:
                for id, path, facts in trace(self._repository, hashed, self._entries, self._tree):
                    yield id, self._origin(path, facts)
            except GitFailed as error:  # what was found is kept, under the names of its objects
                yield self._skip(b".git", Reason.GIT_ERROR, str(error))

    def _next_commit(self) -> Iterator[Unit | Skipped | Gap]:
        try:
            entries = index.staged(self._repository)
        except GitFailed as error:
            yield self._skip(b".git/index", Reason.GIT_ERROR, str(error))
            return
        names: dict[bytes, bytes] = {}
        for entry in entries:
            if self._names is not None and entry.path not in self._names:
                continue
            if entry.mode == index.LINK:
                yield self._skip(entry.path, Reason.SYMLINK)
            elif entry.mode == index.GITLINK:
                yield self._skip(entry.path, Reason.GITLINK, "a submodule; scan it by itself")
            elif self._excludes(entry.path):
                yield self._skip(entry.path, Reason.EXCLUDED)
            else:
                self._entries.append(entry)
                names.setdefault(entry.id, entry.path)
        try:
            yield from objects.these(self._repository, self._settings, names)
        except GitFailed as error:
            yield self._skip(b".git/objects", Reason.GIT_ERROR, str(error))
        if self._names is not None:
            yield from self._named(self._names - {entry.path for entry in entries})

    def _named(self, names: Iterable[bytes]) -> Iterator[Unit | Skipped | Gap]:
        """Files of the work tree that somebody asked for by name: what is not there is unread, and so is a folder."""
        tree = WorkTree(os.path.abspath(self.root))
        for path in sorted(names):
            size = tree.size(path)
            if size is None:
                yield self._skip(path, Reason.MISSING, "neither staged nor in the work tree")
            elif size is Reason.GITLINK and not os.path.lexists(os.path.join(tree.full(path), b".git")):
                yield self._skip(path, Reason.UNREADABLE, "a folder; name the files in it")
            else:
                yield from self._file(tree, path)

    def _files(self, tree: WorkTree) -> Iterator[Unit | Skipped | Gap]:
        for entry in self._entries:
            if entry.path in self._tracked:  # the other side of a conflict
                continue
            self._tracked.add(entry.path)
            if entry.mode == index.GITLINK:
                yield self._skip(entry.path, Reason.GITLINK, "a submodule; scan it by itself")
            else:
                yield from self._file(tree, entry.path)
        try:
            untracked, closed = index.untracked(self._repository)
        except GitFailed as error:
            yield self._skip(b".", Reason.GIT_ERROR, str(error))
            return
        for path in untracked:
            yield from self._file(tree, path.removesuffix(b"/"))
        for said in closed:
            yield self._skip(b".", Reason.UNREADABLE, said)

    def _file(self, tree: WorkTree, path: bytes) -> Iterator[Unit | Skipped | Gap]:
        size = tree.size(path)
        if size is None:
            return
        if isinstance(size, Reason):
            yield self._skip(path, size, "a repository within this one; scan it by itself" if size is Reason.GITLINK else "")
        elif self._excludes(path):
            yield self._skip(path, Reason.EXCLUDED)
        elif self._settings.max_file_size is not None and size > self._settings.max_file_size:
            yield self._skip(path, Reason.USER_SIZE_CAP)
        elif size <= PIECE:
            yield Unit(("file", path), LocalFile(tree.full(path), size), path)
        else:
            yield from tree.long(path, size, self._settings)

    def _all_objects(self, wants: Wants) -> Iterator[Unit | Skipped | Gap]:
        if self._repository.shallow:
            detail = "older commits were not fetched; run: git fetch --unshallow (in CI: fetch depth 0)"
            yield self._skip(b".git/shallow", Reason.SHALLOW, detail)
        with gaps.Walk(self._repository, wants) as walk:
            try:
                yield from self._read(self._repository, self._settings)
            except GitFailed as error:
                yield self._skip(b".git/objects", Reason.GIT_ERROR, str(error))
            try:
                yield from walk.gaps()
                for unit in objects.these(self._repository, self._settings, walk.names):
                    if isinstance(unit, Unit):  # its gaps were told the first time
                        yield unit._replace(again=True)
            except GitFailed as error:
                yield self._skip(b".git", Reason.GIT_ERROR, str(error))

    def _excludes(self, path: bytes) -> bool:
        return self._excluded.match(path)

    def _origin(self, path: bytes, facts: dict[str, Json]) -> Origin:
        return Origin(KIND, self.root, path, facts)

    def _skip(self, path: bytes, reason: Reason, detail: str = "") -> Skipped:
        return Skipped(Origin(KIND, self.root, path), reason, detail)


def open_source(
    target: str,
    settings: Settings,
    *,
    staged: bool = False,
    history: bool = True,
    worktree: bool = True,
    read: objects.Objects = objects.everything,
    names: Iterable[str] | None = None,
) -> GitSource:
    """The repository that holds `target`. SourceError if git will not read it.

    `read` is what hands out the objects of the history. The root is `target` if that is the repository's top, else the top itself.
    `names` goes with `staged`: only these files, named from the current folder.
    """
    # Git is a child of ours and needs PATH and HOME; under a hook it also says by variables which index and which objects it means.
    repository = locate(target, os.environ, work_tree=not staged)
    root = os.fsencode(target)
    top = repository.work_tree or (repository.git_dir if not staged else _top(root))
    if os.path.realpath(top) != os.path.realpath(root):
        root = top
    chosen = None if names is None else frozenset(_below(root, os.fsencode(name)) for name in names)
    return GitSource(repository, root, settings, staged=staged, history=history, worktree=worktree, read=read, names=chosen)


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
