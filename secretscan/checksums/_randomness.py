"""How surprised a reader of code and English is by a text: names and words little, random characters much.

Entropy alone cannot tell `getUserAccountByName` from a token: both use many characters. What differs is which follow each other.
The table holds trigrams of code and English (see tools/train_randomness.py).
"""

from __future__ import annotations

import functools
import os

_SYMBOLS = 28
_CODES = bytes(byte - 97 if 97 <= byte < 123 else byte - 65 if 65 <= byte < 91 else 26 if 48 <= byte < 58 else 27 for byte in range(256))


@functools.cache
def _table() -> bytes:
    # Beside this module: importlib.resources takes longer to import than the rest of a hook's judging.
    with open(os.path.join(os.path.dirname(__file__), "trigrams.bin"), "rb") as file:
        return file.read()


def surprise(text: bytes) -> float:
    """Bits a character: words and names in any case stay under 4.5, random letters and digits lie about 6.5. 0.0 of nothing."""
    if not text:
        return 0.0
    table = _table()
    total = 0
    first = second = 27
    for code in text.translate(_CODES):
        total += table[(first * _SYMBOLS + second) * _SYMBOLS + code]
        first, second = second, code
    return total / 16 / len(text)


def switches(text: bytes) -> int:
    """How often a letter follows a digit or one of the other case, or a digit a letter."""
    count = 0
    kinds = text.translate(_KINDS)
    for at in range(1, len(kinds)):
        before, now = kinds[at - 1], kinds[at]
        if before != now and 0 not in (before, now):
            count += 1
    return count


_KINDS = bytes(1 if 97 <= byte < 123 else 2 if 65 <= byte < 91 else 3 if 48 <= byte < 58 else 0 for byte in range(256))
