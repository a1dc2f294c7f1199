"""Expansion of example templates, so that rule packs hold no token.

A template is text with placeholders in braces; `{{` and `}}` are literal braces. Expansion is pseudo-random, the same for the same
template and seed.

    {base62:36} {hex:32} {HEX:32} {digits:12} {upper:8} {lower:8} {alnum:20} {UPNUM:10} {b64:40} {b64url:43} {base32:16} {BECH32:58} {uuid}
        random characters: base62 is 0-9A-Za-z, alnum a-z0-9, UPNUM A-Z0-9, base32 A-Z2-7, BECH32 BIP 173's; each kind among them
    {crc32}                     the check characters that the module of that name in `secretscan.checksums` gives for the text so far
    {aws_id:123456789012}       the 16 characters after AKIA or ASIA in a key id of that account
    {words:11}                  random words of BIP-39's list
    {pem:RSA PRIVATE KEY}       a PEM block of that label and of the right structure
    {base64|TEXT|} {base64url|TEXT|} {percent|TEXT|} {json|TEXT|}
        TEXT, itself a template, then encoded (base64url without padding; json is the inside of a JSON string)
    {times:20|TEXT|}            TEXT that many times, expanded anew each time
"""

from __future__ import annotations

import base64
import json
import random
import string
import uuid
from collections.abc import Callable
from urllib.parse import quote

from secretscan import lazy_re
from secretscan.checksums import completer

_ALPHABETS = {
    "base62": string.digits + string.ascii_letters,
    "hex": string.digits + "abcdef",
    "HEX": string.digits + "ABCDEF",
    "digits": string.digits,
    "upper": string.ascii_uppercase,
    "lower": string.ascii_lowercase,
    "alnum": string.ascii_lowercase + string.digits,
    "UPNUM": string.ascii_uppercase + string.digits,
    "b64": string.digits + string.ascii_letters + "+/",
    "b64url": string.digits + string.ascii_letters + "-_",
    "base32": string.ascii_uppercase + "234567",
    "BECH32": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
}
_KINDS = (frozenset(string.ascii_lowercase), frozenset(string.ascii_uppercase), frozenset(string.digits))
_ENCODERS: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "percent": lambda text: quote(text, safe=""),
    "json": lambda text: json.dumps(text)[1:-1],
}
_PLACEHOLDER = lazy_re.compile(r"\{([a-zA-Z0-9_]+)(?::([^{}|]+))?([|}])")
_END = "|}"


def expand(template: str, seed: int = 0) -> str:
    """The template with its placeholders filled in. ValueError says what is wrong with it and where."""
    text, _ = _expand(template, 0, random.Random(f"{template}\0{seed}"), nested=False)  # noqa: S311 - examples, not keys
    return text


def _expand(template: str, at: int, rng: random.Random, nested: bool) -> tuple[str, int]:
    """(expanded text, offset behind it), up to the end or, nested, to the `|}` that closes it."""
    done = ""
    while at < len(template):
        if nested and template.startswith(_END, at):
            return done, at + len(_END)
        if template.startswith(("{{", "}}"), at):
            done += template[at]
            at += 2
        elif template[at] in "{}":
            found = _PLACEHOLDER.match(template, at)
            if found is None:
                raise ValueError(f"not a placeholder at {at}: double the brace for a literal one")
            name, argument, end = found.groups()
            at = found.end()
            if end == "}":
                done += _fill(name, argument, done, rng)
            elif name == "times":
                for _ in range(int(argument or 1)):
                    text, behind = _expand(template, at, rng, nested=True)
                    done += text
                at = behind
            elif name in _ENCODERS:
                text, at = _expand(template, at, rng, nested=True)
                done += _ENCODERS[name](text)
            else:
                raise ValueError(f"no encoder of that name: {name}")
        else:
            done += template[at]
            at += 1
    if nested:
        raise ValueError("an encoder's text is not closed by |}")
    return done, at


def _fill(name: str, argument: str | None, done: str, rng: random.Random) -> str:
    if name in _ALPHABETS:
        return _characters(_ALPHABETS[name], int(argument or 32), rng)
    if name == "uuid":
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))
    if name == "aws_id":
        head = 1 << 47 | int(argument or 123456789012) << 7 | rng.getrandbits(7)
        return base64.b32encode(head.to_bytes(6, "big") + rng.randbytes(4)).decode()
    if name == "words":
        from secretscan.checksums import bip39

        return b" ".join(rng.choices(bip39.words(), k=int(argument or 12))).decode()
    if name == "pem":
        return _pem(argument or "PRIVATE KEY", rng)
    try:
        return completer(name)(done.encode()).decode()
    except LookupError:
        raise ValueError(f"no placeholder of that name: {name}") from None


def _characters(alphabet: str, count: int, rng: random.Random) -> str:
    """Random characters; long enough ones hold each kind of character that the alphabet has, as nearly all real tokens do."""
    kinds = [kind for kind in _KINDS if kind.intersection(alphabet)]
    while True:
        text = "".join(rng.choices(alphabet, k=count))
        if count < 12 or all(kind.intersection(text) for kind in kinds):
            return text


def _pem(label: str, rng: random.Random) -> str:
    body = base64.b64encode(_der(label, rng)).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"])


def _der(label: str, rng: random.Random) -> bytes:
    """Bytes of the structure that a label promises, full of random numbers."""
    if label.startswith("OPENSSH"):
        return b"openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01" + rng.randbytes(250)
    if label.startswith("EC"):
        return _sequence(b"\x02\x01\x01\x04\x20" + rng.randbytes(32) + bytes.fromhex("a00a06082a8648ce3d030107"))
    if label.startswith("ENCRYPTED"):
        return _sequence(_sequence(bytes.fromhex("06092a864886f70d01050d") + rng.randbytes(30)) + b"\x04\x50" + rng.randbytes(80))
    numbers = b"\x02\x01\x00" + b"".join(b"\x02\x40" + b"\x5a" + rng.randbytes(63) for _ in range(8))
    if label.startswith(("RSA", "DSA")):
        return _sequence(numbers)
    inner = _sequence(numbers)
    return _sequence(
        b"\x02\x01\x00" + bytes.fromhex("300d06092a864886f70d0101010500") + b"\x04\x82" + len(inner).to_bytes(2, "big") + inner
    )


def _sequence(body: bytes) -> bytes:
    if len(body) < 128:
        return b"\x30" + bytes([len(body)]) + body
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body
