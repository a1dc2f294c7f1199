"""A container image: a docker-save tarball, an OCI archive or an OCI layout directory, from a file, a folder or a pipe.

Read once, forward, nothing extracted. Every archive tells which layer is whose only at its end, so layers are scanned as they come and
attributed afterwards.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from collections.abc import Hashable, Iterable, Iterator
from functools import partial

from secretscan._core import TarMember
from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.images import manifests, outer
from secretscan.images.ahead import ahead
from secretscan.images.fates import Fates
from secretscan.images.layers import Entry, Layer, walk
from secretscan.model import Finding, Gap, Inner, Json, Origin, Reason, Skipped, Unit, Wants, unasked
from secretscan.readers.archives import peek
from secretscan.readers.compression import COMPRESSED, Chunks, Damaged, Guarded, decompress, sniff
from secretscan.readers.pieces import cut
from secretscan.readers.streams import units_of
from secretscan.readers.tar import REST, Content
from secretscan.redaction import printable
from secretscan.sources._streams import open_stream, read_waiting

KIND = "image"
_DOCUMENT = 4 << 20  # bytes of a JSON document that is kept: registries accept no larger manifest
_BOMB = 200  # a layer that inflates more than so many times, and over the archive cap, is cut
_DIGEST = re.compile(rb"(?:^|/)blobs/sha256/([0-9a-f]{64})$")
_NOT_CONTENT = {b"2": Reason.SYMLINK, b"3": Reason.DEVICE, b"4": Reason.DEVICE, b"6": Reason.FIFO}


def recognises(target: str) -> int:
    """Sure of a tar that names blobs or layers as images do, and of an OCI layout directory."""
    return 5 if outer.is_image(target) else 0


class ImageSource:
    """One archive or layout, with all the images in it. Ids: an outer member's number, or an Entry in a layer."""

    kind = KIND
    supplies_suppressions = False
    empty_is_clean = False

    def __init__(self, root: bytes, members: Iterator[tuple[TarMember | None, Content]], settings: Settings) -> None:
        self.root = root
        self._members = members
        self._settings = settings
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
        for problem in problems:
            yield self._skip(problem.path.encode("utf-8", "surrogateescape"), problem.reason, problem.detail)
        if not self._images and self._layers:
            yield self._skip(b"", Reason.MISSING, "manifest.json or index.json: the layers are read, but not which image they belong to")
        elif not self._images and not problems:
            yield self._skip(b"", Reason.UNSUPPORTED, "holds no container image; scan it as a file, with `secretscan dir`")

    def _member(self, number: int, member: TarMember | None, content: Content) -> Iterator[Unit | Skipped | Gap]:
        chunks: Chunks = iter([content]) if isinstance(content, (bytes, memoryview)) else content
        if member is None:
            self._paths[number] = REST
            yield from cut(number, chunks)
            return
        name = os.path.normpath(member.name) if member.name else b""
        text = name.decode("utf-8", "surrogateescape")
        self._paths[number] = member.name
        if member.type == b"1":
            target = member.linkname.decode("utf-8", "surrogateescape")
            self._contents.links[text] = os.path.relpath("/" + target, "/" + os.path.dirname(text))
        elif member.type in _NOT_CONTENT:
            if member.type == b"2":
                self._contents.links[text] = member.linkname.decode("utf-8", "surrogateescape")
            yield self._skip(member.name, _NOT_CONTENT[member.type], "")
        elif member.type != b"5":
            self._contents.names[text] = number
            yield from self._blob(number, name, chunks)

    def _blob(self, number: int, name: bytes, chunks: Chunks) -> Iterator[Unit | Skipped | Gap]:
        """A layer, a document, or anything else that lies in the archive, told apart by what it begins with."""
        named = _DIGEST.search(name)
        blob = _Blob(chunks, hashed=named is not None)
        yield from self._content(number, name, blob)
        for _ in blob:
            pass
        if blob.damage is not None:
            yield Gap(number, b"", blob.damage.reason, blob.damage.detail)
        if named is not None and blob.digest() != named[1].decode():
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
        inflated = Guarded(ahead(self._bounded(decompress(chunks, kind, tail), blob)))
        head, inside = peek(inflated)
        if sniff(head) == "tar":
            yield from self._layer(number, inflated.raising(inside))
        else:
            yield from units_of(number, inside, name, self._settings)
            if inflated.damage is not None:
                yield Gap(number, b"", inflated.damage.reason, inflated.damage.detail)
        if inflated.damage is None:
            head, rest = peek(itertools.chain(tail, chunks))
            if head.strip(b"\0"):
                yield from cut(Inner(number, REST), rest)

    def _layer(self, number: int, chunks: Chunks) -> Iterator[Unit | Skipped | Gap]:
        layer = self._layers[number] = Layer()
        return walk(
            number,
            chunks,
            layer,
            self._settings,
            lambda path, reason, detail: self._skip(self._paths[number] + b"!" + path, reason, detail),
        )

    def _document(self, number: int, name: bytes, chunks: Chunks) -> Iterator[Unit]:
        """JSON is kept, for it may be a manifest or a configuration; readers.image_config shows rules what it says."""
        held = b""
        for chunk in chunks:
            held += chunk
            if len(held) > _DOCUMENT:
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

    def places(self, ids: Iterable[Hashable]) -> Iterator[tuple[Hashable, Origin] | Skipped]:
        ids = list(ids)
        fates = Fates(self._layers, [id for id in ids if isinstance(id, Entry)])
        layers: dict[int, list[tuple[manifests.Image, int]]] = {}
        documents: dict[int, list[str]] = {}
        for image in self._images:
            for position, layer in enumerate(image.layers):
                if layer.blob is not None:
                    layers.setdefault(layer.blob, []).append((image, position))
            for number in image.documents:
                documents.setdefault(number, []).append(image.name)
        for id in ids:
            blob = id.blob if isinstance(id, Entry) else id
            if not isinstance(blob, int):
                continue
            path = id.path if isinstance(id, Entry) else self._paths[blob]
            for facts in self._facts(id, blob, layers.get(blob, ()), fates):
                yield id, Origin(KIND, self.root, path, facts | _named(documents.get(blob, ())))

    def _facts(self, id: Hashable, blob: int, uses: Iterable[tuple[manifests.Image, int]], fates: Fates) -> Iterator[dict[str, Json]]:
        """Facts of each place that a layer has in the images: one for all images that it has the same place and fate in."""
        names: dict[tuple[int, str, str, str, str], list[str]] = {}
        for image, position in uses:
            layer = image.layers[position]
            fate, other = fates.of(id, image.layers, position) if isinstance(id, Entry) else ("", None)
            names.setdefault((position + 1, layer.digest, layer.instruction, fate, printable(other or b"")), []).append(image.name)
        for (number, digest, instruction, fate, link), images in names.items():
            facts: dict[str, Json] = {"layer": number, "layer_digest": digest, "instruction": instruction, "fate": fate, "linked_as": link}
            known: dict[str, Json] = {key: value for key, value in facts.items() if value}
            yield known | _named(images)
        if not names:
            yield {"layer_digest": printable(self._paths[blob]), "fate": "in a layer that no image names"} if isinstance(id, Entry) else {}

    def _skip(self, path: bytes, reason: Reason, detail: str) -> Skipped:
        return Skipped(Origin(KIND, self.root, path), reason, detail)


class _Blob(Guarded):
    """An outer member's bytes: counted, and hashed if asked."""

    def __init__(self, chunks: Chunks, *, hashed: bool) -> None:
        super().__init__(chunks)
        self._hash = hashlib.sha256() if hashed else None
        self.size = 0

    def __next__(self) -> bytes | memoryview:
        chunk = super().__next__()
        self.size += len(chunk)
        if self._hash is not None:
            self._hash.update(chunk)
        return chunk

    def digest(self) -> str:
        return self._hash.hexdigest() if self._hash is not None else ""


def _named(images: Iterable[str]) -> dict[str, Json]:
    name = ", ".join(dict.fromkeys(name for name in images if name))
    return {"image": name} if name else {}


def open_source(target: str, settings: Settings, **options: object) -> ImageSource:
    """`target` is a file, a directory, a pipe or `-`. SourceError if it cannot be read, or begins with anything but a tar or a layout."""
    del options
    root = os.fsencode(target)
    shown = printable(root)
    stream = open_stream(target)
    if stream is not None:
        chunks = outer.read_stream(partial(read_waiting, stream))
        return ImageSource(root, outer.open_archive(chunks, "standard input" if target == "-" else shown), settings)
    if os.path.isdir(target):
        if not any(os.path.isfile(os.path.join(target, name)) for name in ("index.json", "manifest.json")):
            raise SourceError(f"{shown}: no index.json in it, so no OCI layout; give a docker-save tarball, an OCI archive or a layout")
        return ImageSource(root, outer.open_layout(target), settings)
    if os.path.exists(target) and not os.path.isfile(target):
        raise SourceError(f"{shown}: neither a file nor a pipe; name an image file, or - for standard input")
    file = outer.read_file(target)
    try:
        return ImageSource(root, outer.open_archive(file, shown), settings)
    except SourceError:
        file.close()
        raise
    except OSError as error:
        raise SourceError(f"{shown}: {(error.strerror or 'cannot be read').lower()}; name an image file, or - for standard input") from None
