"""What a token says about itself offline. One module a scheme, found by the name a rule gives.

A module has `check(secret: bytes) -> Verdict`. One whose scheme ends in check characters also has `complete(text: bytes) -> bytes`: the
characters that must follow a token of which `text` is the beginning (whatever stands before the token is passed over). One that needs
the text around a secret also has `check_within(secret: bytes, around: Around) -> Verdict`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple, TypeAlias, cast

from secretscan.model import Confidence, Json, Severity


class Verdict(NamedTuple):
    """The offline judgement of one secret.

    `valid`: true if a check sum or structure holds, false if it does not, None if the scheme has nothing to check. `facts` are what
    the secret itself says. `severity` and `confidence` replace the rule's own. `note` is one human sentence. `drop` means: this is a
    documentation example or cannot be a credential, say nothing at all. No field ever holds the secret.
    """

    valid: bool | None = None
    facts: Mapping[str, Json] = {}
    severity: Severity | None = None
    confidence: Confidence | None = None
    note: str = ""
    drop: bool = False


class Around:
    """Where a secret stands: `text[start:end]`, in a match that begins at `outer`."""

    __slots__ = ("end", "looked", "outer", "start", "text")

    def __init__(self, text: bytes, outer: int, start: int, end: int) -> None:
        self.text = text
        self.outer = outer
        self.start = start
        self.end = end
        self.looked = False
        """Whether anything outside of the match was asked for."""

    @property
    def lead(self) -> bytes:
        """The match up to the secret: the name, the assignment, the opening quote."""
        return self.text[self.outer : self.start]

    def before(self, size: int) -> bytes:
        self.looked = True
        return self.text[max(0, self.start - size) : self.start]

    def after(self, size: int) -> bytes:
        self.looked = True
        return self.text[self.end : self.end + size]


Check: TypeAlias = Callable[[bytes], Verdict]
CheckWithin: TypeAlias = Callable[[bytes, Around], Verdict]

DROP = Verdict(valid=False, drop=True)


def load(name: str) -> Check:
    """The check of the module `name`; LookupError if there is none of that name."""
    return cast(Check, _function(name, "check"))


@cache
def load_within(name: str) -> CheckWithin:
    """The module's `check_within(secret, around)`, or its `check` if the secret alone tells; LookupError if there is no such module."""
    check = load(name)
    within = getattr(importlib.import_module(f"{__name__}.{name}"), "check_within", None)
    return cast(CheckWithin, within) if within is not None else lambda secret, _: check(secret)


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
