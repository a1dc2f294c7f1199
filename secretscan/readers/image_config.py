"""A container image's configuration, shown as the instructions that it stands for, so that rules see `ENV KEY=value` on lines of their own.

Facts: OCI image-spec config.md; docker's v1 `container_config`; history is as BuildKit and docker write it (`ENV A=b # buildkit`,
`/bin/sh -c #(nop)  ENV A=b`).
"""

from __future__ import annotations

from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.model import Reason, Segment, Silence, View
from secretscan.readers.json_text import Path, String, pieces, strings

MARKERS = (b'"rootfs"', b'"diff_ids"')

_NOP = lazy_re.compile(rb"^/bin/sh -c #\(nop\)\s+|\s+# buildkit$")
_CONFIGS = ("config", "container_config")
_ONE_LINE = {"Cmd": b"CMD", "Entrypoint": b"ENTRYPOINT", "Test": b"HEALTHCHECK", "Shell": b"SHELL"}
_LINE_EACH = {"Env": b"ENV", "OnBuild": b"ONBUILD"}


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view with a line for each variable, label, command and step of the history, in the order of the document.

    A step that only repeats a line before it (`ENV A=b` stands in Env too) is silent in favour of that.
    """
    del name
    view = _View()
    steps: list[String] = []
    try:
        for string in strings(text):
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
        self._open: Path | None = None

    def add_config(self, text: bytes, string: String) -> bool:
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

    def add(self, instruction: bytes, text: bytes, string: String) -> None:
        """A line of its own."""
        self._open = None
        self._start(instruction)
        self._append(b"", text, string)

    def _start(self, instruction: bytes) -> None:
        if self.text:
            self.text += b"\n"
        self.text += instruction

    def _append(self, before: bytes, text: bytes, string: String) -> None:
        self.text += before
        facts = {"config": _shown(string.path)}
        for said, start, end, exact in pieces(text, string.start, string.end):
            at = len(self.text)
            self.text += said
            self.segments.append(Segment(at, at + len(said), start, end, exact, facts))


def _shown(path: Path) -> str:
    """`Env[3]`, `Labels.maintainer`, `history[2].created_by`"""
    path = path[1:] if path[:1] == ("config",) else path
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")
