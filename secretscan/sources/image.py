"""A container image: a docker-save tarball, an OCI archive or an OCI layout directory, from a file, a folder or a pipe.

Read once, forward, nothing extracted. Every archive tells which layer is whose only at its end, so layers are scanned as they come and
attributed afterwards.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import cast

from secretscan import lazy_re
from secretscan._core import TarMember
from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.images import documents, manifests, outer
from secretscan.images.access import NO_ACCESS, Access
from secretscan.images.ahead import ahead
from secretscan.images.choice import EVERYTHING, Choice
from secretscan.images.layers import Entry, Layer
from secretscan.images.packages import Packages
from secretscan.images.placing import Placing
from secretscan.images.repeats import Repeats
from secretscan.images.walking import said, walk
from secretscan.model import Digests, Finding, Gap, Inner, Origin, Reason, Skipped, Unit, Wants, Withheld, unasked
from secretscan.readers.archives import peek
from secretscan.readers.compression import Chunks, Damaged, Guarded, decompress
from secretscan.readers.magic import COMPRESSED, sniff
from secretscan.readers.pieces import cut
from secretscan.readers.remarks import Remarks
from secretscan.readers.streams import units_of
from secretscan.readers.tar import REST, Content
from secretscan.redaction import printable
from secretscan.sources._image_targets import open_target

KIND = "image"
_BOMB = 200  # a layer that inflates more than so many times, and over the archive cap, is cut
_DIGEST = lazy_re.compile(rb"(?:^|/)blobs/(sha256/[0-9a-f]{64}|sha512/[0-9a-f]{128})$")
_NOT_CONTENT = {b"2": Reason.SYMLINK, b"3": Reason.DEVICE, b"4": Reason.DEVICE, b"6": Reason.FIFO}


def recognises(target: str) -> int:
    """Sure of a tar that names blobs or layers as images do, and of an OCI layout directory."""
    return 5 if outer.is_image(target) else 0


class ImageSource:
    """One archive or layout, with all the images in it. Ids: an outer member's number, or an Entry in a layer."""

    kind = KIND
    supplies_suppressions = False
    empty_is_clean = False

    def __init__(
        self, root: bytes, members: Iterator[tuple[TarMember | None, Content]], settings: Settings, choice: Choice = EVERYTHING
    ) -> None:
        self.root = root
        self._members = members
        self._settings = settings
        self._choice = choice
        self._repeats = Repeats()
        self._packages = Packages()
        self._owners: dict[Entry, str] = {}
        self._contents = manifests.Contents()
        self._paths: dict[int, bytes] = {}
        self._layers: dict[int, Layer] = {}
        self._images: list[manifests.Image] = []

    def units(self, wants: Wants = unasked) -> Iterator[Unit | Finding | Skipped | Gap]:
        del wants  # names are known when contents are
        try:
            for number, (member, content) in enumerate(self._members):
                yield from self._member(number, member, content)
        except Damaged as damage:
            yield self._skip(b"", damage.reason, damage.detail)
        self._images, problems = manifests.read(self._contents)
        for problem in (*problems, *self._choose()):
            yield self._skip(problem.path.encode("utf-8", "surrogateescape"), problem.reason, problem.detail)
        if not self._images and self._layers:
            yield self._skip(b"", Reason.MISSING, "manifest.json or index.json: the layers are read, but not which image they belong to")
        elif not self._images and not problems:
            yield self._skip(b"", Reason.UNSUPPORTED, "holds no container image; scan it as a file, with `secretscan dir`")

    def _choose(self) -> Iterator[manifests.Problem]:
        """What is missing of the images that were asked for, and the layers that were not."""
        wanted = [image for image in self._images if self._choice.takes(image.platform)]
        if self._choice.platforms and self._images and not any(image.layers for image in wanted):
            there = ", ".join(sorted({image.platform for image in self._images if image.platform}))
            yield manifests.Problem("", Reason.MISSING, f"no image of platform {' or '.join(self._choice.platforms)}; there are: {there}")
        for image in wanted:
            base = self._choice.base_of(image)
            yield from (problem for problem in image.problems if not 0 <= problem.layer < base)
            yield from (manifests.Problem(layer.digest, Reason.EXCLUDED, "a base layer") for layer in image.layers[:base])

    def _member(self, number: int, member: TarMember | None, content: Content) -> Iterator[Unit | Skipped | Gap]:
        chunks: Chunks = iter([content]) if isinstance(content, bytes) else content
        if member is None:
            self._paths[number] = REST
            yield from cut(number, chunks)
            return
        name = os.path.normpath(member.name) if member.name else b""
        self._paths[number] = member.name
        self._contents.note(number, member)
        if member.type in _NOT_CONTENT:
            yield self._skip(member.name, _NOT_CONTENT[member.type], "")
        elif member.type not in (b"1", b"5"):
            yield from self._blob(number, name, chunks)

    def _blob(self, number: int, name: bytes, chunks: Chunks) -> Iterator[Unit | Skipped | Gap]:
        """A layer, a document, or anything else that lies in the archive, told apart by what it begins with."""
        named = _DIGEST.search(name)
        algorithm, _, value = named[1].decode().partition("/") if named is not None else ("", "", "")
        blob = _Blob(chunks, algorithm)
        yield from self._content(number, name, blob)
        for _ in blob:
            pass
        if blob.damage is not None:
            yield Gap(number, b"", blob.damage.reason, blob.damage.detail)
        elif blob.digest() != value:
            yield Gap(number, b"", Reason.CORRUPT, "its bytes do not match the digest in its name")

    def _content(self, number: int, name: bytes, blob: _Blob) -> Iterator[Unit | Skipped | Gap]:
        head, chunks = peek(blob)
        kind = sniff(head)
        if kind == "tar":
            yield from self._layer(number, chunks)
        elif kind is not None and kind in COMPRESSED:
            yield from self._compressed(number, name, kind, chunks, blob)
        elif kind is None and head.lstrip()[:1] in (b"{", b"["):
            yield from self._document(number, name, chunks)
        else:
            yield from units_of(number, chunks, name, self._settings)

    def _compressed(self, number: int, name: bytes, kind: str, chunks: Chunks, blob: _Blob) -> Iterator[Unit | Skipped | Gap]:
        tail: list[bytes] = []
        remarks = Remarks()
        read = ahead(chunks)
        inflated = Guarded(ahead(self._bounded(decompress(read, kind, tail, remarks), blob)))
        head, inside = peek(inflated)
        if sniff(head) == "tar":
            yield from self._layer(number, inflated.raising(inside))
        else:
            yield from units_of(number, inside, name, self._settings)
            if inflated.damage is not None:
                yield Gap(number, b"", inflated.damage.reason, inflated.damage.detail)
        yield from said(number, remarks, self._settings)
        if inflated.damage is None:
            head, rest = peek(itertools.chain(tail, read))
            if head.strip(b"\0"):
                yield from cut(Inner(number, REST), rest)
        for _ in read:  # the thread that reads must have ended
            pass

    def _layer(self, number: int, chunks: Chunks) -> Iterator[Unit | Skipped | Gap]:
        layer = self._layers[number] = Layer()
        return walk(
            number,
            chunks,
            layer,
            self._repeats,
            self._packages,
            self._settings,
            lambda path, reason, detail: self._skip(self._paths[number] + b"!" + path, reason, detail),
        )

    def _document(self, number: int, name: bytes, chunks: Chunks) -> Iterator[Unit]:
        """JSON is kept, for it may be a manifest or a configuration; readers.image_config shows rules what it says."""
        held = b""
        for chunk in chunks:
            held += chunk
            if len(held) > documents.MOST:
                yield from cut(number, itertools.chain([held], chunks), name)
                return
        self._contents.documents[number] = held
        yield Unit(number, held, name)

    def _bounded(self, inflated: Chunks, blob: _Blob) -> Chunks:
        """Layers may be of any size, so only what also inflates like a bomb is cut."""
        size = 0
        for chunk in inflated:
            size += len(chunk)
            yield chunk
            if size > self._settings.max_archive_bytes and size > _BOMB * blob.size:
                raise Damaged(Reason.CAP, f"inflates more than {_BOMB}-fold, to over {self._settings.max_archive_bytes:,} bytes")

    def weigh(self, digests: Mapping[Hashable, Digests]) -> None:
        """Learn which of the files that hold something are a package's, unchanged."""
        self._owners = self._packages.owners({id: found for id, found in digests.items() if isinstance(id, Entry)})

    def places(self, ids: Iterable[Hashable]) -> Iterator[tuple[Hashable, Origin | Withheld] | Skipped]:
        placing = Placing(self._images, self._layers, self._paths, self._repeats, self._choice, self._owners)
        return placing.places(ids, Origin(KIND, self.root, b""))

    def _skip(self, path: bytes, reason: Reason, detail: str) -> Skipped:
        return Skipped(Origin(KIND, self.root, path), reason, detail)


class _Blob(Guarded):
    """An outer member's bytes: counted, and hashed if an algorithm is given."""

    def __init__(self, chunks: Chunks, algorithm: str) -> None:
        super().__init__(chunks)
        self._hash = hashlib.new(algorithm) if algorithm else None
        self.size = 0

    def __next__(self) -> bytes | memoryview:
        chunk = super().__next__()
        self.size += len(chunk)
        if self._hash is not None:
            self._hash.update(chunk)
        return chunk

    def digest(self) -> str:
        return self._hash.hexdigest() if self._hash is not None else ""


def open_source(target: str, settings: Settings, **options: object) -> ImageSource:
    """`target` is a file, a directory, a pipe, `-`, or an image's name. SourceError if it cannot be read, or is no image by its beginning.

    Options: `platforms`, `final_only`, and `base`, a number of layers or another target, as in Choice; `access` to registries.
    """
    base = cast("int | str", options.get("base", 0))
    access = cast(Access, options.get("access", NO_ACCESS))
    choice = Choice(cast(tuple[str, ...], options.get("platforms", ())), bool(options.get("final_only")))
    if isinstance(base, int):
        choice = choice._replace(base=base)
    else:
        below = documents.layers_of(open_target(base, choice, access, layers=False))
        if not below:
            raise SourceError(f"{printable(os.fsencode(base))}: tells of no layers; --skip-base takes an image, or a number")
        choice = choice._replace(base=below)
    return ImageSource(os.fsencode(target), open_target(target, choice, access), settings, choice)
