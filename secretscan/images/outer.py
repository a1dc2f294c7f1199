"""What is outermost of an image: a tar from a file or a pipe, or a directory in the OCI layout. Read forward, nothing is extracted."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Generator, Iterator

from secretscan import lazy_re
from secretscan._core import TarMember
from secretscan.errors import SourceError
from secretscan.model import Reason
from secretscan.readers.archives import peek
from secretscan.readers.compression import Chunks, Damaged, decompress
from secretscan.readers.magic import COMPRESSED, sniff
from secretscan.readers.tar import Content, entries

_READ = 1 << 20
_HEADERS = 2000  # members whose names are looked at to recognise an image: real ones hold a few hundred blobs at most
_LAYER_LIKE = lazy_re.compile(
    r"(?:\./)?(?:blobs/(?:sha256|sha512)(?:/|$)|(?:sha256:)?[0-9a-f]{64}(?:\.json|\.tar(?:\.gz)?|/json|/VERSION|/layer\.tar)?$)"
)
_LAYOUT = ("oci-layout", "index.json")


def read_file(path: str) -> Generator[bytes, None, None]:
    """A file's bytes in blocks of 1 MiB. OSError if it cannot be opened, Damaged if reading fails midway. Closing it closes the file."""
    with open(path, "rb", buffering=0) as file:
        yield from read_stream(file.read)


def read_stream(read: Callable[[int], bytes | None]) -> Iterator[bytes]:
    """What `read` gives, in blocks of about 1 MiB however small a pipe's portions are. Damaged if it fails."""
    held: list[bytes] = []
    size = 0
    failed: OSError | None = None
    while failed is None:
        try:
            part = read(_READ)
        except OSError as error:
            part, failed = None, error
        if part:
            held.append(part)
            size += len(part)
        if size >= _READ or (held and not part):
            yield b"".join(held)
            held, size = [], 0
        if not part:
            break
    if failed is not None:
        raise Damaged(Reason.UNREADABLE, (failed.strerror or "cannot be read").lower())


def open_archive(chunks: Chunks, shown: str) -> Iterator[tuple[TarMember | None, Content]]:
    """Members of a tar, itself compressed or not. SourceError at once if it is none; Damaged at its end if it is cut or broken."""
    try:
        head, chunks = peek(chunks)
        kind = sniff(head)
        if kind is not None and kind in COMPRESSED:
            head, chunks = peek(decompress(chunks, kind))
            kind = sniff(head)
    except Damaged as damage:
        raise SourceError(f"{shown}: cannot be read ({damage.detail}); give a docker-save tarball, an OCI archive or a layout") from None
    if kind != "tar":
        what = f"is a {kind} file, not an image" if kind is not None else "is no image" if head else "is empty"
        raise SourceError(f"{shown}: {what}; give a docker-save tarball, an OCI archive or an OCI layout directory")
    return entries(chunks)


def open_layout(root: str) -> Iterator[tuple[TarMember, Content]]:
    """The files of an OCI layout directory (or of skopeo's `dir:`), as if they stood in a tar. Links are told, never followed."""
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(folder, name)
            inner = os.fsencode(os.path.relpath(path, root))
            try:
                found = os.stat(path, follow_symlinks=False)
                if stat.S_ISLNK(found.st_mode):
                    yield TarMember(inner, os.fsencode(os.readlink(path)), b"2", 0, found.st_mode), b""
                elif not stat.S_ISREG(found.st_mode):
                    yield TarMember(inner, b"", b"6" if stat.S_ISFIFO(found.st_mode) else b"3", 0, found.st_mode), b""
                else:
                    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
                    with open(handle, "rb", buffering=0) as file:
                        yield TarMember(inner, b"", b"0", found.st_size, found.st_mode), read_stream(file.read)
            except OSError as error:
                yield TarMember(inner, b"", b"0", 0, 0), _failing(error)


def _failing(error: OSError) -> Chunks:
    raise Damaged(Reason.UNREADABLE, (error.strerror or "cannot be read").lower())
    yield b""


def is_image(target: str) -> bool:
    """Whether a file or directory looks like an image by its members' names. The manifest comes last, so those of blobs count."""
    try:
        if os.path.isdir(target):
            return all(os.path.isfile(os.path.join(target, name)) for name in _LAYOUT)
        if not stat.S_ISREG(os.stat(target).st_mode):
            return False
        with open(target, "rb") as file:
            kind = sniff(file.read(512))
        return _tar_names_an_image(target) if kind == "tar" else kind in COMPRESSED and _compressed_names_an_image(target, kind or "")
    except OSError:
        return False


def _tar_names_an_image(target: str) -> bool:
    import tarfile

    try:
        with tarfile.open(target, "r:") as archive:
            for _ in range(_HEADERS):
                member = archive.next()
                if member is None:
                    return False
                if _LAYER_LIKE.match(member.name):
                    return True
                if member.name.removeprefix("./") == "manifest.json" and (file := archive.extractfile(member)):
                    return b'"Layers"' in file.read(1 << 16)
    except (tarfile.TarError, OSError, ValueError, RecursionError, OverflowError):
        pass
    return False


def _compressed_names_an_image(target: str, kind: str) -> bool:
    """By the first members that one block of it inflates to."""
    try:
        block = next(decompress(read_file(target), kind), b"")
        if sniff(bytes(block[:512])) != "tar":
            return False
        names = (member.name for member, _ in entries(iter([block])) if member is not None)
        return any(_LAYER_LIKE.match(name.decode("utf-8", "replace")) for name in names)
    except Damaged:
        return False
