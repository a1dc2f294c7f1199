"""What one image holds that another does not: `secretscan image A --against B`."""

from __future__ import annotations

from secretscan.cli.exits import code_for
from secretscan.cli.run import Options, report, scan
from secretscan.cli.targets import Target
from secretscan.model import Finding, ScanResult, Secret

KNOWN = "known from the image compared with (--against)"


def run(target: Target, other: Target, options: Options) -> int:
    """Scan both, report what `target` adds. If `other` could not be read whole, more is reported, never less."""
    _, before = scan([other], options._replace(outputs=(), quiet=True))
    settings, result = scan([target], options)
    result = added(result, before)
    report(result, settings, options)
    return code_for(result, settings)


def added(result: ScanResult, before: ScanResult) -> ScanResult:
    """A result without the findings whose secret the other has under the same rule, wherever it stands there."""
    known = {_key(finding) for finding in before.findings}
    kept = tuple(finding for finding in result.findings if _key(finding) not in known)
    dropped = [finding for finding in result.findings if _key(finding) in known]
    secrets = {secret for finding in dropped for secret in _secrets(finding)} - {secret for finding in kept for secret in _secrets(finding)}
    coverage = result.coverage
    if dropped:
        coverage = coverage._replace(suppressed={**coverage.suppressed, KNOWN: len(dropped)})
    return result._replace(findings=kept, coverage=coverage, hidden=tuple(sorted({*result.hidden, *filter(None, secrets)})))


def _secrets(finding: Finding) -> tuple[Secret, ...]:
    return (finding.secret, *(part.secret for part in finding.parts))


def _key(finding: Finding) -> tuple[object, ...]:
    """Exposures and files that are secrets by their name hold none: these are known by their fingerprint."""
    secrets = tuple(bytes(secret) for secret in _secrets(finding) if secret)
    return (finding.rule, *(secrets or (finding.fingerprint,)))
