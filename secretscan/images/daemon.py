"""Images that a daemon or podman holds: its own client saves them into a pipe."""

from __future__ import annotations

import subprocess
from collections.abc import Generator

from secretscan.errors import SourceError
from secretscan.images.outer import read_stream
from secretscan.model import Reason
from secretscan.readers.compression import Damaged
from secretscan.redaction import printable

CLIENTS = ("docker", "podman")


def save(client: str, name: str) -> Generator[bytes, None, None]:
    """What `CLIENT save NAME` writes, in blocks. SourceError at once if it gives nothing, Damaged at the end if it ends badly."""
    if not name or name.startswith("-"):
        raise SourceError(f"{client}: needs an image's name, such as {client}:app:1.0")
    stream = _saved(client, name)
    first = next(stream, b"")
    return _chained(first, stream)


def _chained(first: bytes, rest: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    yield first
    yield from rest


def _saved(client: str, name: str) -> Generator[bytes, None, None]:
    try:
        process = subprocess.Popen(
            [client, "save", name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
    except OSError as error:
        raise SourceError(f"{client} cannot be run ({(error.strerror or 'it is not there').lower()}); save the image to a file") from None
    given = False
    try:
        assert process.stdout is not None and process.stderr is not None
        for block in read_stream(process.stdout.read):
            given = True
            yield block
        said = process.stderr.read(1 << 16).strip().rpartition(b"\n")[2]
        if process.wait():
            words = f"{client} save failed: {printable(said[:200]) or f'status {process.returncode}'}"
            raise Damaged(Reason.UNREADABLE, words) if given else SourceError(words)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
