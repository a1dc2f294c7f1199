"""What of a regex the C core can check by itself: literals, the class before them, a run of a class behind them.

A shape is a necessary condition, never stronger than the regex. What it means for a match that begins at `s` and ends at `e`:
some check's literal stands at a `p` with `p - before <= s <= p` and `e <= p + after`, with its `left` and `run` satisfied there.
The parser is imported when a regex is analysed: shapes that are known already need none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from secretscan._core import Check
from secretscan.model import REACH

__all__ = ["UNBOUNDED", "Check", "Shape", "analyse", "encode_program", "public_prefix"]

_DULL = 2.0**-20  # hits a byte: one a megabyte
UNBOUNDED = -1
"""As `before` or `after`: a match may reach farther than REACH. Look REACH bytes far; a longer match may be cut there."""


class Shape(NamedTuple):
    """How to find the matches of a rule. `before` and `after` count bytes from the first byte of a check's literal.

    `whole_text`: the literals do not tell where a match is, so the regex runs over the whole of a text that holds any of them
    (over every text if there are none), and `before` and `after` are UNBOUNDED.
    """

    checks: tuple[Check, ...]
    before: int
    after: int
    whole_text: bool
    dull: bool = False
    """Whether the literals stand so often in ordinary text that a rule of few paths is better run where its path is."""


def analyse(regex: str, keywords: Sequence[str] = (), near: int | None = None, *, short: bool = False) -> Shape:
    """The shape of a rule's regex (RE2's dialect over bytes; case-sensitive unless it says otherwise).

    `keywords` have the gitleaks schema's meaning: one of them, in any case, must stand somewhere in the text. With `near`
    it must stand within so many bytes: all of a match lies between `near` bytes before and after a keyword's first byte.
    Literals of the regex itself are preferred where they are long enough and say as much as the keywords. `short`: the texts are, as
    paths are, and any literal will do.
    """
    hints = tuple(dict.fromkeys(keyword.encode("utf-8", "surrogateescape")[:255].lower() for keyword in keywords if keyword))
    by_keyword = tuple(Check(hint, caseless=True) for hint in hints)
    if near is not None:
        if not hints:
            raise ValueError("near needs keywords")
        return Shape(by_keyword, _reach(near), _reach(near), False)
    from secretscan.shapes.analysis import find, hit_rate, implied, telling
    from secretscan.shapes.syntax import Unreadable, parse

    try:
        tree, _ = parse(regex)
    except Unreadable:
        return Shape(by_keyword, UNBOUNDED, UNBOUNDED, True)
    best = find(tree)
    if best is None or not (short or telling(best, by_keyword)) or (hints and not implied(tree, hints)):
        return Shape(by_keyword, UNBOUNDED, UNBOUNDED, True)
    return Shape(best.checks, _reach(best.before), _reach(best.after), False, hit_rate(best.checks) > _DULL)


def encode_program(regex: str) -> bytes | None:
    """The regex as secretscan._core.Program has it; None where it cannot be said that way."""
    from secretscan.shapes.program import encode_program

    return encode_program(regex)


def _reach(distance: int) -> int:
    return distance if distance <= REACH else UNBOUNDED


def public_prefix(regex: str, secret_group: int = 0) -> int:
    """Leading bytes of the secret that are spelled out by the regex, in every match: 4 for `ghp_[0-9A-Za-z]{36}`.

    `secret_group` 0 has the gitleaks schema's meaning: the first capture that took part, else the whole match. Caseless
    letters do not count. A secret spelled out whole has no public prefix: it would be shown whole.
    """
    from secretscan.shapes.prefix import prefix_length

    return prefix_length(regex, secret_group)
