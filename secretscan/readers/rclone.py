"""rclone's configuration: passwords there are obscured, AES-CTR under a key that is in rclone's source for all to see, so that
`rclone reveal` shows them. Source: rclone's documentation of `obscure`, its package fs/config/obscure.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.model import Reason, Silence, View
from secretscan.readers.aes import counter_mode
from secretscan.readers.lines import Lines, Piece

MARKERS = (b"\ntype = ", (b"\npass = ", b"\npassword = ", b"\npassword2 = ", b"\nkey_file_pass = "))

_KEY = bytes.fromhex("9c935b48730a554d6bfd7c63c886a92bd390198eb8128afbf4de162b8b95f638")
_OBSCURED = lazy_re.compile(rb"(?m)^(pass|password|password2|key_file_pass) = ([A-Za-z0-9_-]{22,400})\r?$")
_BLOCK = 16
_MOST = 300


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view with the revealed passwords; what reveals nothing printable was none and is left as it is."""
    del name
    lines = Lines()
    for number, found in enumerate(_OBSCURED.finditer(text)):
        if number == _MOST:
            yield Reason.UNPARSED, f"more than {_MOST} obscured passwords; the rest is read as text"
            break
        password = _revealed(found[2])
        if password:
            lines.add(b"rclone_" + found[1] + b"=", [Piece(password, *found.span(2), False)], {"decoded": ["rclone obscure"]})
            yield Silence(*found.span(2), "shown revealed")
    view = lines.view()
    if view is not None:
        yield view


def _revealed(obscured: bytes) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(obscured + b"=" * (-len(obscured) % 4))
    except binascii.Error:
        return b""
    plain = counter_mode(_KEY, raw[:_BLOCK], raw[_BLOCK:])
    try:
        return plain if plain.decode("utf-8").isprintable() else b""
    except UnicodeDecodeError:
        return b""
