"""Seed phrases: the checksum decides, in the published vectors and in random ones."""

from __future__ import annotations

import hashlib
import random

import pytest

from secretscan.checksums import load
from secretscan.checksums.bip39 import complete, words
from secretscan.model import Confidence

BIP39, MONERO = load("bip39"), load("monero_seed")


def _phrase(seed: int, count: int) -> list[bytes]:
    chosen = random.Random(seed).sample(words(), count - 1)
    return [*chosen, complete(b" ".join(chosen))]


def test_the_list_is_the_published_one() -> None:
    listed = b"".join(word + b"\n" for word in words())
    assert len(words()) == 2048 and words() == tuple(sorted(words()))
    assert hashlib.sha256(listed).hexdigest() == "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"


def test_the_vector_of_the_specification_s_zeros_is_completed_as_published() -> None:
    assert complete(b" ".join([b"abandon"] * 11)) == b"about"
    assert complete(b" ".join([b"abandon"] * 23)) == b"art"


@pytest.mark.parametrize("count", [12, 15, 18, 21, 24])
def test_a_phrase_whose_checksum_holds_is_valid_however_it_is_written(count: int) -> None:
    phrase = _phrase(count, count)
    for joint in (b" ", b", ", b'", "', b"\n"):
        verdict = BIP39(joint.join(phrase))
        assert verdict.valid is True and verdict.facts == {"words": count}


def test_a_phrase_of_the_wrong_order_is_of_low_confidence_and_other_words_are_none() -> None:
    phrase = _phrase(1, 24)
    swapped = BIP39(b" ".join([phrase[1], phrase[0], *phrase[2:]]))
    assert swapped.valid is False and swapped.confidence is Confidence.LOW and not swapped.drop
    assert BIP39(b" ".join([*phrase[:5], b"kubernetes", *phrase[6:]])).drop
    assert BIP39(b" ".join(phrase[:13])).drop


def test_the_vectors_that_everybody_uses_are_none() -> None:
    assert BIP39(b" ".join([b"abandon"] * 11 + [b"about"])).drop
    assert BIP39(b" ".join([b"test"] * 11 + [b"junk"])).drop


def test_the_example_of_monero_s_documentation_holds_and_no_other_order_does() -> None:
    phrase = (
        b"lush bagpipe stacking mice imitate village gang efficient strained different together vain puck roped pancakes shocking liar"
        b" moisture memoir sorry syndrome kettle swept dehydrate"
    ).split()
    valid = [word for word in dict.fromkeys(phrase) if MONERO(b" ".join([*phrase, word])).valid]
    assert len(valid) == 1
    assert MONERO(b" ".join([phrase[1], phrase[0], *phrase[2:], valid[0]])).drop
    assert MONERO(b" ".join(phrase)).drop
