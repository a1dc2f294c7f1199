"""python -m secretscan.rules FILE: write the compiled form of the built-in rules. For the package's build."""

from __future__ import annotations

import sys
from pathlib import Path

from secretscan.rules import read_packs
from secretscan.rules.compiled import dump, key
from secretscan.rules.load import load_packs

packs = read_packs()
Path(sys.argv[1]).write_bytes(dump(load_packs(packs), key(packs)))
