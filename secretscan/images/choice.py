"""What of an image was asked for: platforms, layers above a base, what is still there in the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from secretscan.images.manifests import Image

BASE = "in a base layer (--skip-base)"
GONE = "not in the final file system (--final-only)"
PLATFORM = "of another platform (--platform)"


class Choice(NamedTuple):
    """`platforms` are os/architecture[/variant]; none mean all. `base` is a number of lowest layers, or the layers of base images."""

    platforms: tuple[str, ...] = ()
    final_only: bool = False
    base: int | tuple[tuple[str, ...], ...] = 0

    def takes(self, platform: str) -> bool:
        """Whether a platform is wanted. One that is not told is; `linux/arm64` asks for all its variants."""
        parts = platform.split("/")
        return not self.platforms or not platform or any(parts[: asked.count("/") + 1] == asked.split("/") for asked in self.platforms)

    def base_of(self, image: Image) -> int:
        """How many of an image's lowest layers are not asked for: as many as it shares with a base, counted from the lowest."""
        if isinstance(self.base, int):
            return self.base
        digests = [layer.digest for layer in image.layers]
        return max((_common(digests, base) for base in self.base), default=0)


EVERYTHING = Choice()


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = zip(one, other, strict=False)
    return next((count for count, (mine, its) in enumerate(pairs) if mine != its), min(len(one), len(other)))
