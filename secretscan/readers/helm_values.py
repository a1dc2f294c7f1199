"""Values of Helm charts: https://helm.sh/docs/chart_template_guide/values_files/. Most of their keys with a telling word name something
(existingSecret, passwordKey) or are empty; the key grammar that was measured on them says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.model import Reason, Silence, View
from secretscan.readers.kubernetes.objects import Object

MARKERS = (
    (
        b"pullPolicy",
        b"replicaCount",
        b"existingSecret",
        b"nodeSelector",
        b"tolerations",
        b"serviceAccount:",
        b"ingress:",
        b"enableSkipLogin",
    ),
)
KIND = "Helm values"
_NAME = lazy_re.compile(rb"(?:^|[/!])(?:values[^/!]*|[^/!]*[-_.]values)\.ya?ml$", re.IGNORECASE)


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | Object | tuple[Reason, str]]:
    """One view a file, if it is called as values are."""
    if name is None or not _NAME.search(name):
        return
    from secretscan.readers.kubernetes.reading import read

    yield from read(text, KIND)
