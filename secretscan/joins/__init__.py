"""What becomes visible only after the scan: pairs across texts. One module a join, found by its name: join(findings, ruleset)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

from secretscan.model import Finding
from secretscan.rules import RuleSet


def join(findings: Sequence[Finding], ruleset: RuleSet) -> list[Finding]:
    """Run every join in the order of its name; each takes findings and gives findings."""
    joined = list(findings)
    for found in pkgutil.iter_modules(__path__):
        joined = importlib.import_module(f"{__name__}.{found.name}").join(joined, ruleset)
    return joined
