"""Finding a repository, and asking git once whether it will read it."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from typing import NamedTuple

from secretscan.errors import SourceError
from secretscan.plumbing.process import HOOK_VARIABLES, PROBE, Git, GitFailed, environment
from secretscan.redaction import printable

_ALTERNATES = 10
_NO_INDEX = "/dev/no-index-of-secretscan"  # where nobody can put one
_ANY_OWNER = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}


class Repository(NamedTuple):
    """A repository that git agreed to read. Paths are absolute; `work_tree` is None for a bare one, and where it was not asked for."""

    git: Git
    git_dir: bytes
    work_tree: bytes | None
    shallow: bool
    object_format: str
    """The hash that ids are made with: "sha1" or "sha256"."""
    head: bytes | None
    """The commit that HEAD names; None before the first commit."""

    @property
    def empty_tree(self) -> bytes:
        """The id of the tree without entries, which git knows in every repository."""
        import hashlib

        return hashlib.new(self.object_format, b"tree 0\0", usedforsecurity=False).hexdigest().encode()

    @property
    def promised(self) -> bool:
        """Whether this is a partial clone: objects may be left at a remote on purpose."""
        packs = os.path.join(self._objects, b"pack")
        try:
            return any(name.endswith(b".promisor") for name in os.listdir(packs))
        except OSError:
            return False

    @property
    def shallow_commits(self) -> frozenset[bytes]:
        """The commits whose parents were not fetched (gitformat-shallow)."""
        return frozenset(_small_file(os.path.join(self.common_dir, b"shallow")).split()) if self.shallow else frozenset()

    @property
    def indexless(self) -> Git:
        """Git without an index: diff-tree reads one that it has no use for, and dies of one that is torn."""
        return self.git._replace(environment={**self.git.environment, "GIT_INDEX_FILE": _NO_INDEX})

    @property
    def elsewhere(self) -> list[str]:
        """What is read although it lies in another place than the one that was named, a line each: no surprise, if it is what was meant.

        Objects of alternates (gitrepository-layout), and a git folder that a file called .git leads to and that does not lead back.
        """
        said = [
            f"objects are borrowed from {printable(line)} (objects/info/alternates)"
            for line in _small_file(os.path.join(self._objects, b"info/alternates")).split(b"\n")[:_ALTERNATES]
            if line and not line.startswith(b"#")
        ]
        link = os.path.join(self.work_tree or b"", b".git")
        if self.work_tree is not None and os.path.isfile(link):
            back = _small_file(os.path.join(self.git_dir, b"gitdir")).rstrip(b"\n")
            if not back or os.path.realpath(back) != os.path.realpath(link):
                said.append(f"its .git is a file that leads to {printable(self.git_dir)}")
        return said

    @property
    def common_dir(self) -> bytes:
        """Git's folder; of a linked work tree the one that it shares with the others."""
        return os.path.normpath(os.path.join(self.git_dir, _small_file(os.path.join(self.git_dir, b"commondir")).rstrip(b"\r\n")))

    @property
    def _objects(self) -> bytes:
        return os.path.join(self.common_dir, b"objects")


def looks_like_one(target: str) -> bool:
    """Whether `target` is the top of a work tree or a bare repository, by its files alone. Never raises."""
    try:
        if os.path.exists(os.path.join(target, ".git")):
            return True
        folders = (os.path.join(target, "objects"), os.path.join(target, "refs"))
        return os.path.isfile(os.path.join(target, "HEAD")) and all(map(os.path.isdir, folders))
    except ValueError:  # a NUL in the name
        return False


def locate(target: str, inherited: Mapping[str, str], *, work_tree: bool = True, any_owner: bool = False) -> Repository:
    """The repository that holds `target`, searched upwards as git does. SourceError says why git will not read it, and what to do.

    `inherited` is the environment; of it a hook's index and object folders count, if its GIT_DIR is this repository.
    Without `work_tree` the work tree is left unknown and GitPython unimported (its import costs more than a small scan).
    `any_owner`: the user vouches for it, whoever owns it (git's safe.directory).
    """
    path = os.fsencode(target)
    if not os.path.isdir(path):
        raise SourceError(f"{printable(path)}: no such directory; name a git repository")
    git = Git(path, {**environment(inherited), **(_ANY_OWNER if any_owner else {})}, patience=PROBE)
    try:
        found = _ask(git)
    except GitFailed as error:
        named = _named_by_hook(path, inherited)
        if named is None:
            raise _refusal(path, str(error)) from None
        git = git._replace(arguments=named)
        try:
            found = _ask(git)
        except GitFailed as second:
            raise _refusal(path, str(second)) from None
    git_dir, bare, shallow, object_format, head = found
    tree = _work_tree(path, git_dir) if work_tree and not bare else None
    if bare and not work_tree and not os.path.lexists(os.path.join(git_dir, b"index")) and not inherited.get("GIT_INDEX_FILE"):
        raise SourceError(f"{printable(path)}: a bare repository has no index; leave out --staged to scan its history")
    # Named outright: core.worktree in a hostile configuration would send us elsewhere. Git checked the owner just now; it would not again.
    # Where there is no work tree, git's own folder stands in.
    arguments = (b"--git-dir=" + git_dir, b"--work-tree=" + (tree or git_dir))
    settled = Git(tree or git_dir, {**git.environment, **_hook(path, git_dir, inherited)}, arguments)
    return Repository(settled, git_dir, tree, shallow, object_format, head)


def hooks_folder(target: str, inherited: Mapping[str, str]) -> bytes:
    """Where git looks for hooks: core.hooksPath, whoever set it, else the folder in git's own. SourceError if there is no repository."""
    found = locate(target, inherited)
    asking = {name: value for name, value in found.git.environment.items() if name != "GIT_CONFIG_NOSYSTEM"}
    asked = ("config", "--show-scope", "--type=path", "-z", "--get-all", "core.hooksPath")
    said = found.git._replace(environment=asking).ask(*asked, accept=1)[0].split(b"\0")
    named = [path for scope, path in zip(said[::2], said[1::2], strict=False) if scope != b"command"]  # that one is our own
    return os.path.join(found.work_tree or found.git_dir, named[-1]) if named else os.path.join(found.common_dir, b"hooks")


def _small_file(path: bytes) -> bytes:
    """A regular file of at most 1 MiB; nothing of any other, however hostile."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            return file.read(1 << 20) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""
    except OSError:
        return b""


def _ask(git: Git) -> tuple[bytes, bool, bool, str, bytes | None]:
    """Git's own answers: git dir, bare, shallow, object format, and the commit HEAD names (an echo of "HEAD" if there is none yet)."""
    asked = ("--absolute-git-dir", "--is-bare-repository", "--is-shallow-repository", "--show-object-format", "HEAD")
    said, code = git.ask("rev-parse", *asked, accept=128)
    lines = said.removesuffix(b"\n").rsplit(b"\n", 4)
    if len(lines) != 5:
        if code:
            git.run("rev-parse", "--absolute-git-dir")  # fails with the reason
        raise GitFailed("git rev-parse gave an answer of another form; git 2.25 or later is needed")
    git_dir, bare, shallow, object_format, head = lines
    return git_dir, bare == b"true", shallow == b"true", object_format.decode("ascii"), None if head == b"HEAD" else head


def _work_tree(path: bytes, git_dir: bytes) -> bytes | None:
    """The folder whose .git leads to `git_dir`, by GitPython, which only reads files for it. Git's own answer would obey core.worktree.

    None if `path` is a git folder that lies apart (a submodule's): only what is in it was asked for.
    """
    if os.path.realpath(path) == os.path.realpath(git_dir):
        return os.path.dirname(git_dir) if os.path.basename(git_dir) == b".git" else None
    from git import Repo

    where = printable(path)
    try:
        with Repo(os.fsdecode(os.path.abspath(path)), search_parent_directories=True, expand_vars=False) as found:
            tree, said = found.working_tree_dir, found.git_dir
    except Exception as error:  # it parses a stranger's configuration, and what it raises then is not told
        raise SourceError(f"{where}: GitPython cannot find its work tree ({type(error).__name__}); name the top folder") from None
    if tree is None or os.path.realpath(os.fsencode(said)) != os.path.realpath(git_dir):
        raise SourceError(f"{where}: git and GitPython do not agree on the repository it belongs to; name the top folder")
    return os.path.abspath(os.fsencode(tree))


def _named_by_hook(path: bytes, inherited: Mapping[str, str]) -> tuple[bytes, ...] | None:
    """A hook of a repository that lies apart from its work tree: only GIT_DIR tells where. It counts for the current folder alone."""
    git_dir = inherited.get("GIT_DIR")
    if not git_dir or os.path.realpath(path) != os.path.realpath(os.getcwdb()):
        return None
    return (b"--git-dir=" + os.path.abspath(os.fsencode(git_dir)),)


def _hook(path: bytes, git_dir: bytes, inherited: Mapping[str, str]) -> dict[str, str]:
    """What git told the hook that we run in, made absolute; nothing if the hook is another repository's."""
    named = inherited.get("GIT_DIR")
    if named is not None and os.path.realpath(os.fsencode(named)) != os.path.realpath(git_dir):
        return {}
    told = {name: inherited[name] for name in HOOK_VARIABLES if inherited.get(name)}
    if named is None and os.path.realpath(path) != os.path.realpath(os.getcwdb()):
        return {}
    for name in ("GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_QUARANTINE_PATH"):
        if name in told:
            told[name] = os.path.abspath(told[name])  # git would take it from its own folder, the hook meant its own
    return told


def _refusal(path: bytes, said: str) -> SourceError:
    where = printable(path)
    if "dubious ownership" in said:
        real = printable(os.path.realpath(path))
        return SourceError(
            f"{where}: git refuses it, for it belongs to another user; "
            f"if you trust it, add --any-owner, or run: git config --global --add safe.directory {real}"
        )
    if "not a git repository" in said:
        return SourceError(f"{where}: not a git repository; `secretscan dir` reads plain folders")
    hint = "; is there a pipe or a device among the files of its git folder?" if "did not answer" in said else ""
    return SourceError(f"{where}: git cannot read it: {said}{hint}")
