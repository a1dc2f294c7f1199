"""JSON by tokens with byte positions. libyaml is no JSON reader (surrogate pairs, long keys), json.loads tells no positions."""

from __future__ import annotations

from collections.abc import Iterator

from secretscan._core import read_json
from secretscan.readers.kubernetes.nodes import MAX_DEPTH, MAX_EVENTS, Node, Unparsed


def parse_json(content: bytes) -> Iterator[Node]:
    """The values of a stream of JSON texts (RFC 8259), and before one that lists objects those objects; marks are byte offsets.

    Unparsed where it ends to be JSON, or at a cap.
    """
    tree = read_json(content, depth=MAX_DEPTH, events=MAX_EVENTS)
    yield from tree.nodes()
    if tree.problem:
        raise Unparsed(tree.problem)
