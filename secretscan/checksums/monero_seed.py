"""Seed phrases of Monero wallets: 24 words (12 of MyMonero's) and one of them again, which a CRC-32 of their first three letters picks.

Source: https://github.com/monero-project/monero-docs/blob/master/docs/en/mnemonics/legacy.md (English list: prefixes of three letters).
"""

from __future__ import annotations

import re
import zlib

from secretscan.checksums import DROP, Verdict

LENGTHS = (13, 25)
PREFIX = 3
FEWEST = 0.7
"""The least share of the words that are different: a sentence repeats its small words."""


def check(secret: bytes) -> Verdict:
    phrase = re.findall(rb"[a-z]+", secret)
    if len(phrase) not in LENGTHS or len(set(phrase)) < FEWEST * len(phrase) or _picked(phrase[:-1]) != phrase[-1]:
        return DROP
    return Verdict(valid=True, facts={"words": len(phrase)}, note=f"a Monero seed phrase of {len(phrase)} words")


def complete(text: bytes) -> bytes:
    """The word that must follow the words at the end of the text."""
    phrase = re.search(rb"(?:[a-z]+ ?)*$", text)
    return _picked(phrase[0].split() if phrase else [])


def _picked(phrase: list[bytes]) -> bytes:
    return phrase[zlib.crc32(b"".join(word[:PREFIX] for word in phrase)) % len(phrase)]
