"""Slow and plain: JSON by a regex and templates by regexes, which the core's readers are held to."""

from __future__ import annotations

import json
import re
from typing import Any

Tree = Any
"""(value, start, end, style) of a scalar, (start, end, [(key, tree)]) of a map, (start, end, [tree]) of a sequence."""

_TOKEN = re.compile(
    rb'[\s,]*+(?:([{}\[\]])|"([^"\\\n]*+(?:\\.[^"\\\n]*+)*+)"(\s*+:)?|(-?+[0-9][0-9.eE+-]*+|true|false|null)(?![A-Za-z0-9_]))', re.ASCII
)
_BLANK = re.compile(rb"[\s,]*+\Z")
_ALONE = re.compile(rb"^[ \t]*+(?:\{\{[^{}]*+\}\}[ \t]*+)++\r?$", re.MULTILINE)
_BARE = re.compile(rb"(?:^|:|-)[ \t]*+(?:\{\{|\{%)", re.MULTILINE)
_OPENING = re.compile(rb"\{\{|\{%")
_BLOCK = re.compile(rb"\b(?:indent|nindent|toYaml|tplvalues)\b")


def read_json(content: bytes) -> tuple[list[Tree], bool]:
    """The values of a stream of JSON texts that are whole, and whether that was all."""
    found: list[Tree] = []
    stack: list[tuple[bool, int, list[Any], str | None]] = []
    key: str | None = None
    at = 0
    while token := _TOKEN.match(content, at):
        at = token.end()
        in_map = bool(stack) and stack[-1][0]
        group = token.lastindex
        tree: Tree
        if group == 3:
            if not in_map or key is not None:
                return found, False
            key = _string(token[2])
            continue
        if group == 2:
            tree = (_string(token[2]), token.start(2) - 1, at, '"')
        elif group == 4:
            tree = (token[4].decode(), token.start(4), at, "")
        elif token[1] in b"{[":
            if key is None and in_map:
                return found, False
            stack.append((token[1] == b"{", at - 1, [], key))
            key = None
            continue
        else:
            if not stack or in_map != (token[1] == b"}") or key is not None:
                return found, False
            _, start, held, key = stack.pop()
            tree = (start, at, held)
            in_map = bool(stack) and stack[-1][0]
        if in_map:
            if key is None:
                return found, False
            stack[-1][2].append((key, tree))
            key = None
        elif stack:
            stack[-1][2].append(tree)
        else:
            found.append(tree)
    return found, not stack and _BLANK.match(content, at) is not None


def _string(raw: bytes) -> str:
    text = raw.decode(errors="replace")
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def blank_actions(content: bytes) -> bytes | None:
    """The same length without actions: those alone on their line, or that print blocks, become spaces, others a filler."""
    if not _BARE.search(content):
        return None
    content = _ALONE.sub(lambda match: _filled(match[0], b" "), content)
    parts: list[bytes] = []
    done = 0
    while opening := _OPENING.search(content, done):
        start = opening.start()
        end = content.find(b"}}" if opening[0] == b"{{" else b"%}", opening.end()) + 2
        if end < 2:
            break
        parts += [content[done:start], _filled(content[start:end], b" " if _vanishes(content, start, end) else b"T")]
        done = end
    return b"".join([*parts, content[done:]])


def _filled(action: bytes, filler: bytes) -> bytes:
    return re.sub(rb"[^\r\n]", filler, action)


def _vanishes(content: bytes, start: int, end: int) -> bool:
    action = content[start:end]
    if b"\n" in action or action.startswith(b"{%"):
        return True
    before, after = content[:start].rpartition(b"\n")[2], content[end:].partition(b"\n")[0]
    return not after.strip() and (not before.strip() or _BLOCK.search(action) is not None)
