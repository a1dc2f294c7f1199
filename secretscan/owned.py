"""Checks of many owners in one matcher, and what it found by owner. Owners are numbers; who they are the caller knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from secretscan._core import Check, Matcher, Program, Refusals, Scan


class Found(NamedTuple):
    """What stands in one text: candidates (owner, offset), and matches (owner, start, end, start of the secret, its end)."""

    candidates: Sequence[tuple[int, int]] = ()
    matches: Sequence[tuple[int, int, int, int, int]] = ()

    def __bool__(self) -> bool:
        return bool(self.candidates or self.matches)

    def of(self, owners: Collection[int]) -> Found:
        """Only what these found."""
        return Found([one for one in self.candidates if one[0] in owners], [one for one in self.matches if one[0] in owners])

    def __add__(self, other: tuple[object, ...]) -> Found:
        assert isinstance(other, Found)
        return Found([*self.candidates, *other.candidates], [*self.matches, *other.matches])


class OwnedChecks:
    """A matcher of all owners' checks. `checks` give owner, part and check; owners ascend. Any number of threads may ask."""

    def __init__(self, checks: Iterable[tuple[int, int, Check]], refusals: Refusals) -> None:
        given = list(checks)
        self._owners = [owner for owner, _, _ in given]
        self.owners = frozenset(self._owners)
        self.matcher = Matcher([check for _, _, check in given], owners=[(owner, part) for owner, part, _ in given], refusals=refusals)

    def found_in(self, scan: Scan) -> dict[int, Found]:
        """What this matcher's scan found in each item that holds anything, by its number."""
        owners = self._owners
        candidates = {
            item: [(owners[check], offset) for _, check, offset in group] for item, group in groupby(scan.candidates, key=itemgetter(0))
        }
        matches = {item: [one[1:] for one in group] for item, group in groupby(scan.matches, key=itemgetter(0))}
        return {item: Found(candidates.get(item, ()), matches.get(item, ())) for item in sorted({*candidates, *matches})}

    def equip(self, owner: int, program: Program, before: int, after: int, group: int) -> None:
        """See Matcher.equip."""
        self.matcher.equip(owner, program, before, after, group)
