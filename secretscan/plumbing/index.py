"""The index: what the next commit holds, and what it changes. The work tree is never compared here: that may run clean filters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from secretscan.plumbing.repository import Repository

LINK = b"120000"
GITLINK = b"160000"


class Entry(NamedTuple):
    """A path of the index: its mode in octal digits, its object's id in hex."""

    mode: bytes
    id: bytes
    path: bytes


def entries(repository: Repository) -> list[Entry]:
    """All of the index, in its order. A path in conflict comes once for each side. GitFailed if the index cannot be read."""
    return list(_entries(repository.git.run("ls-files", "-s", "-z")))


def untracked(repository: Repository) -> list[bytes]:
    """Paths that are neither in the index nor ignored; a nested repository ends in a slash."""
    return repository.git.run("ls-files", "-o", "--exclude-standard", "-z").split(b"\0")[:-1]


def staged(repository: Repository) -> list[Entry]:
    """What the next commit adds or changes against HEAD; before the first commit, all of the index. Deletions are not told.

    In the midst of a merge that is everything the merge brings in, and both sides of each conflict.
    """
    against = b"HEAD" if repository.head is not None else repository.empty_tree
    options = ("--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--diff-filter=ACMRTU")
    fields = iter(repository.git.run("diff-index", *options, against, "--").split(b"\0")[:-1])
    found: dict[Entry, None] = {}
    conflict = False
    for meta, path in zip(fields, fields, strict=True):
        _, mode, _, id, status = meta.removeprefix(b":").split(b" ")
        if status == b"U":
            conflict = True
        else:
            found[Entry(mode, id, path)] = None
    if conflict:
        found.update(dict.fromkeys(_entries(repository.git.run("ls-files", "-u", "-z"))))
    return list(found)


def _entries(listed: bytes) -> Iterator[Entry]:
    for line in listed.split(b"\0")[:-1]:
        meta, path = line.split(b"\t", 1)
        mode, id, _ = meta.split(b" ")
        yield Entry(mode, id, path)
