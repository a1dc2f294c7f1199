"""Text hidden one step deeper: runs of base64 or hex that, decoded, hold a telling word; and archives inside base64.

The words are looked for in their encoded forms, so text that hides nothing costs nothing. A run is decoded with its wrapped lines, and
what comes out is matched like any text; a run inside it is decoded in turn, as deep as views go.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import cache

from secretscan import lazy_re
from secretscan.model import Reason, Segment, Silence, View
from secretscan.readers.magic import sniff
from secretscan.rules import Pattern

_WORDS: tuple[bytes, ...] = (
    b"-----BEGIN", b"AKIA", b"ASIA", b"aws_secret", b"AWS_SECRET", b"ghp_", b"gho_", b"ghs_", b"github_pat_", b"glpat-", b"xoxb-", b"xoxp-",
    b"hooks.slack.com", b"sk_live_", b"rk_live_", b"sk-ant-", b"sk-proj-", b"AIzaSy", b"npm_", b"pypi-", b"dckr_pat_", b"hvs.", b"SG.",
    b"password", b"Password", b"PASSWORD", b"passwd", b"secret", b"Secret", b"SECRET", b"token", b"Token", b"TOKEN", b"api_key", b"apikey",
    b"apiKey", b"ApiKey", b"API_KEY", b"access_key", b"accessKey", b"ACCESS_KEY", b"private_key", b"postgres://", b"postgresql://",
    b"mysql://", b"mongodb", b"redis://", b"amqp://",
)  # fmt: skip
_PACKED = {b"H4sI": "gzip", b"/Td6WF": "xz", b"KLUv/": "zstd", b"QlpoOTFBWSZTW": "bzip2", b"UEsDBB": "zip", b"N3q8ryccA": "7z"}
"""How the base64 of gzip, xz, zstd, bzip2 (at its usual level), zip and 7z begins. That of zlib is too short to be told by."""
_LEAST = 20
"""Characters of the shortest run that is decoded: a word and a short secret."""
_TOKENS = (b"hvs.", b"hvb.", b"hvr.")
_MOST = 1 << 20
"""Characters of the longest; what follows is decoded on its own, cut at a whole group."""
_INFLATED = 16 << 20
"""Bytes that all archives of one text may give."""
_DEPTH = 2  # of archives in archives there
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_HEX = b"0123456789abcdefABCDEF"
_WRAP = lazy_re.compile(rb"(?:\\r)?(?:\\n)|\r?\n[ \t]*(?:[\"'][ \t]*[+.\\]?[ \t]*\r?\n?[ \t]*[\"'])?")
_WRAPPED = 56  # least characters of a line that goes on: PEM wraps at 64, MIME at 76


def _forms(word: bytes) -> Iterator[tuple[bytes, int]]:
    """(what of the word's base64 does not depend on its neighbours, where in a group of four it begins), for its three alignments."""
    for lead in range(3):
        encoded = base64.b64encode(b"\0" * lead + word + b"\0\0")
        first, last = -(-lead * 8 // 6), (lead + len(word)) * 8 // 6
        yield encoded[first:last], first % 4
        if (other := encoded[first:last].translate(bytes.maketrans(b"+/", b"-_"))) != encoded[first:last]:
            yield other, first % 4


_TWICE = (b"-----BEGIN", b"AKIA", b"password", b"aws_secret", b"AWS_SECRET")
_WORDS += tuple(form for word in _TWICE for form, _ in _forms(word) if len(form) >= 5)
_PHASES = {form: phase for word in _WORDS for form, phase in _forms(word) if len(form) >= 4} | dict.fromkeys(_PACKED, 0)
_HEXES = tuple(dict.fromkeys(form for word in _WORDS if len(word) >= 4 for form in (word.hex().encode(), word.hex().upper().encode())))
MARKERS: tuple[tuple[bytes, ...], ...] = ((*_PHASES, *_HEXES),)


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """A view of every run that holds a word, with a segment for each of its lines."""
    del name
    done = 0
    budget = _INFLATED
    for found in _pattern().finditer(text):
        at, form = found.start(), found.group()
        if at < done:
            continue
        hexes = form not in _PHASES
        pieces = _run(text, at, _HEX if hexes else _BASE64)
        size = sum(end - start for start, end in pieces)
        if size < _LEAST:
            continue
        done = pieces[-1][1]
        if text[max(0, pieces[0][0] - 4) : pieces[0][0]] in _TOKENS:
            continue  # Vault's tokens hold a shorter form of themselves
        joined = b"".join(text[start:end] for start, end in pieces)
        before = at - next(start for start, end in pieces if start <= at < end) + sum(end - start for start, end in pieces if end <= at)
        skip = before % 2 if hexes else (before - _PHASES[form]) % 4
        try:
            decoded = bytes.fromhex(_even(joined[skip:]).decode()) if hexes else _decoded(joined[skip:])
        except ValueError:
            continue
        steps = ["hex" if hexes else "base64"]
        if not hexes and form in _PACKED and sniff(decoded) is not None:
            for item in _unpacked(decoded, max(0, budget)):
                if isinstance(item, bytes):
                    budget -= len(item)
                    yield View(item, (Segment(0, len(item), pieces[0][0], done, False, {"decoded": [*steps, _PACKED[form]]}),))
                else:
                    yield item
        else:
            yield View(decoded, _segments(pieces, skip, len(decoded), (1, 2) if hexes else (3, 4), steps))


@cache
def _pattern() -> Pattern:
    """All forms as one regex of RE2's, whose time does not depend on how many they are."""
    return Pattern("|".join(re.escape(form.decode()) for form in sorted((*_PHASES, *_HEXES), key=len, reverse=True)))


def _run(text: bytes, at: int, alphabet: bytes) -> list[tuple[int, int]]:
    """The stretches of one run around a place, line by line: a line long enough to have been wrapped goes on in the next."""
    low = max(0, at - _MOST // 2)
    start = _start(text, at, low, alphabet)
    pieces = [(start, _end(text, at, alphabet))]
    while pieces[-1][1] - pieces[-1][0] >= _WRAPPED and pieces[-1][1] - at < _MOST // 2:
        wrap = _WRAP.match(text, pieces[-1][1])
        if wrap is None or (end := _end(text, wrap.end(), alphabet)) == wrap.end():
            break
        pieces.append((wrap.end(), end))
    while at - pieces[0][0] < _MOST // 2:
        gap = _gap_before(text, pieces[0][0])
        head = text[max(low, gap - 4096) : gap]
        length = len(head) - len(head.rstrip(alphabet))
        if gap == pieces[0][0] or length < _WRAPPED or length == 4096:
            break
        pieces.insert(0, (gap - length, gap))
    return pieces


def _gap_before(text: bytes, start: int) -> int:
    """Where the line before ends, if only a wrap stands between; else `start`."""
    low = max(0, start - 64)
    for wrap in _WRAP.finditer(text, low, start):
        if wrap.end() == start:
            return wrap.start()
    return start


def _start(text: bytes, at: int, low: int, alphabet: bytes) -> int:
    size = 128
    while at > low:
        head = text[max(low, at - size) : at]
        left = len(head.rstrip(alphabet))
        at -= len(head) - left
        if left:
            break
        size *= 4
    return at


def _end(text: bytes, at: int, alphabet: bytes) -> int:
    stop = min(len(text), at + _MOST // 2)
    size = 128  # most runs are short
    while at < stop:
        tail = text[at : min(stop, at + size)]
        left = len(tail.lstrip(alphabet))
        at += len(tail) - left
        if left:
            break
        size *= 4
    return at


def _even(digits: bytes) -> bytes:
    return digits[: len(digits) // 2 * 2]


def _decoded(run: bytes) -> bytes:
    run = run.translate(bytes.maketrans(b"-_", b"+/"))
    left = len(run) % 4
    return base64.b64decode(run[: len(run) - 1] if left == 1 else run + b"=" * (-len(run) % 4), validate=True)


def _unpacked(packed: bytes, budget: int) -> Iterator[bytes | tuple[Reason, str]]:
    """The texts of an archive, and what could not be read of it."""
    from secretscan.readers.archives import Limits, Member, members

    for item in members(iter([packed]), None, Limits(_DEPTH, budget)):
        if isinstance(item, Member):
            yield b"".join(item.chunks)
        else:
            yield item.reason, f"an archive inside base64: {item.detail}"


def _segments(pieces: list[tuple[int, int]], skip: int, size: int, ratio: tuple[int, int], steps: list[str]) -> tuple[Segment, ...]:
    """A segment for each line of the run: which decoded bytes begin in it."""
    decoded, encoded = ratio
    segments = []
    before = -skip
    for start, end in pieces:
        first = max(0, -(-before * decoded // encoded)) if before > 0 else 0
        before += end - start
        last = min(size, -(-before * decoded // encoded))
        if last > first:
            segments.append(Segment(first, last, start, end, False, {"decoded": list(steps)}))
    return tuple(segments)
