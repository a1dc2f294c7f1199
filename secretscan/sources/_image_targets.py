"""Where an image comes from: a file, a directory, a pipe, a registry, or a daemon's own client."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

from secretscan._core import TarMember
from secretscan.errors import SourceError
from secretscan.images import outer
from secretscan.images.access import Access
from secretscan.images.choice import Choice
from secretscan.images.daemon import CLIENTS, save
from secretscan.images.reference import parse
from secretscan.readers.tar import Content
from secretscan.redaction import printable
from secretscan.sources._streams import open_stream, read_waiting


def open_target(target: str, choice: Choice, access: Access, *, layers: bool = True) -> Iterator[tuple[TarMember | None, Content]]:
    """The outer members of an image. SourceError if there is none.

    A path that exists is one; `docker:` and `podman:` name an image that their client has, a name with a registry's host is pulled.
    Without `layers` the documents of a registry's image only.
    """
    shown = printable(os.fsencode(target))
    client, colon, name = target.partition(":")
    if not os.path.lexists(target):
        if colon and client in CLIENTS and not name.startswith("//"):
            return outer.open_archive(save(client, name), shown)
        if (reference := parse(target)) is not None:
            from secretscan.images.pull import pull  # brings TLS with it

            return pull(reference, shown, choice, access, layers=layers)
    stream = open_stream(target)
    if stream is not None:
        chunks = outer.read_stream(partial(read_waiting, stream))
        return outer.open_archive(chunks, "standard input" if target == "-" else shown)
    if os.path.isdir(target):
        if not any(os.path.isfile(os.path.join(target, name)) for name in ("index.json", "manifest.json")):
            raise SourceError(f"{shown}: no index.json in it, so no OCI layout; give a docker-save tarball, an OCI archive or a layout")
        return outer.open_layout(target)
    if os.path.exists(target) and not os.path.isfile(target):
        raise SourceError(f"{shown}: neither a file nor a pipe; name an image file, or - for standard input")
    file = outer.read_file(target)
    try:
        return outer.open_archive(file, shown)
    except SourceError:
        file.close()
        raise
    except OSError as error:
        what = (error.strerror or "cannot be read").lower()
        raise SourceError(f"{shown}: {what}; name an image file, registry.example/name:tag, or - for standard input") from None
