"""`secretscan rules`: what is looked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secretscan.cli.exits import CLEAN, FOUND
from secretscan.cli.options import Job, ScanCommand
from secretscan.cli.streams import complain
from secretscan.errors import UsageError
from secretscan.redaction import printable, redact

if TYPE_CHECKING:
    from secretscan.judge import Match
    from secretscan.rules import Check, Pair, Rule

_MOST_TEXT = 16 << 20
_CONFIG = typer.Option(
    "--config", "-c", metavar="FILE", help="Rules in gitleaks' TOML format instead of the built-in ones.", show_default=False
)


def list_rules(
    format: Annotated[str, typer.Option("-f", "--format", metavar="table|json", help="How to print them.", show_default=False)] = "table",
    config: Annotated[str | None, _CONFIG] = None,
) -> Job:
    """List all rules and pairs of rules.

    \b
    Example: secretscan rules list -f json
    """
    if format not in ("table", "json"):
        raise UsageError(f"--format {printable(format)}: rules are listed as table or json")
    return lambda: _list(config, format)


def show_rule(id: Annotated[str, typer.Argument(metavar="ID")], config: Annotated[str | None, _CONFIG] = None) -> Job:
    """Show one rule in full.

    \b
    Example: secretscan rules show aws-access-key-id
    """
    return lambda: _show(config, id)


def check_rules(pack: Annotated[str | None, typer.Argument(metavar="[PACK]")] = None) -> Job:
    """Run each rule's own examples and counterexamples: those of the rule file PACK, or of the built-in rules.

    \b
    Example: secretscan rules check my-rules.toml
    """
    return lambda: _check(pack)


def test_rule(id: Annotated[str, typer.Argument(metavar="ID")], config: Annotated[str | None, _CONFIG] = None) -> Job:
    """Try one rule on a text from standard input: what matches, and why it is found or not.

    \b
    Example: echo "token = abc" | secretscan rules test github-pat
    """
    return lambda: _test(config, id)


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, suggest_commands=False)
    codes = "Exit codes: 0 done, 2 wrong usage or a wrong rule file."
    group.command("list", cls=ScanCommand, short_help="All of them.", epilog=codes)(list_rules)
    group.command("show", cls=ScanCommand, short_help="One in full.", epilog=codes, no_args_is_help=True)(show_rule)
    checked = "Exit codes: 0 all examples hold, 1 some do not, 2 a wrong rule file."
    group.command("check", cls=ScanCommand, short_help="Run their examples.", epilog=checked)(check_rules)
    tested = "Exit codes: 0 nothing is found, 1 something is, 2 wrong usage or a wrong rule file."
    group.command("test", cls=ScanCommand, short_help="Try one on a text.", epilog=tested, no_args_is_help=True)(test_rule)
    app.add_typer(group, name="rules", help="What is looked for.", short_help="What is looked for.")


def _load(config: str | None) -> list[Rule | Pair | Check]:
    from secretscan.cli.run import load_rules

    rules = load_rules(config)
    for notice in rules.notices:
        complain(notice)
    return sorted((*rules.rules, *rules.pairs, *rules.checks), key=lambda rule: rule.id)


def _list(config: str | None, format: str) -> int:
    rules = _load(config)
    if format == "json":
        sys.stdout.write(json.dumps([_summary(rule) for rule in rules], indent=2) + "\n")
        return CLEAN
    width = max((len(rule.id) for rule in rules), default=0)
    for told in map(_summary, rules):
        level = "in pairs" if told["silent"] else told["severity"]
        told["description"] += "  (--all-checks)" if told["optional"] else ""
        sys.stdout.write(f"{printable(told['id']):{width}}  {level:8}  {printable(told['description'])}\n")
    return CLEAN


def _show(config: str | None, id: str) -> int:
    rule = next((rule for rule in _load(config) if rule.id == id), None)
    if rule is None:
        raise UsageError(f"{printable(id)}: there is no rule of that id; see `secretscan rules list`")
    for name, value in (_summary(rule) | dict(_details(rule))).items():
        for number, line in enumerate(value if isinstance(value, list) else [value]):
            if line not in ("", None, False):
                sys.stdout.write(f"{name if number == 0 else '':16} {printable(str(line))}\n")
    return CLEAN


def _summary(rule: Rule | Pair | Check) -> dict[str, Any]:
    """What a list tells of a rule, as JSON. `silent` rules are halves that are reported only in pairs, `optional` checks are asked for."""
    from secretscan.rules import Check, Pair, Rule

    silent = isinstance(rule, Rule) and rule.silent
    return {
        "id": rule.id,
        "description": rule.description,
        "severity": rule.severity.name.lower(),
        "confidence": rule.confidence.name.lower(),
        "family": rule.family,
        "tags": list(rule.tags),
        "pair": isinstance(rule, Pair),
        "silent": silent,
        "check": isinstance(rule, Check),
        "optional": isinstance(rule, Check) and rule.optional,
        "pack": rule.pack,
    }


def _details(rule: Rule | Pair | Check) -> Iterator[tuple[str, Any]]:
    """What else there is to show. Examples are templates, so that no token is printed."""
    from secretscan.rules import Pair, Rule

    if isinstance(rule, Pair):
        yield "parts", [" or ".join(ids) for ids in rule.parts]
        yield "within_lines", rule.within_lines
    elif isinstance(rule, Rule):
        yield "regex", rule.regex.source if rule.regex else ""
        yield "path", rule.path.source if rule.path else ""
        yield "keywords", list(rule.keywords)
        yield "entropy", rule.entropy or ""
        yield "checksum", rule.checksum
        yield "examples", list(rule.examples)
        yield "counterexamples", list(rule.counterexamples)
    yield "references", list(rule.references)


def _check(pack: str | None) -> int:
    from secretscan.packcheck import check_pack
    from secretscan.rules import load_builtin, load_config

    problems = check_pack(load_config(pack) if pack else load_builtin(), ours=pack is None)
    for problem in problems:
        sys.stdout.write(f"{printable(str(problem))}\n")
    sys.stdout.write(f"{len(problems)} wrong\n" if problems else "all examples hold\n")
    return FOUND if problems else CLEAN


def _test(config: str | None, id: str) -> int:
    from secretscan.cli.run import load_rules
    from secretscan.trials import overlooked, trials

    ruleset = load_rules(config)
    rule = ruleset.by_id.get(id)
    if rule is None:
        raise UsageError(f"{printable(id)}: there is no rule of that id to try (of a pair, try its parts); see `secretscan rules list`")
    text = sys.stdin.buffer.read(_MOST_TEXT + 1)
    if len(text) > _MOST_TEXT:
        raise UsageError(f"standard input: over {_MOST_TEXT >> 20} MiB; give the lines in question")
    found = told = 0
    for trial in trials(rule, ruleset, text):
        told += 1
        line, column = text.count(b"\n", 0, trial.start) + 1, trial.start - text.rfind(b"\n", 0, trial.start)
        shown = redact(text[trial.start : trial.end], rule.public_prefix)
        why = trial.why or overlooked(rule, text, trial)
        found += not why
        said = f"not found: {why}" if why else _said(trial.match)
        sys.stdout.write(f"{line}:{column}  {shown}  {printable(said)}\n")
    if not told:
        sys.stdout.write("the regex matches nowhere in the text\n" if rule.regex else "the rule goes by the names of files alone\n")
    if rule.path is not None:
        sys.stdout.write(f"in a scan only in files whose path matches {printable(rule.path.source)}\n")
    if rule.silent:
        sys.stdout.write("in a scan only as half of a pair\n")
    return FOUND if found else CLEAN


def _said(match: Match | None) -> str:
    verdict = match.verdict if match is not None else None
    said = "found"
    if verdict is not None and verdict.valid is not None:
        said += ", structurally valid" if verdict.valid else ", bad checksum"
    return f"{said}: {verdict.note}" if verdict is not None and verdict.note else said
