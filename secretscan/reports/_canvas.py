"""Plain ANSI on a text stream: colour if it is wanted, ASCII if the stream has no more."""

from __future__ import annotations

import unicodedata
from typing import TextIO

from secretscan.model import Severity
from secretscan.reports import Style

_CODES = {
    "bold": "1", "dim": "2", "reverse": "7", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36", "bright red": "91",
}  # fmt: skip
SEVERITY = {
    Severity.CRITICAL: "bright red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "blue",
    Severity.INFO: "cyan",
}
_ASCII = str.maketrans({"•": "*", "│": "|", "└": "`", "─": "-", "·": "-", "…": "~", "✓": "+", "✗": "x", "→": ">"})


class Canvas:
    """Writes lines."""

    def __init__(self, out: TextIO, style: Style) -> None:
        self._out = out
        self._color = style.color
        self._width = style.width
        self._encoding = out.encoding or "utf-8"
        self._unicode = self._encoding.lower().replace("-", "").replace("_", "") == "utf8"

    def paint(self, text: str, *looks: str) -> str:
        """`text` in a look (`red`, `bold`, …); as it is without colour. An empty look is none."""
        codes = ";".join(_CODES[look] for look in looks if look)
        return f"\x1b[{codes}m{text}\x1b[0m" if self._color and codes and text else text

    def line(self, text: str = "") -> None:
        """Write one line. Drawing characters that the stream's encoding lacks become ASCII, others are escaped: never a crash."""
        if not self._unicode:
            text = text.translate(_ASCII).encode(self._encoding, "backslashreplace").decode(self._encoding)
        self._out.write(text + "\n")

    def rule(self, title: str = "") -> None:
        """A line across, with a title in it."""
        lead = f"{self.paint('──', 'dim')} {self.paint(title, 'bold', 'cyan')} " if title else ""
        self.line(lead + self.paint("─" * max(self._width - (cells(title) + 4 if title else 0), 2), "dim"))


def cells(text: str) -> int:
    """Columns that printable text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def cut(text: str, focus: tuple[int, int], room: int) -> tuple[str, tuple[int, int]]:
    """`text` in at most `room` characters with the focus in sight, and where the focus then is."""
    room = max(room, 20)
    if len(text) <= room:
        return text, focus
    start, end = focus
    first = 0 if end < room else max(0, min(start - room // 3, len(text) - room))
    shown = text[first : first + room]
    if first:
        shown = "…" + shown[1:]
    if first + room < len(text):
        shown = shown[:-1] + "…"
    return shown, (max(start - first, 0), min(end - first, room))
