"""Zstandard frames (RFC 8878). The decoder says nothing of a stream that ends inside a frame, so the frames are followed here as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, cast

from secretscan.model import Reason
from secretscan.readers.compression import BLOCK, Damaged, Feed
from secretscan.readers.remarks import Remarks

_MAGIC = b"\x28\xb5\x2f\xfd"
_WINDOW = 128 << 20
"""Largest window, as `zstd` itself allows by default: a frame may ask for 2 GiB."""


def frames(feed: Feed, remarks: Remarks | None = None) -> Iterator[memoryview]:
    """Blocks of at most BLOCK bytes of all frames; what skippable ones hold goes to `remarks`.

    Bytes that follow and are no frame are put back. Damaged if truncated or corrupt.
    """
    import zstandard

    frames = _Frames(feed, remarks or Remarks())
    source = cast(IO[bytes], frames)  # only its read() is used
    reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(source, read_across_frames=True)
    while True:
        block = bytearray(BLOCK)
        try:
            size = reader.readinto(block)
        except zstandard.ZstdError as error:
            # How much of the block was written before the failure is not said; trailing zeros are no loss.
            if left := bytes(block).rstrip(b"\0"):
                yield memoryview(left)
            if "memory" in str(error):
                raise Damaged(Reason.CAP, f"a zstd frame asks for a window over {_WINDOW >> 20} MiB") from None
            raise Damaged(Reason.CORRUPT, "the zstd stream does not inflate") from None
        if not size:
            break
        yield memoryview(block)[:size]
    if not frames.complete:
        raise Damaged(Reason.TRUNCATED, "the zstd stream ends early")


def is_frame(head: bytes) -> bool:
    """Whether a frame begins here: its header makes sense, and so does what its first block says, as far as it is here."""
    import zstandard

    try:
        zstandard.get_frame_parameters(head)
        zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj().decompress(head)
    except zstandard.ZstdError as error:
        return "memory" in str(error)
    return True


class _Frames:
    """A file of whole frames for the decoder. Follows their headers as they pass: a frame is a header and blocks that tell their size."""

    def __init__(self, feed: Feed, remarks: Remarks) -> None:
        self._feed = feed
        self._remarks = remarks
        self._remark: bytearray | None = None  # of a skippable frame, as it comes
        self._state: Callable[[bytes], bool] = self._magic
        self._want = 4
        self._header = b""
        self._skip = 0
        self._checksum = 0
        self._held = b""
        self._ended = False

    @property
    def complete(self) -> bool:
        """Whether the bytes so far end with a frame."""
        return self._ended or (self._state == self._magic and not self._skip and not self._held)

    def read(self, size: int = -1) -> bytes:
        """Bytes of frames, none at their end; `size` is the decoder's wish, and a slice is never larger."""
        del size
        while not self._ended:
            data = self._feed.take()
            if not data:
                if self._held and not _MAGIC.startswith(self._held):
                    self._end(self._held)
                break
            data = self._held + data
            self._held = b""
            if end := self._follow(data):
                return data[:end]
        return b""

    def _end(self, rest: bytes) -> None:
        self._feed.put_back(rest)
        self._ended = True

    def _follow(self, data: bytes) -> int:
        """How many of the bytes belong to frames. A cut magic is held: the decoder takes no byte that may be none of its own."""
        at = 0
        while at < len(data):
            if self._skip:
                step = min(self._skip, len(data) - at)
                self._skip -= step
                if self._remark is not None:
                    self._remark += data[at : at + step]
                    if not self._skip:
                        self._remarks.add(bytes(self._remark))
                        self._remark = None
                at += step
                continue
            taken = data[at : at + self._want - len(self._header)]
            if self._state == self._magic:
                if len(taken) < 4:
                    self._held = taken
                    break
                if not self._magic(taken):
                    self._end(data[at:])
                    break
                at += 4
                continue
            at += len(taken)
            self._header += taken
            if len(self._header) == self._want:
                header, self._header = self._header, b""
                self._state(header)
        return at

    def _next(self, state: Callable[[bytes], bool], want: int, skip: int = 0) -> bool:
        self._state, self._want, self._skip = state, want, skip
        return True

    def _magic(self, header: bytes) -> bool:
        if header[1:] == b"\x2a\x4d\x18" and header[0] >> 4 == 5:
            return self._next(self._skippable, 4)
        return header == _MAGIC and self._next(self._descriptor, 1)

    def _skippable(self, header: bytes) -> bool:
        size = int.from_bytes(header, "little")
        if size > self._remarks.room:
            self._remarks.over = True
        elif size:
            self._remark = bytearray()
        return self._next(self._magic, 4, size)

    def _descriptor(self, header: bytes) -> bool:
        flags = header[0]
        single = bool(flags & 0x20)
        self._checksum = 4 if flags & 4 else 0
        content_size = (int(single), 2, 4, 8)[flags >> 6]
        return self._next(self._block, 3, (not single) + (0, 1, 2, 4)[flags & 3] + content_size)

    def _block(self, header: bytes) -> bool:
        value = int.from_bytes(header, "little")
        size = 1 if value >> 1 & 3 == 1 else value >> 3  # a run-length block stores one byte
        if value & 1:
            return self._next(self._magic, 4, size + self._checksum)
        return self._next(self._block, 3, size)
