"""docs/rules.md is what the packs say."""

from __future__ import annotations

import runpy
from pathlib import Path

from secretscan.rules import load_builtin

TOOL = Path(__file__).parent.parent / "tools" / "document_rules.py"


def test_the_document_of_the_rules_is_current() -> None:
    made = runpy.run_path(str(TOOL))
    assert made["DOCUMENT"].read_text(encoding="utf-8") == made["render"](load_builtin()), "run python tools/document_rules.py"


def test_every_rule_and_pair_is_in_the_document() -> None:
    rules = load_builtin()
    text = runpy.run_path(str(TOOL))["render"](rules)
    for rule in (*rules.rules, *rules.pairs):
        assert f"| {rule.id} |" in text or f"[{rule.id}](" in text
