"""python tools/document_rules.py: write docs/rules.md from the packs. A test holds it current."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from secretscan import exposure
from secretscan.rules import Check, Pair, Rule, RuleSet, load_builtin

DOCUMENT = Path(__file__).parent.parent / "docs" / "rules.md"
HEAD = """# Rules

What is looked for, by family: mostly the provider. A rule's name leads to the vendor's page that was read. Severity says how bad a leak is,
confidence how sure the match; a checksum or structure that the token itself carries may change both in a finding. *In pairs*: half of a
credential, told only together with its other half. `secretscan rules show ID` tells all of a rule.
Made by `python tools/document_rules.py`.
"""


def render(rules: RuleSet) -> str:
    """The document, families and rules in order of their names."""
    all_rules: list[Rule | Pair] = [*rules.rules, *rules.pairs]
    told = sorted(all_rules, key=lambda rule: (rule.family, rule.id))
    families = {family: list(group) for family, group in groupby(told, key=lambda rule: rule.family)}
    lines = [HEAD, f"{len(rules.rules)} rules and {len(rules.pairs)} pairs in {len(families)} families.", ""]
    lines += ["| family | rule | finds | severity | confidence |", "|---|---|---|---|---|"]
    for family, group in families.items():
        lines += _rows(family, group)
    checks = exposure.checks()
    lines += ["", "## Checks", "", f"{len(checks)} checks of Kubernetes objects; [exposure.md](exposure.md) says what each goes by."]
    lines += ["*Optional* ones are asked for with `--all-checks`, or by name with `--enable-rule`.", ""]
    lines += ["| family | check | finds | severity | |", "|---|---|---|---|---|"]
    for family, members in groupby(sorted(checks, key=lambda check: (check.family, check.id)), key=lambda check: check.family):
        lines += _check_rows(family, list(members))
    return "\n".join(lines) + "\n"


def _check_rows(family: str, group: list[Check]) -> Iterator[str]:
    for number, check in enumerate(group):
        shown = family if number == 0 else ""
        optional = "optional" if check.optional else ""
        yield f"| {shown} | [{check.id}]({check.references[0]}) | {check.description} | {check.severity.name.lower()} | {optional} |"


def _rows(family: str, group: list[Rule | Pair]) -> Iterator[str]:
    for number, rule in enumerate(group):
        page = next((url for url in rule.references if url.startswith("https://")), "")
        name = f"[{rule.id}]({page})" if page else rule.id
        silent = isinstance(rule, Rule) and rule.silent
        severity = "in pairs" if silent else rule.severity.name.lower()
        what = rule.description.replace("|", "\\|")
        yield f"| {family if number == 0 else ''} | {name} | {what} | {severity} | {rule.confidence.name.lower()} |"


if __name__ == "__main__":
    DOCUMENT.write_text(render(load_builtin()), encoding="utf-8")
