"""The index: what the next commit holds, and what it changes. The work tree is never compared here: that may run clean filters."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

from secretscan.plumbing.process import GitFailed
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
    _check(repository)
    return list(_entries(repository.git.run("ls-files", "-s", "-z")))


def untracked(repository: Repository, *, ignored: bool = False) -> tuple[list[bytes], list[str]]:
    """Paths that are neither in the index nor (unless `ignored`) ignored, and what git could not look into.

    A nested repository ends in a slash. It warns of a folder that it may not open, or whose path is too long, and ends as if all were well.
    """
    with repository.git.start("ls-files", "-o", "-z", *(() if ignored else ("--exclude-standard",))) as process:
        paths = list(process.fields(b"\0"))
        wrong = process.finish()
    if wrong:
        raise GitFailed(wrong)
    return paths, [warning for warning in process.warnings if warning.startswith("could not open directory")]


def staged(repository: Repository) -> list[Entry]:
    """What the next commit adds or changes against HEAD; before the first commit, all of the index. Deletions are not told.

    In the midst of a merge that is everything the merge brings in, and both sides of each conflict. GitFailed if the index cannot be read.
    """
    _check(repository)
    against = b"HEAD" if repository.head is not None else repository.empty_tree
    options = (
        "--cached",
        "--raw",
        "-z",
        "--no-abbrev",
        "--no-renames",
        "--no-ext-diff",
        "--ita-invisible-in-index",
        "--diff-filter=ACMRTU",
    )
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


def _check(repository: Repository) -> None:
    """GitFailed if the index is torn. Git does not verify its checksum, and reads what is cut off as zeros.

    The format: https://git-scm.com/docs/index-format; the hash over all before it comes last, or zeros under index.skipHash.
    """
    path = repository.git.environment.get("GIT_INDEX_FILE") or os.path.join(repository.git_dir, b"index")
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise GitFailed("the index is not a regular file")
            data = file.read()
    except FileNotFoundError:
        return
    except OSError as error:
        raise GitFailed(f"the index cannot be read: {(error.strerror or 'unknown reason').lower()}") from None
    made = hashlib.new(repository.object_format, usedforsecurity=False)
    size = made.digest_size
    made.update(memoryview(data)[:-size])
    if len(data) < size or (data[-size:] != made.digest() and any(data[-size:])):
        raise GitFailed("the index is torn: its checksum is wrong")
