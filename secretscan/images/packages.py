"""Which files of an image are a distribution's own, unchanged: by the databases of dpkg, apk, rpm and pip that lie in its layers.

Facts: dpkg-query's `/var/lib/dpkg/info/*.md5sums` (distroless images: `status.d`), apk's `installed` (apk-tools, `Z:Q1` is SHA-1 in
base64), the RECORD of wheels (packaging.python.org, SHA-256 in urlsafe base64 without padding).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping

from secretscan import lazy_re
from secretscan.images.layers import Entry, normal
from secretscan.model import Digests
from secretscan.readers.compression import Chunks

_DPKG = lazy_re.compile(rb"var/lib/dpkg/(?:info|status\.d)/([^/]+?)(?::[a-z0-9]+)?\.md5sums")
_APK = lazy_re.compile(rb"(?:usr/)?lib/apk/db/installed")
_PIP = lazy_re.compile(rb"((?:[^/]+/)+)([^/]+)\.dist-info/RECORD")
_RPM = lazy_re.compile(rb"(?:var/lib|usr/lib/sysimage|usr/share)/rpm/(?:rpmdb\.sqlite|Packages(?:\.db)?)")
_ENDS = (b".md5sums", b"/installed", b"/RECORD", b"/rpmdb.sqlite", b"/Packages", b"/Packages.db")
_MOST = 64 << 20  # bytes of databases kept: a large desktop's are 20 MB
_PREFIX = b"usr/"  # on a merged /usr, packages and layers differ in whether they name it


class Packages:
    """Databases as they come, and at the end whose file one is."""

    def __init__(self) -> None:
        self._databases: list[tuple[bytes, bytes]] = []
        self._left = _MOST

    def note(self, path: bytes, content: bytes) -> None:
        """Keep a file's content if it is a database. `path` is what its name means, see normal()."""
        if path.endswith(_ENDS) and len(content) <= self._left and any(kind.fullmatch(path) for kind in (_DPKG, _APK, _RPM, _PIP)):
            self._left -= len(content)
            self._databases.append((path, content))

    def passing(self, path: bytes, size: int, chunks: Chunks) -> Chunks:
        """The chunks of a long file; kept, once all have passed, if it is a database."""
        if not path.endswith(_ENDS) or size > self._left:
            return chunks
        return self._passing(path, chunks)

    def _passing(self, path: bytes, chunks: Chunks) -> Chunks:
        parts: list[bytes | memoryview] = []
        for chunk in chunks:
            parts.append(bytes(chunk))
            yield chunk
        self.note(path, b"".join(parts))

    def owners(self, asked: Mapping[Entry, Digests]) -> dict[Entry, str]:
        """The package of each entry that one holds under this path and with this digest."""
        wanted: dict[bytes, list[tuple[Entry, Digests]]] = {}
        for entry, digests in asked.items():
            wanted.setdefault(normal(entry.path).removeprefix(_PREFIX), []).append((entry, digests))
        owners: dict[Entry, str] = {}
        if wanted:
            for owned, package, form, written in self._entries():
                for entry, digests in wanted.get(owned.removeprefix(_PREFIX), ()):
                    if _FORMS[form](digests) == written:
                        owners[entry] = package.decode("utf-8", "backslashreplace")
        return owners

    def _entries(self) -> Iterator[tuple[bytes, bytes, str, bytes]]:
        """(path, package, form of the digest, digest in that form) of every file in every database."""
        for path, content in self._databases:
            if match := _DPKG.fullmatch(path):
                yield from _dpkg(match[1], content)
            elif match := _PIP.fullmatch(path):
                yield from _pip(match[1], match[2], content)
            elif _RPM.fullmatch(path):
                from secretscan.images import rpm  # few images have one

                yield from rpm.owned(content)
            else:
                yield from _apk(content)


def _dpkg(package: bytes, content: bytes) -> Iterator[tuple[bytes, bytes, str, bytes]]:
    for line in content.splitlines():
        digest, _, path = line.partition(b"  ")
        yield path, package, "md5", digest


def _apk(content: bytes) -> Iterator[tuple[bytes, bytes, str, bytes]]:
    package = folder = file = b""
    for line in content.splitlines():
        kind, value = line[:2], line[2:]
        if kind == b"P:":
            package, folder = value, b""
        elif kind == b"F:":
            folder = value
        elif kind == b"R:":
            file = folder + b"/" + value if folder else value
        elif kind == b"Z:" and value.startswith(b"Q1"):
            yield file, package, "sha1 in base64", value[2:]


def _pip(folder: bytes, package: bytes, content: bytes) -> Iterator[tuple[bytes, bytes, str, bytes]]:
    for line in content.splitlines():
        path, _, rest = line.rpartition(b",sha256=")
        if path:
            yield normal(folder + path.strip(b'"')), package, "sha256 in base64", rest.partition(b",")[0]


_FORMS: Mapping[str, Callable[[Digests], bytes]] = {
    "md5": lambda digests: binascii.hexlify(digests.md5),
    "sha1": lambda digests: binascii.hexlify(digests.sha1),
    "sha256": lambda digests: binascii.hexlify(digests.sha256),
    "sha1 in base64": lambda digests: base64.b64encode(digests.sha1),
    "sha256 in base64": lambda digests: base64.urlsafe_b64encode(digests.sha256).rstrip(b"="),
}
"""How databases write digests."""
