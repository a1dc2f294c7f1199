"""Which commits a user asks for: in his words, then as ids and options that rev-list takes. Names may come from strangers (a branch)."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from secretscan import lazy_re
from secretscan.errors import SourceError, UsageError
from secretscan.plumbing.history import EVERY_ROOT
from secretscan.plumbing.process import GitFailed
from secretscan.plumbing.repository import Repository
from secretscan.redaction import printable

_OPTIONS = lazy_re.compile(
    r"--(?:all|reflog|not|merges|no-merges|first-parent|full-history|since-as-filter=.+|(?:branches|tags|remotes)(?:=.+)?"
    r"|(?:glob|exclude|since|after|until|before|max-count|skip|author|committer|grep)=.+)|-(?:n?\d+|i)"
)
"""What --log-opts may hold beside revisions: options of `git log` that choose commits. Others would change what is printed."""
_CHOOSE = ("--all", "--branches", "--tags", "--remotes", "--glob", "--reflog")
_REMOTE = lazy_re.compile(r"[\w.-]+(?:/[\w.-]+)*")
_SLACK = 2


class Update(NamedTuple):
    """A ref that a push changes: ids in hex before and after; all zeros for none."""

    old: str
    new: str


class Selection(NamedTuple):
    """What was asked for. `range` is A..B; `updates` come from a hook, with the `remote` that is pushed to, or None on its side."""

    range: str | None = None
    since_commit: str | None = None
    branch: str | None = None
    since: str | None = None
    log_opts: str | None = None
    updates: tuple[Update, ...] | None = None
    remote: str | None = None

    def __bool__(self) -> bool:
        return any(value is not None for value in (self.range, self.since_commit, self.branch, self.since, self.log_opts, self.updates))


class Revisions(NamedTuple):
    """Arguments for rev-list that choose the commits; `tips` are pushed objects that are no commits: tags, trees, blobs."""

    arguments: tuple[str | bytes, ...]
    tips: tuple[str, ...] = ()


def resolve(repository: Repository, asked: Selection) -> Revisions:
    """SourceError names what is not there, UsageError what is no range, date or option."""
    if asked.updates is not None:
        return _updates(repository, asked.updates, asked.remote)
    if asked.log_opts is not None:
        return Revisions((*_log_options(asked.log_opts), "--"))
    since = _since(repository, asked.since) if asked.since is not None else ()
    if asked.range is not None:
        before, dots, after = asked.range.partition("..." if "..." in asked.range else "..")
        if not dots:
            raise UsageError(f"{printable(asked.range)}: no range; give two commits as A..B")
        ends = [_commit(repository, name or "HEAD") for name in (before, after)]
        if ends[0] is None:
            return Revisions((*since, _there(ends[1])))
        return Revisions((*since, f"{ends[0]}{dots}{_there(ends[1])}"))
    chosen: tuple[str | bytes, ...] = EVERY_ROOT
    if asked.branch is not None:
        chosen = (_there(_branch(repository, asked.branch)),)
    elif asked.since_commit is not None:
        chosen = (_there(_commit(repository, "HEAD")),)
    if asked.since_commit is not None and (bound := _commit(repository, asked.since_commit)) is not None:
        chosen = (*chosen, f"^{bound}")
    return Revisions((*since, *chosen))


def pushed(lines: Iterable[bytes]) -> tuple[Update, ...]:
    """Updates from what git feeds a pre-push hook: `local-ref local-id remote-ref remote-id` a line (githooks(5))."""
    return tuple(_fed(lines, 4, 3, 1))


def received(lines: Iterable[bytes]) -> tuple[Update, ...]:
    """Updates from what git feeds a pre-receive hook: `old-id new-id ref` a line (githooks(5))."""
    return tuple(_fed(lines, 3, 0, 1))


def _fed(lines: Iterable[bytes], fields: int, old: int, new: int) -> Iterator[Update]:
    for line in lines:
        words = line.strip().split(b" ")
        if words == [b""]:
            continue
        if len(words) != fields or not all(re.fullmatch(rb"[0-9a-f]{40}|[0-9a-f]{64}", words[at]) for at in (old, new)):
            raise UsageError("standard input is not what git tells this hook; call it from the hook, with nothing in between")
        yield Update(words[old].decode(), words[new].decode())


def _updates(repository: Repository, updates: Sequence[Update], remote: str | None) -> Revisions:
    kinds = _kinds(repository, [id for update in updates for id in update])
    tips = list(dict.fromkeys(update.new for update in updates if update.new.strip("0")))
    for tip in tips:
        if tip not in kinds:
            raise SourceError(f"{tip[:12]}: is pushed, but not in the object store")
    if not tips:
        return Revisions(())
    known: list[str] = ["--all"]
    if remote is not None:  # what the other side has is what it said, and what was fetched from it
        known = [update.old for update in updates if update.old.strip("0") and update.old in kinds]
        known += [f"--remotes={remote}"] if _REMOTE.fullmatch(remote) else []
    bound = ["--not", *known] if known else []
    others = tuple(tip for tip in tips if kinds[tip] != "commit")
    return Revisions((*tips, *bound), others)


def _kinds(repository: Repository, ids: Sequence[str]) -> dict[str, str]:
    """The type of each object that is there."""
    fed = "".join(f"{id}\n" for id in dict.fromkeys(ids) if id.strip("0")).encode()
    said = repository.git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=fed).decode("ascii", "replace")
    pairs = (line.split(" ") for line in said.splitlines())
    return {id: kind for id, kind, *_ in pairs if kind != "missing"}


def _commit(repository: Repository, name: str) -> str | None:
    """The id of the commit that a name stands for; None for all zeros, by which hooks and CI say: there was none before."""
    if re.fullmatch("0{40}|0{64}", name):
        return None
    if not name.startswith("-"):  # the name of no commit, but of an option
        try:
            said, code = repository.git.ask("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", accept=1)
        except (GitFailed, ValueError):
            code = 1
        if not code:
            return said.decode("ascii").strip()
    advice = (
        "; this clone is shallow and may lack it: run git fetch --unshallow (GitHub: fetch-depth: 0; GitLab: GIT_DEPTH: 0)"
        if repository.shallow
        else ""
    )
    raise SourceError(f"{printable(name)}: no such commit here{advice}")


def _there(id: str | None) -> str:
    if id is None:
        raise UsageError("a range must end in a commit")
    return id


def _branch(repository: Repository, name: str) -> str | None:
    for full in (f"refs/heads/{name}", f"refs/remotes/{name}", f"refs/remotes/origin/{name}"):
        try:
            return _commit(repository, full)
        except SourceError:
            continue
    return _commit(repository, name)


def _since(repository: Repository, date: str) -> tuple[str]:
    """Git takes what it does not understand for now, in silence: then nothing would be scanned."""
    said = repository.git.run("rev-parse", f"--since={date}").decode("ascii").strip()
    age = said.removeprefix("--max-age=")
    if not age.isdecimal() or (abs(int(age) - time.time()) <= _SLACK and date.strip().lower() != "now"):
        raise UsageError(f"{printable(date)}: no date that git understands; give it as 2024-01-31 or as '2 weeks ago'")
    return (said,)


def _log_options(text: str) -> Iterator[str]:
    try:
        words = shlex.split(text)
    except ValueError:
        raise UsageError("--log-opts: a quote in it is not closed") from None
    revisions = False
    for word in words:
        if word.startswith("-") and not _OPTIONS.fullmatch(word):
            raise UsageError(
                f"--log-opts: {printable(word)} is not understood; there are revisions, --all, --branches, --tags, --remotes, --not, "
                "--since=, --until=, --author=, --grep=, --max-count=, --no-merges, --first-parent"
            )
        revisions = revisions or not word.startswith("-") or word.startswith(_CHOOSE)
        yield word
    if not revisions:
        yield "HEAD"
