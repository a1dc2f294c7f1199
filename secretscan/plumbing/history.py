"""Which commit brought a blob in, at which path. One walk over the history for all blobs that hold something."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from secretscan._core import split_objects
from secretscan.plumbing.gaps import EVERY_ROOT
from secretscan.plumbing.process import GitFailed
from secretscan.plumbing.repository import Repository

_DEATHS = 500
"""Commits whose trees cannot be read before the walk is given up: each costs a process."""


@dataclass(slots=True)
class Sighting:
    """A blob at a path: the first commit, parents before children, that put it there. Sightings come oldest first.

    `dangling`: no ref and no reflog leads to that commit. `removed_by`: the last commit that took the blob from that path and put
    nothing there that is looked for too.
    """

    blob: bytes
    path: bytes
    commit: bytes
    dangling: bool
    removed_by: bytes | None = None


class Authorship(NamedTuple):
    """Who wrote a commit or tag, and when: a name without its mail address, and ISO 8601 in UTC. `name` is a tag's own."""

    author: str
    date: str
    name: bytes = b""


class History:
    """The commits of a repository, oldest first. `whole` is false if git could not walk all of them; then none is called dangling."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self.whole = True
        self._reachable: list[bytes] = []
        try:
            walk = ("rev-list", *EVERY_ROOT, "--ignore-missing", "--topo-order", "--reverse")
            self._reachable = repository.git.run(*walk).split()
        except GitFailed:  # a commit is missing or torn: the gaps tell it, and the commits come from the store below
            self.whole = False
        self._known = frozenset(self._reachable)

    def dangling(self, commit: bytes) -> bool:
        """Whether no ref and no reflog leads to a commit."""
        return self.whole and commit not in self._known

    def sightings(self, wanted: Collection[bytes]) -> list[Sighting]:
        """Every path at which each blob came in, those in dangling commits last. A blob that no commit holds is left out."""
        found = _Sightings(frozenset(wanted))
        if not found.complete:
            self._walk([(commit,) for commit in self._reachable], found, dangling=False)
        if not found.complete:
            known, orphans = self._unreached()
            self._walk(known, found, dangling=self.whole)
            for commit in orphans[:_DEATHS]:  # what came in before them cannot be told from what they brought: they come last
                self._compare((self._repository.empty_tree, commit), b"", found, self.whole, only=commit)
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

    def _walk(self, lines: list[tuple[bytes, ...]], found: _Sightings, dangling: bool) -> None:
        """Compare each commit to its parents, to those on its line if there are any. Where git dies of one, a new process goes on."""
        for _ in range(_DEATHS):
            if not lines:
                return
            fed = b"\n".join(b" ".join(line) for line in lines) + b"\n"
            done = self._compare(("--stdin", "-c", "--root", "--always"), fed, found, dangling)
            lines = lines[done + 1 :]

    def _compare(self, what: tuple[str | bytes, ...], fed: bytes, found: _Sightings, dangling: bool, only: bytes = b"") -> int:
        """Run diff-tree, over the commits fed to it or over the `only` one named. Returns how many it got through."""
        options = ("-r", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv")
        done = 0
        with self._repository.git.start("diff-tree", *options, *what, stdin=fed) as process:
            for commit, changes in _commits(process.fields(b"\0"), only):
                done += 1
                for old, new, path in changes:
                    found.add(commit, old, new, path, dangling)
            process.finish()
        return done

    def _unreached(self) -> tuple[list[tuple[bytes, ...]], list[bytes]]:
        """Commits of the store that no ref and no reflog leads to: parents first, each with those of its parents that are there.

        Apart from them those that have parents, of which none is there.
        """
        listing = ("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objecttype) %(objectname)")
        with self._repository.git.start(*listing) as process:
            present = {line[7:] for line in process.fields(b"\n") if line.startswith(b"commit ")}
        parents: dict[bytes, list[bytes]] = {}
        orphans = []
        for commit, raw in _read(self._repository, sorted(present - self._known)):
            named = [line[7:] for line in raw.partition(b"\n\n")[0].split(b"\n") if line.startswith(b"parent ")]
            parents[commit] = [parent for parent in named if parent in present]
            if named and not parents[commit]:
                orphans.append(commit)
        apart = frozenset(orphans)
        return [(commit, *parents[commit]) for commit in _parents_first(parents) if commit not in apart], orphans


_Change: TypeAlias = "tuple[tuple[bytes, ...], bytes, bytes]"
"""Old ids (one a parent), new id, path."""


class _Sightings:
    """Gathers what the walk passes."""

    def __init__(self, wanted: frozenset[bytes]) -> None:
        self._wanted = wanted
        self._seen: set[bytes] = set()
        self.at: dict[tuple[bytes, bytes], Sighting] = {}

    @property
    def complete(self) -> bool:
        return len(self._seen) == len(self._wanted)

    def add(self, commit: bytes, old: tuple[bytes, ...], new: bytes, path: bytes, dangling: bool) -> None:
        if new in self._wanted:
            self._seen.add(new)
            self.at.setdefault((new, path), Sighting(new, path, commit, dangling)).removed_by = None
        else:
            for id in old:
                if id in self._wanted and (known := self.at.get((id, path))) is not None:
                    known.removed_by = commit


def authorships(repository: Repository, ids: Collection[bytes]) -> dict[bytes, Authorship]:
    """Who wrote each of these commits or tags; those that cannot be read are left out."""
    return {id: _authorship(raw) for id, raw in _read(repository, sorted(ids))}


def _read(repository: Repository, ids: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    if not ids:
        return
    try:
        raw = repository.git.run("cat-file", "--buffer", "--batch", stdin=b"\n".join(ids) + b"\n")
    except GitFailed:  # one of them is torn: those are few, so ask for each
        if len(ids) > 1:
            for id in ids[:_DEATHS]:
                yield from _read(repository, [id])
        return
    for id, kind, start, end in split_objects(raw)[0]:
        if kind != b"missing":
            yield id, raw[start:end]


def _commits(fields: Iterator[bytes], commit: bytes) -> Iterator[tuple[bytes, list[_Change]]]:
    """Commits with their changes from diff-tree's raw format, whose combined lines begin with a colon a parent.

    `commit` is whose changes come before the first line that names one.
    """
    changes: list[_Change] = []
    for field in fields:
        if not field.startswith(b":"):
            if commit:
                yield commit, changes
            commit, changes = field, []
            continue
        parents = len(field) - len(field.lstrip(b":"))
        ids = field.split(b" ")[parents + 1 : -1]
        path = next(fields, None)
        if path is not None:
            changes.append((tuple(ids[:-1]), ids[-1], path))
    if commit:
        yield commit, changes


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


def _authorship(raw: bytes) -> Authorship:
    headers = raw.partition(b"\n\n")[0].split(b"\n")
    person = next((line.partition(b" ")[2] for line in headers if line.startswith((b"author ", b"tagger "))), b"")
    name = next((line[4:] for line in headers if line.startswith(b"tag ")), b"")
    author, _, rest = person.partition(b" <")
    seconds = rest.rpartition(b"> ")[2].split(b" ")[0]
    return Authorship(_text(author), _date(seconds), name)


def _text(name: bytes) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("latin-1")


def _date(seconds: bytes) -> str:
    """UTC, so that dates sort as text. Empty if the commit gives none that can be one."""
    try:
        return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""
