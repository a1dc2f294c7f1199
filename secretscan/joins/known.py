"""What a join may go by besides the findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from secretscan.ledger import Fingerprint
from secretscan.model import Placed
from secretscan.rules import RuleSet


class Known(NamedTuple):
    """The rules and checks of the scan, what its objects say of each other, and how a finding is known again."""

    ruleset: RuleSet
    facts: Sequence[Placed]
    fingerprint: Fingerprint
