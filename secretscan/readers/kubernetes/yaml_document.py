"""YAML through libyaml's events: nothing is constructed, no alias is followed, no tag means anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from yaml import YAMLError
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from secretscan._core import Map, Scalar, Seq
from secretscan.readers.kubernetes.nodes import MAX_DEPTH, MAX_EVENTS, Node, Unparsed, stands_alone


def parse_yaml(content: bytes) -> Iterator[Node]:
    """The documents of a YAML stream, and before one that lists objects those objects; marks count code points.

    Unparsed where it ends to be YAML, or at a cap on depth and events.

    YAML 1.1 (https://yaml.org/spec/1.1/) as libyaml reads it. Scalars stay the strings they are.
    """
    parser = CParser(content)
    next_event: Callable[[], Any] = parser.get_event
    root: Node = None
    stack: list[tuple[Map | Seq, str | None]] = []
    top: Map | Seq | None = None
    key: str | None = None
    try:
        for _ in range(MAX_EVENTS):
            event = next_event()
            kind = type(event)
            node: Node
            if kind is ScalarEvent:
                if key is None and type(top) is Map:
                    key = event.value
                    continue
                node = Scalar(event.value, event.start_mark.index, event.end_mark.index, event.style)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if len(stack) >= MAX_DEPTH:
                    raise Unparsed(f"nested more than {MAX_DEPTH} deep")
                stack.append((top, key))  # type: ignore[arg-type]  # the outermost has nothing around it
                top = Map(event.start_mark.index) if kind is MappingStartEvent else Seq(event.start_mark.index)
                key = None
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                assert top is not None
                top.end = event.end_mark.index
                node = top
                top, key = stack.pop()
                if type(top) is Map and key is None:
                    top.entries.append(("?", node))
                    key = "?"
                    continue
                if type(top) is Seq and stands_alone(node, stack):
                    yield node
                    continue
            elif kind is AliasEvent:
                if key is None and type(top) is Map:
                    key = "?"
                    continue
                node = None
            elif kind is DocumentEndEvent:
                yield root
                root = None
                continue
            elif event is None:
                return
            else:
                continue
            if type(top) is Map:
                top.entries.append((key, node))  # type: ignore[arg-type]  # set above, or this would have been the key
                key = None
            elif type(top) is Seq:
                top.items.append(node)
            else:
                root = node
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in its line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "characters that YAML does not allow"
        raise Unparsed(f"not YAML{where}: {problem}") from None
    raise Unparsed(f"more than {MAX_EVENTS} events")
