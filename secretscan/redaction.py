"""What of a secret, and of a stranger's bytes, may be shown.

Shown of a secret: its public prefix (a token's type), then a mask whose length tells nothing. Names and lines come from strangers: control
and bidirectional characters never reach a terminal as they are.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from secretscan.model import Context, Finding

MASK = "•" * 8
"""What stands for the hidden part, whatever its length."""
_KINDS = 4
"""Bits for the number of a form among those of its secret."""
_TOLD = 4096
"""Texts whose printable form is kept: descriptions, notes and tags come again with every finding."""
SHORTEST_SHOWN = 16
"""Of a value with fewer bytes nothing is shown, not even a public prefix."""


def public(secret: bytes, prefix: int) -> bytes:
    """The leading bytes that may be shown: `prefix` of them, but none of a value under 16 bytes and never more than half of it."""
    if len(secret) < SHORTEST_SHOWN or not 0 < prefix <= len(secret) // 2:
        return b""
    return bytes(secret[:prefix])


def redact(secret: bytes, prefix: int = 0) -> str:
    """`secret` fit to be shown: `AKIA••••••••`. Empty for an empty secret (an exposure has none)."""
    return printable(public(secret, prefix)) + MASK if secret else ""


_ESCAPED = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def printable(data: bytes | str) -> str:
    r"""`data` as one line of printable text; two different inputs never look the same.

    Bytes that are no UTF-8 become `\xHH`; characters that Unicode does not call printable (control, bidirectional, zero width, odd
    spaces) become `\t`, `\n`, `\r`, `\xHH` below 0x80, `\uHHHH` or `\UHHHHHHHH`. A backslash is doubled only where it would otherwise
    read as the beginning of such an escape. A str may hold bytes as `surrogateescape` leaves them.
    """
    text = data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else data
    if text.isprintable() and "\\" not in text:
        return text
    shown = []
    for at, char in enumerate(text):
        if char == "\\":
            after = text[at + 1 : at + 2]
            shown.append("\\\\" if after and (after in "\\xuUtnr" or not after.isprintable()) else "\\")
        elif char.isprintable():
            shown.append(char)
        else:
            shown.append(_ESCAPED.get(char) or _escape(ord(char)))
    return "".join(shown)


def _escape(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:  # a byte that surrogateescape carried over
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class _Form(NamedTuple):
    """One way a secret may be written."""

    text: str
    shown: str
    least: int  # characters that must match; fewer than all of them only for long forms, which a source may have cut off
    length: int  # of the secret itself, in bytes
    word: bool = False  # it counts only as a whole word


class Redactor:
    """Masks the secrets of a result in any other text: names, instructions, notes, the rest of a line.

    Known forms of a secret: as it is, as it stands in a JSON string, percent-encoded, in hex, in base64 at any alignment. A form that was
    cut off is masked as far as it goes once 12 characters beyond its public prefix are there. Values under 6 bytes are left
    alone, and those under 16 are masked as they are only where they stand as a whole word, because they are ordinary words too.
    """

    def __init__(self, findings: Iterable[Finding] = (), *, show_secrets: bool = False, hidden: Iterable[bytes] = ()) -> None:
        """`hidden` are secrets that no finding tells of, and that must not show either."""
        self.show_secrets = show_secrets
        self._forms = None if show_secrets else _Index.of(findings, hidden)
        self._told: dict[tuple[bytes | str, int], str] = {}

    def secret(self, secret: bytes, prefix: int = 0) -> str:
        """A secret itself: redacted, or as printable text if secrets are to be shown."""
        return printable(bytes(secret)) if self.show_secrets else redact(secret, prefix)

    def text(self, value: bytes | str, shortest: int = 6) -> str:
        """Printable text without any known secret of at least `shortest` bytes."""
        told = self._told.get((value, shortest))
        if told is None:
            told = self._text(value, shortest)
            if len(self._told) < _TOLD and len(value) < 200:
                self._told[value, shortest] = told
        return told

    def _text(self, value: bytes | str, shortest: int) -> str:
        text = value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
        hits = list(self._hits(text, shortest))
        if not hits:
            return printable(text)
        pieces: list[str] = []
        done = 0
        for start, end, shown in _merge(hits):
            pieces += printable(text[done:start]), shown
            done = end
        return "".join(pieces) + printable(text[done:])

    def path(self, path: bytes) -> str:
        """A name. Values under 16 bytes stay: there they are words, and a person must find the file."""
        return self.text(path, SHORTEST_SHOWN)

    def _hits(self, text: str, shortest: int) -> Iterator[tuple[int, int, str]]:
        if self._forms is None:
            return
        for last, forms in self._forms.found_in(text):
            for form in forms:
                if form.length < shortest:
                    continue
                start = last + 1 - min(form.least, len(form.text))
                size = _common(text, start, form.text)
                end = start + size
                if form.word and (_one_word(text, start) or _one_word(text, end)):
                    continue
                yield start, end, form.shown if size == len(form.text) else MASK


def _one_word(text: str, at: int) -> bool:
    """Whether what stands before and after an offset is one word."""
    return 0 < at < len(text) and all(char.isalnum() or char == "_" for char in text[at - 1 : at + 1])


def _common(text: str, start: int, form: str) -> int:
    """How many characters of `form` stand at text[start:]."""
    if text.startswith(form, start):
        return len(form)
    return next((at for at, char in enumerate(form) if text[start + at : start + at + 1] != char), len(form))


def _merge(hits: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Overlapping stretches made one; only a stretch that one form fills alone keeps its public prefix."""
    merged: list[tuple[int, int, str]] = []
    for start, end, shown in sorted(hits, key=lambda hit: (hit[0], -hit[1])):
        if merged and start < merged[-1][1]:
            first, last, kept = merged[-1]
            merged[-1] = (first, max(last, end), kept if end <= last else MASK)
        else:
            merged.append((start, end, shown))
    return merged


class _Index:
    """Every form of every known secret, found by its beginning. Only numbers are kept: a report may know of a hundred thousand secrets."""

    def __init__(self, known: Sequence[tuple[bytes, int]]) -> None:
        import ahocorasick

        self._known = known
        self._automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        self._alike: dict[int, list[int]] = {}  # forms that begin as another does, by the other's number
        for number, (secret, prefix) in enumerate(known):
            for at, form in enumerate(_forms(secret, prefix)):
                anchor, code = form.text[: form.least], number << _KINDS | at
                first = self._automaton.get(anchor, None)
                if first is None:
                    self._automaton.add_word(anchor, code)
                else:
                    self._alike.setdefault(first, []).append(code)
        self._automaton.make_automaton()

    @classmethod
    def of(cls, findings: Iterable[Finding], hidden: Iterable[bytes]) -> _Index | None:
        """None if there is nothing to look for."""
        known = {(bytes(secret), 0) for secret in hidden}
        for finding in findings:
            known.add((bytes(finding.secret), finding.prefix))
            known.update((bytes(part.secret), 0) for part in finding.parts)
        long_enough = [each for each in sorted(known) if len(each[0]) >= 6]
        return cls(long_enough) if long_enough else None

    def found_in(self, text: str) -> Iterator[tuple[int, Iterator[_Form]]]:
        """(offset of an anchor's last character, the forms that begin with it)."""
        for last, first in self._automaton.iter(text):
            yield last, (self._form(code) for code in (first, *self._alike.get(first, ())))

    def _form(self, code: int) -> _Form:
        return next(itertools.islice(_forms(*self._known[code >> _KINDS]), code & ((1 << _KINDS) - 1), None))


def _forms(secret: bytes, prefix: int) -> Iterator[_Form]:
    import base64  # these two late: a scan that finds nothing needs neither
    from urllib.parse import quote

    text = secret.decode("utf-8", "surrogateescape")
    shown = public(secret, prefix)
    least = len(shown.decode("utf-8", "surrogateescape")) + 12 if len(secret) >= SHORTEST_SHOWN else len(text)
    yield _Form(text, printable(shown) + MASK, least, len(secret), len(secret) < SHORTEST_SHOWN)
    encoded = {secret.hex(), secret.hex().upper(), quote(secret, safe=""), _in_json(text)}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded.add(encode(secret).decode())
        for shift, lead in ((0, 0), (1, 2), (2, 3)):  # characters that depend on what stands before
            core = encode(bytes(shift) + secret).decode().rstrip("=")
            encoded.add(core[lead : len(core) - ((shift + len(secret)) % 3 > 0)])
    for form in sorted(encoded - {text}):
        yield _Form(form, MASK, 12 if len(secret) >= SHORTEST_SHOWN else len(form), len(secret))


def _in_json(text: str) -> str:
    return re.sub(r'["\\\x00-\x1f]', lambda found: _JSON.get(found[0]) or f"\\u{ord(found[0]):04x}", text)


_JSON = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def context_line(
    context: Context, secret: bytes, prefix: int = 0, *, show_secrets: bool = False, redactor: Redactor | None = None
) -> tuple[str, tuple[int, int]]:
    """The line around a match as printable text with every span masked, and where in that text, in characters, the focus stands.

    `secret` and `prefix` are the finding's own: only its known public bytes are shown, and only where they really stand. Tabs become
    spaces. `redactor` looks over what lies between the spans for secrets that no span names.
    """
    redactor = redactor or Redactor(show_secrets=show_secrets)
    text = bytes(context.text).replace(b"\t", b" ")
    focus = _clamp(context.focus, len(text))
    stretches = _stretches(context, focus, len(text), hide_focus=bool(secret))
    shown: list[str] = []
    size = done = 0
    begin = finish = 0

    def put(piece: str) -> None:
        nonlocal size
        shown.append(piece)
        size += len(piece)

    for start, end, masked in stretches:
        put(redactor.text(text[done:start]))
        at = size
        put(_stretch(text[start:end], masked, secret if (start, end) == focus else b"", prefix, redactor))
        if start <= focus[0] and focus[1] <= end:
            begin, finish = at, size
        done = end
    put(redactor.text(text[done:]))
    return "".join(shown), (begin, finish)


def _stretch(text: bytes, masked: bool, secret: bytes, prefix: int, redactor: Redactor) -> str:
    if redactor.show_secrets or not masked:
        return redactor.text(text)
    start = public(secret, prefix)
    return (printable(start) if text.startswith(start) else "") + MASK


def _clamp(span: tuple[int, int], size: int) -> tuple[int, int]:
    start = min(max(span[0], 0), size)
    return start, min(max(span[1], start), size)


def _stretches(context: Context, focus: tuple[int, int], size: int, hide_focus: bool) -> list[tuple[int, int, bool]]:
    """(start, end, masked), sorted and disjoint, the focus among them or inside one of them."""
    spans = [_clamp(span, size) for span in context.spans]
    if hide_focus:
        spans.append(focus)
    merged: list[tuple[int, int, bool]] = []
    for start, end in sorted(spans):
        if start == end:
            continue
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end), True)
        else:
            merged.append((start, end, True))
    if any(start < focus[1] and focus[0] < end for start, end, _ in merged):
        return merged  # an exposure's focus that cuts into a masked span is not split
    return sorted([*merged, (*focus, False)])
