"""What a token says about itself offline. One module a scheme, found by the name a rule gives.

A module has `check(secret: bytes) -> Verdict`. One whose scheme ends in check characters also has `complete(text: bytes) -> bytes`: the
characters that must follow a token of which `text` is the beginning (whatever stands before the token is passed over).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from secretscan.model import Confidence, Json, Severity


@dataclass(frozen=True, slots=True)
class Verdict:
    """The offline judgement of one secret.

    `valid`: true if a check sum or structure holds, false if it does not, None if the scheme has nothing to check. `facts` are what
    the secret itself says. `severity` and `confidence` replace the rule's own. `note` is one human sentence. `drop` means: this is a
    documentation example or cannot be a credential, say nothing at all. No field ever holds the secret.
    """

    valid: bool | None = None
    facts: Mapping[str, Json] = field(default_factory=dict)
    severity: Severity | None = None
    confidence: Confidence | None = None
    note: str = ""
    drop: bool = False


Check: TypeAlias = Callable[[bytes], Verdict]

DROP = Verdict(valid=False, drop=True)


def load(name: str) -> Check:
    """The check of the module `name`; LookupError if there is none of that name."""
    return cast(Check, _function(name, "check"))


def completer(name: str) -> Callable[[bytes], bytes]:
    """The completer of the module `name`; LookupError if there is no such module or its scheme has no check characters."""
    return cast("Callable[[bytes], bytes]", _function(name, "complete"))


def _function(name: str, wanted: str) -> object:
    if not name.isidentifier() or name.startswith("_"):
        raise LookupError(f"no checksum of that name: {name!r}")
    path = f"{__name__}.{name}"
    try:
        return getattr(importlib.import_module(path), wanted)
    except ModuleNotFoundError as error:
        if error.name != path:
            raise
    except AttributeError:
        pass
    raise LookupError(f"no checksum of that name: {name!r}")
