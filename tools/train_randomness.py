"""`python tools/train_randomness.py`: write secretscan/checksums/trigrams.bin from the source and documentation of Python itself.

The text is the standard library beside the running interpreter, without its tests: code, names and English. Each distinct word counts
by the logarithm of how often it stands there, so that `self` does not drown the rest. The same interpreter gives the same table.
"""

from __future__ import annotations

import math
import re
import sysconfig
from collections import Counter
from pathlib import Path

SYMBOLS = 28
"""a to z, any digit, anything else. A word is framed by the last."""
_ELSE = 27
_SMOOTHING = 0.02
TABLE = Path(__file__).resolve().parent.parent / "secretscan" / "checksums" / "trigrams.bin"
_WORD = re.compile(r"[A-Za-z][a-z]*(?:[A-Z][a-z]+)*[0-9]{0,2}|[A-Z]{2,}")
_RANDOM = re.compile(r"[A-Za-z0-9+/=_-]{41,}|[0-9a-fA-F]{16,}")


def symbol(character: str) -> int:
    if character.isascii() and character.isalpha():
        return ord(character.lower()) - ord("a")
    return 26 if character.isascii() and character.isdigit() else _ELSE


def words(root: Path) -> Counter[str]:
    """Distinct words, camelCase kept whole, and how often each stands there."""
    counted: Counter[str] = Counter()
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).parts
        if not {"test", "tests", "site-packages", "idle_test", "encodings", "__pycache__", "lib2to3"}.intersection(parts):
            counted.update(_WORD.findall(_RANDOM.sub(" ", path.read_text("utf-8", "replace"))))
    return counted


def train(counted: Counter[str]) -> bytes:
    """One byte a trigram: sixteenths of a bit of surprise at the third symbol after the first two."""
    counts = [[[0.0] * SYMBOLS for _ in range(SYMBOLS)] for _ in range(SYMBOLS)]
    for word, count in sorted(counted.items()):
        if len(word) < 3:
            continue
        weight = 1.0 + math.log2(count)
        line = [_ELSE, _ELSE, *map(symbol, word), _ELSE]
        for first, second, third in zip(line, line[1:], line[2:], strict=False):
            counts[first][second][third] += weight
    pairs = [[sum(counts[first][second][third] for first in range(SYMBOLS)) for third in range(SYMBOLS)] for second in range(SYMBOLS)]
    table = bytearray()
    for first in range(SYMBOLS):
        for second in range(SYMBOLS):
            whole = sum(counts[first][second])
            behind = sum(pairs[second])
            for third in range(SYMBOLS):
                base = (pairs[second][third] + _SMOOTHING) / (behind + _SMOOTHING * SYMBOLS)
                share = (counts[first][second][third] + 4.0 * base) / (whole + 4.0)
                table.append(min(255, round(-16 * math.log2(max(share, 2.0**-16)))))
    return bytes(table)


if __name__ == "__main__":
    TABLE.write_bytes(train(words(Path(sysconfig.get_path("stdlib")))))
