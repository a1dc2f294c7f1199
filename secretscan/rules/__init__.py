"""Rules: packs in TOML (the gitleaks schema and our additions) -> RuleSet, with errors that name file, rule and key.

What reads TOML is imported when TOML is read: a hook starts often, and mostly from the compiled form.
"""

from __future__ import annotations

import importlib
import os

from secretscan.rules.matching import Pattern, PatternSet, Words
from secretscan.rules.model import Allowlist, Check, Pair, Required, Rule, RuleSet

__all__ = [
    "Allowlist",
    "Check",
    "Pair",
    "Pattern",
    "PatternSet",
    "Required",
    "Rule",
    "RuleSet",
    "Words",
    "load_builtin",
    "load_config",
    "read_packs",
]

COMPILED = "compiled.bin"
"""The compiled form's name, beside the packs."""


def load_builtin() -> RuleSet:
    """The rules that come with the package: from their compiled form if it is of these packs, else from the packs."""
    packs = read_packs()
    try:
        with open(os.path.join(_folder(), COMPILED), "rb") as file:
            data = file.read()
    except OSError:
        data = b""
    if data:
        from secretscan.rules.compiled import key, load_compiled

        rules = load_compiled(data, key(packs))
        if rules is not None:
            return rules
    from secretscan.rules.load import load_packs

    return load_packs(packs)


def load_config(path: str) -> RuleSet:
    """A user's file in the gitleaks schema, with what it extends. RuleError says what is wrong, in one line; what is not understood
    is told in `RuleSet.notices`."""
    from secretscan.rules.load import load_user

    return load_user(path)


def read_packs(folder: str | None = None) -> list[tuple[str, bytes]]:
    """(name, TOML) of the packs in a folder, by default `secretscan.patterns`, sorted by name."""
    folder = folder or _folder()
    packs: list[tuple[str, bytes]] = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".toml"):
            with open(os.path.join(folder, name), "rb") as file:
                packs.append((name, file.read()))
    return packs


def _folder() -> str:
    # The package's place is asked directly: importlib.resources takes 13 ms to import.
    return str(importlib.import_module("secretscan.patterns").__path__[0])
