"""Results to report on, assembled at run time, and the golden files that reports are held to.

UPDATE_GOLDENS=1 in the environment writes the golden files anew; look at the difference before you commit it.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import tokens

from secretscan.model import (
    Confidence,
    Context,
    Coverage,
    Finding,
    Json,
    Origin,
    Part,
    Place,
    Reason,
    ScanResult,
    Secret,
    Severity,
    Skipped,
)
from secretscan.reports import Style, load

GOLDEN = Path(__file__).parent / "golden"


def place(origin: Origin, line: int, text: str, secret: str, *others: str) -> Place:
    """A place whose line is `text`; `secret` is the finding's own, `others` stand on the line too."""
    raw = text.encode()
    spans = sorted((raw.index(each.encode()), raw.index(each.encode()) + len(each.encode())) for each in (secret, *others))
    start = raw.index(secret.encode())
    end = start + len(secret.encode())
    return Place(origin, line, start + 1, line, end + 1, Context(Secret(raw), tuple(spans), (start, end)))


def pair() -> Finding:
    """An AWS pair in a history, taken out of the work tree later."""
    key, secret = tokens.aws_pair()
    facts: dict[str, Json] = {
        "commit": "3f2a9c1d2e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b",
        "author": "Ada Lovelace <ada@example.org>",
        "date": "2024-03-01T09:30:00+00:00",
        "in_work_tree": False,
        "blob": "9b1c3e5f7a9b1c3d5e7f9a1b3c5d7e9f1a3b5c7d",
    }
    here = Origin("git", b"./infra", b"config/deploy.env", facts)
    first = place(here, 11, f"AWS_ACCESS_KEY_ID={key}", key)
    second = place(here, 12, f"AWS_SECRET_ACCESS_KEY={secret}", secret)
    return Finding(
        rule="aws-key-pair",
        description="Complete AWS credential pair",
        severity=Severity.CRITICAL,
        confidence=Confidence.HIGH,
        secret=Secret(key.encode()),
        fingerprint="v1:" + "0123456789abcdef" * 2,
        places=(first,),
        parts=(
            Part("aws-access-key-id", "access key id", Secret(key.encode()), (first,)),
            Part("aws-secret-access-key", "secret access key", Secret(secret.encode()), (second,)),
        ),
        facts={"account_id": "123456789012", "in_work_tree": False},
        tags=("aws",),
        entropy=4.61,
        verdict="structurally valid",
        prefix=4,
        references=("https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",),
    )


def token() -> Finding:
    """A GitHub token beside another one on its line, at many further places, one of them in an image."""
    mine, other = tokens.github_pat(1), tokens.slack_bot(2)
    facts: dict[str, Json] = {"commit": "a" * 40, "author": "Bob", "in_work_tree": True, "versions": 4}
    here = Origin("git", b"./infra", "src/naïve/\x1b[31mclient.py".encode(), facts)
    line = f'\tclient = Client("{mine}", chat="{other}", retries=3)  # \u202etxt.exe\u202c'
    in_image = Origin(
        "image",
        b"app.tar",
        b"srv/.netrc",
        {"layer": 3, "layer_digest": "sha256:" + "4f" * 32, "fate": "deleted in layer 7", "instruction": f"RUN echo {mine} > /srv/.netrc"},
    )
    also = [place(in_image, 2, f"password {mine}", mine)]
    for number in range(16):
        also.append(place(Origin("git", b"./infra", b"old/%d/client.py" % number, {"commit": "b" * 40}), 40 + number, f"t='{mine}'", mine))
    return Finding(
        rule="github-pat",
        description="GitHub personal access token",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        secret=Secret(mine.encode()),
        fingerprint="v1:" + "89abcdef01234567" * 2,
        places=(place(here, 1204, line, mine, other), *also),
        facts={"kind": "personal access token (classic)"},
        tags=("github",),
        entropy=4.9,
        verdict="structurally valid",
        prefix=4,
    )


def password() -> Finding:
    """A short password in a Kubernetes object, decoded by a view."""
    value = tokens.password(3)[:10]
    facts: dict[str, Json] = {
        "apiVersion": "v1", "kind": "Secret", "namespace": "prod", "name": "database", "pointer": "/data/password", "decoded": ["base64"],
    }  # fmt: skip
    here = Origin("manifest", b"dump.yaml", b"dump.yaml", facts)
    return Finding(
        rule="generic-password",
        description="Password in a Kubernetes Secret",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        secret=Secret(value.encode()),
        fingerprint="v1:" + "76543210fedcba98" * 2,
        places=(place(here, 7, f"password={value}", value),),
        entropy=3.1,
        note="Base64 is no protection: whoever may read the object has the password.",
    )


def exposure() -> Finding:
    """No secret at all: an object that gives too much away."""
    here = Origin("manifest", b"dump.yaml", b"dump.yaml", {"kind": "ClusterRoleBinding", "name": "everyone"})
    return Finding(
        rule="k8s-anonymous-admin",
        description="Anonymous users are cluster administrators",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        secret=Secret(b""),
        fingerprint="exposure k8s-anonymous-admin ClusterRoleBinding/everyone",
        places=(Place(here, 31, 3, 31, 3),),
    )


def result(*findings: Finding) -> ScanResult:
    """A scan that could not read two things."""
    coverage = Coverage(
        seen=1215,
        scanned=1207,
        bytes=18_312_004,
        complete=False,
        skipped={Reason.TRUNCATED: 1, Reason.ENCRYPTED: 1, Reason.SYMLINK: 4, Reason.EXCLUDED: 2, Reason.UNPARSED: 1},
        suppressed={".secretscanignore: fingerprint": 3, "gitleaks:allow": 1},
        unread=(
            Skipped(Origin("image", b"app.tar", b"blobs/sha256/77aa!layer.tar"), Reason.TRUNCATED, "gzip ends after 8,192 bytes"),
            Skipped(Origin("dir", b"./infra", b"vault/\xff\x07.zip"), Reason.ENCRYPTED),
            Skipped(Origin("manifest", b"dump.yaml", b"dump.yaml"), Reason.UNPARSED, "document 3: a tab in its line 9"),
        ),
        notes=("2 entries of .secretscanignore hid nothing",),
    )
    return ScanResult(findings, coverage, ("./infra", "app.tar", "dump.yaml"))


def full() -> ScanResult:
    return result(pair(), token(), password(), exposure())


def clean() -> ScanResult:
    """Everything read, nothing found."""
    return ScanResult((), Coverage(3, 3, 120, True, {}, {}), (".",))


def report(format: str, scan: ScanResult, style: Style | None = None) -> str:
    out = io.StringIO()
    load(format).write(scan, out, style or Style())
    return out.getvalue()


def assert_golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDENS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{name} changed; UPDATE_GOLDENS=1 writes it anew"
