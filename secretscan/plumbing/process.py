"""The only place that starts git. A scanned repository is hostile: its configuration must start no program and reach no network.

Tried against git 2.39: `git log -p` runs textconv, log.showSignature runs gpg.program, core.fsmonitor runs on any index refresh, and
reading a missing object of a promisor clone runs ext:: remotes and core.sshCommand. So only plumbing is called, with the options and
the environment below. The user's own global configuration stays in force (safe.directory lives there); the system's does not.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import IO, BinaryIO, NamedTuple

from secretscan import lazy_re
from secretscan.errors import SourceError
from secretscan.redaction import printable

OPTIONS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.alternateRefsCommand=",
    "core.sshCommand=false",
    "core.askPass=",
    "core.pager=cat",
    "core.commitGraph=false",  # it may be stale or lie about parents; the commits themselves are what is asked for
    "credential.helper=",
    "diff.external=",
    "gc.auto=0",
    "log.showSignature=false",
    "maintenance.auto=false",
    "protocol.allow=never",
    "submodule.recurse=false",
)
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "LANGUAGE": "C",
}
HOOK_VARIABLES = ("GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")
"""What git tells a hook about the commit being made; `git commit FILE` uses an index of its own, a push a quarantine."""

STALL = 600.0
"""Seconds without a byte after which git is taken for hung: a FIFO in place of a loose object or of .gitignore blocks it for ever."""
PROBE = 30.0
"""Seconds that the first questions to a repository may take: they read a few small files, and somebody waits for the answer."""
_SOCKET = 4 << 20
_WARNING = b"warning: "
_USERINFO = lazy_re.compile(r"(?<=://)[^/@\s]+@")


class GitFailed(Exception):
    """Git ended with an error. The message is one line, fit to be shown."""


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The hardened environment: every inherited GIT_* variable is dropped."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("GIT_") and name != "SSH_ASKPASS"}
    return kept | _ENVIRONMENT


class Git(NamedTuple):
    """How to call git for one repository: where, with which fixed arguments and which environment."""

    directory: bytes
    environment: Mapping[str, str]
    arguments: tuple[bytes, ...] = ()
    patience: float = STALL
    """Seconds that run() and ask() wait for an answer."""

    def run(self, *arguments: str | bytes, stdin: bytes = b"") -> bytes:
        """Standard output of a call. GitFailed if git does not end well, or not in time."""
        return self.ask(*arguments, stdin=stdin)[0]

    def ask(self, *arguments: str | bytes, stdin: bytes = b"", accept: int = 0) -> tuple[bytes, int]:
        """Standard output and exit code, which must be 0 or `accept`."""
        try:
            done = subprocess.run(
                self._command(arguments),
                cwd=self.directory,
                env=self.environment,
                input=stdin,
                capture_output=True,
                timeout=self.patience,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise GitFailed(f"git {_name(arguments)} did not answer within {self.patience:g} s") from None
        except FileNotFoundError:
            raise _not_installed(self.directory) from None
        if done.returncode not in (0, accept):
            raise GitFailed(complaint(done.stderr) or f"git {_name(arguments)} ended with {done.returncode}")
        return done.stdout, done.returncode

    def start(self, *arguments: str | bytes, stdin: bytes = b"") -> Process:
        """A call whose output is read as it comes. Use it in a `with`: leaving ends the process."""
        return Process(self, arguments, stdin)

    def _command(self, arguments: tuple[str | bytes, ...]) -> list[str | bytes]:
        options = [part for option in OPTIONS for part in ("-c", option)]
        return ["git", "--no-pager", *options, *self.arguments, *arguments]


class Process:
    """A running git whose output is read in large strides. Its complaints go to a scratch file: it never waits for us to read them."""

    def __init__(self, git: Git, arguments: tuple[str | bytes, ...], stdin: bytes) -> None:
        self._name = _name(arguments)
        self._stderr = _scratch()
        self.code = 0
        self.warnings: list[str] = []
        """After finish(): what git warned of and then passed over, in its own words, each a line."""
        fed: IO[bytes] | int = subprocess.DEVNULL
        if stdin:
            fed = _scratch()
            fed.write(stdin)
            fed.seek(0)
        # A socket rather than a pipe: one call waits for a whole buffer in the kernel, where a pipe gives some KB at a time and each
        # costs a turn of the interpreter's lock. Measured with busy threads beside: half the time.
        self._stdout, theirs = socket.socketpair()
        self._stdout.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(STALL), int(STALL % 1 * 1_000_000)))
        for end, kind in ((theirs, socket.SO_SNDBUF), (self._stdout, socket.SO_RCVBUF)):
            end.setsockopt(socket.SOL_SOCKET, kind, _SOCKET)  # the system takes as much of it as it allows
        try:
            self._popen = subprocess.Popen(
                git._command(arguments), cwd=git.directory, env=git.environment, stdin=fed, stdout=theirs.fileno(), stderr=self._stderr
            )
        except FileNotFoundError:
            raise _not_installed(git.directory) from None
        finally:
            theirs.close()
            if not isinstance(fed, int):
                fed.close()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._popen.poll() is None:
            self._popen.kill()
            self._popen.wait()
        self._stdout.close()
        self._stderr.close()

    def kill(self) -> None:
        """End the process at once, from any thread; whoever reads it sees the end."""
        self._popen.kill()

    def fill(self, view: memoryview) -> int:
        """Read until `view` is full or the output ends. Returns the bytes read; fewer than asked means the end. GitFailed if git hangs."""
        filled = 0
        while filled < len(view):
            try:
                got = self._stdout.recv_into(view[filled:], 0, socket.MSG_WAITALL)
            except BlockingIOError:
                raise GitFailed(f"git {self._name} said nothing for {STALL:.0f} s and was ended") from None
            if got == 0:
                break
            filled += got
        return filled

    def read(self, size: int = 1 << 20) -> bytes:
        """The next `size` bytes; fewer only at the end."""
        buffer = bytearray(size)
        return bytes(buffer[: self.fill(memoryview(buffer))])

    def fields(self, end: bytes) -> Iterator[bytes]:
        """What is left, field by field, without the `end` of each. A last one that is not ended is dropped: git died in it."""
        rest = b""
        while part := self.read():
            *whole, rest = (rest + part).split(end)
            yield from whole

    def finish(self) -> str | None:
        """Wait for the end. What went wrong, in one line; an error that git reported and then ignored counts too. None: nothing."""
        self.code = self._popen.wait()
        self._stderr.seek(0)
        words = self._stderr.read(1 << 20)
        self.warnings = [printable(line.removeprefix(_WARNING)) for line in words.splitlines() if line.startswith(_WARNING)]
        said = complaint(words)
        return said or (f"git {self._name} ended with {self.code}" if self.code else None)


def complaint(stderr: bytes) -> str:
    """Git's own words for what went wrong: its first `fatal:` line, else its first `error:` line, else nothing.

    URLs lose their user and password.
    """
    lines = stderr.splitlines()
    for start in (b"fatal: ", b"error: "):
        for line in lines:
            if line.startswith(start):
                return _USERINFO.sub("***@", printable(line.removeprefix(start)))
    return ""


def _name(arguments: tuple[str | bytes, ...]) -> str:
    return os.fsdecode(arguments[0])


def _not_installed(directory: bytes) -> SourceError:
    if not os.path.isdir(directory):
        return SourceError(f"{printable(directory)}: no such directory; name a git repository")
    return SourceError("git: the program is not on PATH; install git")


def _scratch() -> BinaryIO:
    """A file without a name: memory where the system has it, so that nothing is written to disk."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("secretscan"), "w+b")
    import tempfile

    return tempfile.TemporaryFile()
