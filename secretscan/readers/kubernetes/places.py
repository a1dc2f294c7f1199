"""Where Kubernetes keeps secrets, and what only looks like one. Kinds known by name, and keys that mean the same anywhere.

Sources: https://kubernetes.io/docs/concepts/configuration/secret/ (types, encoding), the API reference of each kind, the documentation of
Sealed Secrets, External Secrets, SOPS (https://getsops.io/docs/) and the Secrets Store CSI driver.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from secretscan._core import Map, Scalar, Seq
from secretscan.readers.kubernetes.encoded import drop, encoded, file_content, logins, other, secret_data
from secretscan.readers.kubernetes.grammar import PUBLIC, stands_for
from secretscan.readers.kubernetes.nodes import Node
from secretscan.readers.kubernetes.text import Path, Text
from secretscan.readers.kubernetes.walk import Handler, Places, Role, Value, Walk


def _silent(why: str) -> Handler:
    """A whole node that holds nothing to find."""

    def handle(walk: Walk, _key: str, node: Node, _path: Path, text: Text) -> None:
        walk.silence(node, text, why)

    return handle


def _reference(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    walk.reference(key, node, path, text)


def _public(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    if isinstance(node, Scalar):
        walk.silence(node, text, "public")
    else:
        other(walk, key, node, path, text)


def _sops(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    if isinstance(node, Map) and any(name in ("mac", "lastmodified") for name, _ in node.entries):
        walk.silence(node, text, "encrypted")
    else:
        other(walk, key, node, path, text)


def _selected(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """`data` of an ExternalSecret: a list of references, or, in its template, a map of literals and actions."""
    if isinstance(node, Seq):
        walk.reference(key, node, path, text)
    else:
        other(walk, key, node, path, text)


def _arguments(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """A command line, a word an item."""
    if not isinstance(node, Seq):
        other(walk, key, node, path, text)
        return
    for index, item in enumerate(node.items):
        if not isinstance(item, Scalar):
            walk.node(key, item, (path, index), text, {})
        elif stands_for(item.value) or stands_for(item.value.partition("=")[2]):  # --password=$(PASSWORD)
            walk.silence(item, text, "stands for a value")
        elif "\n" in item.value:
            walk.scalar(key, item, (path, index), text)
        elif item.value:
            walk.values.append(Value((path, index), key, text, item, Role.ARGUMENT))


def _annotations(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """Annotations; an object in one is walked last, for most of it stands in the live object too."""
    if not isinstance(node, Map):
        other(walk, key, node, path, text)
        return
    for name, child in node.entries:
        if isinstance(child, Scalar) and '"apiVersion"' in child.value:
            walk.later.append(partial(_stale, walk, name, child, (path, name), text))
        else:
            walk.node(name, child, (path, name), text, {})


def _stale(walk: Walk, key: str, node: Scalar, path: Path, text: Text, live: set[tuple[str, str]]) -> None:
    """An object as it was when somebody applied it: only what has changed since says anything new."""
    before = len(walk.values)
    if not walk.nested(key, node, path, text):
        walk.scalar(key, node, path, text)
        return
    for value in walk.values[before:]:
        if (value.key, value.scalar.value) in live:
            start, end = value.text.offset(value.scalar.start), value.text.offset(value.scalar.end)
            walk.silences.append((*value.text.span(start, end), "the same as the live value"))
    walk.values[before:] = [value for value in walk.values[before:] if (value.key, value.scalar.value) not in live]


def _literals(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """`NAME=value`, an item each: Kustomize's literals, Compose's environment. Anything else under such a key is walked as it is."""
    if not isinstance(node, Seq):
        other(walk, key, node, path, text)
        return
    for index, item in enumerate(node.items):
        place: Path = (path, index)
        if not isinstance(item, Scalar) or "=" not in item.value:
            walk.node(key, item, place, text, {})
            continue
        content, runs = text.read(item)
        name, _, value = content.partition(b"=")
        inner = Text(content, runs, text.decoded)
        told = Scalar(value.decode(errors="replace"), len(content) - len(value), len(content), None)
        walk.scalar(name.decode(errors="replace"), told, place, inner)


def _patch(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """A patch written out: part of an object, or a list of operations (RFC 6902)."""
    if not (isinstance(node, Scalar) and "\n" in node.value and walk.nested(key, node, path, text, lists=True)):
        other(walk, key, node, path, text)


_GENERATOR: Places = {"literals": _literals}

_EXTERNAL: Places = {
    "data": _selected,
    "dataFrom": _reference,
    "secretStoreRef": _reference,
    "secretStoreRefs": _reference,
    "selector": _reference,
}

KINDS: Mapping[str, Places] = MappingProxyType(
    {
        "Secret": {"data": secret_data},
        "ConfigMap": {"binaryData": secret_data},
        "SealedSecret": {"spec": {"encryptedData": _silent("encrypted"), "data": _silent("encrypted")}},
        "ExternalSecret": {"spec": _EXTERNAL},
        "ClusterExternalSecret": {"spec": {"externalSecretSpec": _EXTERNAL}},
        "PushSecret": {"spec": _EXTERNAL},
        "SecretProviderClass": {"spec": _reference},
        "CustomResourceDefinition": {"spec": _silent("a schema")},
        "Kustomization": {
            "secretGenerator": _GENERATOR,
            "configMapGenerator": _GENERATOR,
            "patches": {"patch": _patch},
            "patchesJson6902": {"patch": _patch},
        },
    }
)
"""What is special about a kind, by the keys that lead there."""

KEYS: Mapping[str, Handler] = MappingProxyType(
    {
        "apiVersion": drop,
        "kind": drop,
        "managedFields": drop,
        "resourceVersion": drop,
        "uid": drop,
        "annotations": _annotations,
        "args": _arguments,
        "command": _arguments,
        "cmd": _arguments,
        "entrypoint": _arguments,
        "entryPoint": _arguments,
        "auths": logins,
        "environment": _literals,
        "sops": _sops,
        "imagePullSecrets": _reference,
        "client-key-data": encoded,
        "keyData": encoded,
        "userData": file_content,
        "userDataBase64": file_content,
        "content": file_content,
        **dict.fromkeys(PUBLIC, _public),
    }
)
"""Keys that mean the same in any object."""
