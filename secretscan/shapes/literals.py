"""Literals that a stretch of regex spells out, and how rare literals and classes are in what people write."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

from secretscan.shapes.alphabets import DIGIT, LOWER, SPACE, UPPER
from secretscan.shapes.tree import Alt, Bytes, Cat, Group, Look, Node, Repeat

CASELESS = 256
"""Added to a lower-case letter that stands for both cases."""
Word: TypeAlias = tuple[int, ...]
"""A literal, a number a byte: the byte, or CASELESS + a lower-case letter."""
MOST_WORDS = 64
_LONGEST_WORD = 255


def spell(node: Node, most: int = MOST_WORDS) -> tuple[Word, ...] | None:
    """Every literal that the node can match, each once; None if they are more than `most`, or endless."""
    if isinstance(node, Bytes):
        return _letters(node.alphabet) if node.alphabet.bit_count() <= 2 * most else None
    if isinstance(node, Look):
        return ((),)
    if isinstance(node, Group):
        return spell(node.item, most)
    if isinstance(node, Cat):
        return _spell_all(node.items, most)
    if isinstance(node, Alt):
        words: dict[Word, None] = {}
        for option in node.options:
            more = spell(option, most)
            if more is None or len(words) + len(more) > 2 * most:
                return None
            words.update(dict.fromkeys(more))
        return tuple(words) if len(words) <= most else None
    return _spell_repeat(node, most)


def _spell_all(items: Sequence[Node], most: int) -> tuple[Word, ...] | None:
    words: tuple[Word, ...] | None = ((),)
    for item in items:
        words = join(words, spell(item, most), most)
        if words is None:
            return None
    return words


def _spell_repeat(node: Repeat, most: int) -> tuple[Word, ...] | None:
    if node.most is None or node.high > _LONGEST_WORD:
        return None
    once = spell(node.item, most)
    words: tuple[Word, ...] | None = ((),)
    kept: dict[Word, None] = {}
    for count in range(node.most + 1):
        if words is None or len(kept) > most:
            return None
        if count >= node.least:
            kept.update(dict.fromkeys(words))
        if count < node.most:
            words = join(words, once, most)
    return tuple(kept) if len(kept) <= most else None


def join(first: tuple[Word, ...] | None, second: tuple[Word, ...] | None, most: int = MOST_WORDS) -> tuple[Word, ...] | None:
    """Each of the first followed by each of the second."""
    if first is None or second is None or len(first) * len(second) > most:
        return None
    if second == ((),):
        return first
    words = tuple(dict.fromkeys(left + right for left in first for right in second))
    return words if max(map(len, words), default=0) <= _LONGEST_WORD else None


@cache
def _letters(alphabet: int) -> tuple[Word, ...]:
    """The bytes of a set; a letter with both its cases in the set is one caseless letter."""
    letters: list[Word] = []
    for value in range(256):
        if not alphabet >> value & 1:
            continue
        if UPPER >> value & 1 and alphabet >> (value + 32) & 1:
            continue
        both = LOWER >> value & 1 and alphabet >> (value - 32) & 1
        letters.append((value + CASELESS if both else value,))
    return tuple(letters)


def render(word: Word) -> tuple[bytes, bool]:
    """(literal, caseless) as the core wants it. A word of mixed kind becomes caseless, which accepts more."""
    literal = bytes(letter & 255 for letter in word)
    if any(letter >= CASELESS for letter in word):
        return literal.lower(), True
    return literal, False


# Roughly how often a byte turns up in source code and configuration. Only ratios count, and only to choose between literals.
_SHARES = ((LOWER, 0.52), (UPPER, 0.07), (DIGIT, 0.06), (SPACE, 0.2))
_ENGLISH = dict(zip("etaoinsrhdlcumfpgwybvkxjqz", range(26), strict=True))
# What ordinary code is full of, and words that code about credentials is full of: more common than their letters.
_EVERYWHERE = "http:// https:// .com .org .net key: key= id: user name value config data return string test example json"
_COMMON = "token secret password passwd api_key apikey api-key client access auth bearer basic public private account service"


def _shares() -> list[float]:
    shares = [0.0002] * 256
    for value in range(0x21, 0x7F):
        shares[value] = 0.005
    for mask, share in _SHARES:
        for value in range(256):
            if mask >> value & 1:
                shares[value] = share / mask.bit_count()
    for letter, place in _ENGLISH.items():
        weight = 2.4 * math.exp(-place / 9)
        shares[ord(letter)] = 0.52 / 26 * weight
        shares[ord(letter) - 32] = 0.07 / 26 * weight
    return shares


_SHARE = _shares()


@cache
def class_bits(alphabet: int) -> float:
    """How much it tells that a byte is in the set: minus the binary logarithm of its share in ordinary text."""
    share = sum(_SHARE[value] for value in range(256) if alphabet >> value & 1)
    return -math.log2(min(1.0, max(share, 1e-6)))


@cache
def literal_bits(literal: bytes, caseless: bool) -> float:
    """How rare a literal is, as bits. Words of everyday code count little."""
    bits = 0.0
    for value in literal:
        mask = 1 << value
        if caseless and LOWER & mask:
            mask |= mask >> 32
        bits += class_bits(mask)
    if len(set(literal)) == 1:
        return min(bits, 8.0)  # a line of one sign is drawn, padded or made of nothing
    text = literal.lower().decode("latin-1")
    if text in _EVERYWHERE:
        return min(bits, 10.0)
    if text in _COMMON:
        return min(bits, 6.0 + 1.5 * len(text))
    return bits
