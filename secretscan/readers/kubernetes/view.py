"""An object's values written as lines that ordinary rules match, `KEY=value`, with the way back to every one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import cast, overload

from secretscan.model import Identity, Json, Segment, View
from secretscan.readers.kubernetes.text import Path, Run, pointer
from secretscan.readers.kubernetes.walk import Role, Value

_MAX_KEY = 200  # characters
_MAX_LINE = 4096  # bytes of a command line written as one
_NEUTRAL = b"text="
# A view must not look like a manifest itself, or it would be read as one.
_MARKER, _UNMARKED = b"apiVersion", b"apiversion"


class Facts(Mapping[str, Json]):
    """What is said of a value's place: its object, `pointer`, `decoded`. Written out only when somebody asks: most values never match."""

    __slots__ = ("_all", "_decoded", "_identity", "_path")

    def __init__(self, identity: Identity, path: Path, decoded: tuple[str, ...]) -> None:
        self._identity = identity
        self._path = path
        self._decoded = decoded
        self._all: dict[str, Json] | None = None

    def _facts(self) -> dict[str, Json]:
        if self._all is None:
            who = zip(("apiVersion", "kind", "namespace", "name"), self._identity, strict=True)
            self._all = {key: said for key, said in who if said}
            self._all["pointer"] = pointer(self._path)
            if self._decoded:
                self._all["decoded"] = list(self._decoded)
        return self._all

    def __getitem__(self, key: str) -> Json:
        return self._facts()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts())

    def __len__(self) -> int:
        return len(self._facts())

    def __repr__(self) -> str:
        return repr(self._facts())


class _Segments(Sequence[Segment]):
    """A view's segments, made when somebody asks: most views never match."""

    def __init__(self, identity: Identity, rows: list[tuple[int, Value]]) -> None:
        self._identity = identity
        self._rows = rows
        self._made: tuple[Segment, ...] | None = None

    def _segments(self) -> tuple[Segment, ...]:
        if self._made is None:
            made: list[Segment] = []
            for start, value in self._rows:
                content, runs = value.text.read(value.scalar)
                facts = Facts(self._identity, value.path, value.text.decoded)
                for number, run in enumerate(runs):
                    until = runs[number + 1].at if number + 1 < len(runs) else len(content)
                    made.append(_segment(start, run, until, facts))
            self._made = tuple(made)
        return self._made

    @overload
    def __getitem__(self, index: int) -> Segment: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Segment]: ...
    def __getitem__(self, index: int | slice) -> Segment | Sequence[Segment]:
        return self._segments()[index]

    def __len__(self) -> int:
        return len(self._segments())

    def __iter__(self) -> Iterator[Segment]:
        return iter(self._segments())


def _segment(start: int, run: Run, until: int, facts: Facts) -> Segment:
    end = start + min(until, run.at + run.end - run.start) if run.exact else start + until
    return Segment(start + run.at, end, run.start, run.end, run.exact, facts)


def view(identity: Identity, values: Sequence[Value], names: set[str]) -> View | None:
    """One object's view. `names` are values that only name something. None if there is nothing to show."""
    parts: list[bytes] = []
    rows: list[tuple[int, Value]] = []
    at = 0
    line: Path = None
    for value in values:
        path, key, text, scalar, role = value
        if text.whole(scalar):
            content = scalar.value.encode("utf-8", "surrogatepass")
        else:
            content = text.read(scalar)[0]
        if role is Role.ARGUMENT:
            assert path is not None
            before = _between(line, path, parts, content)
            line = path[0]
        else:
            line = None
            if role is Role.VALUE and scalar.value not in names and key:
                before = _assigned(key)
            elif role is Role.FILE:
                before = b"# " + _assigned(key)[:-1] + b"\n"
            elif role is Role.LINE:
                before = b""
            else:
                before = _NEUTRAL
            if parts and not parts[-1].endswith(b"\n"):
                before = b"\n" + before
        parts.append(before)
        parts.append(content)
        at += len(before)
        rows.append((at, value))
        at += len(content)
    if not rows:
        return None
    parts.append(b"\n")
    return View(b"".join(parts).replace(_MARKER, _UNMARKED), cast("tuple[Segment, ...]", _Segments(identity, rows)))


@lru_cache(maxsize=8192)
def _assigned(key: str) -> bytes:
    return key[:_MAX_KEY].encode(errors="replace").replace(b"\n", b" ") + b"="


def _between(line: Path, path: Path, parts: list[bytes], content: bytes) -> bytes:
    """What to write before a word of a command line: `--password` and the word after it are an assignment."""
    assert path is not None
    if line is None or line is not path[0]:
        return b"\n" if parts else b""
    last = parts[-1]
    if len(last) + len(content) > _MAX_LINE or b"=" in content:
        return b"\n"
    return b"=" if last.startswith(b"--") and b"=" not in last and not content.startswith(b"-") else b" "
