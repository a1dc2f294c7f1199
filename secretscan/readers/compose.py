"""Compose files and ECS task definitions: environments beside a container, as lists of NAME=value, as maps, as names and values.

https://docs.docker.com/reference/compose-file/services/#environment,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.model import Reason, Silence, View
from secretscan.readers.kubernetes.objects import Object

MARKERS = ((b"services:", b"containerDefinitions"), (b"environment:", b'"environment"'))
_COMPOSE = lazy_re.compile(rb"^services:[ \t]{0,64}\r?$", re.MULTILINE)
_TASK = lazy_re.compile(rb'"containerDefinitions"\s{0,64}:\s{0,64}\[')
_TASK_YAML = lazy_re.compile(rb"^containerDefinitions:", re.MULTILINE)


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | Object | tuple[Reason, str]]:
    """One view a file."""
    del name
    task = _TASK.search(text) if text.lstrip()[:1] == b"{" else _TASK_YAML.search(text)
    kind = "Compose" if _COMPOSE.search(text) else "ECS task" if task else ""
    if kind:
        from secretscan.readers.kubernetes.reading import read

        yield from read(text, kind)
