"""A kustomization that does not say its kind, which it need not: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/."""

from __future__ import annotations

import re
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.model import Reason, Silence, View
from secretscan.readers.kubernetes.objects import Object

MARKERS = ((b"secretGenerator:", b"configMapGenerator:", b"patchesJson6902:", b"patches:"), (b"literals:", b"patch:"))
_NAME = lazy_re.compile(rb"(?:^|[/!])kustomization(?:\.ya?ml)?$", re.IGNORECASE)


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | Object | tuple[Reason, str]]:
    """One view a file, if it is called as they are and is not read as an object anyway."""
    if name is None or not _NAME.search(name) or (b"apiVersion" in text and b"kind:" in text):
        return
    from secretscan.readers.kubernetes.reading import read

    yield from read(text, "Kustomization")
