"""Values that hide others: a Secret's base64, Docker's logins, Helm's releases, files of machines and charts.

Sources: https://kubernetes.io/docs/concepts/configuration/secret/ (types, encoding), https://helm.sh/docs/topics/advanced/,
https://docs.docker.com/reference/cli/docker/login/.
"""

from __future__ import annotations

from secretscan._core import Map, Scalar, Seq
from secretscan.model import Reason
from secretscan.readers.kubernetes.decoding import TooLarge, inflate, is_text, unbase64
from secretscan.readers.kubernetes.documents import Schema, documents
from secretscan.readers.kubernetes.grammar import PUBLIC, stands_for
from secretscan.readers.kubernetes.nodes import Node
from secretscan.readers.kubernetes.text import Path, Text
from secretscan.readers.kubernetes.walk import MIN_LENGTH, Places, Role, Value, Walk, whole

_DOCKER = frozenset({".dockerconfigjson", ".dockercfg"})
_GZIP = b"\x1f\x8b\x08"
_SHORT = 256  # bytes: no longer value is shown as its base64 beside what it decodes to


def drop(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """Names, versions and bookkeeping of the API server."""


def other(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """A known key that holds something else than it is known for."""
    if isinstance(node, Scalar):
        walk.plain(key, node, path, text)
    else:
        walk.node(key, node, path, text, {})


def secret_data(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """A Secret's data: base64 by definition, or plaintext put there by mistake."""
    if not isinstance(node, Map):
        other(walk, key, node, path, text)
        return
    for name, child in node.entries:
        if not isinstance(child, Scalar):
            walk.node(name, child, (path, name), text, {})
        elif name in PUBLIC or stands_for(child.value):
            walk.silence(child, text, "public")
        else:
            encoded(walk, name, child, (path, name), text)


def encoded(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """A value that should be base64. What is text inside stands for it; what is not stands beside it."""
    if not isinstance(node, Scalar):
        other(walk, key, node, path, text)
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
        logins(walk, "auths", node, path, found[0].text)  # .dockercfg: registries at the top
    else:
        walk.map(node, path, found[0].text, {})
    return True


def logins(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """Docker's credentials by registry: https://docs.docker.com/reference/cli/docker/login/. `auth` is base64 of user:password."""
    if not isinstance(node, Map):
        other(walk, key, node, path, text)
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


def file_content(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """Files and user data of machines, often base64."""
    if isinstance(node, Scalar) and len(node.value) >= 16:
        found = unbase64(node.value.encode(errors="replace"))
        if found is not None and (is_text(found) or found.startswith(_GZIP)):
            encoded(walk, key, node, path, text)
            return
    other(walk, key, node, path, text)


def chart_files(walk: Walk, key: str, node: Node, path: Path, text: Text) -> None:
    """Files of a chart: [{name, data: base64}]."""
    if not isinstance(node, Seq):
        other(walk, key, node, path, text)
        return
    for index, item in enumerate(node.items):
        if isinstance(item, Map):
            for field, child in item.entries:
                if field == "data":
                    encoded(walk, item.text("name") or key, child, ((path, index), field), text)


_RELEASE: Places = {"chart": {"templates": chart_files, "files": chart_files, "schema": drop, "lock": drop}}
