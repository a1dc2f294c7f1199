"""Findings per million lines of clean, well-known public code (benchmarks/noise.toml), each listed for a person to read."""

from __future__ import annotations

import argparse
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from benchmarks._packages import fetch
from secretscan.config import Settings
from secretscan.model import Context, Finding, ScanResult
from secretscan.pipeline import scan
from secretscan.redaction import printable
from secretscan.rules import RuleSet, load_builtin
from secretscan.sources import dir as directory


def run(arguments: argparse.Namespace) -> None:
    del arguments
    wanted = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
    known = wanted.get("known", [])
    rules = load_builtin()
    counts: Counter[str] = Counter()
    explained: Counter[str] = Counter()
    total = hidden = 0
    for package, folder in fetch(wanted["packages"]):
        lines = _lines(folder)
        total += lines
        result = _scan(folder, rules)
        findings = result.findings
        apart = sum(result.coverage.suppressed.values())
        hidden += apart
        print(f"{package:60} {lines:9} lines {len(findings):4} findings{f', {apart} samples not shown' if apart else ''}")
        for finding in findings:
            why = _why(known, package, finding)
            counts[finding.rule] += 1
            explained[finding.rule] += bool(why)
            place = finding.places[0]
            more = f" and {len(finding.places) - 1} more" if len(finding.places) > 1 else ""
            where = f"{printable(place.origin.path)}:{place.line}{more}"
            print(f"    {finding.rule} [{finding.confidence.name.lower()}] {where}: {_shown(place.context)}{' -- ' + why if why else ''}")
    found, known_ones = sum(counts.values()), sum(explained.values())
    rate = found / total * 1e6
    print(f"{total} lines, {found} findings: {rate:.1f} a million lines; {found - known_ones} of them not explained")
    print(f"{hidden} samples not shown (--min-confidence sample)")
    for rule, count in counts.most_common():
        print(f"{count:6} {count / total * 1e6:6.2f} {rule}{f' ({explained[rule]} known)' if explained[rule] else ''}")


def _scan(folder: Path, rules: RuleSet) -> ScanResult:
    settings = Settings(target_config=False)
    return scan([directory.open_source(str(folder), settings)], rules, settings)


def _why(known: Sequence[Mapping[str, str]], package: str, finding: Finding) -> str:
    """The word on a finding that was read: of the first entry whose package is this one and whose rule and path (globs) fit."""
    path = printable(finding.places[0].origin.path)
    for entry in known:
        if entry["package"] == package and fnmatchcase(finding.rule, entry.get("rule", "*")) and fnmatchcase(path, entry.get("path", "*")):
            return entry["why"]
    return ""


def _lines(folder: Path) -> int:
    """Lines of the texts under a folder."""
    count = 0
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            count += 0 if b"\0" in content[:8000] else content.count(b"\n")
    return count


def _shown(context: Context | None) -> str:
    """The line around a finding, its secrets masked."""
    if context is None:
        return ""
    shown, at = b"", 0
    for start, end in context.spans:
        shown += context.text[at:start] + b"*****"
        at = end
    return printable(shown + context.text[at:]).strip()[:160]
