"""The strings of a JSON text with their paths and offsets, read without building it: positions must lead back. RFC 8259."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from secretscan import lazy_re
from secretscan.readers.lines import Piece

Path: TypeAlias = "tuple[str | int, ...]"

# Possessive, and a quote that nothing closes is a token: no text is gone over twice.
_TOKEN = lazy_re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"|([{}\[\]:,"])|[^\s"{}\[\]:,]++', re.DOTALL)
_PIECE = lazy_re.compile(rb"[^\\]+|(?:\\u[0-9a-fA-F]{4})+|\\.", re.DOTALL)
_DEEPEST = 100  # every string costs its depth


class String(NamedTuple):
    """A string value: the keys and indexes that lead to it, and the offsets between its quotes."""

    path: Path
    start: int
    end: int


def begins_object(text: bytes) -> bool:
    """Whether a text begins like a JSON object. One that only speaks of a format does not."""
    return text[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def strings(text: bytes) -> Iterator[String]:
    """Every string value of a JSON text. ValueError where it is none; nesting costs no stack."""
    path: list[str | int] = []
    expects_key = False
    for token in _TOKEN.finditer(text):
        mark = token[2]
        if mark in (b"{", b"["):
            if len(path) == _DEEPEST:
                raise ValueError("nested too deep")
            path.append("" if mark == b"{" else 0)
            expects_key = mark == b"{"
        elif mark in (b"}", b"]"):
            if not path:
                raise ValueError("closed before it was opened")
            path.pop()
            expects_key = False
        elif mark == b",":
            if not path:
                raise ValueError("more than one value")
            last = path[-1]
            if isinstance(last, int):
                path[-1] = last + 1
            else:
                expects_key = True
        elif mark == b'"':
            raise ValueError("a string without an end")
        elif token[1] is not None:
            if expects_key:
                path[-1] = token[1].decode("utf-8", "replace")
                expects_key = False
            else:
                yield String(tuple(path), token.start(1), token.end(1))
    if path:
        raise ValueError("ends early")


def pieces(text: bytes, start: int, end: int) -> Iterator[Piece]:
    """A string's content with its escapes undone, and where each part of it stands."""
    for piece in _PIECE.finditer(text, start, end):
        exact = not piece[0].startswith(b"\\")
        yield Piece(piece[0] if exact else _unescaped(piece[0]), piece.start(), piece.end(), exact)


def value(text: bytes, string: String) -> bytes:
    """A string's content with its escapes undone."""
    return b"".join(piece.content for piece in pieces(text, string.start, string.end))


def pointer(path: Path) -> str:
    """`/cells/3/source/0`, as RFC 6901 writes it."""
    return "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in path)


def _unescaped(escape: bytes) -> bytes:
    """What JSON escapes stand for; themselves if they are none."""
    import json

    try:
        return str(json.loads(b'"' + escape + b'"')).encode("utf-8", "replace")
    except ValueError:
        return escape
