"""Where an image comes from: a file, a directory, a pipe."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

from secretscan._core import TarMember
from secretscan.errors import SourceError
from secretscan.images import outer
from secretscan.readers.tar import Content
from secretscan.redaction import printable
from secretscan.sources._streams import open_stream, read_waiting


def open_target(target: str) -> Iterator[tuple[TarMember | None, Content]]:
    """The outer members of an image in a file, in a directory, in a pipe or on standard input (`-`). SourceError if there is none."""
    shown = printable(os.fsencode(target))
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
        raise SourceError(f"{shown}: {(error.strerror or 'cannot be read').lower()}; name an image file, or - for standard input") from None
