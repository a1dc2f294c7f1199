"""Facts of an origin in a few words, without knowing what kind of source it is of."""

from __future__ import annotations

import json
from collections.abc import Mapping

from secretscan import lazy_re
from secretscan.model import Json
from secretscan.redaction import Redactor

_DETAIL = ("blob", "apiVersion")
"""Facts that only a closer look asks for."""
_REFS = 3
"""Branches, tags and other refs that are named of each kind."""
_SINGULAR = {"branches": "branch", "tags": "tag", "refs": "ref"}
_DAY = lazy_re.compile(r"^(\d{4}-\d\d-\d\d)[T ].*")


def describe(facts: Mapping[str, Json], redactor: Redactor, *, verbose: bool = False) -> list[str]:
    """One phrase a fact, the object first: `Secret prod/aws`, `/data/key`, `commit 3f2a9c1d2e4f`, `deleted in layer 7`."""
    rest = dict(facts)
    phrases = [_object(rest), *_object_facts(rest), *_commit(rest, verbose), *_layer(rest)]
    for key, value in rest.items():
        if key in _DETAIL and not verbose:
            continue
        phrases.append(say(key, value))
    return [redactor.text(phrase) for phrase in phrases if phrase]


def say(key: str, value: Json) -> str:
    """A fact that has no words of its own: its key and its value."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return f"{key} {', '.join(map(str, value))}"
    return f"{key} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"


def identity(facts: Mapping[str, Json], redactor: Redactor) -> str | None:
    """What names the thing beside its path: object and pointer, commit, or layer, in full. None if nothing does."""
    rest = dict(facts)
    phrases = [_object(rest), str(rest.get("pointer") or "")]
    if not any(phrases):
        phrases = [f"{key} {facts[key]}" for key in ("commit", "layer_digest", "layer") if facts.get(key) is not None][:1]
    return redactor.text(" ".join(phrase for phrase in phrases if phrase)) or None


def _object(rest: dict[str, Json]) -> str:
    kind, namespace, name = rest.pop("kind", None), rest.pop("namespace", None), rest.pop("name", None)
    where = "/".join(str(each) for each in (namespace, name) if each)
    return " ".join(str(each) for each in (kind, where) if each)


def _object_facts(rest: dict[str, Json]) -> list[str]:
    pointer, steps = rest.pop("pointer", None), rest.pop("decoded", None)
    steps = steps if isinstance(steps, list) else [steps] if steps else []
    return [str(pointer or ""), "decoded from " + ", ".join(map(str, steps)) if steps else ""]


def _commit(rest: dict[str, Json], verbose: bool) -> list[str]:
    commit, author, date, kept, versions = (rest.pop(key, None) for key in ("commit", "author", "date", "in_work_tree", "versions"))
    removed, come, gone, own = (rest.pop(key, None) for key in ("removed_by", "moved_from", "moved_to", "in_git_folder"))
    name, day = str(author or ""), str(date or "")
    return [
        f"commit {commit if verbose else str(commit)[:12]}" if commit else "",
        name if verbose else name.partition(" <")[0],
        day if verbose else _DAY.sub(r"\1", day),
        "" if kept is None else "still in the work tree" if kept else "not in the work tree any more",
        f"removed by commit {removed if verbose else str(removed)[:12]}" if removed else "",
        f"renamed from {come}" if come else "",
        f"renamed to {gone}" if gone else "",
        f"{versions} versions of the file hold it" if versions else "",
        *_leading(rest),
        "kept in git's own folder" if own else "",
    ]


def _leading(rest: dict[str, Json]) -> list[str]:
    """The branches and tags that lead to a commit, the first of them by name."""
    kinds = {kind: rest.pop(kind, None) for kind in ("branches", "tags", "refs")}
    more = rest.pop("more_refs", 0)
    lists = {kind: [str(name) for name in names] for kind, names in kinds.items() if isinstance(names, list) and names}
    left = sum(len(names[_REFS:]) for names in lists.values()) + (more if isinstance(more, int) else 0)
    said = [f"{_SINGULAR[kind] if len(names) == 1 else kind} {', '.join(names[:_REFS])}" for kind, names in lists.items()]
    return [f"reached by {'; '.join(said)}{f' and {left} more' if left else ''}"] if said else []


def _layer(rest: dict[str, Json]) -> list[str]:
    layer, digest, fate, instruction = (rest.pop(key, None) for key in ("layer", "layer_digest", "fate", "instruction"))
    return [layer_name(layer, str(digest or "")), str(fate or ""), str(instruction or "")]


def layer_name(number: Json, digest: str) -> str:
    """`layer 3 (sha256:0fa50061c6c0)`, as far as either is known."""
    name = "" if number is None else f"layer {number}"
    algorithm, _, value = digest.rpartition(":")
    return f"{name or 'layer'} ({algorithm + ':' if algorithm else ''}{value[:12]})" if digest else name
