"""What is to be scanned, as which kind, and whose configuration goes with it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from types import ModuleType
from typing import NamedTuple

from secretscan import sources
from secretscan.errors import SourceError, UsageError
from secretscan.images.access import Access
from secretscan.modules import names
from secretscan.redaction import printable


class Target(NamedTuple):
    """One target as the user named it. `options` go to the source's open_source()."""

    kind: str
    name: str
    options: Mapping[str, object] = {}

    def source_module(self) -> ModuleType:
        return importlib.import_module(f"{sources.__name__}.{self.kind}")

    def config_root(self) -> str | None:
        """The folder whose own configuration counts. Only one on disk has any: never an image, a cluster, an archive, standard input."""
        if self.kind in ("image", "cluster") or not os.path.isdir(self.name):
            return None
        return toplevel(self.name) if self.kind == "git" else self.name


def toplevel(path: str) -> str:
    """The work tree's top around `path`, or `path` itself if there is none, as in a bare repository."""
    folder = os.path.abspath(path)
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return path
        folder = above
    return folder


def refuse_nameless(name: str) -> None:
    """UsageError if `name` is empty: a shell makes that of a variable that is not set."""
    if not name:
        raise UsageError("a target without a name; is a variable not set? . is the current folder")


def recognise(name: str) -> Target:
    """The kind that a prefix names, or else the kind that is surest. SourceError if none will have it."""
    refuse_nameless(name)
    kinds = names(sources.__name__)
    prefix, colon, rest = name.partition(":")
    if colon and prefix in kinds:
        return Target(prefix, rest, {"access": Access(os.environ)} if prefix == "image" else {})
    modules = {kind: importlib.import_module(f"{sources.__name__}.{kind}") for kind in kinds}
    sureness = {kind: module.recognises(name) for kind, module in modules.items() if hasattr(module, "recognises")}
    best = max(sureness, key=lambda kind: sureness[kind])
    if not sureness[best]:
        raise SourceError(
            f"{printable(os.fsencode(name))}: no such file or directory; name a target, or say what it is: git: image: manifest: dir:"
        )
    return Target(best, name)
