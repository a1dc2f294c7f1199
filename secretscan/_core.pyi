"""The C core: finds literals, checks what stands around them, measures entropy, reads files, walks tar. It records; it never judges."""

import builtins
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, final

"""The first 8,000 bytes hold a NUL."""
FLAG_UTF16LE: Final[int]
FLAG_UTF16BE: Final[int]
"""A byte order mark says so, or the first 512 bytes do: half or more of the high bytes are NUL, and hardly a low one."""
FLAG_UTF32LE: Final[int]
FLAG_UTF32BE: Final[int]
"""The first 512 bytes are code points of 4 bytes each, with a byte order mark or at least seven in eight of them ASCII."""
FLAG_PACKED: Final[int]
"""Begins like packed or sealed content: `kind_of` says which."""
FLAG_FULL: Final[int]
"""More candidates than the cap per text and than one to every eight bytes of it (or a million in the batch); its matching stopped there.
Which of its candidates were recorded is not promised."""

class Check(NamedTuple):
    """What the core verifies around one literal before it records a candidate.

    `literal` is 1 to 255 bytes; with `caseless` it must be ASCII lower case and matches both cases of a-z.
    `before` and `after` are deterministic automata over the bytes next to the literal, walked away from it: `after` over the bytes
    behind its end, `before` over the bytes before its start, the nearest first. None: anything may stand there. A DFA is
    - 2 bytes: how many steps at most (all numbers have their lower byte first); a step takes a byte or the text's end;
    - 1 byte: the answer after so many steps, 0 or 1;
    - 256 bytes: the class of each byte value, numbered from 0;
    - a row of cells a state, the start's first: 2 bytes for each class, and 2 for the text's end. 0: no. 1: yes. 2 + n: go on in
      state n (not at the text's end).
    All cells of one automaton together are fewer than 65,534.
    `once`: one place in a text is enough; others may be told or not.
    """

    literal: bytes
    caseless: bool = False
    before: bytes | None = None
    after: bytes | None = None
    once: bool = False

@final
class Scan:
    """What one batch gave. Sequences are parallel to the batch's items where they are not lists of pairs."""

    candidates: list[tuple[int, int, int]]
    """(item, check, offset of the literal's first byte), sorted, without repeats. Those of equipped owners are confirmed instead."""
    matches: list[tuple[int, int, int, int, int, int]]
    """(item, owner, start, end, start of the secret, its end) of what equipped owners' programs confirmed, by item and owner."""
    flags: list[tuple[int, int]]
    """(item, FLAG_… bits) of items with any bit set, in order."""
    failed: list[tuple[int, int]]
    """(item, errno) of files that could not be read, in order. ESTALE: it shrank while read. ELOOP: a symlink. ENOTSUP: no regular file.
    EFBIG: over max_bytes. EINVAL: the path holds a NUL."""
    scanned: int
    """Items read."""
    bytes: int
    """Bytes matched."""
    def content(self, item: int) -> builtins.bytes:
        """The bytes of an item. Of files only those with a candidate or a flag were kept, unless all were asked for: else LookupError."""

@final
class Matcher:
    """Finds all checks' literals and verifies what must stand around them. Any number of threads may scan.

    A filter over windows of four bytes finds the literals; an Aho-Corasick automaton does where they are too short or too many for it.
    ValueError for a check that is none.

    `owners`, parallel to the checks if there are any, ascending: (owner, part) of each, with at most 64 parts an owner, numbered from 0.
    An owner's candidates are told only where all its parts stand in one text. What `refusals` hold is not told of equipped owners.
    """

    def __init__(
        self,
        checks: Sequence[Check],
        candidate_cap: int = ...,
        owners: Sequence[tuple[int, int]] = ...,
        refusals: Refusals | None = ...,
    ) -> None: ...
    def equip(self, owner: int, program: Program, before: int, after: int, group: int) -> None:
        """From now on this owner's candidates are confirmed as by program.confirm(), while they are in the processor's cache and without
        the GIL. Where that is undecided the candidates are told. Any thread may equip; only the first counts."""
    filtered: bool
    """Whether the filter finds them."""
    def scan(self, items: Sequence[bytes | bytearray | memoryview]) -> Scan:
        """Match every item, GIL released, the batch pinned."""
    def scan_paths(self, listing: Listing, rooted: bool = False) -> Scan:
        """Match the paths of files themselves, each as a text; `rooted`: with a slash before it. The scan keeps no content."""
    def scan_files(self, paths: Sequence[bytes] | Listing, max_bytes: int, keep: bool | Sequence[int] = False) -> Scan:
        """Open (O_NOFOLLOW, O_NONBLOCK, regular files only), read whole and match every path, all without the GIL.

        With `keep` the content of every file read, or of these, is kept, not only of those with a candidate, a match or a flag.
        """

@final
class Program:
    """A regex for the core (see secretscan.shapes.program). ValueError for bytes that are no program."""

    def __init__(self, encoded: bytes) -> None: ...
    def confirm(self, text: bytes, places: list[int], before: int, after: int, group: int) -> list[tuple[int, int, int, int]] | None:
        """All matches that begin at most `before` bytes ahead of one of the places (which ascend) and end at most `after` bytes behind it.

        A match is its start and end and those of the secret: group `group`, or (0) the first that took part and is not empty, else the
        whole. The search goes on behind the secret. None: undecided, because it would take too much time or memory; ask RE2.
        """

@final
class Refusals:
    """Matches told to be no finding by what they hold themselves: the same lines come again and again, in a history above all.

    At most 65,536 are remembered. Any thread may ask and add."""

    def __init__(self) -> None: ...
    def holds(self, owner: int, match: bytes, at: int) -> bool:
        """Whether this match of the owner's, with its secret `at` bytes behind its begin, was added."""
    def add(self, owner: int, match: bytes, at: int) -> None: ...

INFLATES: Final[str]
"""What inflates packs: "libdeflate", or "zlib", or nothing where neither was there when the core was built: then no Pack can be made."""
KINDS: Final[dict[int, str]]
"""The kinds of objects that a Search tells of, by their numbers in a pack."""

@final
class Pack:
    """A git pack and its index (gitformat-pack). Everything in them may be a lie; only what can be made is made. The index is held; the
    pack is opened anew by each Search, which tells every object unread if it is not the same any more.

    `id_length` is 20 (sha1) or 32 (sha256) bytes. OSError if the system says so, ValueError if they are no pack and its index. Its length
    is the number of its objects. A family is an object that is made from no other, with all that are made from it; those of trees are left
    out, the largest come first, and numbers of families are theirs.
    """

    def __init__(self, pack_path: bytes, index_path: bytes, id_length: int) -> None: ...
    def __len__(self) -> int: ...
    def lots(self, weight: int) -> list[tuple[int, int]]:
        """All families cut into stretches (first, behind the last) of at least `weight` objects each, the last may have fewer."""
    def ids(self, first: int, last: int) -> list[bytes]:
        """The hex ids of the objects of some families, but for those that an earlier pack gives."""
    def unmade(self) -> list[bytes]:
        """The hex ids of objects that belong to no family: their bases are not there, or are made from them."""
    def holds(self, hex_id: bytes) -> bool: ...

def pass_repeats(packs: Sequence[Pack]) -> int:
    """Mark what an earlier pack of these gives too: a Search passes it over. How many these are."""

@final
class Search:
    """Families of a pack, each object made in memory and searched by a matcher, of deltas only what is new (ext/inherit.h).

    `largest`: bytes of the longest object that is searched. With `all` every text is told, else those that hold or are anything. One thread
    at a time.
    """

    def __init__(self, pack: Pack, matcher: Matcher, largest: int, all: bool = False) -> None: ...
    texts: list[tuple[str, bytes, bool]]
    """Of each item of the last scan: its kind (blob, commit or tag), its hex id, and whether it is a pointer of git-lfs. A commit or tag is
    its message, a blank line, and the lines that say who wrote it."""
    unread: list[bytes]
    """The hex ids of objects that were met since the scan before and could not be made, or are longer than `largest`."""
    def begin(self, first: int, last: int) -> None:
        """Turn to some families of the pack."""
    def next(self) -> Scan | None:
        """Search on, GIL released, until there are some megabytes to look at; None if nothing is left. What it tells of each text is what
        Matcher.scan() tells; `scanned` and `bytes` count the texts that hold nothing too."""

@final
class Listing:
    """Files found by a Walk, numbered from 0, without an object for each. IndexError where there is none."""

    bytes: int
    """Their sizes together."""
    def __len__(self) -> int: ...
    def path(self, item: int) -> builtins.bytes:
        """Below the root."""
    def full(self, item: int) -> builtins.bytes:
        """To open it by."""
    def size(self, item: int) -> int:
        """In bytes, when it was found."""

@final
class Walk:
    """Reads a tree folder by folder, in the order of names and depth first: of each folder the files, then the folders. Follows no link,
    but `root` may be one."""

    def __init__(self, root: bytes) -> None: ...
    def push(self, folder: bytes) -> None:
        """Read this folder, a path below the root, next."""
    def next(self, largest: int, files: int, size: int, descend: bool) -> tuple[Listing, list[tuple[bytes, int, int]]] | None:
        """Folders until so many files or bytes are found, without the GIL: (regular files of at most `largest` bytes, all else).

        A largest of -1 lists none. Of all else (path, mode, size) as lstat says it; where that failed, or a folder could not be read to its
        end, the mode is minus the errno. With `descend` folders are entered, but for those named .git; else they are told. None when
        nothing is left to read.
        """

def entropy(data: bytes | bytearray | memoryview) -> float:
    """Shannon entropy in bits a byte; 0.0 of nothing."""

def count_lines(data: bytes | bytearray | memoryview, start: int = 0, end: int | None = None) -> tuple[int, int]:
    """(newlines in data[start:end], bytes after the last of them — or end - start if there is none)."""

def digest(data: bytes | bytearray | memoryview) -> int:
    """A hash of 64 bits, keyed anew in each process: nobody can make two contents that look alike to it."""

def kind_of(head: bytes | bytearray | memoryview) -> str | None:
    """The kind of packed or sealed content that begins so (512 bytes are enough); None if none that is known. See ext/magic.c for them.

    Of "zlib", "lzma", "deflate" and "OpenPGP" it is a guess: they have no magic, or a short one.
    """

def find_packed(data: bytes | bytearray | memoryview, start: int = 0) -> tuple[str, int] | None:
    """(kind, offset) of the first packed content that begins in data[start:], by its magic and the sense of its header; GIL released.

    Only the end of the data tells some kinds, such as "disk image": data is the whole, not a part of it. Where `kind` is a stream, the
    offset is its first byte. See ext/embedded.c.
    """

def split_objects(data: bytes | bytearray | memoryview) -> tuple[list[tuple[bytes, bytes, int, int]], int]:
    """Cut a stretch of `git cat-file --batch` output: ([(hex id, type, start, end)] of whole objects, offset of the first byte not used).

    An object whose end is not in data is left for the next call; a `missing` line gives type b"missing" and start == end.
    ValueError on anything else.
    """

class TarMember(NamedTuple):
    """One header. `type` is the typeflag as one byte; b"0" is every spelling of a file with content: old, contiguous, sparse.

    `size` is the stored data's length in bytes: 0 for links, devices and directories; -1 if the header lies (no number, negative,
    beyond 63 bits), then a ValueError follows. PAX and GNU long names are applied; sparse members give their stored bytes only.
    """

    name: bytes
    linkname: bytes
    type: bytes
    size: int
    mode: int

class TarFile(NamedTuple):
    """A member whose data came in one piece. `digest` is digest(content) if asked for, else 0."""

    member: TarMember
    content: builtins.bytes
    digest: int

@final
class TarWalker:
    """A push parser of tar streams: feed it bytes as they come, it hands out members and their data without copying.

    With `whole`, members of at most so many bytes of data (0: those without any) that come in one piece are given as a TarFile: copied,
    with `digests` digested too, while others run.
    """

    behind: int
    """Where the data that the last feed() handed out ends in what was fed; 0 if it handed out none. An error leaves it as it is."""
    def __init__(self, whole: int = -1, digests: bool = False) -> None: ...
    def feed(self, data: builtins.bytes | bytearray | memoryview) -> list[TarMember | memoryview | TarFile | None]:
        """Events in order: a TarFile; or a TarMember, then memoryviews into `data` with its stored bytes, then None at its end.

        A directory or link gives TarMember, None. ValueError with a reason on a header that is no header (the caller counts it and stops);
        members already complete in the same call are returned first, and the error comes with the next call. Archives set one after
        the other are one stream; anything else after the end blocks is an error.
        """
    def remarks(self) -> builtins.bytes:
        """What was said since the last call beside names, numbers and data, a line each: pax records as `key=value`, padding that is no
        zeros. Nothing shorter than 16 bytes; at most what was fed, so take it after each feed().
        """
    def close(self) -> str | None:
        """What is wrong with the end: None if it ended at a member boundary, else "truncated", or the error that feed still owed."""

@final
class Scalar:
    """A scalar of a document. `start` and `end` are what the parser said: bytes, or code points if it was libyaml.

    `style` is "" for plain, else the character that began it: ' " | >. With style None the scalar is the bytes of its text themselves.
    `at` is the offset at which its bytes stand in the text as they are; negative where they do not, or nobody knows.
    """

    value: str
    start: int
    end: int
    style: str | None
    at: int
    def __init__(self, value: str, start: int, end: int, style: str | None, at: int = -1) -> None: ...

@final
class Map:
    """A mapping. A key that is no scalar is written `?` and what it held follows it as an entry of that name."""

    start: int
    end: int
    entries: list[tuple[str, Scalar | Map | Seq | None]]
    def __init__(self, start: int) -> None: ...
    def get(self, key: str) -> Scalar | Map | Seq | None:
        """The first value of a key."""
    def text(self, key: str) -> str:
        """The first value of a key if it is a scalar, else nothing."""

@final
class Seq:
    """A sequence."""

    start: int
    end: int
    items: list[Scalar | Map | Seq | None]
    def __init__(self, start: int) -> None: ...

@final
class Tree:
    """The documents of a text, made objects when they are asked for. `problem` says what is wrong behind them, or nothing."""

    problem: str
    def __init__(self) -> None: ...
    def nodes(self) -> Iterator[Scalar | Map | Seq]:
        """The documents in order; before one that lists objects (under `items`, or as a sequence) those objects, which it then lacks."""

def read_json(content: builtins.bytes, *, depth: int, events: int) -> Tree:
    """A stream of JSON texts (RFC 8259); commas are blanks. Marks are byte offsets. What precedes a fault is kept."""

def read_yaml(content: builtins.bytes, *, depth: int, events: int) -> Tree | None:
    """One YAML 1.1 document in the style that people write, with the nodes of libyaml's events; marks are byte offsets.

    None if it is not understood, which says nothing of it: anchors, tags, tabs, carriage returns and all that is wrong are left to libyaml.
    """

def blank_actions(content: builtins.bytes) -> builtins.bytes | None:
    """A template of the same length without actions ({{ }}, {% %}): those that have their line to themselves, span lines or print blocks at
    a line's end become spaces, others a filler of T. None if no action stands where YAML would not have it.

    Of 6,470 charts' files 97.6 % parse after this, 4.4 % before.
    """

@final
class ItemsWalk:
    """The way through one JSON text that is held in parts, and where it may be cut between the objects that it lists under `items`."""

    at: int
    """How far it has come."""
    cut: int
    """Behind the last item that ended; 0 if none did since the last drop."""
    def next(self, held: builtins.bytes | bytearray, enough: int) -> str:
        """On through what is held: to "begin", where the list begins; "cut", behind an item, at least `enough` bytes from the beginning;
        "end", behind the whole text; or "more", if there must be more to go on.
        """
    def drop(self, size: int) -> None:
        """Say that so many bytes were taken from the beginning of what is held. ValueError beyond `at`."""
