"""Compressed streams, read forward in bounded blocks. What can be read of a damaged one is handed out before the error.

Formats: RFC 1952 (gzip), RFC 8878 (zstd), the xz file format 1.2, the .lzma file format, lzip, bzip2, RFC 1950 (zlib), RFC 1951 (raw
deflate).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Protocol, TypeAlias, cast

from secretscan.model import Reason
from secretscan.readers.remarks import Remarks, gzip_header, speaks

Chunks: TypeAlias = Iterator[bytes | memoryview]

BLOCK = 1 << 20
"""Bytes of a block handed out, and about what is held while making it."""
_STEP = 256 << 10  # most that one call may inflate to, and all that is lost where a long stream is corrupt: a bomb costs time, never memory
_SLICE = 1 << 20  # most compressed bytes taken at a time: each call takes the interpreter's lock, which others may hold
_WHOLE = 64 << 10  # what is as long goes on as it is; less is put together first
_FINE = 16 << 10  # compressed bytes a call where one is searched that cannot be read
_REPLAY = 1 << 20  # compressed bytes kept of a stream's beginning, to read up to the very byte that is corrupt
_XZ_MEMORY = 100 << 20  # `xz -9` needs 65 MiB


class Damaged(Exception):
    """The rest of a stream cannot be read; everything before it has been handed out. `detail` holds none of its bytes."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.label}: {detail}")
        self.reason = reason
        self.detail = detail


class Guarded:
    """Chunks that end where they are damaged, and keep what it was."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self.damage: Damaged | None = None

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> bytes | memoryview:
        try:
            return next(self._chunks)
        except Damaged as damage:
            self.damage = damage
            self._chunks = iter(())
            raise StopIteration from None

    def raising(self, chunks: Chunks) -> Chunks:
        """Chunks made from these, which end with the damage after all."""
        yield from chunks
        if self.damage is not None:
            raise self.damage


class _Decompressor(Protocol):
    """What bz2, lzma and isal have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def begins(head: bytes, kind: str) -> bytes | None:
    """What the beginning of a stream inflates to; None if it is none. A dictionary that is too large is said when it is read."""
    if kind == "zstd":
        from secretscan.readers.zstd import is_frame

        return b"" if is_frame(head) else None
    machine, errors = _new(kind)
    try:
        return b"".join(_drain(machine, head))
    except errors as error:
        return b"" if "emory" in str(error) else None


def decompress(chunks: Chunks, kind: str, tail: list[bytes] | None = None, remarks: Remarks | None = None) -> Chunks:
    """Blocks of about BLOCK bytes of a stream of `kind` ("gzip", "zstd", "bzip2", "xz", "lzip"; "lzma", "zlib", "deflate": the first one).

    Members, streams and frames that follow each other are read as one. Reading stops at the first byte that belongs to none of them (zero
    padding apart): what was taken of it is put into `tail`, the rest is left in `chunks`. What the streams say beside their content goes
    to `remarks`. Damaged if it is truncated or corrupt.
    """
    feed = _Feed(chunks)
    try:
        if kind == "zstd":
            from secretscan.readers.zstd import frames

            yield from frames(feed, remarks)
        else:
            yield from _gather(_streams(feed, kind, remarks))
    finally:
        if tail is not None:
            tail += feed.left()


class Feed(Protocol):
    """Compressed bytes in slices, with the way back for those that turn out not to belong."""

    def take(self) -> bytes: ...
    def put_back(self, data: bytes) -> None: ...


class _Feed:
    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._current = memoryview(b"")
        self._back = b""

    def take(self) -> bytes:
        """The next bytes, at most _SLICE of them; none at the end."""
        if self._back:
            back, self._back = self._back, b""
            return back
        while not self._current:
            following = next(self._chunks, None)
            if following is None:
                return b""
            self._current = memoryview(following)
        taken, self._current = self._current[:_SLICE], self._current[_SLICE:]
        return bytes(taken)

    def put_back(self, data: bytes) -> None:
        self._back = data + self._back

    def left(self) -> list[bytes]:
        """What was taken from the chunks and not used."""
        return [part for part in (self._back, bytes(self._current)) if part]


def _gather(parts: Iterator[bytes]) -> Chunks:
    held: list[bytes] = []
    size = 0
    try:
        for part in parts:
            if not held and len(part) >= _WHOLE:
                yield part
                continue
            held.append(part)
            size += len(part)
            if size >= _WHOLE:
                yield b"".join(held)
                held, size = [], 0
    except Damaged:
        if held:
            yield b"".join(held)
        raise
    if held:
        yield b"".join(held)


_STARTS = {"gzip": b"\x1f\x8b", "bzip2": b"BZh", "xz": b"\xfd7zXZ\x00", "lzip": b"LZIP"}
"""How a further stream of a kind begins; the other kinds have but one."""


def _streams(feed: _Feed, kind: str, remarks: Remarks | None) -> Iterator[bytes]:
    """One stream after the other, as long as they begin like one."""
    start = _STARTS.get(kind, b"")
    first = True
    while True:
        data = feed.take()
        while data and not first and not data.strip(b"\0"):
            data = feed.take()
        if not first:
            data = data.lstrip(b"\0")
        while len(data) < len(start) and (more := feed.take()):
            data += more
        feed.put_back(data)
        if not first and (not data or not data.startswith(start)):
            return
        if kind == "gzip" and remarks is not None and speaks(data):
            _hear(feed, remarks)
        yield from _stream(feed, kind)
        if not start:
            return
        first = False


def _hear(feed: _Feed, remarks: Remarks) -> None:
    """Take what a gzip header says, and put it back."""
    data = b""
    while (said := gzip_header(data)) is None and len(data) < _REPLAY and (more := feed.take()):
        data += more
    if said is None and len(data) >= _REPLAY:
        remarks.over = True
    for text in said or ():
        remarks.add(text)
    feed.put_back(data)


def _stream(feed: _Feed, kind: str) -> Iterator[bytes]:
    """One stream to its end. Damaged where it cannot be read on."""
    machine, errors = _new(kind)
    kept: list[bytes] | None = []
    taken = given = 0
    while not machine.eof:
        data = feed.take()
        if not data:
            raise Damaged(Reason.TRUNCATED, f"the {kind} stream ends early")
        taken += len(data)
        if kept is not None:
            kept = [*kept, data] if taken <= _REPLAY else None
        try:
            for out in _drain(machine, data):
                given += len(out)
                yield out
        except errors as error:
            if kept is not None:
                yield from _replay(b"".join(kept), kind, given)
            if "emory" in str(error):  # the words of liblzma's binding; there is no type for it
                raise Damaged(Reason.CAP, f"the {kind} stream asks for more than {_XZ_MEMORY >> 20} MiB of memory") from None
            raise Damaged(Reason.CORRUPT, f"the {kind} stream does not inflate") from None
    feed.put_back(machine.unused_data)


def _drain(machine: _Decompressor, data: bytes) -> Iterator[bytes]:
    if out := machine.decompress(data, _STEP):
        yield out
    while not machine.needs_input and not machine.eof:
        if out := machine.decompress(b"", _STEP):
            yield out


def _replay(data: bytes, kind: str, given: int) -> Iterator[bytes]:
    """The output after the first `given` bytes, up to the very byte that is corrupt: a call that fails keeps what it had inflated."""
    machine, errors = _new(kind)
    sound = 0
    try:
        while sound < len(data):
            for _ in _drain(machine, data[sound : sound + _FINE]):
                pass
            sound += _FINE
    except errors:
        machine, errors = _new(kind)
    try:
        for part in itertools.chain([data[:sound]], (data[at : at + 1] for at in range(sound, len(data)))):
            for out in _drain(machine, part):
                if len(out) > given:
                    yield out[given:]
                given -= min(given, len(out))
    except errors:
        return


def _new(kind: str) -> tuple[_Decompressor, tuple[type[Exception], ...]]:
    """A decompressor, and what it raises for data that is not its own. Imported here: a scan without packed files needs none of them."""
    if kind == "bzip2":
        import bz2

        return bz2.BZ2Decompressor(), (OSError, EOFError, ValueError)
    if kind in ("xz", "lzma"):
        import lzma

        form = lzma.FORMAT_XZ if kind == "xz" else lzma.FORMAT_ALONE
        return lzma.LZMADecompressor(form, memlimit=_XZ_MEMORY), (lzma.LZMAError, EOFError)
    if kind == "lzip":
        import lzma

        from secretscan.readers.lzip import Decompressor

        return Decompressor(), (lzma.LZMAError, EOFError)
    from isal import igzip_lib

    flags = {"gzip": igzip_lib.DECOMP_GZIP, "zlib": igzip_lib.DECOMP_ZLIB, "deflate": igzip_lib.DECOMP_DEFLATE}
    inflater = cast(_Decompressor, igzip_lib.IgzipDecompressor(flags[kind]))
    return inflater, (cast(type[Exception], igzip_lib.IsalError), EOFError)
