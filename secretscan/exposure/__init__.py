"""What exposes a cluster: consoles that ask for no login, accounts that may do everything, ports, sockets, miners; and where that connects.

One module a family, found by its name, with

    CHECKS: tuple[Check, ...]                        what it looks for
    examine(subject: Subject) -> Iterator[Fact]      optional: what one object shows, in the thread that reads it
    judge(objects: Objects) -> Iterator[Judged]      optional: what it comes to once all objects of the scan are known

A family without judge() is judged as its evidence says. Facts are small and few: objects themselves are let go as soon as they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

from secretscan.model import Fact
from secretscan.modules import modules
from secretscan.rules import Check

if TYPE_CHECKING:
    from secretscan.exposure.connections import Objects
    from secretscan.exposure.judging import Judged
    from secretscan.readers.kubernetes.objects import Object


@cache
def _families() -> tuple[ModuleType, ...]:
    return tuple(module for module in modules(__name__) if hasattr(module, "CHECKS"))


@cache
def _examiners() -> tuple[ModuleType, ...]:
    return tuple(family for family in _families() if hasattr(family, "examine"))


def checks() -> tuple[Check, ...]:
    """Every check, sorted by id."""
    return tuple(sorted((check for family in _families() for check in family.CHECKS), key=lambda check: check.id))


def examine(found: Object, wanted: Sequence[Check]) -> Iterator[Fact]:
    """What an object says that the wanted checks, and the joins after them, go by."""
    from secretscan.exposure.facts import Evidence
    from secretscan.exposure.objects import Subject
    from secretscan.exposure.relations import relations

    subject = Subject(found)
    yield from relations(subject)
    for family in _examiners():
        for fact in family.examine(subject):
            if not isinstance(fact.about, Evidence) or any(check.id == fact.about.check for check in wanted):
                yield fact


def judge(objects: Objects, wanted: Iterable[Check]) -> Iterator[tuple[Check, Judged]]:
    """The exposures of a scan."""
    from secretscan.exposure.judging import Judged

    by_id = {check.id: check for check in wanted}
    for family in _families():
        own = {check.id for check in family.CHECKS}
        if hasattr(family, "judge"):
            found: Iterable[Judged] = family.judge(objects)
        else:
            found = (Judged(fact.about.check, fact.about.severity, fact.about.note, fact) for fact in objects.evidence)
        for judged in found:
            if judged.check in own and judged.check in by_id:
                yield by_id[judged.check], judged
