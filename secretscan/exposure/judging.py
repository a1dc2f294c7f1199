"""What checks come to, once all objects of a scan are known."""

from __future__ import annotations

from typing import NamedTuple

from secretscan.model import Placed, Severity


class Judged(NamedTuple):
    """An exposure: which check, how bad after all, one sentence of evidence, and the fact and its mark that it stands at."""

    check: str
    severity: Severity
    note: str
    fact: Placed
    mark: str = "here"
