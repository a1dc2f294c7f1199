"""Counts how often bytes follow each other in source text and writes ext/byte_pairs.h: by it the core chooses where in a literal to look.

python tools/measure_byte_pairs.py FOLDER...        folders of source text in many languages; nothing of it is kept but the counts
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

SUFFIXES = frozenset(
    {".py", ".go", ".js", ".ts", ".java", ".c", ".h", ".rs", ".yaml", ".yml", ".json", ".md", ".sh", ".rb", ".xml", ".properties", ".txt"}
)
CLASSES = 32
MOST = 4 << 20  # bytes of one kind of file
HEADER = Path(__file__).resolve().parent.parent / "ext" / "byte_pairs.h"


def class_of(byte: int) -> int:
    """26 letters, case aside, then digits, `_`, space, other blanks, other signs, and what is not ASCII."""
    char = chr(byte).lower()
    if byte >= 128:
        return 31
    if "a" <= char <= "z":
        return ord(char) - ord("a")
    return 26 if char.isdigit() else {"_": 27, " ": 28}.get(char, 29 if char in "\n\r\t" else 30)


def count(folders: list[str]) -> Counter[tuple[int, int]]:
    classes = bytes(class_of(byte) for byte in range(256))
    pairs: Counter[tuple[int, int]] = Counter()
    taken: Counter[str] = Counter()
    for folder in folders:
        for file in sorted(Path(folder).rglob("*")):
            if file.suffix in SUFFIXES and file.is_file() and taken[file.suffix] < MOST:
                text = file.read_bytes()[: 256 << 10].translate(classes)
                taken[file.suffix] += len(text)
                pairs.update(pairwise(text))
    return pairs


def main(folders: list[str]) -> None:
    pairs = count(folders)
    if not pairs:
        sys.exit("no source text there")
    firsts = [sum(pairs[first, second] for second in range(CLASSES)) for first in range(CLASSES)]

    def row(first: int) -> str:
        bits = (round(4 * math.log2((firsts[first] + CLASSES) / (pairs[first, second] + 1))) for second in range(CLASSES))
        return ", ".join(str(min(bit, 255)) for bit in bits)

    alone = ", ".join(str(min(round(4 * math.log2(sum(firsts) / (of_first + 1))), 255)) for of_first in firsts)
    lines = [
        "/* How rare bytes are in source text, and after each other: minus the logarithm to base 2, four times. Classes of bytes:",
        "   26 letters, case aside, digits, `_`, space, other blanks, other signs, not ASCII. Made by tools/measure_byte_pairs.py. */",
        "#ifndef SECRETSCAN_BYTE_PAIRS_H\n#define SECRETSCAN_BYTE_PAIRS_H\n\n#include <stdint.h>\n",
        f"static const uint8_t RARE_ALONE[{CLASSES}] = {{{alone}}};\n",
        f"static const uint8_t RARE_AFTER[{CLASSES}][{CLASSES}] = {{",
        *(f"    {{{row(first)}}}," for first in range(CLASSES)),
        "};\n\n#endif\n",
    ]
    HEADER.write_text("\n".join(lines), encoding="ascii")


if __name__ == "__main__":
    main(sys.argv[1:])
