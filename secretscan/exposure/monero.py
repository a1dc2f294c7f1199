"""Addresses of Monero and its kin, which carry a checksum: base58 in blocks, the last four bytes Keccak-256 of the others.

https://docs.getmonero.org/public-address/standard-address/; the network byte is 18 for an address, 19 with a payment id in it, 42 for a
subaddress. hashlib's SHA3-256 is not it: NIST padded Keccak otherwise (FIPS 202).
"""

from __future__ import annotations

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {char: value for value, char in enumerate(_ALPHABET)}
_SIZES = {2: 1, 3: 2, 5: 3, 6: 4, 7: 5, 9: 6, 10: 7, 11: 8}  # characters of a block: its bytes
_NETWORKS = (18, 19, 42)
_ROUNDS = (
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B, 0x0000000080000001,
    0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
    0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
    0x000000000000800A, 0x800000008000000A, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
)  # fmt: skip
_TURNS = (1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44)
_LANES = (10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1)
_MASK = (1 << 64) - 1
_RATE = 136


def is_address(text: str) -> bool:
    """Whether a text is an address whose checksum holds: of Monero by its network byte, of its kin (ZEPH…, ar4…) by its first letters."""
    raw = _decode(text)
    if raw is None or len(raw) < 69 or keccak_256(raw[:-4])[:4] != raw[-4:]:
        return False
    return raw[0] in _NETWORKS if text[0] in "48" else text.startswith(("ZEPH", "ar4"))


def encode(raw: bytes) -> str:
    """Base58 in blocks of eight bytes."""
    sizes = {size: length for length, size in _SIZES.items()}
    text = ""
    for at in range(0, len(raw), 8):
        block = raw[at : at + 8]
        number, digits = int.from_bytes(block, "big"), ""
        for _ in range(sizes[len(block)]):
            number, digit = divmod(number, 58)
            digits = _ALPHABET[digit] + digits
        text += digits
    return text


def _decode(text: str) -> bytes | None:
    raw = b""
    for at in range(0, len(text), 11):
        block = text[at : at + 11]
        size = _SIZES.get(len(block))
        number = 0
        for char in block:
            if char not in _DIGITS:
                return None
            number = number * 58 + _DIGITS[char]
        if size is None or number >> (8 * size):
            return None
        raw += number.to_bytes(size, "big")
    return raw


def keccak_256(data: bytes) -> bytes:
    """Keccak with a rate of 1088 bits, as Ethereum and Monero use it. https://keccak.team/keccak_specs_summary.html."""
    padded = bytearray(data) + b"\x01" + bytes(-(len(data) + 1) % _RATE)
    padded[-1] |= 0x80
    state = [0] * 25
    for start in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            state[lane] ^= int.from_bytes(padded[start + lane * 8 : start + lane * 8 + 8], "little")
        _permute(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


def _permute(state: list[int]) -> None:
    for constant in _ROUNDS:
        parity = [state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] for x in range(5)]
        for x in range(5):
            mixed = parity[x - 1] ^ _turn(parity[(x + 1) % 5], 1)
            for y in range(0, 25, 5):
                state[x + y] ^= mixed
        held = state[1]
        for turn, lane in zip(_TURNS, _LANES, strict=True):
            state[lane], held = _turn(held, turn), state[lane]
        for y in range(0, 25, 5):
            row = state[y : y + 5]
            for x in range(5):
                state[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5] & _MASK)
        state[0] ^= constant


def _turn(lane: int, by: int) -> int:
    return ((lane << by) | (lane >> (64 - by))) & _MASK
