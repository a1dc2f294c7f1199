"""When a credential that names its own end has ended.

The one place where a judgement looks at the clock: a token that is past its end opens nothing any more, and a report that does not
say so wastes a reader's time.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from secretscan.model import Json, Severity


def expiry(at: float, otherwise: Severity) -> tuple[dict[str, Json], Severity, str]:
    """(facts, severity, note) of a credential that ends at `at` (seconds since 1970): low if that is past, `otherwise` if not."""
    try:
        end = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return {}, otherwise, "names an end that is no date"
    if at < time.time():
        return {"expires": end, "expired": True}, min(Severity.LOW, otherwise), f"expired on {end}"
    return {"expires": end, "expired": False}, otherwise, f"valid until {end}"
