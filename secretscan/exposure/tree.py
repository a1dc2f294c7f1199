"""A way through an object's tree that remembers where it stands, and costs nothing until somebody asks where."""

from __future__ import annotations

from collections.abc import Iterator

from secretscan._core import Map, Scalar, Seq
from secretscan.model import Mark
from secretscan.readers.kubernetes.nodes import Node
from secretscan.readers.kubernetes.text import Path, Text, pointer


class Cursor:
    """A node, or the absence of one, with the path that leads to it."""

    __slots__ = ("node", "path", "text")

    def __init__(self, node: Node, text: Text, path: Path = None) -> None:
        self.node = node
        self.text = text
        self.path = path

    def __bool__(self) -> bool:
        return self.node is not None

    def get(self, *keys: str) -> Cursor:
        """What keys lead to, one after another."""
        node, path = self.node, self.path
        for key in keys:
            node = node.get(key) if type(node) is Map else None
            path = (path, key)
        return Cursor(node, self.text, path)

    def items(self) -> Iterator[Cursor]:
        """The items of a sequence; of anything else none."""
        if type(self.node) is Seq:
            for number, item in enumerate(self.node.items):
                yield Cursor(item, self.text, (self.path, number))

    def entries(self) -> Iterator[tuple[str, Cursor]]:
        """The entries of a map; of anything else none."""
        if type(self.node) is Map:
            for key, node in self.node.entries:
                yield key, Cursor(node, self.text, (self.path, key))

    @property
    def value(self) -> str:
        """A scalar as it stands in the file, template actions included; of anything else nothing."""
        if type(self.node) is not Scalar:
            return ""
        if self.text.whole(self.node):
            return self.node.value
        return self.text.read(self.node)[0].decode(errors="replace")

    @property
    def pointer(self) -> str:
        return pointer(self.path)

    @property
    def mark(self) -> Mark:
        """Where it stands in the text that was read: a scalar from its first to its last byte, anything else its first line's beginning."""
        if self.node is None:
            return Mark(0, 0, self.pointer)
        start = self.text.offset(self.node.start)
        end = self.text.offset(self.node.end) if type(self.node) is Scalar else start + 1
        return Mark(*self.text.span(start, end), self.pointer)

    @property
    def template(self) -> bool:
        """Whether parts of the document are not there until somebody renders it: then nothing follows from what is missing."""
        return self.text.source is not self.text.content


def true(value: str) -> bool:
    """Whether a scalar is true as YAML 1.1 and command lines spell it."""
    return value.strip().lower() in ("true", "yes", "on", "1")
