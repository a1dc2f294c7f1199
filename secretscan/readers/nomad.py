"""Nomad jobs: what a task's environment, its templates and its driver's settings say, each with its path from the job down.

https://developer.hashicorp.com/nomad/docs/job-specification, in HCL; JSON, as the API and `nomad job run -output` give it, is read as
objects are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.model import Reason, Silence, View
from secretscan.readers.kubernetes.objects import Object
from secretscan.readers.lines import Lines, Piece, key

MARKERS = ((b'job "', b'"TaskGroups"'), (b'task "', b'"Tasks"'))
KIND = "Nomad job"
_JOB = lazy_re.compile(rb'^[ \t]{0,64}job[ \t]{1,16}"', re.MULTILINE)
_TOKEN = lazy_re.compile(
    rb"""(?xs) "((?:[^"\\\n]|\\.)*+)(?:"|(?=\n)|\\?\Z) | <<[-~]?(\w{1,64})[ \t]*+\r?\n | /\*.*?(?:\*/|\Z) | (?:\#|//)[^\n]*+
        | ([{}\[\]]) | (=) | ([A-Za-z_][\w.-]*+) | (\n)"""
)
_REFERENCE = lazy_re.compile(rb"(?:\$\{[^}]*\}|\{\{[^{}]*\}\})+")
_DEEPEST = 32


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | Object | tuple[Reason, str]]:
    """One view: `NAME=value` for each setting, templates as they stand."""
    if text.lstrip()[:1] == b"{":
        if name is None or name.endswith((b".json", b"-")):
            from secretscan.readers.kubernetes.reading import read

            yield from read(text, KIND)
    elif _JOB.search(text):
        yield from _hcl(text)


def _hcl(text: bytes) -> Iterator[View | tuple[Reason, str]]:
    lines = Lines()
    blocks: list[str] = []
    job = ""
    words: list[bytes] = []
    assigned = False
    at = 0
    while not lines.full and (found := _TOKEN.search(text, at)) is not None:
        at = found.end()
        string, heredoc, bracket, equals, word, newline = found.groups()
        start, end = found.span(1)
        if heredoc is not None:
            start = at
            closing = re.compile(rb"^[ \t]{0,256}" + heredoc + rb"[ \t]*\r?$", re.MULTILINE).search(text, at)
            end = closing.start() if closing else len(text)
            at = closing.end() if closing else len(text)
        if bracket is not None:
            if bracket == b"{":
                if len(blocks) == _DEEPEST:
                    yield Reason.UNPARSED, f"blocks more than {_DEEPEST} deep; read as text"
                    break
                label = b" ".join(words).decode(errors="replace")
                if label.startswith("job "):
                    job = label[4:]
                blocks.append(label)
            elif bracket == b"}" and blocks:
                blocks.pop()
            words, assigned = [], False
        elif equals is not None:
            assigned = True
        elif (string is not None or heredoc is not None) and assigned:
            value = text[start:end]
            if words and job and value.strip() and not _REFERENCE.fullmatch(value):
                pointer = ".".join([*(part for part in blocks[1:] if part), words[-1].decode(errors="replace")])
                before = key(words[-1]) + b"=" if string is not None else b"# " + key(words[-1]) + b"\n"
                lines.add(before, [Piece(value, start, end, True)], {"kind": KIND, "name": job, "pointer": pointer})
        elif string is not None or word is not None:
            words.append(string if string is not None else word)
        elif newline is not None:
            words, assigned = [], False
    view = lines.view()
    if view is not None:
        yield view
