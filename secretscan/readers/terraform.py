"""Settings that Terraform hands to a chart or a task as a name and a value on two lines: one line of a view each.

https://registry.terraform.io/providers/hashicorp/helm/latest/docs/resources/release (set, set_sensitive). What stands as `key = "value"` is
found as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.model import Reason, Silence, View
from secretscan.readers.lines import Lines, Piece, key

MARKERS = ((b"helm_release", b"aws_ecs_task_definition", b"kubernetes_", b"google_cloud_run", b"container_definitions"), (b"value",))
_PAIR = lazy_re.compile(
    rb'''(?mx) ^[ \t{,]* "?(?:name|key)"? [ \t]*[=:][ \t]* "((?:[^"\\\n]|\\.){1,200})" [ \t]*,?[ \t]*\r?\n?
        [ \t]* "?value"? [ \t]*[=:][ \t]* "([^"\n]{1,4096})"'''
)
_VALUE = lazy_re.compile(rb'value"?[ \t]*[=:][ \t]*"')
_REFERENCE = lazy_re.compile(rb"\$\{[^}]*\}|var\.|data\.|local\.")


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view: `NAME=value` for each, the last part of a path standing for all of it (`auth.password`)."""
    if name is not None and not name.endswith((b".tf", b".tofu", b".tf.json", b".hcl", b".nomad")):
        return
    lines = Lines()
    for found in _pairs(text):
        if lines.full:
            yield Reason.CAP, "more names and values than are shown in one view"
            break
        if not _REFERENCE.fullmatch(found[2]):
            path = found[1].decode(errors="replace")
            start, end = found.span(2)
            lines.add(key(found[1].rpartition(b".")[2]) + b"=", [Piece(found[2], start, end, True)], {"pointer": f"set {path}"})
    view = lines.view()
    if view is not None:
        yield view


def _pairs(text: bytes) -> Iterator[re.Match[bytes]]:
    """The pairs in their order. Most lines have no value, and to look for what comes before it at each of them takes long."""
    behind = newline = 0
    for value in _VALUE.finditer(text):
        if value.start() < newline:
            continue  # what begins a line is settled by its first value
        line = text.rfind(b"\n", newline, value.start()) + 1 or newline
        newline = text.find(b"\n", value.end())
        newline = len(text) if newline < 0 else newline
        for start in dict.fromkeys((text.rfind(b"\n", 0, max(0, line - 1)) + 1, line)):
            found = _PAIR.match(text, start) if start >= behind else None
            if found is not None:
                behind = found.end()
                yield found
                break
