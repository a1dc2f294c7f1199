"""The named sets of bytes, and the cases of letters, as RE2 has them in Latin-1."""

from __future__ import annotations

from secretscan.shapes.tree import ALL


def _span(first: int, last: int) -> int:
    return (1 << last + 1) - (1 << first)


def _of(text: str) -> int:
    mask = 0
    for char in text:
        mask |= 1 << ord(char)
    return mask


DIGIT = _span(0x30, 0x39)
UPPER = _span(0x41, 0x5A)
LOWER = _span(0x61, 0x7A)
WORD = DIGIT | UPPER | LOWER | 1 << 0x5F
SPACE = _of("\t\n\f\r ")
PERL = {"d": DIGIT, "s": SPACE, "w": WORD, "D": ALL & ~DIGIT, "S": ALL & ~SPACE, "W": ALL & ~WORD}
POSIX = {
    "alnum": DIGIT | UPPER | LOWER,
    "alpha": UPPER | LOWER,
    "ascii": _span(0, 0x7F),
    "blank": _of("\t "),
    "cntrl": _span(0, 0x1F) | 1 << 0x7F,
    "digit": DIGIT,
    "graph": _span(0x21, 0x7E),
    "lower": LOWER,
    "print": _span(0x20, 0x7E),
    "punct": _span(0x21, 0x7E) & ~(DIGIT | UPPER | LOWER),
    "space": _of("\t\n\v\f\r "),
    "upper": UPPER,
    "word": WORD,
    "xdigit": DIGIT | _span(0x41, 0x46) | _span(0x61, 0x66),
}
CONTROL = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
# Latin-1's letters fold as ASCII's do, 32 apart; the two signs among them have no case.
_UPPER_1 = UPPER | _span(0xC0, 0xDE) & ~(1 << 0xD7)
_LOWER_1 = LOWER | _span(0xE0, 0xFE) & ~(1 << 0xF7)


def fold(mask: int) -> int:
    """The set with both cases of every letter in it."""
    return mask | (mask & _UPPER_1) << 32 | (mask & _LOWER_1) >> 32
