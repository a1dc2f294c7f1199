"""JSON lines for pipes: `{"finding": …}` a line, as in the json format, and `{"coverage": …}` last; every line carries the schema."""

from __future__ import annotations

from typing import TextIO

from secretscan.model import ScanResult
from secretscan.redaction import Redactor
from secretscan.reports import Style
from secretscan.reports.json import SCHEMA, coverage_record, dump, finding_record

EXTENSIONS = (".jsonl", ".ndjson")


def write(result: ScanResult, out: TextIO, style: Style) -> None:
    """Write a line a finding, then the coverage. A file without a coverage line was cut off."""
    redactor = Redactor(result.findings, show_secrets=style.show_secrets, hidden=result.hidden)
    for finding in result.findings:
        out.write(dump({"schema": SCHEMA, "finding": finding_record(finding, redactor)}, out) + "\n")
    out.write(dump({"schema": SCHEMA, "coverage": coverage_record(result.coverage, redactor)}, out) + "\n")
