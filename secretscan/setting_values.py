"""What the values of settings must be. Each check gives the value as it is used, or raises ValueError with the words behind its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum

from secretscan import lazy_re
from secretscan.model import Reason, SkipClass
from secretscan.paths import PathPatterns

_SIZE = lazy_re.compile(r"([0-9]+)\s*(?:([kmgt])(?:i?b)?|b)?", re.IGNORECASE)
_SHIFTS = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}


def strings(value: object) -> tuple[str, ...]:
    """A list of strings."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
        raise ValueError("must be a list of strings, none of them empty")
    return tuple(value)


def patterns(value: object) -> tuple[str, ...]:
    """A list of gitignore-style patterns."""
    patterns = strings(value)
    if patterns:
        PathPatterns(patterns)
    return patterns


def string(value: object) -> str:
    """A string that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValueError("must be a string")
    return value


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def number(low: int, high: int) -> Callable[[object], int]:
    """A whole number within bounds, both included."""

    def check(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return value

    return check


def parse_size(value: object) -> int:
    """Bytes from a number, or from text such as `512`, `64K`, `10MB`, `1GiB`; all units are powers of 1024."""
    if isinstance(value, str) and (found := _SIZE.fullmatch(value.strip())):
        value = int(found[1]) << _SHIFTS[(found[2] or "").lower()]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1 << 62:
        raise ValueError("must be a size such as 500K, 10M or a number of bytes")
    return value


def level(kind: type[IntEnum]) -> Callable[[object], IntEnum]:
    """A level, by its name in either case."""

    def check(value: object) -> IntEnum:
        if isinstance(value, kind):
            return value
        if isinstance(value, str) and value.upper() in kind.__members__:
            return kind[value.upper()]
        raise ValueError(f"must be one of {', '.join(level.name.lower() for level in kind)}")

    return check


_UNREAD = {reason.label: reason for reason in Reason if reason.skip_class is SkipClass.UNREAD}


def reasons(value: object) -> frozenset[Reason]:
    """Reasons for which something is unread, by their labels."""
    labels = strings(value)
    if any(label not in _UNREAD for label in labels):
        raise ValueError(f"must be names among {', '.join(sorted(_UNREAD))}")
    return frozenset(_UNREAD[label] for label in labels)
