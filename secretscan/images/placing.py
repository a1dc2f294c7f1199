"""Where in its images a thing was found: layer, instruction, fate; or that the user asked for none of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from types import MappingProxyType

from secretscan.images.choice import BASE, GONE, PLATFORM, Choice
from secretscan.images.fates import PRESENT, Fates
from secretscan.images.layers import Entry, Layer
from secretscan.images.manifests import Image
from secretscan.images.repeats import Repeats
from secretscan.model import Json, Origin, Withheld
from secretscan.redaction import printable


class Placing:
    """Answers for ids of one archive, once it is read. `paths` are the outer members' names by number."""

    def __init__(
        self,
        images: Iterable[Image],
        layers: Mapping[int, Layer],
        paths: Mapping[int, bytes],
        repeats: Repeats,
        choice: Choice,
        owners: Mapping[Entry, str] = MappingProxyType({}),
    ) -> None:
        self._layers = layers
        self._paths = paths
        self._repeats = repeats
        self._choice = choice
        self._owners = owners
        self._uses: dict[int, list[tuple[Image, int]]] = {}
        self._documents: dict[int, list[Image]] = {}
        for image in images:
            for position, layer in enumerate(image.layers):
                if layer.blob is not None:
                    self._uses.setdefault(layer.blob, []).append((image, position))
            for number in image.documents:
                self._documents.setdefault(number, []).append(image)

    def places(self, ids: Iterable[Hashable], origin: Origin) -> Iterator[tuple[Hashable, Origin | Withheld]]:
        """All places of each id: `origin` with path and facts. Withheld if the user asked for none of them."""
        entries = {id: self._repeats.of(id) if isinstance(id, Entry) else [id] for id in ids}
        fates = Fates(self._layers, [entry for found in entries.values() for entry in found if isinstance(entry, Entry)])
        for id, found in entries.items():
            withheld: Withheld | None = None
            placed = False
            for entry in found:
                for place in self._placed(entry, fates):
                    if isinstance(place, Withheld):
                        withheld = withheld or place
                    else:
                        package = self._owners.get(id) if isinstance(id, Entry) and place[0] == id.path else None
                        facts = place[1] if package is None else {**place[1], "package": package}
                        yield id, origin._replace(path=place[0], facts=facts)
                        placed = True
            if withheld is not None and not placed:
                yield id, withheld

    def _placed(self, id: Hashable, fates: Fates) -> Iterator[tuple[bytes, dict[str, Json]] | Withheld]:
        if isinstance(id, Entry):
            for facts in self._in_layers(id, id.blob, fates):
                yield facts if isinstance(facts, Withheld) else (id.path, facts)
        elif isinstance(id, int) and id in self._uses:
            for facts in self._in_layers(None, id, fates):
                yield facts if isinstance(facts, Withheld) else (self._paths[id], facts)
        elif isinstance(id, int):
            images = self._documents.get(id, [])
            wanted = [image for image in images if self._choice.takes(image.platform)]
            yield Withheld(PLATFORM) if images and not wanted else (self._paths[id], _named(image.name for image in wanted))

    def _in_layers(self, entry: Entry | None, blob: int, fates: Fates) -> Iterator[dict[str, Json] | Withheld]:
        """Facts of each place that a layer has in the images: one for all images that it has the same place and fate in."""
        names: dict[tuple[int, str, str, str, str], list[str]] = {}
        uses = self._uses.get(blob, ())
        for image, position in uses:
            layer = image.layers[position]
            fate, other = fates.of(entry, image.layers, position) if entry is not None else ("", None)
            if not self._choice.takes(image.platform):
                yield Withheld(PLATFORM)
            elif position < self._choice.base_of(image):
                yield Withheld(BASE)
            elif self._choice.final_only and fate not in ("", PRESENT):
                yield Withheld(GONE)
            else:
                key = (position + 1, layer.digest, layer.instruction, fate, printable(other or b""))
                names.setdefault(key, []).append(image.name)
        for (number, digest, instruction, fate, link), images in names.items():
            facts: dict[str, Json] = {"layer": number, "layer_digest": digest, "instruction": instruction, "fate": fate, "linked_as": link}
            known: dict[str, Json] = {key: value for key, value in facts.items() if value}
            yield known | _named(images)
        if not uses:
            yield {"layer_digest": printable(self._paths[blob]), "fate": "in a layer that no image names"}


def _named(images: Iterable[str]) -> dict[str, Json]:
    name = ", ".join(dict.fromkeys(name for name in images if name))
    return {"image": name} if name else {}
