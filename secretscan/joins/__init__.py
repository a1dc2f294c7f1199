"""What becomes visible only after the scan: pairs across texts, exposures, attack paths. One module a join, found by its name, with

def join(findings: Sequence[Finding], known: Known) -> list[Finding]
"""

from __future__ import annotations

from collections.abc import Sequence

from secretscan.joins.known import Known
from secretscan.model import Finding
from secretscan.modules import modules


def join(findings: Sequence[Finding], known: Known) -> list[Finding]:
    """Run every join in the order of its name; each takes findings and gives findings."""
    joined = list(findings)
    if not joined and not known.facts:  # nothing to join: a hook need not import what would
        return joined
    for module in modules(__name__):
        if hasattr(module, "join"):
            joined = module.join(joined, known)
    return joined
