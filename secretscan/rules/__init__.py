"""Rules: packs in TOML (the gitleaks schema and our additions) -> RuleSet, with errors that name file, rule and key."""

from __future__ import annotations

import os

from secretscan.rules.load import load_config, load_packs
from secretscan.rules.matching import Pattern, Words
from secretscan.rules.model import Allowlist, Pair, Required, Rule, RuleSet

__all__ = ["Allowlist", "Pair", "Pattern", "Required", "Rule", "RuleSet", "Words", "load_builtin", "load_config", "load_packs", "read_packs"]


def load_builtin() -> RuleSet:
    """The rules that come with the package: from their compiled form if it is of these packs, else from the packs."""
    return load_packs(read_packs())


def read_packs() -> list[tuple[str, bytes]]:
    """(name, TOML) of the packs in `secretscan.patterns`, sorted by name."""
    import secretscan.patterns  # its place is asked directly: importlib.resources takes 13 ms to import

    folder = secretscan.patterns.__path__[0]
    packs: list[tuple[str, bytes]] = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".toml"):
            with open(os.path.join(folder, name), "rb") as file:
                packs.append((name, file.read()))
    return packs
