"""Lzip members (draft-diaz-lzip): LZMA with usual properties behind a header of 6 bytes, a trailer of 20 behind it."""

from __future__ import annotations

import lzma

_MAGIC = b"LZIP\x01"
_HEADER, _TRAILER = 6, 20
_MOST = 64 << 20  # bytes of dictionary; `lzip -9` takes 32 MiB


class Decompressor:
    """One member, in the manner of bz2.BZ2Decompressor. LZMAError for what is none. Sums are not checked: what inflates is read."""

    def __init__(self) -> None:
        self._header = b""
        self._machine: lzma.LZMADecompressor | None = None
        self._trailer = _TRAILER
        self.eof = False
        self.unused_data = b""

    @property
    def needs_input(self) -> bool:
        return self._machine is None or self._machine.eof or self._machine.needs_input

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if self._machine is None:
            self._header += data
            if len(self._header) < _HEADER:
                return b""
            self._machine = _machine(self._header[:_HEADER])
            data = self._header[_HEADER:]
        out = b""
        if not self._machine.eof:
            out = self._machine.decompress(data, max_length)
            data = self._machine.unused_data if self._machine.eof else b""
        if self._machine.eof:
            rest = data[self._trailer :]
            self._trailer -= min(self._trailer, len(data))
            if not self._trailer:
                self.eof, self.unused_data = True, rest
        return out


def _machine(header: bytes) -> lzma.LZMADecompressor:
    size = 1 << (header[5] & 31)
    size -= size // 16 * (header[5] >> 5)
    if not header.startswith(_MAGIC) or size < 4096:
        raise lzma.LZMAError("no lzip header")
    if size > _MOST:
        raise lzma.LZMAError("Memory usage limit exceeded")
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": size, "lc": 3, "lp": 0, "pb": 2}])
