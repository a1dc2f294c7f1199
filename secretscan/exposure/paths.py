"""Attack paths as a check: secretscan.joins.paths tells them, once all findings of a scan are known."""

from __future__ import annotations

from secretscan.model import Severity
from secretscan.rules import Check

PATH = "attack-path"
CHECKS = (
    Check(
        PATH,
        "Attack path: an open door, the account behind it, the keys it reads, what they open",
        Severity.CRITICAL,
        "attack-path",
        ("https://attack.mitre.org/matrices/enterprise/containers/",),
    ),
)
