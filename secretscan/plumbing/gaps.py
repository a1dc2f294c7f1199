"""One walk of all that the refs, reflogs and the index name: what of it the store does not hold, and names that no commit tells.

cat-file leaves a missing object out in silence, and tells no names; trees and blobs that are tagged stand in no commit.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from secretscan.model import Gap, Reason, Wants
from secretscan.plumbing.history import EVERY_ROOT
from secretscan.plumbing.process import GitFailed
from secretscan.plumbing.repository import Repository

_TIPS = 5000
"""Commits behind which nothing is walked; one command line takes no more, and each saves less than the one before."""


class Walk:
    """The walk, running beside the reading of objects. Use it in a `with`: leaving ends it.

    `whole`: commits of which it is known that all they lead to is there. `names` after `gaps()`: the blobs by id whose path `wants`
    accepts, each with the one path that rev-list tells of it.
    """

    def __init__(self, repository: Repository, wants: Wants, whole: Sequence[bytes] = ()) -> None:
        self.names: dict[bytes, bytes] = {}
        self.complete = False
        self._missing: list[bytes] = []
        self._repository = repository
        self._wants = wants
        bound = (b"--not", *whole[:_TIPS]) if whole else ()
        self._process = repository.git.start("rev-list", "--objects", *EVERY_ROOT, "--indexed-objects", "--missing=print", *bound)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._failed: BaseException | None = None

    def __enter__(self) -> Self:
        self._process.__enter__()
        self._reader.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.__exit__(kind, error, trace)  # a reader still waiting sees the end
        self._reader.join()

    def gaps(self) -> Iterator[Gap]:
        """The missing objects, sorted by id. GitFailed, after them, if the walk could not be finished.

        `complete` afterwards: nothing was missing.
        """
        self._reader.join()
        detail = "named by the history but not in the object store; `git fsck` tells more"
        if self._missing and self._repository.promised:
            detail = "left at the remote by a partial clone; clone without --filter, or run: git fetch --refetch --no-filter"
        for id in sorted(self._missing):
            yield Gap(("object", id), b"", Reason.MISSING, detail)
        if self._failed is not None:
            raise self._failed
        wrong = self._process.finish()
        if wrong:
            raise GitFailed(wrong)
        self.complete = not self._missing

    def _read(self) -> None:
        known: dict[bytes, bool] = {}  # most blobs are versions of few paths
        try:
            for line in self._process.fields(b"\n"):
                id, _, path = line.partition(b" ")
                if path:
                    wanted = known.get(path)
                    if wanted is None:
                        wanted = known[path] = self._wants(path)
                    if wanted:
                        self.names.setdefault(id, path)
                elif id.startswith(b"?"):
                    self._missing.append(id[1:])
        except Exception as error:  # told by gaps(), in the thread that can say it
            self._failed = error
