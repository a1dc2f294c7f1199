"""Rules: packs in TOML (the gitleaks schema and our additions) -> RuleSet, with errors that name file, rule and key.

What reads TOML is imported when TOML is read: a hook starts often, and mostly from the compiled form.
"""

from __future__ import annotations

import importlib
import mmap
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


def load_builtin(*, examples: bool = True) -> RuleSet:
    """The rules that come with the package: from their compiled form if it is of these packs, else from the packs.

    `examples`: whether their examples are wanted too, which cost a scan's start some milliseconds.
    """
    folder = _folder()
    try:
        with open(os.path.join(folder, COMPILED), "rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # megabytes, of which each part is copied once, to its own place
    except (OSError, ValueError):  # not there, or empty
        pass
    else:
        from secretscan.rules.compiled import key, load_compiled, outline

        package = os.path.realpath(os.path.dirname(os.path.dirname(__file__)))
        installed = os.path.realpath(folder) == os.path.join(package, "patterns")  # a source tree has them beside the package
        with data:
            rules = load_compiled(data, outline(folder) if installed else key(read_packs(folder)), examples=examples)
        if rules is not None:
            return rules
    from secretscan.rules.load import load_packs

    return load_packs(read_packs(folder))


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
