"""What archives and compressed files hold, nested ones too. Read forward once, so a pipe will do; nothing is extracted."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from secretscan._core import find_packed
from secretscan.model import Reason
from secretscan.readers.carrier import Carrier
from secretscan.readers.compression import Chunks, Damaged, Guarded, decompress
from secretscan.readers.magic import COMPRESSED, HEAD, describe, sniff
from secretscan.readers.remarks import HEADER, Remarks
from secretscan.readers.tar import REST, entries

if TYPE_CHECKING:
    from secretscan.readers.zip_stream import ZipMember

_ZIP_BUFFER = 64 << 20
"""Bytes of zips, PDFs and the like held at a time, all levels together. A larger zip is walked by its local headers."""
_ROOMS = {
    "ar": "package_files", "cpio": "package_files", "rpm": "package_files", "flash": "prefaced", "Android backup": "prefaced",
    "woff": "prefaced", "woff2": "prefaced", "OpenPGP": "openpgp", "armored OpenPGP": "openpgp",
}  # fmt: skip
"""Which module's READERS knows a kind that is read forward, member by member."""
_SUFFIXES = {
    b".gz": b"", b".tgz": b".tar", b".bz2": b"", b".tbz2": b".tar", b".tbz": b".tar",
    b".xz": b"", b".txz": b".tar", b".zst": b"", b".tzst": b".tar", b".lzma": b"", b".tlz": b".tar", b".zz": b"", b".lz": b"",
}  # fmt: skip
_NOT_CONTENT = {b"2": Reason.SYMLINK, b"3": Reason.DEVICE, b"4": Reason.DEVICE, b"6": Reason.FIFO}


class Limits(NamedTuple):
    """How deep archives are opened within archives, and how many bytes one outermost archive may inflate to, all levels together."""

    depth: int = 4
    bytes: int = 8 << 30


class Member(NamedTuple):
    """A file within an archive, or one that carries packed content, before what it carries. `path` joins nested archives with `!`; it is
    empty for the outermost file itself, if its own bytes count.

    `chunks` must be read before the next member is asked for. They end where the data ends; a Skip follows if that was too early.
    """

    path: bytes
    chunks: Chunks


class Skip(NamedTuple):
    """What was not read of an archive. `path` is a member's, or the damaged archive's own (empty for the outermost)."""

    path: bytes
    reason: Reason
    detail: str


def members(
    chunks: Chunks, name: bytes | None, limits: Limits, path: bytes = b"", *, search: bool = False, depth: int = 0
) -> Iterator[Member | Skip]:
    """The files that the stream holds, found by magic and never by name. `name` gives a compressed file's only member its name;
    `path` is put before the members'; `depth` is how many archives it is in. `search`: look through a short file, too, for what it carries.

    Damage, a password, an unknown method or a cap is told by a Skip, and costs only what lies behind it.
    """
    return _Expansion(limits).open(iter(chunks), path, name or b"", depth, search=search)


class _Expansion:
    """One outermost archive being read. The caps hold for all of its levels together."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.bytes
        self._room = _ZIP_BUFFER

    def open(self, chunks: Chunks, path: bytes, name: bytes, depth: int, *, search: bool = False) -> Iterator[Member | Skip]:
        head, chunks = peek(chunks)
        kind = sniff(head)
        if kind is None or kind == "pdf":
            yield from self._carrier(chunks, path, depth, pdf=kind == "pdf", search=search)
        elif depth >= self._limits.depth:
            yield Skip(path, Reason.TOO_DEEP, f"an archive within {depth} others" if depth else "archives are not opened")
        elif kind == "tar":
            yield from self._tar(chunks, path, depth + 1)
        elif kind == "zip":
            yield from self._zip(chunks, path, depth + 1)
        elif kind in COMPRESSED:
            yield from self._compressed(chunks, kind, path, name, depth + 1)
        elif kind == "git pack":
            yield from self._pack(chunks, path, depth + 1)
        elif kind == "7z":
            yield from self._seven_zip(chunks, path, depth + 1)
        elif kind in _ROOMS:
            read = importlib.import_module(f"secretscan.readers.{_ROOMS[kind]}").READERS[kind]
            yield from self._listed(partial(read, chunks), path, depth + 1)
        else:  # it is said, and what of it is plain is read all the same
            yield Member(path, chunks)
            yield Skip(path, *describe(kind))
        for _ in chunks:  # whoever walks on needs all of it read
            pass

    def _compressed(self, chunks: Chunks, kind: str, path: bytes, name: bytes, depth: int) -> Iterator[Member | Skip]:
        tail: list[bytes] = []
        remarks = Remarks()
        inflated = Guarded(self._metered(decompress(chunks, kind, tail, remarks)))
        head, inside = peek(inflated)
        if sniff(head) == "tar":  # one archive to everybody, so one level
            yield from self._tar(inflated.raising(inside), path, depth)
            inflated.damage = None
        elif head or inflated.damage is None:
            inner = _stripped(name)
            yield from self.open(inside, _join(path, inner), inner, depth)
        yield from self._remarks(remarks, path, name, depth)
        if inflated.damage is not None:
            yield Skip(path, inflated.damage.reason, inflated.damage.detail)
            return
        head, rest = peek(itertools.chain(tail, chunks))
        if head.strip(b"\0"):
            yield from self.open(rest, _join(path, REST), b"", depth)

    def _remarks(self, remarks: Remarks, path: bytes, name: bytes, depth: int) -> Iterator[Member | Skip]:
        """What was said beside the content. That it is called `name` is no news."""
        for inner, text in texts(remarks, (name.rpartition(b"/")[2], _stripped(name))):
            yield from self.open(iter([text]), _join(path, inner), b"", depth)
        if remarks.over:
            yield Skip(_join(path, HEADER), Reason.CAP, "more comments, extra fields or skippable frames than are kept")

    def _tar(self, chunks: Chunks, path: bytes, depth: int) -> Iterator[Member | Skip]:
        remarks = Remarks()
        try:
            for member, content in entries(chunks, remarks):
                data: Chunks = iter([content]) if isinstance(content, bytes) else content
                if member is None:
                    yield from self.open(data, _join(path, REST), b"", depth)
                elif member.type in _NOT_CONTENT:
                    yield Skip(_join(path, member.name), _NOT_CONTENT[member.type], "")
                elif member.type == b"0" or content:
                    yield from self.open(data, _join(path, member.name), member.name, depth)
                    if self._left < 0:
                        return
        except Damaged as damage:
            yield Skip(path, damage.reason, damage.detail)
        yield from self._remarks(remarks, path, b"", depth)

    def _zip(self, chunks: Chunks, path: bytes, depth: int) -> Iterator[Member | Skip]:
        from secretscan.readers.zip import Archive

        archive = Archive(chunks, self._room)
        self._room -= archive.held
        try:
            yield from self._listed(archive.members, path, depth)
        finally:
            self._room += archive.held

    def _pack(self, chunks: Chunks, path: bytes, depth: int) -> Iterator[Member | Skip]:
        from secretscan.readers.git_pack import Pack

        pack = Pack(chunks, self._room)
        self._room -= pack.held
        try:
            yield from self._listed(pack.members, path, depth)
        finally:
            self._room += pack.held

    def _listed(self, listed: Callable[[], Iterator[ZipMember]], path: bytes, depth: int) -> Iterator[Member | Skip]:
        try:
            for member in listed():
                inner = _join(path, member.name) if member.name else path
                if member.unread is not None:
                    yield Skip(inner, member.unread.reason, member.unread.detail)
                    continue
                data = Guarded(self._metered(member.chunks))
                yield from self.open(data, inner, member.name, depth)
                if data.damage is not None:
                    yield Skip(inner, data.damage.reason, data.damage.detail)
                if self._left < 0:
                    return
        except Damaged as damage:
            yield Skip(path, damage.reason, damage.detail)

    def _seven_zip(self, chunks: Chunks, path: bytes, depth: int) -> Iterator[Member | Skip]:
        from secretscan.readers.seven_zip import members

        parts, held = [], 0
        for chunk in chunks:
            parts.append(chunk)
            held += len(chunk)
            if held > self._room:
                yield Skip(path, Reason.CAP, f"a 7z archive of more than {_ZIP_BUFFER >> 20} MiB")
                return
        self._room -= held
        try:
            yield from self._listed(partial(members, b"".join(parts)), path, depth)
        finally:
            self._room += held

    def _carrier(self, chunks: Chunks, path: bytes, depth: int, *, pdf: bool, search: bool) -> Iterator[Member | Skip]:
        """A file that counts as it is, then what it carries."""
        carrier = Carrier(chunks, self._room, packed=pdf, search=search)
        yield Member(path, carrier)
        for _ in carrier:
            pass
        if not carrier.held and carrier.whole:
            return
        self._room -= carrier.held
        try:
            yield from self._carried(carrier, path, depth + 1, pdf=pdf)
        finally:
            self._room += carrier.held

    def _carried(self, carrier: Carrier, path: bytes, depth: int, *, pdf: bool) -> Iterator[Member | Skip]:
        zip_end = None if pdf else carrier.zip_end()
        whole, start = carrier.whole, carrier.start
        data = b"".join(carrier.take())
        end = len(data)
        if depth > self._limits.depth:
            if pdf or zip_end is not None or find_packed(data) is not None:
                yield Skip(path, Reason.TOO_DEEP, f"packed content within {depth - 1} archives" if depth > 1 else "archives are not opened")
            return
        if pdf:
            from secretscan.readers.pdf import streams

            yield from self._listed(partial(streams, data), path, depth)
        else:
            from secretscan.readers.embedded import packed
            from secretscan.readers.zip import Archive

            if zip_end is not None and whole:
                archive = Archive(iter([data]), len(data), carried=True)
                if zip_end.exact or archive.listed:
                    end = archive.start
                    yield from self._listed(archive.members, path, depth)
            yield from self._listed(partial(packed, data, end, start), path, depth)
        if not whole and (pdf or carrier.missed or zip_end is not None):
            what = "a PDF" if pdf else "packed content in another file"
            yield Skip(path, Reason.CAP, f"{what} of more than {_ZIP_BUFFER >> 20} MiB: the rest of it was not read")

    def _metered(self, chunks: Chunks) -> Chunks:
        """Inflated bytes, counted against the cap. Only the first that meets it speaks; all levels end there."""
        for chunk in chunks:
            if self._left < 0:
                return
            if len(chunk) > self._left:
                rest = memoryview(chunk)[: self._left]
                self._left = -1
                yield rest
                raise Damaged(Reason.CAP, f"inflates to more than {self._limits.bytes:,} bytes; the rest of the archive was not read")
            self._left -= len(chunk)
            yield chunk


def texts(remarks: Remarks, known: Collection[bytes] = ()) -> Iterator[tuple[bytes, bytes]]:
    """(what it is called, text): all that is plain as one text, each that is packed again on its own."""
    said = [text for text in remarks.texts if text not in known]
    plain = [text for text in said if sniff(text) is None]
    if plain:
        yield HEADER, b"\n".join(plain)
    for number, text in enumerate((text for text in said if sniff(text) is not None), 1):
        yield b"%s %d" % (HEADER, number), text


def peek(chunks: Chunks) -> tuple[bytes, Chunks]:
    """(the first 512 bytes or more, fewer only if there are no more; all of the chunks, those included)"""
    head = b""
    for chunk in chunks:
        head = bytes(chunk) if not head else head + chunk
        if len(head) >= HEAD:
            break
    return head, itertools.chain([head] if head else [], chunks)


def _join(path: bytes, inner: bytes) -> bytes:
    return path + b"!" + inner if path else inner


def _stripped(name: bytes) -> bytes:
    """What a compressed file's only member is called."""
    base = name.rpartition(b"/")[2]
    stem, dot, suffix = base.rpartition(b".")
    ending = _SUFFIXES.get((dot + suffix).lower())
    return stem + ending if stem and ending is not None else base or b"data"
