"""How registries are reached. Apart from what reaches them, which is costly to import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Limits(NamedTuple):
    """`timeout` is in seconds, of each wait for the network; `pause` in seconds, the first of the waits between tries."""

    timeout: float = 30.0
    pause: float = 0.5


class Access(NamedTuple):
    """`environment` tells logins and proxies; `mirror`, `host[:port][/prefix]`, is asked first; `plain` allows HTTP without TLS."""

    environment: Mapping[str, str] = {}
    mirror: str = ""
    plain: bool = False
    limits: Limits = Limits()


NO_ACCESS = Access()
"""Without logins: what anybody may pull."""
