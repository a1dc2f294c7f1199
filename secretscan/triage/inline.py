"""Comments by which an author says, beside a line, that it is no secret. Every spelling of the field is honoured."""

from __future__ import annotations

from secretscan import lazy_re
from secretscan.judge import InlineAllow

# `--x:allow` is SQL, `allow-->` is HTML; `allow-next-line` is another word.
_HERE = lazy_re.compile(
    rb"(?<!\w)((?:secretscan|gitleaks|betterleaks):allow|(?:trufflehog|kingfisher):ignore|pragma:[ \t]*allowlist[ \t]+secret)(?!-?\w)"
)
_NEXT = lazy_re.compile(rb"(?<!\w)(secretscan:allow-next-line|pragma:[ \t]*allowlist[ \t]+nextline[ \t]+secret)(?!-?\w)")


def allows(line: bytes, previous: bytes) -> str | None:
    """The comment that allows what stands on `line`, as it is usually spelled, or None. `previous` is the line before, for next-line forms.

    A next-line form allows nothing on its own line.
    """
    found = None
    if b"allow" in line or b":ignore" in line:  # nearly every line ends here
        found = _HERE.search(line)
    if found is None and b"allow" in previous:
        found = _NEXT.search(previous)
    if found is None:
        return None
    return b" ".join(found[1].replace(b"pragma:", b"pragma: ").split()).decode()


INLINE = InlineAllow((b"allow", b":ignore"), allows)
