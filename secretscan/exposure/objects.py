"""From an object's tree to what checks ask for: its pods and its containers.

Field names are those of the Kubernetes API reference (https://kubernetes.io/docs/reference/kubernetes-api/); the others are named where
they are read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from secretscan._core import Map
from secretscan.exposure.tree import Cursor, true
from secretscan.model import Identity, Mark, View
from secretscan.readers.kubernetes.objects import Object

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_TEMPLATES = (("spec", "template"), ("spec", "jobTemplate", "spec", "template"), ("template",))
_NESTS = frozenset({"template", "jobTemplate"})


if TYPE_CHECKING:
    from functools import cached_property as worked_out
else:

    class worked_out:
        """functools.cached_property without its lock, which until Python 3.12 is one for all objects: threads would wait for each other."""

        def __init__(self, make: Callable[[Any], Any]) -> None:
            self._make = make

        def __get__(self, owner: Any, kind: type) -> Any:
            value = owner.__dict__[self._make.__name__] = self._make(owner)
            return value


class Container:
    """One container of a pod."""

    def __init__(self, at: Cursor) -> None:
        self.at = at
        self.image = at.get("image").value
        self.name = at.get("name").value

    @worked_out
    def words(self) -> list[tuple[str, Cursor]]:
        """`command` and `args`, a word an entry, each with where it stands."""
        return [(item.value, item) for key in ("command", "args") for item in self.at.get(key).items()]

    @worked_out
    def flags(self) -> dict[str, tuple[str, Cursor]]:
        """Command line flags without their dashes, and values: `--x=y`, `--x y`, and `--x` alone, which means true.

        A script that is one word of a command line is taken apart at blanks.
        """
        found: dict[str, tuple[str, Cursor]] = {}
        words = [(part, at) for word, at in self.words for part in (word.split() if " --" in word else [word])]
        for number, (word, at) in enumerate(words):
            if not word.startswith("--"):
                continue
            name, equals, value = word.strip("\"'").lstrip("-").partition("=")
            if not equals:
                following = words[number + 1][0] if number + 1 < len(words) else ""
                value = following if following and not following.startswith("-") else "true"
            found.setdefault(name, (value.strip("\"'"), at))
        return found

    @property
    def repository(self) -> str:
        """The image without registry tag and digest, in lower case."""
        name = self.image.partition("@")[0].lower()
        head, colon, tail = name.rpartition(":")
        return head if colon and "/" not in tail else name

    @property
    def basename(self) -> str:
        return self.repository.rpartition("/")[2]


class Subject:
    """One object under examination. What is costly is worked out when a check first asks for it."""

    def __init__(self, found: Object) -> None:
        self.identity: Identity = found.identity
        self.kind = found.identity.kind
        self.view: View | None = found.view
        self.root = Cursor(found.node, found.text)

    @worked_out
    def pod(self) -> Cursor:
        """The pod template or Pod: what holds `metadata` and `spec`. Empty if the object runs none."""
        if self.kind == "Pod":
            return self.root
        spec = self.root.get("spec")
        spare = type(spec.node) is not Map or not any(key in _NESTS for key, _ in spec.node.entries)  # most objects: cheap to tell
        for keys in () if spare and self.kind != "PodTemplate" else _TEMPLATES:
            found = self.root.get(*keys)
            if found.get("spec", "containers") or found.get("spec", "initContainers"):
                return found
        return Cursor(None, self.root.text)

    @worked_out
    def containers(self) -> list[Container]:
        spec = self.pod.get("spec")
        return [Container(item) for key in _CONTAINERS for item in spec.get(key).items()] if spec else []

    def shown(self, start: int, end: int) -> Mark:
        """Where a stretch of the object's view stands in the text that was read."""
        segments = self.view.segments if self.view is not None else ()
        number = bisect_right(segments, start, key=lambda segment: segment.start) - 1
        if number < 0:
            return self.root.mark
        segment = segments[number]
        pointer = str(segment.facts.get("pointer", ""))
        if not segment.exact:
            return Mark(segment.source_start, segment.source_end, pointer)
        first = segment.source_start + start - segment.start
        return Mark(first, max(first, min(first + end - start, segment.source_end)), pointer)

    @property
    def name(self) -> Mark:
        """Where the object's name stands; its beginning if it has none."""
        name = self.root.get("metadata", "name")
        return name.mark if name else self.root.mark


def is_dashboard(container: Container) -> bool:
    """Whether a container is the Kubernetes dashboard: https://github.com/kubernetes-retired/dashboard, under all its image names."""
    name = container.repository
    if "dashboard" not in name:
        return False
    base = container.basename
    return base.startswith("kubernetes-dashboard") or name.endswith(("kubernetesui/dashboard", "kubernetes-dashboard/dashboard"))


def flagged(flags: dict[str, tuple[str, Cursor]], name: str) -> Cursor | None:
    """Where a flag is switched on."""
    found = flags.get(name)
    return found[1] if found is not None and true(found[0]) else None
