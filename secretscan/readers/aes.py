"""AES encryption of single blocks (FIPS 197), for formats that seal passwords under a key everyone knows. Slow, and enough for that."""

from __future__ import annotations

from functools import cache


@cache
def _box() -> bytes:
    """The S-box: inverses in GF(2^8), then the affine map."""
    box = bytearray(256)
    p = q = 1
    while True:
        p ^= (p << 1) ^ (0x11B if p & 0x80 else 0)
        p &= 0xFF
        for shift in (1, 2, 4):
            q ^= q << shift
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        box[p] = q ^ _turned(q, 1) ^ _turned(q, 2) ^ _turned(q, 3) ^ _turned(q, 4) ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    return bytes(box)


def _turned(byte: int, by: int) -> int:
    return (byte << by | byte >> (8 - by)) & 0xFF


def _doubled(byte: int) -> int:
    return (byte << 1 ^ (0x1B if byte & 0x80 else 0)) & 0xFF


@cache
def _round_keys(key: bytes) -> tuple[bytes, ...]:
    box, words = _box(), [key[at : at + 4] for at in range(0, len(key), 4)]
    size, turn = len(words), 1
    for at in range(size, 4 * (size + 7)):
        word = words[-1]
        if at % size == 0:
            word = bytes([box[word[1]] ^ turn, box[word[2]], box[word[3]], box[word[0]]])
            turn = _doubled(turn)
        elif size > 6 and at % size == 4:
            word = bytes(box[byte] for byte in word)
        words.append(bytes(left ^ right for left, right in zip(words[at - size], word, strict=True)))
    return tuple(b"".join(words[at : at + 4]) for at in range(0, len(words), 4))


def encrypt_block(key: bytes, block: bytes) -> bytes:
    """16 bytes under a key of 16, 24 or 32 bytes."""
    box, keys = _box(), _round_keys(key)
    state = [left ^ right for left, right in zip(block, keys[0], strict=True)]
    for number, round_key in enumerate(keys[1:], 1):
        state = [box[state[(at + 4 * (at % 4)) % 16]] for at in range(16)]
        if number < len(keys) - 1:
            mixed = []
            for column in range(0, 16, 4):
                four = state[column : column + 4]
                every = four[0] ^ four[1] ^ four[2] ^ four[3]
                mixed += [four[row] ^ every ^ _doubled(four[row] ^ four[(row + 1) % 4]) for row in range(4)]
            state = mixed
        state = [left ^ right for left, right in zip(state, round_key, strict=True)]
    return bytes(state)


def counter_mode(key: bytes, counter: bytes, text: bytes) -> bytes:
    """CTR mode (NIST SP 800-38A), either way. `counter` is the first 16-byte counter block."""
    number = int.from_bytes(counter, "big")
    out = bytearray()
    for at in range(0, len(text), 16):
        stream = encrypt_block(key, ((number + at // 16) % (1 << 128)).to_bytes(16, "big"))
        out += bytes(left ^ right for left, right in zip(text[at : at + 16], stream, strict=False))
    return bytes(out)
