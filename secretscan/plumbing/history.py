"""The commits that are asked for, what each of them changed, and where blobs came in. One walk tells all of it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from types import TracebackType
from typing import Self

from secretscan.model import Wants, unasked
from secretscan.plumbing.authors import read
from secretscan.plumbing.changes import Change, Log, commits
from secretscan.plumbing.process import GitFailed, Process
from secretscan.plumbing.repository import Repository

EVERY_ROOT = ("--all", "--reflog")
"""All refs (the stash, notes and every work tree's HEAD among them) and all reflogs (older stashes)."""
_DEATHS = 500
"""Commits whose trees cannot be read before the walk is given up: each costs a process."""
_RAW = ("-r", "--raw", "-z", "--no-abbrev", "--no-ext-diff", "--no-textconv")


class Sighting:
    """A blob at a path: the first commit, parents before children, that put it there. Sightings come oldest first.

    `dangling`: no ref and no reflog leads to that commit. `removed_by`: the last commit that took the blob from that path and put
    nothing there that is looked for too. `moved_from`, `moved_to`: the path it had before, or got, when a commit renamed it.
    """

    __slots__ = ("blob", "commit", "dangling", "moved_from", "moved_to", "path", "removed_by")

    def __init__(self, blob: bytes, path: bytes, commit: bytes, dangling: bool) -> None:
        self.blob = blob
        self.path = path
        self.commit = commit
        self.dangling = dangling
        self.removed_by: bytes | None = None
        self.moved_from: bytes | None = None
        self.moved_to: bytes | None = None


class History:
    """The commits of a repository, oldest first. `whole` is false if git could not walk all of them; then none is called dangling.

    `revisions`: arguments for rev-list that choose commits; by default all, those of the store that nothing leads to among them.
    `quiet` commits are known to bring and take nothing that is asked for; `stored`: all commits of the store, if they are known.
    In a `with`, the walk runs beside whatever the caller does; wait() waits for it. After the walk, `names`: the blobs by id with all
    paths of theirs that `wants` accepts; `brought`, if revisions were chosen: the blobs that they brought, with a path of each.
    """

    def __init__(
        self,
        repository: Repository,
        revisions: Sequence[str | bytes] | None = None,
        wants: Wants = unasked,
        quiet: frozenset[bytes] = frozenset(),
        stored: frozenset[bytes] | None = None,
    ) -> None:
        self.whole = True
        self.names: dict[bytes, dict[bytes, None]] = defaultdict(dict)
        self.brought: dict[bytes, bytes] = {}
        self.commits: list[bytes] = []
        self._repository = repository
        self._revisions = revisions
        self._wants = wants
        self._quiet = quiet
        self._stored = stored
        self.graph: list[bytes] = []
        """A line for each of `commits`: its id and its parents'. Empty where they were chosen, or could not all be listed."""
        self._known: frozenset[bytes] = frozenset()
        self._unreached: list[tuple[bytes, ...]] = []
        self._orphans: list[bytes] = []
        self._log = Log()
        self._walker = threading.Thread(target=self._run, daemon=True)
        self._process: Process | None = None
        self._walked = False
        self._left = False
        self._failed: BaseException | None = None

    def __enter__(self) -> Self:
        self._walker.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self._left = True
            if self._process is not None:
                self._process.kill()
        self._walker.join()

    def wait(self) -> None:
        """Wait for the end of the walk. GitFailed if the chosen revisions cannot be listed."""
        self._walker.join()
        if self._failed is not None:
            raise self._failed

    def dangling(self, commit: bytes) -> bool:
        """Whether no ref and no reflog leads to a commit."""
        return self.whole and self._revisions is None and commit not in self._known

    def sightings(self, wanted: Collection[bytes]) -> list[Sighting]:
        """Every path at which each blob came in, those in dangling commits last. A blob that no commit holds is left out."""
        if not self._walked:
            self._walk()
        found = _Sightings(frozenset(wanted))
        if self._log.full:
            for commit, changes in self._changes():
                for change in changes:
                    found.add(commit, change, self.dangling(commit))
        else:
            for commit, change in self._log.touching(wanted):
                found.add(commit, change, self.dangling(commit))
        if not found.complete:
            for orphan in self._orphans[:_DEATHS]:  # what came in before them cannot be told from what they brought: they come last
                with self._repository.indexless.start("diff-tree", *_RAW, "--no-renames", self._repository.empty_tree, orphan) as process:
                    for commit, changes in commits(process.fields(b"\0"), orphan):
                        for change in changes:
                            found.add(commit, change, self.whole)
        found.move(self._renames(found.moving))
        return list(found.at.values())

    def named(self, wanted: Collection[bytes]) -> dict[bytes, bytes]:
        """Names of objects that refs, reflogs or the index lead to past all commits: tagged blobs and trees. Others are left out."""
        found: dict[bytes, bytes] = {}
        with self._repository.git.start(
            "rev-list", "--objects", *EVERY_ROOT, "--indexed-objects", "--ignore-missing", "--missing=print"
        ) as process:
            for line in process.fields(b"\n"):
                id, _, name = line.partition(b" ")
                if id in wanted:
                    found[id] = name
            self.whole = process.finish() is None and self.whole
        return found

    def _run(self) -> None:
        try:
            self._walk()
        except Exception as error:  # told by wait(), in the thread that can say it
            self._failed = error

    def _walk(self) -> None:
        self._list()
        known: dict[bytes, bool] = {}  # most blobs are versions of few paths
        for commit, changes in self._changes():
            self._log.add(commit, changes)
            for _, new, path in changes:
                wanted = known.get(path)
                if wanted is None:
                    wanted = known[path] = self._wants(path)
                if wanted:
                    self.names[new][path] = None
                if self._revisions is not None and new.strip(b"0"):
                    self.brought.setdefault(new, path)
        self._walked = True

    def _list(self) -> None:
        """Learn which commits there are."""
        walk = ("rev-list", "--topo-order", "--reverse")
        if self._revisions is not None:
            self.commits = self._repository.git.run(*walk, *self._revisions).split()
            return
        try:
            self.graph = self._repository.git.run(*walk, "--parents", *EVERY_ROOT, "--ignore-missing").splitlines()
            self.commits = [line.partition(b" ")[0] for line in self.graph]
        except GitFailed:  # a commit is missing or torn: the gaps tell it, and the commits come from the store below
            self.whole = False
        self._known = frozenset(self.commits)
        self._unreached, self._orphans = self._apart()

    def quiet(self, wanted: Collection[bytes]) -> frozenset[bytes]:
        """After the walk: the commits that neither bring nor take any of these ids. None if that is not known."""
        if not self._walked or not self.whole or self._log.full:
            return frozenset()
        return self._known.difference(commit for commit, _ in self._log.touching(wanted))

    def _changes(self) -> Iterator[tuple[bytes, list[Change]]]:
        """What every commit changed against its parents, or against those on its line if there are any."""
        for lines in ([(commit,) for commit in self.commits if commit not in self._quiet], self._unreached):
            for _ in range(_DEATHS):
                if not lines or self._left:
                    break
                done = 0
                for commit, changes in self._compare(lines, "-c", "--root", "--always", "--no-renames"):
                    done += 1
                    yield commit, changes
                lines = lines[done + 1 :]  # where git died of a commit, a new process goes on behind it

    def _compare(self, lines: Sequence[tuple[bytes, ...]], *options: str) -> Iterator[tuple[bytes, list[Change]]]:
        fed = b"\n".join(b" ".join(line) for line in lines) + b"\n"
        with self._repository.indexless.start("diff-tree", *_RAW, *options, "--stdin", stdin=fed) as process:
            self._process = process
            yield from commits(process.fields(b"\0"))
            process.finish()
            self._process = None

    def _renames(self, moving: dict[bytes, list[Change]]) -> Iterator[tuple[bytes, bytes, bytes]]:
        """(commit, old path, new path) of renames, as git tells them, in the few commits that both took and brought something."""
        both = [commit for commit, changes in moving.items() if len({change.new.strip(b"0") == b"" for change in changes}) > 1]
        if not both:
            return
        fed = b"\n".join(both) + b"\n"
        with self._repository.indexless.start("diff-tree", *_RAW, "-M", "--diff-filter=R", "--stdin", stdin=fed) as process:
            commit = b""
            fields = process.fields(b"\0")
            for line in fields:
                if not line.startswith(b":"):
                    commit = line
                elif line.startswith(b"::"):  # a merge's combined form knows no renames
                    next(fields, None)
                else:
                    yield commit, next(fields, b""), next(fields, b"")
            process.finish()

    def _apart(self) -> tuple[list[tuple[bytes, ...]], list[bytes]]:
        """Commits of the store that no ref and no reflog leads to: parents first, each with those of its parents that are there.

        Apart from them those that have parents, of which none is there.
        """
        present = self._stored
        if present is None:
            listing = ("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objecttype) %(objectname)")
            with self._repository.git.start(*listing) as process:
                present = frozenset(line[7:] for line in process.fields(b"\n") if line.startswith(b"commit "))
        parents: dict[bytes, list[bytes]] = {}
        orphans = []
        for commit, raw in read(self._repository, sorted(present - self._known)):
            named = [line[7:] for line in raw.partition(b"\n\n")[0].split(b"\n") if line.startswith(b"parent ")]
            parents[commit] = [parent for parent in named if parent in present]
            if named and not parents[commit]:
                orphans.append(commit)
        apart = frozenset(orphans)
        return [(commit, *parents[commit]) for commit in _parents_first(parents) if commit not in apart], orphans


class _Sightings:
    """Gathers what the walk passes. `moving`: by commit, what it took from a path or brought to a new one."""

    def __init__(self, wanted: frozenset[bytes]) -> None:
        self.wanted = wanted
        self.at: dict[tuple[bytes, bytes], Sighting] = {}
        self.moving: dict[bytes, list[Change]] = defaultdict(list)
        self._seen: set[bytes] = set()

    @property
    def complete(self) -> bool:
        return len(self._seen) == len(self.wanted)

    def add(self, commit: bytes, change: Change, dangling: bool) -> None:
        old, new, path = change
        if new in self.wanted:
            self._seen.add(new)
            self.at.setdefault((new, path), Sighting(new, path, commit, dangling)).removed_by = None
        else:
            for id in old:
                if id in self.wanted and (known := self.at.get((id, path))) is not None:
                    known.removed_by = commit
        if len(old) == 1 and not (new.strip(b"0") and old[0].strip(b"0")) and (new in self.wanted or old[0] in self.wanted):
            self.moving[commit].append(change)

    def move(self, renames: Iterator[tuple[bytes, bytes, bytes]]) -> None:
        for commit, before, after in renames:
            taken = [change.old[0] for change in self.moving[commit] if change.path == before and change.old[0] in self.wanted]
            brought = [change.new for change in self.moving[commit] if change.path == after and change.new in self.wanted]
            for old in taken:
                if brought and (left := self.at.get((old, before))) is not None and left.removed_by == commit:
                    left.moved_to, left.removed_by = after, None
            for new in brought:
                if taken and (come := self.at.get((new, after))) is not None and come.commit == commit:
                    come.moved_from = before


def _parents_first(parents: dict[bytes, list[bytes]]) -> Iterator[bytes]:
    done: set[bytes] = set()
    for start in parents:
        stack = [start]
        while stack:
            commit = stack[-1]
            above = [parent for parent in parents[commit] if parent in parents and parent not in done]
            if commit in done or not above:
                stack.pop()
                if commit not in done:
                    done.add(commit)
                    yield commit
            else:
                stack += above
