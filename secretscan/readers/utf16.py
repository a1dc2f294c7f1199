"""UTF-16 text as UTF-8. Lines stay what they were; columns count the bytes of the UTF-8 form."""

from __future__ import annotations

from secretscan._core import FLAG_UTF16BE, FLAG_UTF16LE

FLAGS = FLAG_UTF16LE | FLAG_UTF16BE


def decode(text: bytes, flags: int) -> bytes:
    """The text in UTF-8, without a byte order mark. Broken surrogates and an odd last byte become U+FFFD: nothing is lost around them."""
    codec = "utf-16-le" if flags & FLAG_UTF16LE else "utf-16-be"
    return text.decode(codec, "replace").removeprefix("\ufeff").encode("utf-8", "replace")
