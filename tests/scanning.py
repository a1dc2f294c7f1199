"""Scan something in a test: the whole pipeline, the built-in rules."""

from __future__ import annotations

import functools
import importlib
import io
from pathlib import Path

from secretscan import reports
from secretscan.config import Settings
from secretscan.model import Finding, ScanResult
from secretscan.pipeline import scan
from secretscan.rules import RuleSet, load_builtin


@functools.cache
def builtin() -> RuleSet:
    return load_builtin()


def scanned(
    kind: str, target: Path | str, *, ruleset: RuleSet | None = None, settings: Settings | None = None, **options: object
) -> ScanResult:
    settings = settings or Settings()
    module = importlib.import_module(f"secretscan.sources.{kind}")
    return scan([module.open_source(str(target), settings, **options)], ruleset or builtin(), settings)


def as_text(result: ScanResult, format: str = "json") -> str:
    out = io.StringIO()
    reports.load(format).write(result, out, reports.Style())
    return out.getvalue()


def by_rule(result: ScanResult, rule: str) -> list[Finding]:
    return [finding for finding in result.findings if finding.rule == rule]


def places(finding: Finding) -> list[tuple[str, int, int]]:
    return [(place.origin.path.decode("utf-8", "backslashreplace"), place.line, place.column) for place in finding.places]
