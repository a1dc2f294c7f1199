"""Kubernetes manifests read as the API server reads them: every value of every object, where it stands and how it was encoded.

From the outside in: `reading` makes the views; `objects` says whose values they are; `walk` gathers them with `places` (kinds and keys
known by name) and `grammar` (what keys and values say of themselves); `view` writes them as lines. Below: `documents`,
`yaml_document`, `json_document`, `templates`, `decoding`; `text` keeps the way back through all of it. `stream` cuts what is too long
to be held. All of it is imported when the first manifest turns up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from secretscan import lazy_re
from secretscan.model import Reason, Silence, View

if TYPE_CHECKING:
    from secretscan.readers.kubernetes.objects import Object

MARKERS: tuple[bytes, ...] = (b"apiVersion", b"kind")

# Other JSON has both words too (API models by the megabyte); a kind is no object and no list, and in quotes it begins with a capital.
_KIND = lazy_re.compile(rb"""kind\\?["']?\s*:\s*(?:\\?["'](?:[A-Z]|\{\{)|\{\{|[^\s"'\\{\[\d])""")


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | Object | tuple[Reason, str]]:
    """One view an object, the object itself, what must stay silent in the text, and what of it was not parsed.

    Deterministic and bounded: 8 MB and 2 M events a document, 100 levels, 10,000 documents, 16 MB decoded, three documents deep.
    """
    del name
    if not _KIND.search(text):
        return iter(())
    from secretscan.readers.kubernetes.reading import read

    return read(text)
