"""Bytes that are read as a document, and the way from them back to the text they were taken from, through every decoding.

A `Text` is the whole of what the reader was given, or the value of one scalar in it (a file in a ConfigMap, an object in an
annotation, a Secret's decoded data). Its runs say which of its bytes stand where in the outermost text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from secretscan import lazy_re
from secretscan._core import Scalar

Path: TypeAlias = "tuple[Path | None, str | int | None] | None"
"""An object path, linked from its end: (what comes before, key or index). None is the object; a key of None is a nested document."""

_CHECKPOINT = 10  # a byte offset is kept for every 1,024th code point
_ESCAPE = lazy_re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|U[0-9a-fA-F]{8}|[^uxU])", re.DOTALL
)


class Run(NamedTuple):
    """content[at:…] came from root[start:end], byte for byte if `exact`. A run of an inexact text stands for all of it."""

    at: int
    start: int
    end: int
    exact: bool


class Text:
    """Content of one document with its way back. `decoded` are the steps that led from the root to it, outermost first.

    `source` is the original of `content`, of the same length, where a template's actions were blanked out before parsing.
    """

    __slots__ = ("_ascii", "_decoded_text", "_marks", "content", "decoded", "runs", "shift", "source")

    def __init__(
        self, content: bytes, runs: list[Run], decoded: tuple[str, ...] = (), source: bytes | None = None, by_character: bool = False
    ) -> None:
        self.content = content
        self.source = content if source is None else source
        self.runs = runs
        self.decoded = decoded
        self.shift: int | None = None
        """What to add to an offset to get the root's, where one addition does it."""
        if len(runs) == 1 and runs[0].exact and runs[0].at == 0 and runs[0].end - runs[0].start == len(content):
            self.shift = runs[0].start
        self._ascii = not by_character or content.isascii()
        self._decoded_text = ""
        self._marks: list[int] = []

    def offset(self, mark: int) -> int:
        """The byte offset of a scalar's mark."""
        if self._ascii:
            return mark
        if not self._marks:
            self._decoded_text = self.content.decode()
            step = 1 << _CHECKPOINT
            offset = 0
            for at in range(0, len(self._decoded_text) + 1, step):
                self._marks.append(offset)
                offset += len(self._decoded_text[at : at + step].encode())
        near = min(mark >> _CHECKPOINT, len(self._marks) - 1)
        return self._marks[near] + len(self._decoded_text[near << _CHECKPOINT : mark].encode())

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the root text that content[start:end] came from."""
        if self.shift is not None and start < end:
            return start + self.shift, end + self.shift
        pieces = list(self.pieces(start, max(end, start + 1)))
        if not pieces:
            nearest = self.runs[max(0, bisect_right(self.runs, start, key=_at) - 1)]
            return nearest.start, nearest.end
        return pieces[0].start, pieces[-1].end

    def pieces(self, start: int, end: int) -> Iterator[Run]:
        """The runs of content[start:end], `at` counted from `start`."""
        runs = self.runs
        number = max(0, bisect_right(runs, start, key=_at) - 1)
        while number < len(runs) and runs[number].at < end:
            run = runs[number]
            number += 1
            if not run.exact:
                yield Run(max(0, run.at - start), run.start, run.end, False)
                continue
            low, high = max(start, run.at), min(end, run.at + run.end - run.start)
            if low < high:
                shift = run.start - run.at
                yield Run(low - start, low + shift, high + shift, True)

    def part(self, start: int, end: int, parsed: bytes | None = None, by_character: bool = False) -> Text:
        """A stretch of this text as a text of its own; `parsed` is what stands in for it where it had to be blanked out."""
        source = self.content[start:end]
        return Text(source if parsed is None else parsed, list(self.pieces(start, end)), self.decoded, source, by_character)

    def whole(self, scalar: Scalar) -> bool:
        """Whether a scalar's value is surely what stands in the source: nothing in it was put there before parsing."""
        if self.source is self.content:
            return scalar.style is not None
        start, end = self.offset(scalar.start), self.offset(scalar.end)
        return scalar.style is not None and self.source[start:end] == self.content[start:end]

    def written(self, scalar: Scalar) -> bytes:
        """A scalar as it is written, quotes and template actions included."""
        return self.source[self.offset(scalar.start) : self.offset(scalar.end)]

    def read(self, scalar: Scalar) -> tuple[bytes, list[Run]]:
        """A scalar's value as bytes, and where they stand in the root text."""
        if scalar.at >= 0:
            start = scalar.at
            end = start + (len(scalar.value) if scalar.value.isascii() else len(scalar.value.encode(errors="replace")))
            if self.shift is not None:
                return self.source[start:end], [Run(0, start + self.shift, end + self.shift, True)]
            return self.source[start:end], list(self.pieces(start, end))
        start, end = self.offset(scalar.start), self.offset(scalar.end)
        if scalar.style is None:
            value = self.content[start:end]
            return value, list(self.pieces(start, end))
        value = scalar.value.encode(errors="surrogatepass")
        local = self._local(value, start, end, scalar.style)
        if local is None:
            return value, [Run(0, *self.span(start, end), False)]
        if self.source is not self.content:
            value = self._original(value, local)
        if self.shift is not None:
            shift = self.shift
            return value, [Run(run.at, run.start + shift, run.end + shift, True) for run in local]
        found = []
        for run in local:
            found += [piece._replace(at=piece.at + run.at) for piece in self.pieces(run.start, run.end)]
        return value, found

    def _local(self, value: bytes, start: int, end: int, style: str) -> list[Run] | None:
        """Where a value's bytes stand in content. None if they do not stand there as they are."""
        content = self.content
        if style == "|":
            return _block_runs(content[start:end], value, start)
        stop = end - 1 if style in ('"', "'") else end
        if style != ">" and content[stop - len(value) : stop] == value and stop - len(value) >= start:
            return [Run(0, stop - len(value), stop, True)]
        if style == '"':
            return _escaped_runs(content, value, content.find(b'"', start) + 1, stop)
        if style == "'":
            return _quoted_runs(content, value, content.find(b"'", start) + 1, stop)
        return None

    def _original(self, value: bytes, runs: list[Run]) -> bytes:
        changed = bytearray(value)
        for run in runs:
            changed[run.at : run.at + run.end - run.start] = self.source[run.start : run.end]
        return bytes(changed)


def _at(run: Run) -> int:
    return run.at


def _block_runs(block: bytes, value: bytes, start: int) -> list[Run] | None:
    """Runs of a literal block scalar, one a line with its newline."""
    source = block.find(b"\n") + 1
    if not source:
        return None
    indent = -1
    runs: list[Run] = []
    at = 0
    for line in value.split(b"\n"):
        stop = block.find(b"\n", source) if source <= len(block) else -1
        if stop < 0:
            stop = len(block)
        if line:
            if indent < 0:
                indent = (stop - 1 if block[stop - 1 : stop] == b"\r" else stop) - len(line) - source
            low = source + indent
            high = low + len(line)
            if indent < 0 or block[low:high] != line:
                return None
            newline = at + len(line) < len(value) and block[high : high + 1] == b"\n"
            runs.append(Run(at, low + start, high + start + newline, True))
        at += len(line) + 1
        source = stop + 1
    return runs or None


def _escaped_runs(content: bytes, value: bytes, start: int, stop: int) -> list[Run] | None:
    """Runs of a double-quoted scalar between its escapes. None where lines were folded."""
    runs: list[Run] = []
    at = 0
    for escape in _ESCAPE.finditer(content, start, stop):
        low = escape.start()
        if low > start:
            runs.append(Run(at, start, low, True))
            at += low - start
        start = escape.end()
        first = value[at : at + 1]
        at += 1 if first < b"\x80" else 2 if first < b"\xe0" else 3 if first < b"\xf0" else 4
    if stop > start:
        runs.append(Run(at, start, stop, True))
        at += stop - start
    whole = at == len(value) and all(value[run.at : run.at + run.end - run.start] == content[run.start : run.end] for run in runs)
    return runs if whole and runs else None


def _quoted_runs(content: bytes, value: bytes, start: int, stop: int) -> list[Run] | None:
    """Runs of a single-quoted scalar: a doubled quote stands for one."""
    runs: list[Run] = []
    at = 0
    while start < stop:
        quote = content.find(b"''", start, stop)
        end = quote + 1 if quote >= 0 else stop
        runs.append(Run(at, start, end, True))
        at += end - start
        start = end + 1 if quote >= 0 else stop
    whole = at == len(value) and all(value[run.at : run.at + run.end - run.start] == content[run.start : run.end] for run in runs)
    return runs if whole and runs else None


def pointer(path: Path) -> str:
    """An object path as Kubernetes writes it: spec.containers[0].env[3].value, data['app.properties']; `!` steps into a nested document."""
    steps: list[str] = []
    while path is not None:
        path, step = path
        if step is None:
            steps.append("!")
        elif isinstance(step, int):
            steps.append(f"[{step}]")
        elif _PLAIN_KEY.fullmatch(step):
            steps.append(f".{step}")
        else:
            quoted = step.replace("\\", "\\\\").replace("'", "\\'")
            steps.append(f"['{quoted}']")
    return "".join(reversed(steps)).replace("!.", "!").removeprefix(".")


_PLAIN_KEY = lazy_re.compile(r"[A-Za-z0-9_-]+")
