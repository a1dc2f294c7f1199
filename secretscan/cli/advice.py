"""What a developer reads when a commit is stopped: where, why, and what to do about it. Short, for it stands in the way."""

from __future__ import annotations

from typing import TextIO

from secretscan.model import Finding, ScanResult, SkipClass
from secretscan.redaction import Redactor, context_line

_SHOWN = 10
"""Findings, and unread files, that are shown one by one."""
_REVOKE = "If it ever left this machine, revoke it and make a new one."
_REWRITE = "Take it out of the commits that hold it (git rebase -i): a later commit does not undo them."


def write(result: ScanResult, out: TextIO, what: str, color: bool, show_secrets: bool = False) -> None:
    """Advice on each finding, or one line that all is well. `what` was scanned: "staged file", "file" or "pushed content"."""
    coverage = result.coverage
    redactor = Redactor(result.findings, show_secrets=show_secrets, hidden=result.hidden)
    added = [finding for finding in result.findings if "already_committed" not in finding.facts]
    for finding in added[:_SHOWN]:
        out.write("\n".join(_finding(finding, redactor, color)) + "\n\n")
    if (more := len(added) - _SHOWN) > 0:
        out.write(f"… and {more} more.\n\n")
    if added:
        out.write(
            "Fix:   keep it in a secret store or an environment variable and read it from there.\n"
            f"       {_REWRITE if what == 'pushed content' else _REVOKE}\n"
            "Allow: a false alarm? Put `secretscan:allow` in a comment on that line,\n"
            f"       or {added[0].fingerprint} into .secretscanignore.\n"
        )
    if known := [finding for finding in result.findings if "already_committed" in finding.facts]:
        out.write(f"secretscan: {_count(len(known), 'secret')} stood there before this commit, and did not stop it:\n")
        for finding in known[:_SHOWN]:
            place = finding.places[0]
            out.write(f"  {redactor.path(place.origin.path)}:{place.line}  {redactor.text(finding.description)}\n")
    if not coverage.complete:
        out.write("Not everything could be read, so this is not a clean result:\n")
        for skip in [skip for skip in coverage.unread if skip.reason.skip_class is SkipClass.UNREAD][:_SHOWN]:
            detail = f" ({redactor.text(skip.detail)})" if skip.detail else ""
            out.write(f"  {redactor.path(skip.origin.path)}: {skip.reason.label}{detail}\n")
    elif not result.findings:
        left_out = sum(count for reason, count in coverage.skipped.items() if reason.skip_class is SkipClass.EXCLUDED)
        read = f"no secrets in {_count(coverage.scanned, what)}" if coverage.scanned else f"no {what}, nothing to scan"
        out.write(f"secretscan: {read}{f', {left_out} left out' if left_out else ''}\n")
    for name, count in sorted(coverage.suppressed.items()):
        out.write(f"secretscan: {count} suppressed by {redactor.text(name)}\n")
    for note in coverage.notes:
        out.write(f"secretscan: {redactor.text(note)}\n")


def _finding(finding: Finding, redactor: Redactor, color: bool) -> list[str]:
    place = finding.places[0]
    commit = str(place.origin.facts.get("commit", ""))[:12]
    where = f"{redactor.path(place.origin.path)}:{place.line}:{place.column}{f' in commit {commit}' if commit else ''}"
    lines = [f"{_bold(where, color)}  {redactor.text(finding.description)} ({finding.rule}, {finding.severity.name.lower()})"]
    if place.context is not None:
        text, _ = context_line(place.context, finding.secret, finding.prefix, show_secrets=redactor.show_secrets, redactor=redactor)
        lines.append(f"    {text.strip()}")
    for part in finding.parts:
        half = part.places[0]
        lines.append(f"    {part.label}: {redactor.path(half.origin.path)}:{half.line}:{half.column}")
    account = finding.facts.get("account_id")
    why = [finding.note, f"account {account}" if account else "", "" if finding.verdict == "no checksum known" else finding.verdict]
    if said := "; ".join(word for word in why if word):
        lines.append(f"    {redactor.text(said)}")
    if others := len(finding.places) - 1:
        lines.append(f"    and in {_count(others, 'other place')}")
    return lines


def _bold(text: str, color: bool) -> str:
    return f"\x1b[1;31m{text}\x1b[0m" if color else text


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
