"""What the files that a commit changes held before it: a secret that stood there already is not added by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from secretscan.model import Finding, Place
from secretscan.plumbing.authors import read
from secretscan.plumbing.process import GitFailed
from secretscan.plumbing.repository import Repository, locate

_TELLING = 16
"""Bytes from which on a secret is no ordinary word: a shorter one counts as held only where its whole line is."""


def already_committed(target: str, inherited: Mapping[str, str], findings: Sequence[Finding]) -> frozenset[int]:
    """Numbers of those findings that HEAD's version of each of their files holds too, or a file that the commit takes away.

    A rename is no addition either. Nothing is known of a file that is not staged. If git fails, nothing was there before.
    """
    try:
        repository = locate(target, inherited, work_tree=False)
        if repository.head is None:
            return frozenset()
        before, gone = _before(repository)
        contents = dict(read(repository, sorted({*before.values(), *gone})))
    except GitFailed:
        return frozenset()
    moved = [contents.get(id, b"") for id in gone]

    def held(place: Place, secret: bytes) -> bool:
        if "staged" not in place.origin.facts:
            return False
        path = place.origin.path.split(b"!")[0]
        if not secret:  # the file's name alone tells
            return path in before
        telling = secret if len(secret) >= _TELLING or place.context is None else bytes(place.context.text)
        return any(telling in content for content in (contents.get(before.get(path, b""), b""), *moved))

    def all_held(finding: Finding) -> bool:
        halves = [(part.places, part.secret) for part in finding.parts] or [(finding.places, finding.secret)]
        return all(held(place, bytes(secret)) for places, secret in halves for place in places)

    return frozenset(number for number, finding in enumerate(findings) if all_held(finding))


def _before(repository: Repository) -> tuple[dict[bytes, bytes], list[bytes]]:
    """HEAD's blobs by path, of the files that are changed; and the blobs of those that are deleted."""
    options = ("--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--ita-invisible-in-index")
    fields = iter(repository.git.run("diff-index", *options, "HEAD", "--").split(b"\0")[:-1])
    before: dict[bytes, bytes] = {}
    gone: list[bytes] = []
    for meta, path in zip(fields, fields, strict=True):
        mode, _, old, _, status = meta.removeprefix(b":").split(b" ")
        if status == b"D" and mode.startswith(b"10"):
            gone.append(old)
        elif old.strip(b"0"):
            before[path] = old
    return before, gone
