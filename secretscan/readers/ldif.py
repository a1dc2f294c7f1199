"""LDIF (RFC 2849): values after two colons are base64. Passwords among them are shown as what they are."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.model import Reason, Silence, View
from secretscan.readers.lines import Lines, Piece

MARKERS = ((b"userPassword:: ", b"olcRootPW:: ", b"sambaNTPassword:: "),)

_VALUE = lazy_re.compile(rb"(?m)^(userPassword|olcRootPW|sambaNTPassword):: ((?:[A-Za-z0-9+/=]{1,1024}|\r?\n )+)")


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view: `userPassword: VALUE` for each; a folded value is joined."""
    del name
    lines = Lines()
    for found in _VALUE.finditer(text):
        try:
            value = base64.b64decode(b"".join(found[2].split()), validate=True)
        except binascii.Error:
            continue
        if b"\n" not in value:
            lines.add(found[1] + b": ", [Piece(value, *found.span(2), False)], {"decoded": ["base64"]})
            yield Silence(*found.span(2), "shown decoded")
    view = lines.view()
    if view is not None:
        yield view
