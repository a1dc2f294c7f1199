"""The nouns. Nothing here imports anything of ours; everything else imports this.

Offsets count bytes, half open. Lines and columns count from 1; columns count bytes.
Names and contents are bytes: they come from strangers and need not be text.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


class Severity(enum.IntEnum):
    """How bad it is if the finding is right."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class Confidence(enum.IntEnum):
    """How sure we are that the finding is right. SAMPLE: it looks like a secret and stands where tests and examples keep made-up ones."""

    SAMPLE = -1
    LOW = 0
    MEDIUM = 1
    HIGH = 2


class SkipClass(enum.Enum):
    """What a skip means for the verdict. Only UNREAD makes a scan incomplete."""

    NOT_CONTENT = "not content"
    EXCLUDED = "excluded"
    UNREAD = "unread"
    FALLBACK = "read as plain text"


class Reason(enum.Enum):
    """Why something was not read, or not read as what it is. The value is the name users see and type."""

    SYMLINK = ("symlink", SkipClass.NOT_CONTENT)
    FIFO = ("fifo", SkipClass.NOT_CONTENT)
    DEVICE = ("device", SkipClass.NOT_CONTENT)
    SOCKET = ("socket", SkipClass.NOT_CONTENT)
    GITLINK = ("gitlink", SkipClass.NOT_CONTENT)
    LFS = ("lfs-pointer", SkipClass.NOT_CONTENT)
    EXCLUDED = ("excluded", SkipClass.EXCLUDED)
    USER_SIZE_CAP = ("larger-than-asked", SkipClass.EXCLUDED)
    CAP = ("default-cap", SkipClass.UNREAD)
    TOO_DEEP = ("nested-too-deep", SkipClass.UNREAD)
    CORRUPT = ("corrupt", SkipClass.UNREAD)
    TRUNCATED = ("truncated", SkipClass.UNREAD)
    MISSING = ("missing", SkipClass.UNREAD)
    ENCRYPTED = ("encrypted", SkipClass.UNREAD)
    UNREADABLE = ("unreadable", SkipClass.UNREAD)
    VANISHED = ("vanished", SkipClass.UNREAD)
    CHANGED = ("changed-while-read", SkipClass.UNREAD)
    SHALLOW = ("shallow", SkipClass.UNREAD)
    GIT_ERROR = ("git-error", SkipClass.UNREAD)
    UNSUPPORTED = ("unsupported-format", SkipClass.UNREAD)
    FOREIGN = ("foreign-layer", SkipClass.UNREAD)
    NOT_A_MANIFEST = ("not-a-manifest", SkipClass.FALLBACK)
    UNPARSED = ("unparsed", SkipClass.FALLBACK)

    def __init__(self, label: str, skip_class: SkipClass) -> None:
        self.label = label
        self.skip_class = skip_class


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


class Origin(NamedTuple):
    """One place of a unit. Closed in shape, open in facts.

    `kind` names the source; `root` is the target as the user named it; `path` lies within it (inner paths of archives join with `!`).
    Facts by convention — git: commit, author, date, blob, in_work_tree; image: layer, layer_digest, instruction, fate;
    manifest: apiVersion, kind, namespace, name, pointer. Values are JSON.
    """

    kind: str
    root: bytes
    path: bytes
    facts: Mapping[str, Json] = {}


class Withheld(NamedTuple):
    """In place of an Origin: by the user's own choice this place does not count. `by` names the choice in the report."""

    by: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A skip is data: it rides in the same stream as what is read. `detail` says what a user needs beyond the reason."""

    origin: Origin
    reason: Reason
    detail: str = ""


class Secret(bytes):
    """Bytes that never show themselves: repr and str are masked, pickling is refused."""

    def __repr__(self) -> str:
        return f"<secret of {len(self)} bytes>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("a secret is not pickled")


class Segment(NamedTuple):
    """A stretch of a view and where it came from.

    text[start:end] of the view came from parent[source_start:source_end]. With `exact` both are the same bytes, so an
    offset inside can be carried over; otherwise all of it stands at the source stretch's beginning. `facts` (object identity,
    pointer, decoding steps: `pointer`, `apiVersion`, `kind`, `namespace`, `name`, `decoded`) join the finding's origin.
    """

    start: int
    end: int
    source_start: int
    source_end: int
    exact: bool
    facts: Mapping[str, Json] = {}


class View(NamedTuple):
    """Text made from other text, matched like any text, with the way back. Segments are sorted and do not overlap;
    bytes of the view outside any segment were made up (separators) and cannot hold a secret."""

    text: bytes
    segments: Sequence[Segment]


SEEN = ("shown", "repeats")
"""How a reason begins that silences a stretch for every rule: what it holds is matched elsewhere."""


class Silence(NamedTuple):
    """A stretch of a text whose own matches do not count: sealed, encrypted, a reference, or shown decoded by a view."""

    start: int
    end: int
    why: str


class Mark(NamedTuple):
    """A stretch of a text that a fact rests on, and the object path there."""

    start: int
    end: int
    pointer: str = ""


class Identity(NamedTuple):
    """What the API server knows an object by. Empty where a document does not say."""

    api_version: str
    kind: str
    namespace: str
    name: str


class Fact(NamedTuple):
    """What an object says that checks and joins go by. `about` is one of the types of secretscan.exposure.facts; `marks` are the
    stretches that it rests on, by name."""

    about: object
    identity: Identity
    marks: Mapping[str, Mark]


class Context(NamedTuple):
    """The line (or a stretch of it, at most some 200 bytes) around a match, and what must be masked in it.

    `spans` are all secrets known on that stretch, as offsets into `text`, sorted and disjoint; `focus` is this finding's own.
    """

    text: Secret
    spans: tuple[tuple[int, int], ...]
    focus: tuple[int, int]


class Place(NamedTuple):
    """Where one secret stands: an origin with a line and column, and that line."""

    origin: Origin
    line: int
    column: int
    end_line: int
    end_column: int
    context: Context | None = None


class Placed(NamedTuple):
    """A fact of one object at one of its places: where each of its marks stands."""

    about: Any
    identity: Identity
    places: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class Part:
    """One half of a composite credential, with its own places. `label` says which ("access key id", "secret access key").

    Of an attack path it is one link, whose label is a sentence; the secret is empty unless the link is one.
    """

    rule: str
    label: str
    secret: Secret
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One secret, or one exposure, with every place it stands at.

    `places` is sorted and never empty; the first is the one a person should look at first. `verdict` is the offline structural
    judgement: "structurally valid", "bad checksum", "no checksum known". `facts` are what the secret itself says (account_id, …).
    `prefix` is how many leading bytes of the secret are public (a token's type prefix) and may be shown.
    `note` is one human sentence of evidence.
    """

    rule: str
    description: str
    severity: Severity
    confidence: Confidence
    secret: Secret
    fingerprint: str
    places: tuple[Place, ...]
    parts: tuple[Part, ...] = ()
    facts: Mapping[str, Json] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    entropy: float = 0.0
    verdict: str = "no checksum known"
    note: str = ""
    prefix: int = 0
    references: tuple[str, ...] = ()
    path: bool = False
    """Whether `parts` are the links of a path, told in their order."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was asked for and what was read. `seen` = scanned + skipped (fallbacks were scanned too and do not count twice)."""

    seen: int
    scanned: int
    bytes: int
    complete: bool
    skipped: Mapping[Reason, int]
    suppressed: Mapping[str, int]
    unread: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanResult:
    """All of a scan. Nothing in it depends on time or on the number of threads."""

    findings: tuple[Finding, ...]
    coverage: Coverage
    targets: tuple[str, ...] = ()
    hidden: tuple[Secret, ...] = ()
    """Secrets that were found and are not reported (allowed, ignored, excluded, below a floor): no report may show them either."""


Wants: TypeAlias = Callable[[bytes], bool]
"""Whether a path asks for rules that go by the name of a file and by no word in it."""


def unasked(_: bytes) -> bool:
    """No path asks for anything."""
    return False


Item: TypeAlias = "Unit | Finding | Skipped | Gap | Unchanged | Note"
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
