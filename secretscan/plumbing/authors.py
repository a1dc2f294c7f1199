"""Who wrote a commit or a tag, and when."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from typing import NamedTuple

from secretscan._core import split_objects
from secretscan.plumbing.process import GitFailed
from secretscan.plumbing.repository import Repository

_DEATHS = 500
"""Objects that cannot be read before the rest is given up: each costs a process."""


class Authorship(NamedTuple):
    """A name without its mail address, the address apart, and a time: ISO 8601 in UTC. `name` is a tag's own."""

    author: str
    email: str
    date: str
    name: bytes = b""


def authorships(repository: Repository, ids: Collection[bytes]) -> dict[bytes, Authorship]:
    """Who wrote each of these commits or tags; those that cannot be read are left out."""
    return {id: _authorship(raw) for id, raw in read(repository, sorted(ids))}


def read(repository: Repository, ids: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """(id, content) of those of the objects that are there and whole. They are held at once: not for blobs."""
    if not ids:
        return
    try:
        raw = repository.git.run("cat-file", "--buffer", "--batch", stdin=b"\n".join(ids) + b"\n")
    except GitFailed:  # one of them is torn: those are few, so ask for each
        if len(ids) > 1:
            for id in ids[:_DEATHS]:
                yield from read(repository, [id])
        return
    for id, kind, start, end in split_objects(raw)[0]:
        if kind != b"missing":
            yield id, raw[start:end]


def _authorship(raw: bytes) -> Authorship:
    headers = raw.partition(b"\n\n")[0].split(b"\n")
    person = next((line.partition(b" ")[2] for line in headers if line.startswith((b"author ", b"tagger "))), b"")
    name = next((line[4:] for line in headers if line.startswith(b"tag ")), b"")
    author, _, rest = person.partition(b" <")
    email, _, when = rest.rpartition(b"> ")
    return Authorship(_text(author), _text(email), _date(when.split(b" ")[0]), name)


def _text(name: bytes) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("latin-1")


def _date(seconds: bytes) -> str:
    """UTC, so that dates sort as text. Empty if the commit gives none that can be one."""
    try:
        return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""
