"""GitLab's secret detection report, schema 15.

https://docs.gitlab.com/development/integrations/secure/#report and https://gitlab.com/gitlab-org/security-products/security-report-schemas.
A finding in no commit has the commit 0000000, as GitLab's own analyzer writes it. The schema asks for the times of the scan, which we do
not keep: both are the time of writing.
"""

from __future__ import annotations

import datetime
import uuid
from typing import TextIO

from secretscan import __version__
from secretscan.model import Finding, Json, ScanResult, Severity, SkipClass
from secretscan.redaction import Redactor, context_line
from secretscan.reports import Style
from secretscan.reports.json import dump

EXTENSIONS = (".gitlab.json",)
_SCHEMA = "15.0.7"
_SEVERITIES = {
    Severity.CRITICAL: "Critical", Severity.HIGH: "High", Severity.MEDIUM: "Medium", Severity.LOW: "Low", Severity.INFO: "Info",
}  # fmt: skip
_NAME = 255
"""Characters that a vulnerability's name may have."""


def write(result: ScanResult, out: TextIO, style: Style) -> None:
    """Write one report. What was not read is told as messages of the scan, whose status is then failure."""
    redactor = Redactor(result.findings, show_secrets=style.show_secrets, hidden=result.hidden)
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    tool: dict[str, Json] = {"id": "secretscan", "name": "secretscan", "version": __version__, "vendor": {"name": "secretscan"}}
    coverage = result.coverage
    unread = [skip for skip in coverage.unread if skip.reason.skip_class is SkipClass.UNREAD]
    messages: list[Json] = [
        {"level": "warn", "value": f"not read, {skip.reason.label}: {redactor.path(skip.origin.path)} {redactor.text(skip.detail)}".strip()}
        for skip in unread
    ]
    report: Json = {
        "version": _SCHEMA,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": "secret_detection",
            "start_time": now,
            "end_time": now,
            "status": "success" if coverage.complete else "failure",
            **({"messages": messages} if messages else {}),
        },
        "vulnerabilities": [_finding(finding, redactor) for finding in result.findings],
    }
    out.write(dump(report, out, indent=2) + "\n")


def _finding(finding: Finding, redactor: Redactor) -> Json:
    place = finding.places[0]
    facts = {key: redactor.text(value) for key, value in place.origin.facts.items() if isinstance(value, str)}
    commit: dict[str, Json] = {"sha": facts.get("commit", "0000000")}
    commit |= {key: facts[key] for key in ("author", "date") if facts.get(key)}
    rule, path = redactor.text(finding.rule), redactor.path(place.origin.path)
    shown = redactor.secret(finding.secret, finding.prefix)
    said = [redactor.text(finding.description), shown, redactor.text(finding.note), f"{len(finding.places)} places"]
    record: dict[str, Json] = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{finding.fingerprint} {path} {place.line}")),
        "category": "secret_detection",
        "name": (redactor.text(finding.description) or rule)[:_NAME],
        "description": "; ".join(each for each in said if each),
        "severity": _SEVERITIES[finding.severity],
        "confidence": finding.confidence.name.capitalize(),
        "solution": "Revoke the credential and make a new one; keep it in a secret store.",
        "scanner": {"id": "secretscan", "name": "secretscan"},
        "location": {
            "file": path,
            "commit": commit,
            "start_line": max(place.line, 1),
            "end_line": max(place.end_line, place.line, 1),
        },
        "identifiers": [{"type": "secretscan_rule_id", "name": f"secretscan rule {rule}", "value": rule}],
    }
    if place.context is not None:
        record["raw_source_code_extract"] = context_line(place.context, finding.secret, finding.prefix, redactor=redactor)[0]
    return record
