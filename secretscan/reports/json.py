r"""Our own JSON, versioned: one object with `schema`, `findings` and `coverage`.

Names and other strangers' text are UTF-8 with backslash escapes (`\xHH`, `\uHHHH`) for bytes that are no UTF-8 and characters that do not
print; see `secretscan.redaction.printable`. Lines and columns count from 1, columns in bytes, ends exclusive. `secret` is there only under
`--show-secrets`. Within schema 1 keys may be added, never renamed or dropped.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import TextIO

from secretscan.model import Coverage, Finding, Json, Place, Reason, ScanResult, SkipClass, Skipped
from secretscan.redaction import Redactor, context_line
from secretscan.reports import Style

EXTENSIONS = (".json",)
SCHEMA = "secretscan/1"
_ORDER = {reason: at for at, reason in enumerate(Reason)}


def write(result: ScanResult, out: TextIO, style: Style) -> None:
    """Write all of it, a finding at a time."""
    redactor = Redactor(result.findings, show_secrets=style.show_secrets, hidden=result.hidden)
    out.write(f'{{\n  "schema": {dump(SCHEMA, out)},\n  "findings": [')
    for number, finding in enumerate(result.findings):
        out.write(",\n    " if number else "\n    ")
        out.write(dump(finding_record(finding, redactor), out, indent=2, level=2))
    out.write("\n  ],\n" if result.findings else "],\n")
    out.write(f'  "coverage": {dump(coverage_record(result.coverage, redactor), out, indent=2, level=1)}\n}}\n')


def dump(value: Json, out: TextIO, indent: int | None = None, level: int = 0) -> str:
    """JSON text that `out` can encode, laid out as json.dumps would, `level` indents deep. Strings escape their newlines.

    The library makes a generator of every value to lay it out, which costs several times as much.
    """
    encoding = (out.encoding or "utf-8").lower().replace("-", "").replace("_", "")
    if indent is None:
        return json.dumps(value, ensure_ascii=encoding != "utf8", allow_nan=False)
    quoted = encode_basestring if encoding == "utf8" else encode_basestring_ascii
    return _laid_out(value, quoted, " " * indent, "\n" + " " * (indent * level))


def _laid_out(value: Json, quoted: Callable[[str], str], step: str, line: str) -> str:
    """`line` is a newline with the indent of what `value` stands in."""
    if isinstance(value, str):
        return quoted(value)
    if not isinstance(value, dict | list):
        return json.dumps(value, allow_nan=False)
    inner = line + step
    if isinstance(value, dict):
        pieces = [f"{quoted(key)}: {_laid_out(each, quoted, step, inner)}" for key, each in value.items()]
        return f"{{{inner}{f',{inner}'.join(pieces)}{line}}}" if pieces else "{}"
    pieces = [_laid_out(each, quoted, step, inner) for each in value]
    return f"[{inner}{f',{inner}'.join(pieces)}{line}]" if pieces else "[]"


def finding_record(finding: Finding, redactor: Redactor) -> dict[str, Json]:
    """One finding as schema 1 has it. `line` and `column` are those of its first place."""
    first = finding.places[0]
    record: dict[str, Json] = {
        "rule": redactor.text(finding.rule),
        "description": redactor.text(finding.description),
        "severity": finding.severity.name.lower(),
        "confidence": finding.confidence.name.lower(),
        "fingerprint": redactor.text(finding.fingerprint),
        "line": first.line,
        "column": first.column,
        "end_line": first.end_line,
        "end_column": first.end_column,
        "redacted": Redactor().secret(finding.secret, finding.prefix),
        "verdict": redactor.text(finding.verdict),
        "note": redactor.text(finding.note),
        "entropy": round(finding.entropy, 3),
        "tags": [redactor.text(tag) for tag in finding.tags],
        "references": [redactor.text(reference) for reference in finding.references],
        "facts": facts_record(finding.facts, redactor),
        "parts": [
            {
                "rule": redactor.text(part.rule),
                "label": redactor.text(part.label),
                "redacted": Redactor().secret(part.secret, finding.prefix if part.secret == finding.secret else 0),
                **({"secret": redactor.secret(part.secret)} if redactor.show_secrets else {}),
                "origins": [origin_record(place, redactor) for place in part.places],
            }
            for part in finding.parts
        ],
        "origins": [origin_record(place, redactor) for place in finding.places],
    }
    if redactor.show_secrets:
        record["secret"] = redactor.secret(finding.secret)
    if first.context is not None:
        record["context"] = context_line(first.context, finding.secret, finding.prefix, redactor=redactor)[0]
    return record


def origin_record(place: Place, redactor: Redactor) -> Json:
    """One place, whatever kind of source it is of."""
    return {
        "kind": redactor.text(place.origin.kind),
        "root": redactor.path(place.origin.root),
        "path": redactor.path(place.origin.path),
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "facts": facts_record(place.origin.facts, redactor),
    }


def facts_record(facts: Mapping[str, Json], redactor: Redactor) -> Json:
    """Facts with every text in them cleaned, keys too: an object's label may be one."""

    def clean(value: Json) -> Json:
        if isinstance(value, str):
            return redactor.text(value)
        if isinstance(value, list):
            return [clean(each) for each in value]
        if isinstance(value, dict):
            return {redactor.text(key): clean(each) for key, each in value.items()}
        return str(value) if isinstance(value, float) and not math.isfinite(value) else value

    return clean(dict(facts))


def coverage_record(coverage: Coverage, redactor: Redactor) -> dict[str, Json]:
    """What was read, what was not (`unread`), and what was read as plain text only (`fallbacks`).

    Reasons stand in the order in which `Reason` names them.
    """
    return {
        "complete": coverage.complete,
        "seen": coverage.seen,
        "scanned": coverage.scanned,
        "bytes": coverage.bytes,
        "skipped": {reason.label: n for reason, n in sorted(coverage.skipped.items(), key=lambda item: _ORDER[item[0]])},
        "suppressed": {redactor.text(source): n for source, n in sorted(coverage.suppressed.items())},
        "unread": [_skip_record(skip, redactor) for skip in coverage.unread if skip.reason.skip_class is not SkipClass.FALLBACK],
        "fallbacks": [_skip_record(skip, redactor) for skip in coverage.unread if skip.reason.skip_class is SkipClass.FALLBACK],
        "notes": [redactor.text(note) for note in coverage.notes],
    }


def _skip_record(skip: Skipped, redactor: Redactor) -> Json:
    return {
        "kind": redactor.text(skip.origin.kind),
        "root": redactor.path(skip.origin.root),
        "path": redactor.path(skip.origin.path),
        "reason": skip.reason.label,
        "detail": redactor.text(skip.detail),
    }
