"""Measures how often bytes follow each other in source text and writes ext/byte_pairs.h, by which the core chooses where in a literal to look.

python tools/measure_byte_pairs.py FOLDER...        folders of source text in many languages; nothing of it is kept but the counts
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from pathlib import Path

SUFFIXES = {
    ".py",
    ".go",
    ".js",
    ".ts",
    ".java",
    ".c",
    ".h",
    ".rs",
    ".yaml",
    ".yml",
    ".json",
    ".md",
    ".sh",
    ".rb",
    ".xml",
    ".properties",
    ".txt",
}
CLASSES = 32
MOST = 4 << 20  # bytes of one kind of file


def class_of(byte: int) -> int:
    """26 letters, case aside, then digits, `_`, space, other blanks, other signs, and what is not ASCII."""
    char = chr(byte).lower()
    if "a" <= char <= "z" and byte < 128:
        return ord(char) - ord("a")
    if byte >= 128:
        return 31
    return 26 if char.isdigit() else {"_": 27, " ": 28}.get(char, 29 if char.isspace() else 30)


def main(folders: list[str]) -> int:
    classes = bytes(class_of(byte) for byte in range(256))
    pairs: Counter[tuple[int, int]] = Counter()
    taken: Counter[str] = Counter()
    for folder in folders:
        for file in sorted(Path(folder).rglob("*")):
            if file.suffix in SUFFIXES and file.is_file() and taken[file.suffix] < MOST:
                text = file.read_bytes()[: 256 << 10].translate(classes)
                taken[file.suffix] += len(text)
                pairs.update(zip(text, text[1:], strict=False))
    total = sum(pairs.values())
    if not total:
        print("no source text there", file=sys.stderr)
        return 1
    rows = []
    for first in range(CLASSES):
        of_first = sum(pairs[first, second] for second in range(CLASSES)) + CLASSES
        bits = [round(4 * math.log2(of_first / (pairs[first, second] + 1))) for second in range(CLASSES)]
        rows.append("    {" + ", ".join(str(min(bit, 255)) for bit in bits) + "},")
    alone = [round(4 * math.log2(total / (sum(pairs[first, second] for second in range(CLASSES)) + 1))) for first in range(CLASSES)]
    print(
        "/* How rare bytes are in source text, and after each other: minus the logarithm to base 2, four times. Classes of bytes: 26 letters,"
    )
    print("   case aside, digits, `_`, space, other blanks, other signs, not ASCII. Made by tools/measure_byte_pairs.py. */")
    print("#ifndef SECRETSCAN_BYTE_PAIRS_H\n#define SECRETSCAN_BYTE_PAIRS_H\n\n#include <stdint.h>\n")
    print(f"static const uint8_t RARE_ALONE[{CLASSES}] = {{{', '.join(str(min(bit, 255)) for bit in alone)}}};\n")
    print(f"static const uint8_t RARE_AFTER[{CLASSES}][{CLASSES}] = {{")
    print("\n".join(rows))
    print("};\n\n#endif")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
