"""Regexes that are compiled when they are first used: a start pays for the few that it needs, not for two hundred (15 ms of every hook)."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, AnyStr


def compile(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` gives, to look at. What is wrong with `pattern` comes to light at its first use, as a re.error."""
    return _Uncompiled(pattern, flags)  # type: ignore[return-value]


class _Uncompiled:
    """Stands in for a re.Pattern. Each of its methods is kept once it was asked for, so that later uses cost what the pattern's own do."""

    def __init__(self, pattern: Any, flags: int) -> None:
        self._given = pattern, flags

    def __getattr__(self, name: str) -> Any:
        value = getattr(re.compile(*self._given), name)
        setattr(self, name, value)
        return value
