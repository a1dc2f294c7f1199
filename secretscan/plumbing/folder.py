"""Git's own folder: the files that people and programs leave there beside the objects, and other repositories kept in it."""

from __future__ import annotations

import os
from collections.abc import Iterator

_ELSEWHERE = frozenset({b"objects", b"refs", b"modules", b"index", b"packed-refs", b"info/refs", b"shallow"})
"""Objects are read as objects, modules as repositories; the rest holds nothing but ids and names of files."""
_DEPTH = 32


def files(git_dir: bytes) -> Iterator[bytes | OSError]:
    """Paths below `git_dir`, sorted: configuration, reflogs, messages, hooks, patches of a rebase, large files fetched by LFS.

    An OSError in place of each folder that cannot be listed. Links are told like files and never followed.
    """
    yield from _walk(git_dir, b"", _DEPTH)


def modules(git_dir: bytes) -> list[bytes]:
    """Paths below `git_dir` of the submodules' repositories that it keeps, checked out or not."""
    found: list[bytes] = []
    waiting = [(b"modules", _DEPTH)]
    while waiting:
        path, depth = waiting.pop()
        full = os.path.join(git_dir, path)
        names = _folders(full)
        if {b"objects", b"refs"} <= names and os.path.isfile(os.path.join(full, b"HEAD")):
            found.append(path)
        elif depth:
            waiting += [(path + b"/" + name, depth - 1) for name in names]
    return sorted(found)


def _walk(root: bytes, below: bytes, depth: int) -> Iterator[bytes | OSError]:
    try:
        with os.scandir(os.path.join(root, below)) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        yield error
        return
    for entry in entries:
        path = below + b"/" + entry.name if below else entry.name
        if (path in _ELSEWHERE) or entry.name == b"index" or entry.name.startswith(b"sharedindex.") or entry.name.endswith(b".sample"):
            continue
        if not entry.is_dir(follow_symlinks=False):
            yield path
        elif depth:
            yield from _walk(root, path, depth - 1)
        else:
            yield OSError(0, "nested too deep")


def _folders(path: bytes) -> set[bytes]:
    try:
        with os.scandir(path) as listing:
            return {entry.name for entry in listing if entry.is_dir(follow_symlinks=False)}
    except OSError:
        return set()
