"""Plain text from standard input."""

from __future__ import annotations

from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.model import PIECE
from secretscan.readers.streams import units_of
from secretscan.sources._streams import StreamSource, open_stream

KIND = "stdin"


def recognises(target: str) -> int:
    """A lone dash."""
    return 1 if target == "-" else 0


def open_source(target: str, settings: Settings, **options: object) -> StreamSource:
    """Standard input of this process, which `target` must be: "-"."""
    del options
    stream = open_stream(target)
    if stream is None:
        raise SourceError("stdin: only - is standard input")
    return StreamSource(KIND, b"-", stream, PIECE, lambda chunks: units_of(0, chunks, None, settings))
