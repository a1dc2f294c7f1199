"""Objects and who they are: documents, items of Lists, items of streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from secretscan._core import Map, Scalar, Seq
from secretscan.model import Identity, View
from secretscan.readers.kubernetes.nodes import Node
from secretscan.readers.kubernetes.text import Text


class Object(NamedTuple):
    """One object: its tree, the text that the tree's marks count in, and its view if it has one."""

    identity: Identity
    node: Node
    text: Text
    view: View | None = None


def objects(node: Node, text: Text) -> Iterator[Object]:
    """The objects of one document: the items of a List or of a bare sequence of objects, or the document itself."""
    if isinstance(node, Seq) and any(isinstance(item, Map) and item.get("apiVersion") is not None for item in node.items):
        for item in node.items:
            yield from objects(item, text)
        return
    if isinstance(node, Map) and (node.text("kind").endswith("List") or not node.text("kind")):
        items = node.get("items")
        kind = node.text("kind").removesuffix("List")
        if isinstance(items, Seq) and node.text("apiVersion"):
            for item in items.items:
                for found in objects(item, text):
                    inferred = found.identity.kind or kind
                    yield found._replace(identity=found.identity._replace(kind=inferred))
            return
    yield Object(identify(node), node, text)


def identify(node: Node) -> Identity:
    """Who an object says it is."""
    if not isinstance(node, Map):
        return Identity("", "", "", "")
    metadata = node.get("metadata")
    namespace, name = "", ""
    if isinstance(metadata, Map):
        namespace = metadata.text("namespace")
        name = metadata.text("name") or metadata.text("generateName")
    return Identity(node.text("apiVersion"), node.text("kind"), namespace, name)


def holds_objects(node: Node) -> bool:
    """Whether a document says that it is an object."""
    return isinstance(node, Map) and isinstance(node.get("kind"), Scalar) and isinstance(node.get("apiVersion"), Scalar)
