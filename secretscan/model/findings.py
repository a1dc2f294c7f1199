"""What a scan reports: findings and the places they stand at, what was passed over and why, coverage."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

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


class Skipped(NamedTuple):
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


class Part(NamedTuple):
    """One half of a composite credential, with its own places. `label` says which ("access key id", "secret access key").

    Of an attack path it is one link, whose label is a sentence; the secret is empty unless the link is one.
    """

    rule: str
    label: str
    secret: Secret
    places: tuple[Place, ...]


class Finding(NamedTuple):
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
    facts: Mapping[str, Json] = {}
    tags: tuple[str, ...] = ()
    entropy: float = 0.0
    verdict: str = "no checksum known"
    note: str = ""
    prefix: int = 0
    references: tuple[str, ...] = ()
    path: bool = False
    """Whether `parts` are the links of a path, told in their order."""


class Coverage(NamedTuple):
    """What was asked for and what was read. `seen` = scanned + skipped (fallbacks were scanned too and do not count twice)."""

    seen: int
    scanned: int
    bytes: int
    complete: bool
    skipped: Mapping[Reason, int]
    suppressed: Mapping[str, int]
    unread: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()


class ScanResult(NamedTuple):
    """All of a scan. Nothing in it depends on time or on the number of threads."""

    findings: tuple[Finding, ...]
    coverage: Coverage
    targets: tuple[str, ...] = ()
    hidden: tuple[Secret, ...] = ()
    """Secrets that were found and are not reported (allowed, ignored, excluded, below a floor): no report may show them either."""
