"""A container image's configuration, shown as the instructions that it stands for, so that rules see `ENV KEY=value` on lines of their own.

Facts: OCI image-spec config.md; docker's v1 `container_config`; history is as BuildKit and docker write it (`ENV A=b # buildkit`,
`/bin/sh -c #(nop)  ENV A=b`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from secretscan.model import Reason, Segment, Silence, View

MARKERS = (b'"rootfs"', b'"diff_ids"')

# Possessive, and a quote that nothing closes is a token: no text is gone over twice.
_TOKEN = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"|([{}\[\]:,"])|[^\s"{}\[\]:,]++', re.DOTALL)
_MAX_DEPTH = 100  # configurations are five deep; every string costs its depth
_PIECE = re.compile(rb"[^\\]+|(?:\\u[0-9a-fA-F]{4})+|\\.", re.DOTALL)
_NOP = re.compile(rb"^/bin/sh -c #\(nop\)\s+|\s+# buildkit$")
_CONFIGS = ("config", "container_config")
_ONE_LINE = {"Cmd": b"CMD", "Entrypoint": b"ENTRYPOINT", "Test": b"HEALTHCHECK", "Shell": b"SHELL"}
_LINE_EACH = {"Env": b"ENV", "OnBuild": b"ONBUILD"}

_Path = tuple["str | int", ...]


class _String(NamedTuple):
    """A string value: the keys and indexes that lead to it, and the offsets between its quotes."""

    path: _Path
    start: int
    end: int


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view with a line for each variable, label, command and step of the history, in the order of the document.

    A step that only repeats a line before it (`ENV A=b` stands in Env too) is silent in favour of that.
    """
    del name
    view = _View()
    steps: list[_String] = []
    try:
        for string in _strings(text):
            if string.path[:1] == ("history",) and string.path[-1:] == ("created_by",):
                steps.append(string)
            elif string.path[:1] and string.path[0] in _CONFIGS and view.add_config(text, string):
                yield Silence(string.start, string.end, "repeats what the configuration says before")
    except ValueError:
        yield Reason.UNPARSED, "an image's configuration that is not JSON; read as text"
    for step in steps:
        if _NOP.sub(b"", text[step.start : step.end]) in view.lines:
            yield Silence(step.start, step.end, "repeats what the configuration says")
        else:
            view.add(b"", text, step)
    if view.segments:
        yield View(bytes(view.text), tuple(view.segments))


class _View:
    """Text growing line by line, with the way back."""

    def __init__(self) -> None:
        self.text = bytearray()
        self.segments: list[Segment] = []
        self.lines: set[bytes] = set()
        self._open: _Path | None = None

    def add_config(self, text: bytes, string: _String) -> bool:
        """Add a string of the configuration if it is one that can hold a value. True if it only repeats a line that is there."""
        keys = string.path[1:]
        key = next((key for key in keys if key in _ONE_LINE or key in _LINE_EACH or key == "Labels"), None)
        if key is None:
            return False
        if key in _ONE_LINE:
            if self._open != string.path[:-1]:
                self._open = string.path[:-1]
                self._start(_ONE_LINE[str(key)])
            self._append(b" ", text, string)
            return False
        instruction = b"LABEL " + str(keys[-1]).encode("utf-8", "replace") + b"=" if key == "Labels" else _LINE_EACH[str(key)] + b" "
        line = instruction + text[string.start : string.end]
        if line in self.lines:
            return True
        self.lines.add(line)
        self.add(instruction, text, string)
        return False

    def add(self, instruction: bytes, text: bytes, string: _String) -> None:
        """A line of its own."""
        self._open = None
        self._start(instruction)
        self._append(b"", text, string)

    def _start(self, instruction: bytes) -> None:
        if self.text:
            self.text += b"\n"
        self.text += instruction

    def _append(self, before: bytes, text: bytes, string: _String) -> None:
        self.text += before
        facts = {"config": _shown(string.path)}
        for piece in _PIECE.finditer(text, string.start, string.end):
            exact = not piece[0].startswith(b"\\")
            said = piece[0] if exact else _unescaped(piece[0])
            at = len(self.text)
            self.text += said
            self.segments.append(Segment(at, at + len(said), piece.start(), piece.end(), exact, facts))


def _unescaped(escape: bytes) -> bytes:
    """What JSON escapes stand for; themselves if they are none."""
    try:
        return str(json.loads(b'"' + escape + b'"')).encode("utf-8", "replace")
    except ValueError:
        return escape


def _shown(path: _Path) -> str:
    """`Env[3]`, `Labels.maintainer`, `history[2].created_by`"""
    path = path[1:] if path[:1] == ("config",) else path
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def _strings(text: bytes) -> Iterator[_String]:
    """Every string value of a JSON text. ValueError where it is none; nesting costs no stack."""
    path: list[str | int] = []
    expects_key = False
    for token in _TOKEN.finditer(text):
        mark = token[2]
        if mark in (b"{", b"["):
            if len(path) == _MAX_DEPTH:
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
                yield _String(tuple(path), token.start(1), token.end(1))
    if path:
        raise ValueError("ends early")
