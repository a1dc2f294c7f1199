"""Rules that a path asks for: those of certain files, which need no word in the text."""

from __future__ import annotations

from collections.abc import Sequence

from secretscan._core import Listing, Matcher, Scan
from secretscan.model import Unit
from secretscan.rules import PatternSet, Rule, RuleSet


class PathRules:
    """All rules with a path. The core finds the few paths that could ask for any. Immutable; any number of threads may ask."""

    def __init__(self, ruleset: RuleSet) -> None:
        self._rules = [rule for rule in ruleset.rules if rule.path is not None]
        self._patterns = PatternSet(rule.path for rule in self._rules if rule.path is not None)
        self._matcher = Matcher([check for rule in self._rules for check in rule.path_shape.checks])
        self._any = any(not rule.path_shape.checks for rule in self._rules)  # a path with no word to go by

    def of(self, path: bytes) -> list[Rule]:
        """The rules that ask for this path, in their order."""
        return [self._rules[number] for number in self._patterns.found_in(path)]

    def of_units(self, units: Sequence[Unit]) -> dict[int, list[Rule]]:
        """Of each unit that any rule asks for. One whose name is not known yet comes again when it is."""
        suspects = self._suspects(self._matcher.scan([b"/" + (unit.name or b"") for unit in units]), len(units))
        named = ((number, units[number].name) for number in suspects)
        return {number: rules for number, name in named if name is not None and (rules := self.of(name))}

    def of_listing(self, listing: Listing) -> dict[int, list[Rule]]:
        """The same of files."""
        suspects = self._suspects(self._matcher.scan_paths(listing, rooted=True), len(listing))
        return {number: rules for number in suspects if (rules := self.of(listing.path(number)))}

    def _suspects(self, scan: Scan, count: int) -> Sequence[int]:
        return range(count) if self._any else sorted({item for item, _, _ in scan.candidates})
