"""GitHub tokens: what kind one is, and its check sum. Kinds: GitHub Docs, "About authentication to GitHub", "GitHub's token formats"."""

from __future__ import annotations

from secretscan.checksums import Verdict, crc32

KINDS = {
    b"ghp": "personal access token (classic)",
    b"gho": "OAuth access token",
    b"ghu": "user access token of a GitHub App",
    b"ghs": "installation access token of a GitHub App",
    b"ghr": "refresh token of a GitHub App",
}


def check(secret: bytes) -> Verdict:
    kind = KINDS.get(secret[:3])
    if kind is None:
        return Verdict()
    if len(secret) != 4 + crc32.BODY + crc32.DIGITS:
        # Newer installation and refresh tokens are longer; how they are checked is not published.
        return Verdict(facts={"kind": kind})
    verdict = crc32.check(secret)
    return verdict._replace(facts={"kind": kind}, note=f"{kind}; {verdict.note}")
