"""gitignore-style patterns over names that are bytes. RE2 matches them, so that no pattern of a hostile target can hang a scan."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_BATCH = 256  # patterns that RE2 matches at once within its memory
_PRIVATE = {0xDC00 + byte: 0xF700 + byte for byte in range(0x80, 0x100)}


class BadPattern(ValueError):
    """A pattern that git would not take; `number` counts from 0."""

    def __init__(self, number: int) -> None:
        super().__init__(f"pattern {number + 1} is not one that git would take")
        self.number = number


class PathPatterns:
    """Patterns as in `.gitignore`; the last that matches decides. BadPattern if one is none. Any number of threads may ask."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._specs: list[tuple[int, GitIgnoreSpec]] = []
        for first in range(0, len(patterns), _BATCH):
            self._compile(first, patterns[first : first + _BATCH])

    def match(self, path: bytes) -> bool:
        """Whether `path` (`/` separated, a folder's with one at its end) is taken out; in archives `a.zip!b` counts as `a.zip/b` too."""
        if not self._specs:
            return False
        ways = (path, path.replace(b"!", b"/")) if b"!" in path else (path,)
        return any(found[1] for way in ways if (found := self.decide(way)) is not None)

    def decide(self, path: bytes) -> tuple[int, bool] | None:
        """The number of the pattern that decides, and whether it takes the path out; None if none matches."""
        name = _matchable(path)
        for first, spec in reversed(self._specs):
            found = spec.check_file(name)
            if found.index is not None:
                return first + found.index, bool(found.include)
        return None

    def _compile(self, first: int, patterns: Sequence[str]) -> None:
        """Compile patterns, in halves where they are too much together, until a bad one stands alone."""
        spec = _spec(patterns)
        if spec is not None:
            self._specs.append((first, spec))
        elif len(patterns) == 1:
            raise BadPattern(first)
        else:
            half = len(patterns) // 2
            self._compile(first, patterns[:half])
            self._compile(first + half, patterns[half:])


def _spec(patterns: Sequence[str]) -> GitIgnoreSpec | None:
    """The patterns as one; None if one is bad or they are too large together."""
    import warnings

    import re2
    from pathspec import GitIgnoreSpec

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class like [[:alpha:]] makes `re` talk to the developer of pathspec
        try:
            return GitIgnoreSpec.from_lines([_matchable(line.encode("utf-8", "surrogateescape")) for line in patterns], backend="re2")
        except (ValueError, re.error, re2.error):
            return None


def _matchable(name: bytes) -> str:
    """A name as text that RE2 takes: bytes that are no UTF-8 go to private characters, in patterns and names alike."""
    text = name.decode("utf-8", "surrogateescape")
    return text if text.isascii() else text.translate(_PRIVATE)
