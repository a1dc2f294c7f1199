"""What is read once, as it comes: standard input, or a pipe that was named. What it says about itself is never obeyed."""

from __future__ import annotations

import itertools
import os
import select
import stat
import sys
from collections.abc import Callable, Hashable, Iterable, Iterator
from io import FileIO
from typing import TypeAlias

from secretscan import lazy_re
from secretscan.errors import SourceError
from secretscan.model import Finding, Gap, Origin, Reason, Skipped, Unit, Wants, unasked
from secretscan.redaction import printable

PATIENCE = 30.0
"""Seconds for which somebody has to begin to write into a pipe that was named."""
_DESCRIPTOR = lazy_re.compile(r"/dev/(?:fd/([0-9]{1,6})|stdin)")
_STREAM = b"-"

Reader: TypeAlias = Callable[[Iterator[bytes]], Iterator[Unit | Skipped | Gap]]
"""Makes units of the stream's bytes; their ids are its own."""


class StreamSource:
    """One stream. It supplies no suppressions."""

    supplies_suppressions = False
    empty_is_clean = False

    def __init__(self, kind: str, root: bytes, stream: FileIO, stride: int, reader: Reader) -> None:
        """`stride` is how many bytes a chunk has, but for the last."""
        self.kind = kind
        self.root = root
        self._stream = stream
        self._stride = stride
        self._reader = reader

    def units(self, wants: Wants = unasked) -> Iterator[Unit | Finding | Skipped | Gap]:
        del wants  # there are no names
        failed: list[OSError] = []
        chunks = _chunks(self._stream, self._stride, failed)
        first = next(chunks, None)
        if first is not None:
            yield from self._reader(itertools.chain([first], chunks))
        if failed:
            yield self._skip(Reason.UNREADABLE, (failed[0].strerror or "cannot be read").lower())
        elif first is None:
            where = "on standard input" if self.root == _STREAM else "out of this pipe"
            yield self._skip(Reason.MISSING, f"nothing came {where}; did the command before it fail?")

    def places(self, ids: Iterable[Hashable]) -> Iterator[tuple[Hashable, Origin] | Skipped]:
        for id in ids:
            yield id, Origin(self.kind, self.root, _STREAM)

    def _skip(self, reason: Reason, detail: str) -> Skipped:
        return Skipped(Origin(self.kind, self.root, _STREAM), reason, detail)


def open_stream(target: str) -> FileIO | None:
    """`target` as a stream: `-` is standard input, `/dev/fd/N` a pipe that we were given (`<(command)`), or a FIFO. None if it is no pipe.

    SourceError if nobody writes into a FIFO within PATIENCE seconds: else a scan would wait for ever, and say nothing.
    """
    if target == "-":
        # Unbuffered: a thread that waits in the buffered reader holds a lock that the interpreter cannot end without.
        return open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)
    try:
        if given := _DESCRIPTOR.fullmatch(target):
            number = int(given[1] or 0)
            # Not opened anew: then a pipe whose writer is gone would look like one that waits for its first.
            return open(number, "rb", buffering=0, closefd=False) if _is_pipe(os.fstat(number)) else None
        if not stat.S_ISFIFO(os.stat(target).st_mode):
            return None
        handle = os.open(target, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None  # whoever opens it as a file says why it cannot be
    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    if not waiting.poll(PATIENCE * 1000) and not _has_writer(handle):
        os.close(handle)
        raise SourceError(f"{printable(os.fsencode(target))}: nobody wrote into this pipe for {PATIENCE:.0f} s; start what fills it first")
    os.set_blocking(handle, True)
    return open(handle, "rb", buffering=0)


def read_waiting(stream: FileIO, size: int) -> bytes:
    """At most `size` bytes; none at the end. Somebody may have made the stream non-blocking: to wait is not the end."""
    while (part := stream.read(size)) is None:
        select.select([stream], [], [])
    return part


def _has_writer(handle: int) -> bool:
    """Whether an empty pipe, opened without waiting, is open at its other end too."""
    try:
        os.read(handle, 1)
    except BlockingIOError:
        return True
    return False


def _is_pipe(found: os.stat_result) -> bool:
    return stat.S_ISFIFO(found.st_mode) or stat.S_ISSOCK(found.st_mode)


def _chunks(stream: FileIO, stride: int, failed: list[OSError]) -> Iterator[bytes]:
    """Chunks of `stride` bytes, however small a pipe's portions are."""
    held: list[bytes] = []
    size = 0
    while True:
        try:
            part = read_waiting(stream, stride - size)
        except OSError as error:
            part = b""
            failed.append(error)
        if part:
            held.append(part)
            size += len(part)
        if size == stride or (held and not part):
            yield b"".join(held)
            held, size = [], 0
        if not part:
            return
