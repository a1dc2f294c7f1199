"""What a finding is worth that stands only in files of a distribution's packages, unchanged: everybody has them, so they are no secret.

A provider's own token is another matter: whoever builds packages may have put a working one into one of theirs.
"""

from __future__ import annotations

from secretscan.model import Confidence, Finding
from secretscan.rules import Rule

_PUBLIC = frozenset({"private-key", "generic", "url"})


def weigh(finding: Finding, rule: Rule | None) -> Finding:
    """The finding as it is, or of low confidence with a note that names the package. `rule` is the finding's own; a pair has none."""
    if rule is None or rule.family not in _PUBLIC or not all(place.origin.facts.get("package") for place in finding.places):
        return finding
    packages = ", ".join(sorted({str(place.origin.facts["package"]) for place in finding.places}))
    note = f"an unchanged file of a package: {packages}"
    confidence = min(finding.confidence, Confidence.LOW)
    return finding._replace(confidence=confidence, note=f"{finding.note}; {note}" if finding.note else note)
