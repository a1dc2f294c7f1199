"""Files of a repository: those of its work tree, and those that the next commit changes, as the index holds them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from secretscan.config import Settings
from secretscan.model import PIECE, Gap, Json, LocalFile, Origin, Reason, Skipped, Unit
from secretscan.paths import PathPatterns
from secretscan.plumbing import index, objects
from secretscan.plumbing.process import GitFailed
from secretscan.plumbing.repository import Repository
from secretscan.plumbing.worktree import WorkTree
from secretscan.redaction import printable

KIND = "git"
_GIT_FOLDER = b".git"


class Root:
    """Where a repository's places lie: `path` is the target as the user named it; `within` goes before each path of one inside it."""

    def __init__(self, path: bytes, within: bytes = b"", depth: int = 0) -> None:
        self.path = path
        self.within = within
        self.depth = depth

    def origin(self, path: bytes, facts: dict[str, Json]) -> Origin:
        if not self.within:
            return Origin(KIND, self.path, path, facts)
        return Origin(KIND, self.path, self.name(path), {**facts, "repository": printable(self.within)})

    def skip(self, path: bytes, reason: Reason, detail: str = "") -> Skipped:
        return Skipped(Origin(KIND, self.path, self.name(path)), reason, detail)

    def name(self, path: bytes) -> bytes:
        return self.within + b"/" + path if self.within else path


class Files:
    """What stands in the index and in the work tree, now. Ids are ("file", path), and ("blob", hex) of what is staged."""

    def __init__(self, repository: Repository, tree: WorkTree | None, root: Root, settings: Settings) -> None:
        self.entries: list[index.Entry] = []
        self.nested: list[bytes] = []
        """After worktree(): folders that are repositories of their own, submodules among them."""
        self._repository = repository
        self._tree = tree
        self._root = root
        self._settings = settings
        self._excluded = PathPatterns(settings.exclude)
        self._tracked: set[bytes] = set()
        self._compared = False  # whether the work tree was held against the index
        self._staged: list[index.Entry] = []

    def read_index(self) -> Iterator[Skipped]:
        """Learn what is tracked. Before all else."""
        try:
            self.entries = index.entries(self._repository)
        except GitFailed as error:
            yield self._root.skip(b".git/index", Reason.GIT_ERROR, str(error))

    def worktree(self, *, ignored: bool = False) -> Iterator[Unit | Skipped | Gap]:
        """Files that are tracked, or neither tracked nor ignored; with `ignored` those too."""
        if self._tree is None:
            return
        for entry in self._tracked_entries():
            if entry.mode == index.GITLINK:
                yield from self._gitlink(self._tree, entry.path)
            else:
                yield from self._file(self._tree, entry.path)
        yield from self._untracked(self._tree, ignored)

    def uncommitted(self) -> Iterator[Unit | Skipped | Gap]:
        """What is staged, and of the work tree what differs from the index or is not tracked."""
        yield from self.staged(None)
        if self._tree is None:
            return
        for entry in self._tracked_entries():
            if entry.mode != index.GITLINK and not self._tree.holds(entry.path, entry.id, self._repository.object_format):
                yield from self._file(self._tree, entry.path)
        yield from self._untracked(self._tree, False)

    def staged(self, names: frozenset[bytes] | None) -> Iterator[Unit | Skipped | Gap]:
        """What the next commit changes: of it only `names` if they are given, and those that it leaves as they are from the work tree."""
        try:
            entries = index.staged(self._repository)
        except GitFailed as error:
            yield self._root.skip(b".git/index", Reason.GIT_ERROR, str(error))
            return
        wanted: dict[bytes, bytes] = {}
        for entry in entries:
            if names is not None and entry.path not in names:
                continue
            if entry.mode == index.LINK:
                yield self._root.skip(entry.path, Reason.SYMLINK)
            elif entry.mode == index.GITLINK:
                yield self._root.skip(entry.path, Reason.GITLINK, "a submodule; scan it by itself")
            elif self._excluded.match(entry.path):
                yield self._root.skip(entry.path, Reason.EXCLUDED)
            else:
                self._staged.append(entry)
                wanted.setdefault(entry.id, entry.path)
        try:
            yield from objects.these(self._repository, self._settings, wanted)
        except GitFailed as error:
            yield self._root.skip(b".git/objects", Reason.GIT_ERROR, str(error))
        if names is not None:
            yield from self._named(names - {entry.path for entry in entries})

    def own(self, names: Iterable[bytes | OSError]) -> Iterator[Unit | Skipped | Gap]:
        """Files of git's own folder, by their paths in it; an error in place of a folder in it that cannot be listed."""
        tree = WorkTree(self._repository.common_dir)
        for name in names:
            if isinstance(name, OSError):
                yield self._root.skip(self.own_name(b""), Reason.UNREADABLE, (name.strerror or "cannot be listed").lower())
                continue
            for item in self._file(tree, name, self.own_name(name)):
                if isinstance(item, Unit):
                    item = item._replace(name=self._root.name(self.own_name(name)))
                yield item if isinstance(item, Skipped) else item._replace(id=("own", name))

    def own_name(self, path: bytes) -> bytes:
        """The path of a file in git's own folder, seen from the top."""
        return b".git/" + path if self._repository.work_tree is not None else path

    def origin(self, kind: str, path: bytes) -> Origin:
        """The place of a file, or of a file of git's own."""
        if kind == "own":
            return self._root.origin(self.own_name(path), {"in_git_folder": True})
        untracked: dict[str, Json] = {"untracked": True} if self._compared and path not in self._tracked else {}
        return self._root.origin(path, {"in_work_tree": True, **untracked})

    def staged_at(self, id: bytes) -> Iterator[Origin]:
        """Every place at which the next commit brings a blob in."""
        for entry in self._staged:
            if entry.id == id:
                yield self._root.origin(entry.path, {"blob": entry.id.decode(), "staged": True})

    def _tracked_entries(self) -> Iterator[index.Entry]:
        self._compared = True
        for entry in self.entries:
            if entry.path not in self._tracked:  # else the other side of a conflict
                self._tracked.add(entry.path)
                yield entry

    def _untracked(self, tree: WorkTree, ignored: bool) -> Iterator[Unit | Skipped | Gap]:
        try:
            untracked, closed = index.untracked(self._repository, ignored=ignored)
        except GitFailed as error:
            yield self._root.skip(b".", Reason.GIT_ERROR, str(error))
            return
        for path in untracked:
            if path.endswith(b"/"):
                yield from self._gitlink(tree, path.removesuffix(b"/"))
            else:
                yield from self._file(tree, path)
        for said in closed:
            yield self._root.skip(b".", Reason.UNREADABLE, said)

    def _gitlink(self, tree: WorkTree, path: bytes) -> Iterator[Skipped]:
        """A submodule, or a repository that lies within this one: a source of its own reads it."""
        if self._excluded.match(self._root.name(path) + b"/"):
            yield self._root.skip(path, Reason.EXCLUDED)
        elif tree.size(path) is Reason.GITLINK and os.path.lexists(os.path.join(tree.full(path), _GIT_FOLDER)):
            self.nested.append(path)
        else:
            yield self._root.skip(path, Reason.GITLINK, "a submodule that is not checked out")

    def _named(self, names: Iterable[bytes]) -> Iterator[Unit | Skipped | Gap]:
        """Files of the work tree that somebody asked for by name: what is not there is unread, and so is a folder."""
        tree = WorkTree(os.path.abspath(self._root.path))
        for path in sorted(names):
            size = tree.size(path)
            if size is None:
                yield self._root.skip(path, Reason.MISSING, "neither staged nor in the work tree")
            elif size is Reason.GITLINK and not os.path.lexists(os.path.join(tree.full(path), _GIT_FOLDER)):
                yield self._root.skip(path, Reason.UNREADABLE, "a folder; name the files in it")
            else:
                yield from self._file(tree, path)

    def _file(self, tree: WorkTree, path: bytes, name: bytes = b"") -> Iterator[Unit | Skipped | Gap]:
        """A file at `path` of the tree; `name` is what it is called, if that is something else."""
        name = name or path
        size = tree.size(path)
        if size is None:
            return
        if isinstance(size, Reason):
            yield self._root.skip(name, size, "a repository within this one; scan it by itself" if size is Reason.GITLINK else "")
        elif self._excluded.match(self._root.name(name)):
            yield self._root.skip(name, Reason.EXCLUDED)
        elif self._settings.max_file_size is not None and size > self._settings.max_file_size:
            yield self._root.skip(name, Reason.USER_SIZE_CAP)
        elif size <= PIECE:
            yield Unit(("file", path), LocalFile(tree.full(path), size), self._root.name(name))
        else:
            yield from tree.long(path, size, self._settings)
