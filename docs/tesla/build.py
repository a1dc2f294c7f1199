"""python docs/tesla/build.py DIR: the manifests of this folder, with keys that are made up on the spot and open nothing."""

from __future__ import annotations

import sys
from pathlib import Path

from secretscan.templates import expand

HERE = Path(__file__).parent


def build(folder: Path) -> None:
    """Write every manifest into `folder`, templates filled in."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(HERE.glob("*.yaml*")):
        text = source.read_text(encoding="utf-8")
        (folder / source.name.removesuffix(".in")).write_text(expand(text) if source.suffix == ".in" else text, encoding="utf-8")


if __name__ == "__main__":
    build(Path(sys.argv[1]))
