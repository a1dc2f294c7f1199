"""Text with escapes: percent-encoding, \\uXXXX and \\xXX, HTML's character references, and the backslashes of JSON inside a string.

A secret that holds one is another string than the secret itself, and no rule finds a key whose equals sign is written `%3D`. So the
stretches around telling escapes are shown with all of their escapes undone once; a view that still holds some is shown in turn.
RFC 3986 2.1; RFC 8259 7; the HTML standard, 13.5 (only those references that stand for ASCII signs).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from secretscan import lazy_re
from secretscan._core import FLAG_FULL, Check, Matcher
from secretscan.model import Json, Reason, Silence, View
from secretscan.readers.lines import Lines, Piece

_SIGNS = b'"+/=_'
"""Signs that stand in secrets and around them, where their escapes are no common sight in source text, as `\\x3c` and `\\n` are."""
MARKERS = (
    (
        b"%2F", b"%2f", b"%3D", b"%3d", b"%2B", b"%2b", b"%22%3A", b"%22%3a",
        b"%252F", b"%252f", b"%253D", b"%253d", b"%252B", b"%252b",
        *dict.fromkeys(form % sign for sign in _SIGNS for form in (b"\\x%02x", b"\\x%02X", b"\\u00%02x", b"\\u00%02X")),
        b'\\\\\\":', b"=&quot;", b"&quot;:", b"&#43;", b"&#47;", b"&#61;", b"&#34;",
        b"&#x2F;", b"&#x2f;", b"&#x2B;", b"&#x2b;", b"&#x3D;", b"&#x3d;", b"&#x22;",
    ),
)  # fmt: skip
"""Whole escapes: what is no escape would be shown as it is, in view after view."""
STRETCH: Final = True
"""Any stretch of a text may be viewed: the engine need not have the whole of it."""

_ESCAPE = lazy_re.compile(
    rb"%[0-9A-Fa-f]{2}|\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[\"'/\\nrt])"
    rb"|&(?:#(?:[xX][0-9A-Fa-f]{1,6}|[0-9]{1,7});?|(?:quot|amp|lt|gt|apos|sol|equals|plus|colon);)"
)
_NAMED = {
    b"\\n": b"\n", b"\\r": b"\r", b"\\t": b"\t", b"&quot;": b'"', b"&amp;": b"&", b"&lt;": b"<", b"&gt;": b">", b"&apos;": b"'",
    b"&sol;": b"/", b"&equals;": b"=", b"&plus;": b"+", b"&colon;": b":",
}  # fmt: skip
_ASIDE = 512
"""Bytes shown on either side of a telling escape: a key and its value, or the other half of a pair."""
_BOUND = 512
"""Bytes more, to the next white space, so that no token is cut."""
_MOST_ESCAPES = 50_000
"""In one text: a segment is kept for each."""


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """A view of every stretch with telling escapes; stretches that touch are one."""
    del name
    left = _MOST_ESCAPES
    for start, end in _stretches(text):
        pieces: list[Piece] = []
        done = start
        for found in _ESCAPE.finditer(text, start, end):
            at = found.start()
            if at > done:
                pieces.append(Piece(text[done:at], done, at, True))
            done = found.end()
            pieces.append(Piece(_undone(found[0]), at, done, False))
            left -= 1
            if not left:
                break
        pieces.append(Piece(text[done:end], done, end, True))
        lines = Lines()
        lines.add(b"", pieces)
        view = lines.view()
        if view is not None:
            facts: dict[str, Json] = {"decoded": ["escapes"]}
            yield View(view.text, [segment if segment.exact else segment._replace(facts=facts) for segment in view.segments])
        if not left:
            yield Reason.UNPARSED, "more escapes than are undone in one text; the rest is read as text"
            return


def _stretches(text: bytes) -> Iterator[tuple[int, int]]:
    """(start, end) around the telling escapes, in order and apart from each other."""
    scan = _matcher().scan([text])
    if any(flags & FLAG_FULL for _, flags in scan.flags):  # so many that not all were told
        yield 0, len(text)
        return
    start, end = -1, -1
    for at in sorted(at for _, _, at in scan.candidates):
        if start >= 0 and at - _ASIDE <= end:
            end = min(len(text), at + _ASIDE)
            continue
        if start >= 0:
            end = _bound_after(text, end)
            if at - _ASIDE <= end:
                end = max(end, min(len(text), at + _ASIDE))
                continue
            yield start, end
        start, end = max(_bound_before(text, max(0, at - _ASIDE)), end, 0), min(len(text), at + _ASIDE)
    if start >= 0:
        yield start, _bound_after(text, end)


@cache
def _matcher() -> Matcher:
    return Matcher([Check(marker) for marker in MARKERS[0]])


def _bound_before(text: bytes, at: int) -> int:
    """The first byte of the line or word that holds a place."""
    low = max(0, at - _BOUND)
    if low == 0 or at == 0:
        return low
    newline = text.rfind(b"\n", low, at)
    return newline + 1 if newline >= 0 else max(text.rfind(b" ", low, at) + 1, low)


def _bound_after(text: bytes, at: int) -> int:
    high = min(len(text), at + _BOUND)
    if high == len(text):
        return high
    newline = text.find(b"\n", at, high)
    blank = newline if newline >= 0 else text.find(b" ", at, high)
    return blank if blank >= 0 else high


@lru_cache(4096)
def _undone(escape: bytes) -> bytes:
    """What one escape stands for, as UTF-8."""
    if escape in _NAMED:
        return _NAMED[escape]
    if escape[:1] == b"%" or escape[:2] == b"\\x":
        return bytes.fromhex(escape[-2:].decode())
    if escape[:2] == b"\\u":
        return _utf8(int(escape[2:], 16))
    if escape[:2] == b"&#":
        digits = escape[2:].rstrip(b";")
        return _utf8(int(digits[1:], 16) if digits[:1] in b"xX" else int(digits))
    return escape[1:]


def _utf8(point: int) -> bytes:
    return chr(point if point <= 0x10FFFF else 0xFFFD).encode("utf-8", "surrogatepass")
