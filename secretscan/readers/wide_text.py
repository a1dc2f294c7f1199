"""UTF-16 and UTF-32 text as UTF-8. Lines stay what they were; columns count the bytes of the UTF-8 form."""

from __future__ import annotations

from secretscan._core import FLAG_UTF16BE, FLAG_UTF16LE, FLAG_UTF32BE, FLAG_UTF32LE

_CODECS = {FLAG_UTF16LE: "utf-16-le", FLAG_UTF16BE: "utf-16-be", FLAG_UTF32LE: "utf-32-le", FLAG_UTF32BE: "utf-32-be"}
FLAGS = FLAG_UTF16LE | FLAG_UTF16BE | FLAG_UTF32LE | FLAG_UTF32BE


def decode(text: bytes, flags: int) -> bytes:
    """The text in UTF-8, without a byte order mark. Broken units and odd last bytes become U+FFFD: nothing is lost around them."""
    return text.decode(_CODECS[flags & FLAGS], "replace").removeprefix("\ufeff").encode("utf-8", "replace")
