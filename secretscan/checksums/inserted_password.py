"""One of the values of an SQL INSERT: a password if the table or its columns are of users, and the value looks like one."""

from __future__ import annotations

from secretscan import lazy_re
from secretscan.checksums import DROP, Around, Verdict, generic_password, strong_password

STATEMENT = lazy_re.compile(rb"(?is)insert\s+(?:ignore\s+)?into\s+[`\"\[]?([\w.`\"\]\[]{1,80})\s*(\([^()]{0,400}\))?\s*values\s*\(")
USERS = lazy_re.compile(rb"(?i)user|account|member|login|admin|credential|customer|employee|auth|staff|person|client|passw")
COLUMN = lazy_re.compile(rb"(?i)passw|pwd|passphrase|\bpass\b|secret")


def check(secret: bytes) -> Verdict:
    return strong_password.check(secret)


def check_within(secret: bytes, around: Around) -> Verdict:
    before = around.before(600)
    *_, statement = (None, *STATEMENT.finditer(before))
    if statement is None or b";" in before[statement.end() :]:
        return DROP
    columns = statement.group(2)
    if columns is not None:
        if not COLUMN.search(columns):
            return DROP
        wanted = [bool(COLUMN.search(column)) for column in columns.split(b",")]
        row = before[max(statement.end(), before.rfind(b"(") + 1) :]
        return generic_password.check(secret) if row.count(b",") < len(wanted) and wanted[row.count(b",")] else DROP
    if not USERS.search(statement.group(1)) or generic_password.kinds(secret) < 3:
        return DROP
    return strong_password.check(secret)
