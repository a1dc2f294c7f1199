"""What BuildKit says of a build: arguments, labels, environments and commands, shown as the instructions that they stand for.

Facts: BuildKit docs/attestations/slsa-provenance.md and slsa-definitions.md. Arguments stand under `build-arg:NAME`, labels under
`label:NAME`; with `mode=max` each step's `env` (`NAME=value`) and `args` stand in the build's definition.
"""

from __future__ import annotations

from collections.abc import Iterator

from secretscan.model import Json, Reason, Silence, View
from secretscan.readers.json_text import Path, pieces, pointer, strings
from secretscan.readers.lines import Lines, Piece, key

MARKERS = (b'"predicateType"', (b'"build-arg:', b'"label:', b'"llbDefinition"', b'"env"'))

_PREFIXES = {"build-arg:": b"ARG ", "label:": b"LABEL "}


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view with a line for each argument, label, variable and command, in the order of the document."""
    del name
    lines = Lines()
    command: list[Piece] = []
    at: Path = ()
    try:
        for string in strings(text):
            if command and string.path[:-1] != at:
                lines.add(b"RUN ", command, _facts(at))
                command = []
            if lines.full:
                break
            last = string.path[-1] if string.path else ""
            said = pieces(text, string.start, string.end)
            if isinstance(last, str):
                for prefix, instruction in _PREFIXES.items():
                    if last.startswith(prefix):
                        lines.add(instruction + key(last.removeprefix(prefix).encode()) + b"=", said, _facts(string.path))
            elif string.path[-2:-1] == ("env",):
                lines.add(b"ENV ", said, _facts(string.path))
            elif string.path[-2:-1] == ("args",):
                at = string.path[:-1]
                command += [Piece(b" ", string.start, string.start, False), *said] if command else said
    except ValueError:
        yield Reason.UNPARSED, "a statement about a build that is not JSON; read as text"
    if command:
        lines.add(b"RUN ", command, _facts(at))
    if (view := lines.view()) is not None:
        yield view


def _facts(path: Path) -> dict[str, Json]:
    return {"pointer": pointer(path)}
