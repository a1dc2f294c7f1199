"""Seed phrases of wallets (BIP-39): 12, 15, 18, 21 or 24 words of one list; the last ones hold a piece of a SHA-256 of the rest.

Source: https://github.com/bitcoin/bips/blob/master/bip-0039.mediawiki and its English word list (MIT licence), unchanged, in
bip39_english.txt. A phrase opens every account of a wallet.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import re

from secretscan.checksums import DROP, Verdict
from secretscan.model import Confidence

LENGTHS = (12, 15, 18, 21, 24)
FEWEST = 9
"""Different words: the vectors that everybody tests with repeat one or two."""


@functools.cache
def words() -> tuple[bytes, ...]:
    """The 2,048 English words, in order: a word's place is the number it stands for."""
    return tuple(importlib.resources.files("secretscan.checksums").joinpath("bip39_english.txt").read_bytes().split())


@functools.cache
def _numbers() -> dict[bytes, int]:
    return {word: number for number, word in enumerate(words())}


def check(secret: bytes) -> Verdict:
    phrase = re.findall(rb"[a-z]+", secret)
    numbers = _numbers()
    if not all(word in numbers for word in phrase):
        return DROP
    if len(phrase) not in LENGTHS or len(set(phrase)) < FEWEST:
        return DROP
    if _holds([numbers[word] for word in phrase]):
        return Verdict(valid=True, facts={"words": len(phrase)}, note=f"a seed phrase of {len(phrase)} words")
    return Verdict(valid=False, confidence=Confidence.LOW, note="all words of the list, but their checksum does not hold")


def complete(text: bytes) -> bytes:
    """The first word that makes a phrase of the words at the end of the text."""
    phrase = re.search(rb"(?:[a-z]+ ?)*$", text)
    numbers = _numbers()
    known = [numbers[word] for word in (phrase[0].split() if phrase else [])]
    return next(word for number, word in enumerate(words()) if _holds([*known, number]))


def _holds(numbers: list[int]) -> bool:
    """Whether the last bits, one for each 32 of the rest, are the first of its hash."""
    bits = len(numbers) * 11
    checked = bits // 33
    value = functools.reduce(lambda total, number: total << 11 | number, numbers, 0)
    digest = hashlib.sha256((value >> checked).to_bytes((bits - checked) // 8, "big")).digest()
    return digest[0] >> (8 - checked) == value & (1 << checked) - 1
