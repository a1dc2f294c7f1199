"""Kubernetes manifests: files, folders of them, or what `kubectl get … -o yaml|json` prints. The reader makes objects of the texts.

What is neither YAML nor JSON is read as plain text, and that is said.
"""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator, Mapping

from secretscan.config import Settings
from secretscan.model import Gap, Origin, Reason, Skipped, Unit
from secretscan.readers.kubernetes import MARKERS
from secretscan.readers.magic import sniff
from secretscan.readers.streams import units_of
from secretscan.sources._files import File, FilesSource
from secretscan.sources._streams import StreamSource, open_stream

KIND = "manifest"
_SUFFIXES = (b".yaml", b".yml", b".json")
_HEAD = 64 << 10  # bytes in which a manifest says what it is
_MAGIC = 512  # bytes: the most that an archive's magic needs
_NO_MANIFEST = "no YAML or JSON with apiVersion and kind"


def recognises(target: str) -> int:
    """A YAML or JSON file that says apiVersion and kind near its beginning, or a folder of only such files."""
    path = os.fsencode(target)
    try:
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            return 3 if _is_manifest(path) else 0
        with os.scandir(path) as found:
            names = sorted(entry.path for entry in found if not entry.name.startswith(b".") and entry.is_file(follow_symlinks=False))
    except OSError:
        return 0
    return 2 if names and all(_is_manifest(name) for name in names[:16]) else 0


def _is_manifest(path: bytes) -> bool:
    if not path.endswith(_SUFFIXES):
        return False
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe and leaving it would end whoever writes into it
            return False
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as file:
            head = file.read(_HEAD) or b""
    except OSError:
        return False
    return all(marker in head for marker in MARKERS)


class ManifestSource(FilesSource):
    """One file, or a tree of them. The id of one that had to be cut is (path, number)."""

    kind = KIND
    missing = "name a manifest, a folder of them, or - for standard input"
    other = "pipe it into `secretscan manifest -`"

    def __init__(self, target: str, settings: Settings, tools: Mapping[str, str] | None = None) -> None:
        super().__init__(target, settings)
        self._tools = tools
        """Where the tools are that render; None if nothing is to be rendered."""
        self._charts: set[bytes] = set()
        """Folders of charts that were rendered."""

    def of_file(self, file: File) -> Iterator[Unit | Skipped | Gap]:
        if self._tools is not None and not self._in_chart(file.path):
            yield from self._rendered(file, self._tools)
        skip = self.skip(file.path, Reason.NOT_A_MANIFEST, _NO_MANIFEST)

        def read(chunks: Iterator[bytes]) -> Iterator[Unit | Skipped | Gap]:
            if self.single or file.path.endswith(_SUFFIXES):
                # What a chart's templates say was told when they were rendered: without a name they are text, and expose nothing twice.
                name = None if self._in_chart(file.path) else file.path
                yield from _manifest(file.path, chunks, name, self.settings, skip)
            else:
                yield from units_of(file.path, chunks, file.path, self.settings)
                yield skip

        yield from self.read(file, read)

    def _in_chart(self, path: bytes) -> bool:
        """Whether a file is a template or a dependency of a chart that was rendered."""
        return any(path.startswith((chart + b"templates/", chart + b"charts/")) for chart in self._charts)

    def _rendered(self, file: File, tools: Mapping[str, str]) -> Iterator[Unit | Gap]:
        """What the tools make of the chart or kustomization that a file stands for. Where they fail, it is read as it is."""
        from secretscan.readers.kubernetes.stream import split
        from secretscan.sources._rendering import NotRendered, rendered, tool_for

        packed = self.single and file.path.endswith(b".tgz")
        tool = "helm" if packed else tool_for(file.path)
        if not tool:
            return
        try:
            parts = rendered(tool, tools, file.full if packed else os.path.dirname(file.full))
            path = file.path + b"!rendered.yaml"
            yield from split(path, parts, path)
        except NotRendered as error:
            yield Gap(file.path, b"", Reason.UNPARSED, f"not rendered, read as it is: {error}")
        else:
            if tool == "helm" and not packed:
                self._charts.add(os.path.join(os.path.dirname(file.path), b"") if os.path.dirname(file.path) else b"")


def _manifest(
    path: bytes, chunks: Iterator[bytes], name: bytes | None, settings: Settings, otherwise: Skipped
) -> Iterator[Unit | Skipped | Gap]:
    """Units of one manifest, cut between documents where it is long; an archive's members. `otherwise` follows where it is no manifest."""
    from secretscan.readers.kubernetes.stream import split

    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= _MAGIC:
            break
    whole = itertools.chain([head], chunks)
    if sniff(head) is not None:
        yield from units_of(path, whole, name, settings)
    elif not head:
        yield Unit((path, 0), b"", name)
    else:
        looks_right = False
        for unit in split(path, whole, name):
            looks_right = looks_right or all(marker in unit.content for marker in MARKERS)
            yield unit
        if not looks_right:
            yield otherwise


def open_source(target: str, settings: Settings, *, tools: Mapping[str, str] | None = None) -> ManifestSource | StreamSource:
    """`-` is this process's standard input; pipes are read too. SourceError if there is nothing at `target` that can be read.

    `tools`: paths of helm and kustomize, as far as they are there, to render charts and kustomizations with.
    """
    stream = open_stream(target)
    if stream is None:
        return ManifestSource(target, settings, tools)
    root = os.fsencode(target)
    otherwise = Skipped(Origin(KIND, root, b"-"), Reason.NOT_A_MANIFEST, _NO_MANIFEST)
    return StreamSource(KIND, root, stream, _HEAD, lambda chunks: _manifest(b"-", chunks, b"-", settings, otherwise))
