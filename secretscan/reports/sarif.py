"""SARIF 2.1.0 (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/), with what GitHub code scanning asks for beside it.

`executionSuccessful` is the verdict on coverage: false as soon as anything asked for was not read, with a notification for each. Secrets
are redacted, authors' addresses left out. Columns count bytes, for which SARIF has no word; ends are exclusive, as SARIF wants them.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TextIO
from urllib.parse import quote

from secretscan import __version__, lazy_re
from secretscan.model import Confidence, Finding, Json, Origin, Place, ScanResult, Severity, SkipClass, Skipped
from secretscan.redaction import MASK, Redactor, context_line
from secretscan.reports import Style
from secretscan.reports._words import identity
from secretscan.reports.json import coverage_record, dump, facts_record

EXTENSIONS = (".sarif", ".sarif.json")
_LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note", Severity.INFO: "note"}
# GitHub's bounds: over 9.0 critical, from 7.0 high, from 4.0 medium, below that low.
_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0", Severity.INFO: "0.0"}
_PRECISION = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low", Confidence.SAMPLE: "low"}
_ADDRESS = lazy_re.compile(r"\s*(?:<[^<>]*@[^<>]*>|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)")
_HASHED = lazy_re.compile(r"v1:[0-9a-f]{32}")


def write(result: ScanResult, out: TextIO, style: Style) -> None:
    """Write one run."""
    log = _Log(result, Redactor(result.findings, show_secrets=style.show_secrets, hidden=result.hidden))
    out.write(dump(log.document(), out, indent=2) + "\n")


class _Log:
    """One result on its way to SARIF."""

    def __init__(self, result: ScanResult, redactor: Redactor) -> None:
        self._result = result
        self._redactor = redactor
        roots = dict.fromkeys(place.origin.root for finding in result.findings for place in finding.places)
        # With one target its paths are the repository's own, as code scanning wants them; several need telling apart.
        self._bases = {root: f"TARGET{number}" for number, root in enumerate(roots, 1)} if len(roots) > 1 else {}
        self._rules: dict[str, list[Finding]] = {}
        for finding in result.findings:
            self._rules.setdefault(finding.rule, []).append(finding)

    def document(self) -> Json:
        coverage = coverage_record(self._result.coverage, self._redactor)
        del coverage["unread"], coverage["fallbacks"]  # the notifications say it
        order = {rule: number for number, rule in enumerate(self._rules)}
        run: dict[str, Json] = {
            "tool": {
                "driver": {
                    "name": "secretscan",
                    "semanticVersion": __version__,
                    "rules": [self._rule(rule, findings) for rule, findings in self._rules.items()],
                }
            },
            "columnKind": "unicodeCodePoints",
            "redactionTokens": [MASK],
            "invocations": [
                {
                    "executionSuccessful": self._result.coverage.complete,
                    "toolExecutionNotifications": [self._notification(skip) for skip in self._result.coverage.unread],
                }
            ],
            "results": [self._finding(finding, order[finding.rule]) for finding in self._result.findings],
            "properties": {"coverage": coverage},
        }
        if self._bases:
            run["originalUriBaseIds"] = {base: {"description": {"text": self._redactor.path(root)}} for root, base in self._bases.items()}
        return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}

    def _notification(self, skip: Skipped) -> Json:
        detail = f": {self._redactor.text(skip.detail)}" if skip.detail else ""
        fallback = skip.reason.skip_class is SkipClass.FALLBACK
        return {
            "level": "note" if fallback else "error",
            "descriptor": {"id": skip.reason.label},
            "message": {"text": f"{'read as plain text' if fallback else 'not read'}, {skip.reason.label}{detail}"},
            "locations": [{"physicalLocation": {"artifactLocation": self._artifact(skip.origin)}}],
        }

    def _rule(self, rule: str, findings: Sequence[Finding]) -> Json:
        worst = max(finding.severity for finding in findings)
        text = self._redactor.text(findings[0].description) or self._redactor.text(rule)
        links = [reference for reference in findings[0].references if reference.startswith("https://")]
        return {
            "id": self._redactor.text(rule),
            "shortDescription": {"text": text},
            "fullDescription": {"text": text},
            **({"helpUri": quote(links[0], safe=":/?#[]@!$&'()*+,;=%~")} if links else {}),
            "defaultConfiguration": {"level": _LEVELS[worst]},
            "properties": {
                "tags": list(dict.fromkeys(["security", *(self._redactor.text(tag) for tag in findings[0].tags)])),
                "precision": _PRECISION[max(finding.confidence for finding in findings)],
                "security-severity": _SCORES[worst],
            },
        }

    def _finding(self, finding: Finding, index: int) -> Json:
        text = self._redactor.text
        said = [text(finding.description), self._redactor.secret(finding.secret, finding.prefix), text(finding.verdict), text(finding.note)]
        related: list[Json] = []
        for part in finding.parts:
            prefix = finding.prefix if part.secret == finding.secret else 0
            message: Json = {"text": f"{text(part.label)}: {self._redactor.secret(part.secret, prefix)}"}
            for place in part.places:
                related.append({"id": len(related), **self._location(place, part.secret, prefix), "message": message})
        return {
            "ruleId": text(finding.rule),
            "ruleIndex": index,
            "level": _LEVELS[finding.severity],
            "message": {"text": "; ".join(each for each in said if each)},
            "locations": [self._location(place, finding.secret, finding.prefix) for place in finding.places],
            **({"relatedLocations": related} if related else {}),
            "partialFingerprints": {"secretscan/v1": _hashed(finding.fingerprint)},
            "properties": {
                "security-severity": _SCORES[finding.severity],
                "confidence": finding.confidence.name.lower(),
                "facts": facts_record(finding.facts, self._redactor),
            },
        }

    def _location(self, place: Place, secret: bytes, prefix: int) -> dict[str, Json]:
        origin, region = place.origin, _region(place)
        physical: dict[str, Json] = {"artifactLocation": self._artifact(origin)}
        if region:
            physical["region"] = region
            if place.context is not None:
                shown = context_line(place.context, secret, prefix, redactor=self._redactor)[0]
                last = max(place.line, place.end_line)
                physical["contextRegion"] = {"startLine": place.line, "endLine": last, "snippet": {"text": shown}}
        facts = facts_record({key: value for key, value in origin.facts.items() if "email" not in key.lower()}, self._redactor)
        properties: Json = {"kind": self._redactor.text(origin.kind), "facts": _without_addresses(facts)}
        location: dict[str, Json] = {"physicalLocation": physical, "properties": properties}
        if name := identity(origin.facts, self._redactor):
            location["logicalLocations"] = [{"fullyQualifiedName": name}]
        return location

    def _artifact(self, origin: Origin) -> Json:
        """The place's URI: relative, `/` separated, whatever is no URI character percent-encoded; a stream has its kind for a name."""
        path = origin.path or origin.root or origin.kind.encode()
        # A name that holds a secret is shown as text is shown, and then no longer leads to the file.
        shown = self._redactor.path(path)
        uri = quote(path if MASK not in shown else shown, safe="/!+,;=@")
        if uri.startswith("/"):
            return {"uri": f"file://{uri}"}
        return {"uri": uri, **({"uriBaseId": self._bases[origin.root]} if origin.root in self._bases else {})}


def _region(place: Place) -> dict[str, Json]:
    if place.line < 1:
        return {}
    region: dict[str, Json] = {"startLine": place.line, "startColumn": max(place.column, 1)}
    if (place.end_line, place.end_column) > (place.line, place.column):
        region |= {"endLine": place.end_line, "endColumn": max(place.end_column, 1)}
    return region


def _without_addresses(value: Json) -> Json:
    if isinstance(value, str):
        return _ADDRESS.sub("", value)
    if isinstance(value, list):
        return [_without_addresses(each) for each in value]
    if isinstance(value, dict):
        return {key: _without_addresses(each) for key, each in value.items()}
    return value


def _hashed(fingerprint: str) -> str:
    """Our own fingerprints are hashes already; any other form is hashed here."""
    if _HASHED.fullmatch(fingerprint):
        return fingerprint
    return blake2b(fingerprint.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
