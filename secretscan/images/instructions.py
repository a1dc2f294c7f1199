"""The instruction that made a layer, from an image's history, shortened for a report.

Facts: OCI image-spec config.md (`empty_layer`); docker writes `/bin/sh -c #(nop) ADD …`, BuildKit `COPY … # buildkit`, and both put
build arguments before a RUN as `|2 A=x B=y /bin/sh -c …`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from secretscan import lazy_re
from secretscan.model import Json

_SHOWN = 160  # characters
_NOP = lazy_re.compile(r"^/bin/sh -c #\(nop\)\s*")
_SHELL = lazy_re.compile(r"^(?:RUN )?(?:\|\d+ (?P<arguments>.*?) ?)?/bin/sh -c ", re.DOTALL)
# Values leak: what is assigned, and long runs of letters and digits, are left out. Reports mask what was found anyway.
_ASSIGNED = lazy_re.compile(r"""\b([A-Za-z_][\w.-]*)=("[^"]*"|'[^']*'|\S+)""")
_RUN = lazy_re.compile(
    r"(?=[A-Za-z+_-]*\d)(?=[\d+_-]*[A-Za-z])[A-Za-z0-9+_-]{20,}|(?<![\w./])(?=[A-Za-z+/_-]*\d)[A-Za-z0-9+_-][A-Za-z0-9+/_-]{19,}={0,2}"
)


def instructions(history: Sequence[Mapping[str, Json]], count: int) -> list[str]:
    """The instruction of each of `count` layers; empty ones where the history tells of another number of layers."""
    made = [outline(entry.get("created_by")) for entry in history if entry.get("empty_layer") is not True]
    return made if len(made) == count else [""] * count


def outline(created_by: Json) -> str:
    """An instruction in one line, its values left out."""
    if not isinstance(created_by, str):
        return ""
    text, bare = _NOP.subn("", created_by.removesuffix(" # buildkit").strip())
    if not bare and (shell := _SHELL.match(text)):
        arguments = shell["arguments"] or ""
        text = f"RUN {arguments + ' ' if arguments else ''}{text[shell.end() :]}"
    text = _RUN.sub("…", _ASSIGNED.sub(r"\1=…", " ".join(text.split())))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
