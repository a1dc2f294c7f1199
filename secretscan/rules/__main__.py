"""python -m secretscan.rules FOLDER: write the compiled form of a folder's packs beside them. For the package's build."""

from __future__ import annotations

import sys
from pathlib import Path

from secretscan.rules import COMPILED, read_packs
from secretscan.rules.compiled import dump, key, outline
from secretscan.rules.load import load_packs

packs = read_packs(sys.argv[1])
Path(sys.argv[1], COMPILED).write_bytes(dump(load_packs(packs), key(packs), outline(sys.argv[1])))
