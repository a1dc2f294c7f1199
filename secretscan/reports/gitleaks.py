"""The JSON array that importers of gitleaks reports (DefectDojo and the like) read: one entry a place, secrets redacted.

It has no room for coverage; take `json` beside it for that. The keys are gitleaks' own; `Fingerprint` is its positional form
(`commit:file:rule:line`), which our ignore file takes too. StartColumn and EndColumn count from 1 and are both inside the secret.
"""

from __future__ import annotations

from typing import TextIO

from secretscan import lazy_re
from secretscan.model import Finding, Json, Place, ScanResult
from secretscan.redaction import Redactor, context_line
from secretscan.reports import Style
from secretscan.reports.json import dump

EXTENSIONS = (".gitleaks.json",)
_AUTHOR = lazy_re.compile(r"(.*?)\s*<([^<>]*)>\s*")


def write(result: ScanResult, out: TextIO, style: Style) -> None:
    """Write every place of every finding."""
    redactor = Redactor(result.findings, show_secrets=style.show_secrets, hidden=result.hidden)
    separator = "[\n"
    for finding in result.findings:
        for place in finding.places:
            out.write(separator + dump(_entry(finding, place, redactor), out, indent=1))
            separator = ",\n"
    out.write("\n]\n" if separator == ",\n" else "[]\n")


def _entry(finding: Finding, place: Place, redactor: Redactor) -> Json:
    facts = {key: redactor.text(value) for key, value in place.origin.facts.items() if isinstance(value, str)}
    author, email = facts.get("author", ""), facts.get("email", "")
    if split := _AUTHOR.fullmatch(author):
        author, email = split[1], split[2]
    file, rule, commit = redactor.path(place.origin.path), redactor.text(finding.rule), facts.get("commit", "")
    match = redactor.secret(finding.secret, finding.prefix)
    if place.context is not None:
        match = context_line(place.context, finding.secret, finding.prefix, redactor=redactor)[0]
    return {
        "RuleID": rule,
        "Description": redactor.text(finding.description),
        "StartLine": place.line,
        "EndLine": place.end_line,
        "StartColumn": place.column,
        "EndColumn": max(place.end_column - 1, 1),
        "Match": match,
        "Secret": redactor.secret(finding.secret, finding.prefix),
        "File": file,
        "SymlinkFile": "",
        "Commit": commit,
        "Entropy": round(finding.entropy, 3),
        "Author": author,
        "Email": email,
        "Date": facts.get("date", ""),
        "Message": facts.get("message", ""),
        "Tags": [redactor.text(tag) for tag in finding.tags],
        "Fingerprint": ":".join([*([commit] if commit else []), file, rule, str(place.line)]),
    }
