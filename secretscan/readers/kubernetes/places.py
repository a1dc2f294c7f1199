"""Where Kubernetes keeps secrets, and what only looks like one. Kinds known by name, and keys that mean the same anywhere.

Sources: https://kubernetes.io/docs/concepts/configuration/secret/ (types, encoding), the API reference of each kind, the documentation of
Sealed Secrets, External Secrets, SOPS (https://getsops.io/docs/) and the Secrets Store CSI driver.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from secretscan._core import Map, Scalar, Seq
from secretscan.model import Reason
from secretscan.readers.kubernetes.decoding import TooLarge, inflate, is_text, unbase64
from secretscan.readers.kubernetes.documents import Schema, documents
from secretscan.readers.kubernetes.grammar import PUBLIC, stands_for
from secretscan.readers.kubernetes.nodes import Node
from secretscan.readers.kubernetes.text import Path, Text
from secretscan.readers.kubernetes.walk import MIN_LENGTH, Handler, Places, Role, Value, Walk, whole

_DOCKER = frozenset({".dockerconfigjson", ".dockercfg"})
_GZIP = b"\x1f\x8b\x08"
_SHORT = 256  # bytes: no longer value is shown as its base64 beside what it decodes to


def _drop(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """Names, versions and bookkeeping of the API server."""


def _other(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """A known key that holds something else than it is known for."""
    if isinstance(node, Scalar):
        walk.plain(key, node, path, text)
    else:
        walk.node(key, node, path, text, {})


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
        _other(walk, key, node, path, text)


def _sops(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    if isinstance(node, Map) and any(name in ("mac", "lastmodified") for name, _ in node.entries):
        walk.silence(node, text, "encrypted")
    else:
        _other(walk, key, node, path, text)


def _selected(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """`data` of an ExternalSecret: a list of references, or, in its template, a map of literals and actions."""
    if isinstance(node, Seq):
        walk.reference(key, node, path, text)
    else:
        _other(walk, key, node, path, text)


def _arguments(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """A command line, a word an item."""
    if not isinstance(node, Seq):
        _other(walk, key, node, path, text)
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


def _secret_data(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """A Secret's data: base64 by definition, or plaintext put there by mistake."""
    if not isinstance(node, Map):
        _other(walk, key, node, path, text)
        return
    for name, child in node.entries:
        if not isinstance(child, Scalar):
            walk.node(name, child, (path, name), text, {})
        elif name in PUBLIC or stands_for(child.value):
            walk.silence(child, text, "public")
        else:
            _encoded(walk, name, child, (path, name), text)


def _encoded(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """A value that should be base64. What is text inside stands for it; what is not stands beside it."""
    if not isinstance(node, Scalar):
        _other(walk, key, node, path, text)
        return
    found = walk.decoded(node, text) if node.value else None
    if found is None:
        if len(node.value) >= MIN_LENGTH:
            walk.values.append(Value(path, key, text, node, Role.FILE if "\n" in node.value.strip() else Role.VALUE))
        return
    inner, readable = found
    if inner.content.startswith(_GZIP):
        walk.silence(node, text, "shown decoded")
        _compressed(walk, key, path, inner)
    elif readable:
        walk.silence(node, text, "shown decoded")
        if not (key in _DOCKER and _docker_file(walk, inner, path)) and len(inner.content) >= MIN_LENGTH:
            walk.plain(key, whole(inner), path, inner)
    else:
        if len(node.value) <= _SHORT:
            walk.values.append(Value(path, key, text, node, Role.VALUE))
        walk.values.append(Value(path, key, inner, whole(inner), Role.REFERENCE))


def _compressed(walk: Walk, key: str, path: Path, packed: Text) -> None:
    """A Helm release (https://helm.sh/docs/topics/advanced/), or anything else that is gzip inside base64."""
    try:
        content = inflate(packed.content)
    except TooLarge as error:
        walk.notes.append((Reason.CAP, str(error)))
        content = error.head
    if content is None:
        walk.notes.append((Reason.CORRUPT, "a gzip value that does not inflate"))
        return
    walk.budget -= len(content)
    if walk.budget < 0:
        walk.notes.append((Reason.CAP, "more decoded than is read of one text"))
        return
    inner = walk.derive(content, whole(packed), packed, ("gzip",))
    found = list(documents(inner)) if content[:1] == b"{" and is_text(content) else []
    if found and not any(isinstance(document, str) for document in found):
        for document in found:
            if not isinstance(document, str | Schema):
                walk.node(key, document.node, path, document.text, _RELEASE)
    else:
        walk.values.append(Value(path, key, inner, whole(inner), Role.FILE))


def _docker_file(walk: Walk, text: Text, path: Path) -> bool:
    found = list(documents(text))
    if len(found) != 1 or isinstance(found[0], str | Schema) or not isinstance(found[0].node, Map):
        return False
    node = found[0].node
    if node.get("auths") is None:
        _auths(walk, "auths", node, path, found[0].text)  # .dockercfg: registries at the top
    else:
        walk.map(node, path, found[0].text, {})
    return True


def _auths(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """Docker's credentials by registry: https://docs.docker.com/reference/cli/docker/login/. `auth` is base64 of user:password."""
    if not isinstance(node, Map):
        _other(walk, key, node, path, text)
        return
    for registry, entry in node.entries:
        if not isinstance(entry, Map):
            walk.node(registry, entry, (path, registry), text, {})
            continue
        known = entry.text("password")
        for name, child in entry.entries:
            place: Path = ((path, registry), name)
            if name != "auth" or not isinstance(child, Scalar):
                walk.node(f"auths.{registry}.{name}", child, place, text, {})
                continue
            pair = unbase64(child.value.encode(errors="replace"))
            if pair is None or b":" not in pair or not is_text(pair):
                walk.node(f"auths.{registry}.auth", child, place, text, {})
                continue
            walk.silence(child, text, "shown decoded")
            user, _, password = pair.decode().partition(":")
            if password == known:
                continue
            inner = walk.derive(pair, child, text, ("base64",))
            cut = len(user.encode())
            for field, value, start, end in (("username", user, 0, cut), ("password", password, cut + 1, len(pair))):
                walk.scalar(f"auths.{registry}.{field}", Scalar(value, start, end, None), place, inner)


def _annotations(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """Annotations; an object in one is walked last, for most of it stands in the live object too."""
    if not isinstance(node, Map):
        _other(walk, key, node, path, text)
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


def _content(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """Files and user data of machines, often base64."""
    if isinstance(node, Scalar) and len(node.value) >= 16:
        found = unbase64(node.value.encode(errors="replace"))
        if found is not None and (is_text(found) or found.startswith(_GZIP)):
            _encoded(walk, key, node, path, text)
            return
    _other(walk, key, node, path, text)


def _files(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """Files of a chart: [{name, data: base64}]."""
    if not isinstance(node, Seq):
        _other(walk, key, node, path, text)
        return
    for index, item in enumerate(node.items):
        if isinstance(item, Map):
            for field, child in item.entries:
                if field == "data":
                    _encoded(walk, item.text("name") or key, child, ((path, index), field), text)


def _literals(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """`NAME=value`, an item each: Kustomize's literals, Compose's environment. Anything else under such a key is walked as it is."""
    if not isinstance(node, Seq):
        _other(walk, key, node, path, text)
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
        _other(walk, key, node, path, text)


_GENERATOR: Places = {"literals": _literals}
_RELEASE: Places = {"chart": {"templates": _files, "files": _files, "schema": _drop, "lock": _drop}}

_EXTERNAL: Places = {
    "data": _selected,
    "dataFrom": _reference,
    "secretStoreRef": _reference,
    "secretStoreRefs": _reference,
    "selector": _reference,
}

KINDS: Mapping[str, Places] = MappingProxyType(
    {
        "Secret": {"data": _secret_data},
        "ConfigMap": {"binaryData": _secret_data},
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
        "apiVersion": _drop,
        "kind": _drop,
        "managedFields": _drop,
        "resourceVersion": _drop,
        "uid": _drop,
        "annotations": _annotations,
        "args": _arguments,
        "command": _arguments,
        "cmd": _arguments,
        "entrypoint": _arguments,
        "entryPoint": _arguments,
        "auths": _auths,
        "environment": _literals,
        "sops": _sops,
        "imagePullSecrets": _reference,
        "client-key-data": _encoded,
        "keyData": _encoded,
        "userData": _content,
        "userDataBase64": _content,
        "content": _content,
        **dict.fromkeys(PUBLIC, _public),
    }
)
"""Keys that mean the same in any object."""
