"""What the end of a credential that names it means.

No judgement looks at the clock: the same input gives the same findings on any day. What had ended before these rules were made is over for
whoever reads the report. Of any later end the reader is told the date.
"""

from __future__ import annotations

from datetime import UTC, datetime

from secretscan.model import Json, Severity

MADE = datetime(2025, 11, 1, tzinfo=UTC)
"""When this was written; a release moves it."""


def expiry(at: float, otherwise: Severity) -> tuple[dict[str, Json], Severity, str]:
    """(facts, severity, note) of a credential that ends at `at` (seconds since 1970): low if that was before MADE, `otherwise` if not."""
    try:
        end = datetime.fromtimestamp(at, UTC)
        said = end.strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return {}, otherwise, "names an end that is no date"
    if end < MADE:
        return {"expires": said, "expired": True}, min(Severity.LOW, otherwise), f"expired on {said}"
    return {"expires": said}, otherwise, f"ends on {said}"
