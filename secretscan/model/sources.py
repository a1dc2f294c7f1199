"""What sources give: units to match, gaps, and where all of it stands."""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

from secretscan.model.findings import Finding, Origin, Reason, Skipped


class LocalFile(NamedTuple):
    """Content that the core opens and reads by itself: an absolute or cwd-relative path and the size stat gave."""

    path: bytes
    size: int


class Unit(NamedTuple):
    """Something to match: a whole text, or one piece of a long one.

    `id` is the source's own (git object id, blob digest and member, file number) and the same for all pieces.
    Pieces of one text come in order and overlap by OVERLAP bytes; `start` is the piece's offset in the whole, `line` and
    `column` the place of its first byte, `last` is false on all but the final piece. `name` is a path if one is known already.
    `again`: it came before, without the name that it has now, and is not counted twice. `digested`: if it holds anything, the source
    wants to know its digests.
    """

    id: Hashable
    content: bytes | memoryview | LocalFile
    name: bytes | None = None
    start: int = 0
    line: int = 1
    column: int = 1
    last: bool = True
    again: bool = False
    digested: bool = False


class Digests(NamedTuple):
    """Of a whole content, as raw bytes."""

    md5: bytes
    sha1: bytes
    sha256: bytes


class Gap(NamedTuple):
    """Part of a unit that could not be read, told by the unit's id; places() says where that is. `inner` is a member's path, or empty."""

    id: Hashable
    inner: bytes
    reason: Reason
    detail: str = ""


class Lot(ABC):
    """Contents that lie together, and that their source searches by itself, where they lie: what holds nothing never becomes a unit."""

    __slots__ = ()

    @abstractmethod
    def search(self, matcher: Any, everything: bool) -> Iterator[tuple[Sequence[Unit], Any] | Unit | Gap]:
        """By the core's Matcher: units to be looked at, without content, and the core's Scan of them, which has it.

        The scan's `scanned` and `bytes` count all that was searched. With `everything` all of it is to be looked at. What the source had to
        read in another way comes as it is, and is still to be matched. Any thread may call it; once.
        """

    @abstractmethod
    def renamed(self, rename: Callable[[Hashable], Hashable]) -> Lot:
        """The same with these ids of its units and gaps in place of its own."""


class Unchanged(NamedTuple):
    """Contents that an earlier scan under the same rules has read, and in which it found nothing: they count, and are not read again."""

    contents: int


class Note(NamedTuple):
    """What a user should know of how a target was read, in one line fit to be shown."""

    text: str


class Inner(NamedTuple):
    """The id of something inside a unit: an archive's member. `path` joins nested members with `!`."""

    id: Hashable
    path: bytes


class Withheld(NamedTuple):
    """In place of an Origin: by the user's own choice this place does not count. `by` names the choice in the report."""

    by: str


Wants: TypeAlias = Callable[[bytes], bool]
"""Whether a path asks for rules that go by the name of a file and by no word in it."""


def unasked(_: bytes) -> bool:
    """No path asks for anything."""
    return False


class Listing(Protocol):
    """Files to match, told by number: of one that holds nothing no object is made. Each is a unit whose id and name are its path."""

    bytes: int

    def __len__(self) -> int: ...

    def path(self, item: int) -> builtins.bytes: ...

    def full(self, item: int) -> builtins.bytes: ...

    def size(self, item: int) -> int: ...


Item: TypeAlias = "Unit | Listing | Lot | Finding | Skipped | Gap | Unchanged | Note"
"""What a source gives."""


class Source(Protocol):
    """Where bytes come from. One module a source."""

    kind: str
    root: bytes
    supplies_suppressions: bool
    """Whether inline allows and ignore files in this target count: never for images, archives and stdin."""

    empty_is_clean: bool
    """Whether nothing to scan is a clean result (a staged set may be empty) rather than an incomplete one."""

    def units(self, wants: Wants) -> Iterator[Item]:
        """Everything to match, and everything that was passed over, once and in a stable order.

        A source that learns names only after contents gives the units whose path `wants` accepts once more, named, `again`.
        """
        ...

    def places(self, ids: Iterable[Hashable]) -> Iterator[tuple[Hashable, Origin | Withheld] | Skipped | Note]:
        """Called once, after units() is exhausted: the places of the ids that hold something. An id may have many."""
        ...


@runtime_checkable
class Weighing(Protocol):
    """A source whose units may be `digested`."""

    def weigh(self, digests: Mapping[Hashable, Digests]) -> None:
        """Called before places(), with the digests of such units as hold something, by id."""
        ...


Progress: TypeAlias = "ProgressSink | None"


class ProgressSink(Protocol):
    """Told of progress; draws it or not."""

    def add(self, units: int, size: int) -> None: ...

    def phase(self, text: str) -> None: ...


REACH = 16 << 10
"""Bytes: the longest match of a rule that is confirmed in a window, with its context."""
OVERLAP = 2 * REACH
"""Bytes by which the pieces of a long text overlap. A match belongs to the piece in which it starts REACH away from both cuts."""
PIECE = 4 << 20
"""Bytes of a piece; also the largest file that the core reads whole in a batch."""
