"""FileZilla's sitemanager.xml, recentservers.xml and filezilla.xml: passwords there are base64 of UTF-8. Source: FileZilla's wiki."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.model import Reason, Silence, View
from secretscan.readers.lines import Lines, Piece

MARKERS = (b"<FileZilla", b'encoding="base64"')

_PASS = lazy_re.compile(
    rb'<(?:Pass|Setting name="[^"]{0,60}[Pp]ass(?:word)?"[^>]{0,80}) ?encoding="base64"[^>]{0,60}>\s*([A-Za-z0-9+/=]{4,1024})\s*</'
)
_FIELDS = 2  # a site has one host and one user
_FIELD = lazy_re.compile(rb"<(Host|User)>([^<]{1,253})</")


def views(text: bytes, name: bytes | None) -> Iterator[View | Silence | tuple[Reason, str]]:
    """One view with the decoded passwords; the encoded ones are silent in the text itself."""
    del name
    lines = Lines()
    for found in _PASS.finditer(text):
        start, end = found.span(1)
        try:
            password = base64.b64decode(found[1], validate=True)
        except binascii.Error:
            yield Reason.UNPARSED, "a FileZilla password that is not base64"
            continue
        server = text.rfind(b"<Server>", max(0, start - 1024), start)
        if server >= 0:
            for field in list(_FIELD.finditer(text, server, start))[-_FIELDS:]:
                lines.add(b"filezilla_" + field[1].lower() + b"=", [Piece(field[2], *field.span(2), True)])
        lines.add(b"filezilla_pass=", [Piece(password, start, end, False)], {"decoded": ["base64"]})
        yield Silence(start, end, "shown decoded")
    view = lines.view()
    if view is not None:
        yield view
