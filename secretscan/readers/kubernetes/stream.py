"""Manifests too long to be held: a stream is cut between documents, and a List between its items, whatever the List's length.

`kubectl get -o yaml` writes one List with its items at the margin; `-o json` one object whose `items` are an array.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan._core import ItemsWalk, count_lines
from secretscan.model import OVERLAP, PIECE, Unit
from secretscan.readers.kubernetes.documents import MAX_BYTES

_ENOUGH = 512 << 10  # bytes of a stretch, where there is a choice
_BOUNDARY = lazy_re.compile(rb"\n(?=---[ \t\r\n])")
_ITEMS = lazy_re.compile(rb"^items:[ \t]*\r?\n(?=- )", re.MULTILINE)
_END_OF_ITEMS = lazy_re.compile(rb"\n(?=[^\s#-]|---[ \t\r\n])")
_ITEM = b"\n- "
_JSON = lazy_re.compile(rb"\s*+[{\[]")


class _Stream:
    """What has been read and not yet given out, and where its first byte stands."""

    def __init__(self, path: bytes, chunks: Iterator[bytes], name: bytes | None) -> None:
        self.held = bytearray()
        self.ended = False
        self._chunks = chunks
        self._path = path
        self._name = name
        self._number = 0
        self._line = 1
        self._column = 1

    def fill(self, size: int) -> None:
        """Hold at least `size` bytes, or all there are."""
        while len(self.held) < size and not self.ended:
            chunk = next(self._chunks, None)
            if chunk is None:
                self.ended = True
            else:
                self.held += chunk

    def take(self, size: int) -> Iterator[Unit]:
        """Give out the next `size` bytes as one text."""
        if not size:
            return
        yield Unit((self._path, self._number), bytes(memoryview(self.held)[:size]), self._name, 0, self._line, self._column)
        self._number += 1
        self._drop(size)

    def take_pieces(self) -> Iterator[Unit]:
        """Give out a document that is too long to parse, up to the next boundary, as pieces of text."""
        start = 0
        while True:
            self.fill(PIECE + 8)
            found = _BOUNDARY.search(self.held)
            end = found.end() if found else len(self.held)
            last = end <= PIECE and (found is not None or self.ended)
            size = end if last else min(end, PIECE)
            content = bytes(memoryview(self.held)[:size])
            yield Unit((self._path, self._number), content, self._name, start, self._line, self._column, last)
            step = size if last else size - OVERLAP
            start += step
            self._drop(step)
            if last:
                self._number += 1
                return

    def _drop(self, size: int) -> None:
        newlines, tail = count_lines(self.held, 0, size)
        self._line, self._column = self._line + newlines, tail + 1 if newlines else self._column + tail
        del self.held[:size]


def split(path: bytes, chunks: Iterator[bytes], name: bytes | None) -> Iterator[Unit]:
    """Units of about half a megabyte, each of whole documents or whole items of a List; their ids are (path, number).

    A document, or an item, that is longer than what is parsed comes in pieces.
    """
    stream = _Stream(path, chunks, name)
    stream.fill(1)
    while stream.held:
        want = _ENOUGH
        while True:
            stream.fill(want)
            if stream.ended and len(stream.held) <= _ENOUGH:
                yield from stream.take(len(stream.held))
                break
            cut = _last_boundary(stream.held) or (len(stream.held) if stream.ended else 0)
            if 0 < cut <= MAX_BYTES:
                yield from stream.take(cut)
                break
            if _ITEMS.search(stream.held):
                yield from _yaml_items(stream)
                break
            if _JSON.match(stream.held):
                yield from _json_items(stream)
                break
            if cut or want > MAX_BYTES:
                yield from stream.take_pieces()
                break
            want *= 2
        stream.fill(1)


def _last_boundary(held: bytearray) -> int:
    """Where the last document begins, if another ends before it."""
    cut = held.rfind(b"\n---")
    while cut >= 0 and not held[cut + 4 : cut + 5].isspace():
        cut = held.rfind(b"\n---", 0, cut)
    return cut + 1


def _yaml_items(stream: _Stream) -> Iterator[Unit]:
    """A List from its first line to its last, cut before items."""
    first = _ITEMS.search(stream.held)
    assert first is not None
    yield from stream.take(first.end())
    want = _ENOUGH
    while True:
        stream.fill(want)
        end = _END_OF_ITEMS.search(stream.held)
        cut = end.end() if end else stream.held.rfind(_ITEM) + 1
        if cut or stream.ended:
            yield from stream.take(cut or len(stream.held))
            want = _ENOUGH
            if end or not stream.held:
                return
        elif want > MAX_BYTES:
            yield from stream.take_pieces()
            return
        else:
            want *= 2


def _json_items(stream: _Stream) -> Iterator[Unit]:
    """One JSON text; an array of `items` in it is cut behind any of them."""
    walk = ItemsWalk()
    while True:
        event = walk.next(stream.held, _ENOUGH)
        if event == "begin":
            size = walk.at
        elif event == "cut":
            size = walk.cut
        elif event == "end" or stream.ended:
            cut, end = walk.cut, walk.at if event == "end" else len(stream.held)
            yield from stream.take(cut)
            yield from stream.take(end - cut)
            return
        elif len(stream.held) > MAX_BYTES + _ENOUGH:
            yield from stream.take(walk.cut)
            yield from stream.take_pieces()
            return
        else:
            stream.fill(len(stream.held) + _ENOUGH)
            continue
        walk.drop(size)
        yield from stream.take(size)
