"""One walk of all that the refs, reflogs and the index name: what of it the store does not hold, and names that no commit tells.

cat-file leaves a missing object out in silence, and tells no names; trees and blobs that are tagged stand in no commit.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from types import TracebackType
from typing import Self

from secretscan.model import Gap, Reason, Wants
from secretscan.plumbing.history import EVERY_ROOT
from secretscan.plumbing.process import GitFailed
from secretscan.plumbing.repository import Repository


class Walk:
    """The walk, running beside the reading of objects. Use it in a `with`: leaving ends it.

    `whole`: commits of which it is known that all they lead to is there, but for the `known`, which are missing still. `names` after
    `gaps()`: the blobs by id whose path `wants` accepts, each with the one path that rev-list tells of it.
    """

    def __init__(self, repository: Repository, wants: Wants, whole: Sequence[bytes] = (), known: Collection[bytes] = ()) -> None:
        self.names: dict[bytes, bytes] = {}
        self.finished = False
        self.missing = set(known)
        self._repository = repository
        self._wants = wants
        asked = ("rev-list", "--objects", *EVERY_ROOT, "--indexed-objects", "--missing=print")
        fed = b"".join(b"^%s\n" % commit for commit in whole)
        self._process = repository.git.start(*asked, *(("--stdin",) if fed else ()), stdin=fed)
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

        `finished` afterwards, if it was: then `missing` is all that is.
        """
        self._reader.join()
        detail = "named by the history but not in the object store; `git fsck` tells more"
        if self.missing and self._repository.promised:
            detail = "left at the remote by a partial clone; clone without --filter, or run: git fetch --refetch --no-filter"
        for id in sorted(self.missing):
            yield Gap(("object", id), b"", Reason.MISSING, detail)
        if self._failed is not None:
            raise self._failed
        wrong = self._process.finish()
        if wrong:
            raise GitFailed(wrong)
        self.finished = True

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
                    self.missing.add(id[1:])
        except Exception as error:  # told by gaps(), in the thread that can say it
            self._failed = error
