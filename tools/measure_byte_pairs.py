"""Counts how often bytes follow each other in source text and writes ext/byte_pairs.h and ext/common_windows.h: by them the core chooses
where in a literal to look.

python tools/measure_byte_pairs.py FOLDER...        folders of source text in many languages; nothing of it is kept but the counts
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

SUFFIXES = frozenset(
    {".py", ".go", ".js", ".ts", ".java", ".c", ".h", ".rs", ".yaml", ".yml", ".json", ".md", ".sh", ".rb", ".xml", ".properties", ".txt"}
)
CLASSES = 32
MOST = 4 << 20  # bytes of one kind of file
COMMON = 4096  # windows told by themselves; all others are rarer than any of them
LEVELS = 8  # of how rare they are, a power of two each
PAIRS_HEADER = Path(__file__).resolve().parent.parent / "ext" / "byte_pairs.h"
WINDOWS_HEADER = PAIRS_HEADER.with_name("common_windows.h")
FOLDED = bytes(byte & 0xDF for byte in range(256))


def class_of(byte: int) -> int:
    """26 letters, case aside, then digits, `_`, space, other blanks, other signs, and what is not ASCII."""
    char = chr(byte).lower()
    if byte >= 128:
        return 31
    if "a" <= char <= "z":
        return ord(char) - ord("a")
    return 26 if char.isdigit() else {"_": 27, " ": 28}.get(char, 29 if char in "\n\r\t" else 30)


def read(folders: list[str]) -> Iterator[bytes]:
    """The beginnings of source files, of each kind about as much."""
    taken: Counter[str] = Counter()
    for folder in folders:
        for file in sorted(Path(folder).rglob("*")):
            if file.suffix in SUFFIXES and file.is_file() and taken[file.suffix] < MOST:
                text = file.read_bytes()[: 64 << 10]
                taken[file.suffix] += len(text)
                yield text


def windows_of(text: bytes) -> Iterator[int]:
    """Four bytes each, as the core's filter_window() gives them."""
    folded = text.translate(FOLDED)
    for first, second, third, last in zip(folded, folded[1:], folded[2:], folded[3:], strict=False):
        yield first | second << 8 | third << 16 | (last & 0x1F) << 24


def main(folders: list[str]) -> None:
    pairs: Counter[tuple[int, int]] = Counter()
    windows: Counter[int] = Counter()
    classes = bytes(class_of(byte) for byte in range(256))
    for text in read(folders):
        pairs.update(pairwise(text.translate(classes)))
        windows.update(windows_of(text))
    if not pairs:
        sys.exit("no source text there")
    write_pairs(pairs)
    write_windows(windows)


def write_windows(windows: Counter[int]) -> None:
    total = windows.total()
    common = windows.most_common(COMMON)
    least = math.floor(math.log2(total / common[-1][1]))

    def cell(window: int, times: int) -> str:
        level = math.floor(math.log2(total / times)) - (least - LEVELS + 1)
        return f"0x{max(level, 0) << 29 | window:08x}"

    cells = [cell(window, times) for window, times in sorted(common)]
    lines = [
        "/* The windows of four bytes that stand in source text most often, as filter_window() gives them, ascending. In the three bits",
        "   that a window leaves free is how rare it is, a power of two each. Made by tools/measure_byte_pairs.py. */",
        "#ifndef SECRETSCAN_COMMON_WINDOWS_H\n#define SECRETSCAN_COMMON_WINDOWS_H\n\n#include <stdint.h>\n",
        f"#define COMMON_WINDOWS {len(cells)}",
        "#define COMMON_LEVEL 29",
        "/* Minus the logarithm to base 2 of a window's share: at level 0, and of all that are not common at least. */",
        f"#define COMMON_LEAST {least - LEVELS + 1}\n#define COMMON_RAREST {least + 1}\n",
        "static const uint32_t COMMON[COMMON_WINDOWS] = {",
        *("    " + ", ".join(cells[at : at + 11]) + "," for at in range(0, len(cells), 11)),
        "};\n\n#endif\n",
    ]
    WINDOWS_HEADER.write_text("\n".join(lines), encoding="ascii")


def write_pairs(pairs: Counter[tuple[int, int]]) -> None:
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
    PAIRS_HEADER.write_text("\n".join(lines), encoding="ascii")


if __name__ == "__main__":
    main(sys.argv[1:])
