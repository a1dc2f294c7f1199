"""Every value of an object, and what of its text is known to hold none: the walk that views, and later the exposure checks, stand on."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from secretscan import lazy_re
from secretscan._core import Map, Scalar, Seq
from secretscan.model import Reason
from secretscan.readers.kubernetes.decoding import MAX_DECODED, is_text, peel
from secretscan.readers.kubernetes.documents import Schema, documents
from secretscan.readers.kubernetes.grammar import CONSTANTS, CREDENTIAL, STARTS, is_reference, key_says, stands_for
from secretscan.readers.kubernetes.nodes import Node
from secretscan.readers.kubernetes.text import Path, Run, Text

_make = tuple.__new__
MIN_LENGTH = 4
"""A shorter value is nobody's credential."""
_FILLER = "T"  # what blank_actions() puts in the place of an action
_MAX_NESTED = 3  # documents within documents
_COMMENT = lazy_re.compile(rb"^[ \t]*#[^\n]*\n?", re.MULTILINE)
_NESTED_FROM = 16  # characters: the shortest value that may have lines, or an object in it


class Role(enum.Enum):
    """What kind of place a value stands at, which decides how it is written into a view."""

    VALUE = "value"
    REFERENCE = "reference"
    ARGUMENT = "argument"
    FILE = "file"
    LINE = "line"


class Value(NamedTuple):
    """One value: `key` is the map key or environment name it belongs to, `scalar` stands in `text`."""

    path: Path
    key: str
    text: Text
    scalar: Scalar
    role: Role


Handler: TypeAlias = "Callable[[Walk, str, Node, Path, Text], None]"
Places: TypeAlias = "Mapping[str, Places | Handler]"
"""What to do at known keys of a map, keys of its maps, and so on."""


class Walk:
    """The values of one object, gathered. `silences` are stretches of the root text (start, end, why); `notes`: what could not be read."""

    def __init__(self, kinds: Mapping[str, Places], keys: Mapping[str, Handler], depth: int = 0, budget: int = MAX_DECODED) -> None:
        self.values: list[Value] = []
        self.silences: list[tuple[int, int, str]] = []
        self.notes: list[tuple[Reason, str]] = []
        self.names: set[str] = set()
        """Names of Secrets and of their keys that this object refers to."""
        self.kinds = kinds
        self.keys = keys
        self.depth = depth
        self.budget = budget
        self.later: list[Callable[[set[tuple[str, str]]], None]] = []
        """What can only be done when the object's own values are known: (key, value) of each."""

    def object(self, node: Node, text: Text, kind: str) -> None:
        """Walk one object of a kind, or any other document."""
        self.node("", node, None, text, self.kinds.get(kind, _NOWHERE))
        live = {(value.key, value.scalar.value) for value in self.values} if self.later else set()
        for then in self.later:
            then(live)

    def node(self, key: str, node: Node, path: Path, text: Text, places: Places) -> None:
        """Walk what stands under a key."""
        if isinstance(node, Scalar):
            self.scalar(key, node, path, text)
        elif isinstance(node, Map):
            self.map(node, path, text, places)
        elif isinstance(node, Seq):
            for index, item in enumerate(node.items):
                if type(item) is Map:
                    self.map(item, (path, index), text, places)
                elif item is not None:
                    self.node(key, item, (path, index), text, places)

    def map(self, node: Map, path: Path, text: Text, places: Places) -> None:
        """Walk a map. The order of a map's values is kept, for what belongs together stands together."""
        keys = self.keys
        name, value_key, name_key = "", "", ""
        if len(node.entries) <= _SMALL:
            name, value_key, name_key, kind = _traits(node)
            if kind and not places:
                places = self.kinds.get(kind, places)
        for key, child in node.entries:
            here = places.get(key) if places else None
            if here is not None and callable(here):
                here(self, key, child, (path, key), text)
            elif type(child) is Scalar:
                if not value_key:
                    self.scalar(key, child, (path, key), text)
                elif key == value_key:
                    self.scalar(name, child, (path, key), text)
                elif key != name_key:
                    self.scalar(key, child, (path, key), text)
            elif child is not None:
                handler = keys.get(key)
                if handler is not None:
                    handler(self, key, child, (path, key), text)
                elif key.endswith(("Ref", "Refs", "Reference")):
                    self.reference(key, child, (path, key), text)
                else:
                    self.node(key, child, (path, key), text, here or _NOWHERE)

    def scalar(self, key: str, scalar: Scalar, path: Path, text: Text) -> None:
        """One value under a key."""
        value = scalar.value
        if len(value) < MIN_LENGTH or (scalar.style == "" and (value in CONSTANTS or value.isdigit())):
            return
        handler = self.keys.get(key)
        if handler is not None:
            handler(self, key, scalar, path, text)
        else:
            self.plain(key, scalar, path, text)

    def plain(self, key: str, scalar: Scalar, path: Path, text: Text) -> None:
        """One value of a key that is not known to mean anything special."""
        value = scalar.value
        if not text.whole(scalar) and "\n" not in value:
            if not value.strip(_FILLER) and b"default" not in text.written(scalar):  # most values of a template: an action and no more
                self.silence(scalar, text, "stands for a value")
                return
            value = text.read(scalar)[0].decode(errors="replace")
        if value[:1] in STARTS and stands_for(value):
            self.silence(scalar, text, "stands for a value")
            return
        role = Role.VALUE
        if len(value) >= _NESTED_FROM:
            if ("apiVersion" in value or "auths" in value or "client-key-data" in value) and self.nested(key, scalar, path, text):
                return
            if "\n" in value and "\n" in value.rstrip("\n"):
                role = Role.FILE
        says = key_says(key)
        if (says & ~CREDENTIAL or value[:1] == "/") and role is Role.VALUE and is_reference(says, value):
            role = Role.REFERENCE
            if says & CREDENTIAL:
                self.silence(scalar, text, "names a credential")
        self.values.append(_make(Value, (path, key, text, scalar, role)))

    def nested(self, key: str, scalar: Scalar, path: Path, text: Text, *, lists: bool = False) -> bool:
        """Walk a value that is itself an object, or several, or with `lists` a list. False if it is none, or not one that parses."""
        value = scalar.value
        if "apiVersion" in value and "kind" not in value:
            return False
        if self.depth >= _MAX_NESTED:
            self.notes.append((Reason.TOO_DEEP, "objects within objects"))
            return False
        content, runs = text.read(scalar)
        inner = Text(content, runs, text.decoded)
        found = list(documents(inner))
        if any(
            isinstance(document, str) or not isinstance(getattr(document, "node", None), (Map, Seq) if lists else Map)
            for document in found
            if not isinstance(document, Schema)
        ):
            return False
        self.depth += 1
        for number, document in enumerate(found):
            if isinstance(document, Schema):
                self.silences.append((document.start, document.end, "a schema"))
            elif not isinstance(document, str):
                within: Path = (path, None)
                self.node(key, document.node, (within, number) if len(found) > 1 else within, document.text, _NOWHERE)
        self.depth -= 1
        for comment in _COMMENT.finditer(content) if b"#" in content else ():
            line = Scalar(comment[0].decode(errors="replace"), comment.start(), comment.end(), None)
            self.values.append(Value(path, key, inner, line, Role.LINE))
        return True

    def decoded(self, scalar: Scalar, text: Text) -> tuple[Text, bool] | None:
        """What a scalar's base64 holds, and whether that is text. None if it is not base64, or the budget is spent."""
        value = text.read(scalar)[0]
        peeled = peel(value)
        if peeled is None:
            return None
        content, steps = peeled
        self.budget -= len(content)
        if self.budget < 0:
            if self.budget + len(content) >= 0:
                self.notes.append((Reason.CAP, f"more than {MAX_DECODED >> 20} MB in base64"))
            return None
        return self.derive(content, scalar, text, steps), is_text(content)

    def derive(self, content: bytes, scalar: Scalar, text: Text, steps: tuple[str, ...]) -> Text:
        """A text made from a scalar's, of which only the scalar's place is known."""
        start, end = text.span(text.offset(scalar.start), text.offset(scalar.end))
        return Text(content, [Run(0, start, end, False)], (*text.decoded, *steps))

    def silence(self, node: Node, text: Text, why: str) -> None:
        """Nothing in a node's raw text is a finding."""
        if node is not None:
            self.silences.append((*text.span(text.offset(node.start), text.offset(node.end)), why))

    def reference(self, key: str, node: Node, path: Path, text: Text) -> None:
        """A node that names something elsewhere: its strings are no values."""
        if isinstance(node, Scalar):
            self.names.add(node.value)
            self.silence(node, text, "names a credential")
        elif isinstance(node, Map):
            for name, child in node.entries:
                self.reference(name, child, (path, name), text)
        elif isinstance(node, Seq):
            for index, child in enumerate(node.items):
                self.reference(key, child, (path, index), text)


def whole(text: Text) -> Scalar:
    """All of a text as one scalar of it."""
    return Scalar(text.content.decode(errors="replace"), 0, len(text.content), None)


_SMALL = 12  # entries: neither an object's own map nor a name and its value has more
_VALUE, _NAME, _PATH, _OP, _KIND, _VERSION, _BODY = (1 << bit for bit in range(7))
_FIELDS = {
    **dict.fromkeys(("value", "Value"), _VALUE),
    **dict.fromkeys(("name", "key", "Name", "Key"), _NAME),
    "path": _PATH,
    "op": _OP,
    "kind": _KIND,
    "apiVersion": _VERSION,
    **dict.fromkeys(("metadata", "data", "spec"), _BODY),
}
_OBJECT = _KIND | _VERSION | _BODY


def _traits(node: Map) -> tuple[str, str, str, str]:
    """(name, key of the value, key of the name) of a map that says `name: X, value: Y` in either order, or is a JSON patch operation
    (RFC 6902); and the kind of one that is an object."""
    value = name = key = path = kind = ""
    seen = 0
    for field, child in node.entries:
        code = _FIELDS.get(field)
        if code is None:
            continue
        seen |= code
        if type(child) is not Scalar:
            continue
        if code == _VALUE:
            value = field
        elif code == _NAME:
            if not key:
                key, name = field, child.value
        elif code == _PATH:
            path = child.value
        elif code == _KIND:
            kind = child.value
    if seen & _OBJECT != _OBJECT:
        kind = ""
    if value and not key and path and seen & _OP:
        return path.rsplit("/", 1)[-1], value, "path", kind
    return (name, value, key, kind) if value and key else ("", "", "", kind)


_NOWHERE: Places = {}
