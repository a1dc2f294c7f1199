"""What the first bytes of packed or sealed content say, and what is said of the kinds that are not opened."""

from __future__ import annotations

from collections.abc import Callable

from secretscan._core import kind_of
from secretscan.model import Reason

HEAD = 512
"""Bytes that are enough to tell: the most of a tar header; no magic lies deeper."""
COMPRESSED = frozenset({"gzip", "zstd", "bzip2", "xz", "lzma", "zlib", "lzip", "deflate"})
"""The kinds that decompress() reads as files of their own."""
_TELLING = 64  # inflated bytes that are no accident if they are text
_SEALED = {
    "age": "an age message",
    "openssl": "a file sealed by `openssl enc`",
    "git-crypt": "a file sealed by git-crypt",
    "LUKS": "a LUKS volume",
    "KeePass": "a KeePass database",
    "CMS": "a CMS message",
}
_PACKED = {
    "OLE": "an OLE compound file",
    "VCDIFF": "a VCDIFF delta",
    "qcow": "a qcow disk image",
    "VMDK": "a packed VMDK disk image",
    "disk image": "an Apple disk image",
    "lzma flash": "a Flash film packed with LZMA",
    "PostgreSQL": "a PostgreSQL dump in its own format",
    "Redis": "a Redis dump",
    "Parquet": "a Parquet file",
    "Avro": "an Avro file",
    "WiredTiger": "a WiredTiger table",
    "LevelDB": "a LevelDB table",
    "RocksDB": "a RocksDB table",
    "Outlook": "an Outlook data file",
    "compiled HTML help": "compiled HTML help",
    "ebook": "a packed ebook",
    "MATLAB": "a MATLAB file",
    "Unity": "a Unity bundle",
    "Figma": "a Figma document",
    "Mercurial": "a Mercurial revlog",
    "UPX": "a program packed with UPX",
    "NSIS": "an NSIS installer",
    "Inno Setup": "an Inno Setup installer",
    "PyInstaller": "a program packed with PyInstaller",
}


def describe(kind: str) -> tuple[Reason, str]:
    """(why it is not read, what it is) of a kind that is known and not opened."""
    if kind in _SEALED:
        return Reason.ENCRYPTED, _SEALED[kind]
    if kind in _PACKED:
        return Reason.UNSUPPORTED, _PACKED[kind]
    return Reason.UNSUPPORTED, f"{'an' if kind[0] in 'aA' else 'a'} {kind} archive"


def sniff(head: bytes) -> str | None:
    """The kind of packed or sealed content that begins with `head` (HEAD bytes and more, or all there is); None if it is none known.

    Of those that have no magic to go by, or a short one, the head must inflate too.
    """
    kind = kind_of(head)
    prove = _PROOFS.get(kind or "")
    return None if prove is not None and not prove(head) else kind


def _inflates(kind: str) -> Callable[[bytes], bool]:
    def proved(head: bytes) -> bool:
        from secretscan.readers.compression import begins

        return begins(head, kind) is not None

    return proved


def _deflated(head: bytes) -> bool:
    """Bytes that inflate by chance give no text, and nothing packed."""
    from secretscan.readers.compression import begins

    text = begins(head, "deflate")
    if text is None or len(text) < _TELLING:
        return False
    plain = sum(byte >= 0x20 or byte in b"\t\n\r" for byte in text[:HEAD])
    return plain >= len(text[:HEAD]) - 2 or kind_of(text) is not None


def _message(head: bytes) -> bool:
    """A packet of packed data must inflate; the others have enough of a form."""
    from secretscan.readers.openpgp import inflates

    return inflates(head)


_PROOFS: dict[str, Callable[[bytes], bool]] = {
    "zlib": _inflates("zlib"), "lzma": _inflates("lzma"), "deflate": _deflated, "OpenPGP": _message,
}  # fmt: skip
