"""S3 buckets: one named beside an AWS key, which is where an incident ends, and one that is open to everybody.

Forms of addresses: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-bucket-intro.html, names:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.exposure.connections import Objects, said
from secretscan.exposure.facts import Bucket, Evidence
from secretscan.exposure.judging import Judged
from secretscan.exposure.objects import Subject
from secretscan.model import Fact, Finding, Placed, Severity
from secretscan.rules import Check

_FAMILY = "aws-s3"
BESIDE = "bucket-beside-key"
CHECKS = (
    Check(
        BESIDE,
        "S3 bucket named beside the AWS key that opens it",
        Severity.MEDIUM,
        _FAMILY,
        ("https://attack.mitre.org/techniques/T1530/", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-bucket-intro.html"),
    ),
    Check(
        "s3-public",
        "S3 bucket open to everybody",
        Severity.MEDIUM,
        _FAMILY,
        ("https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl",),
        optional=True,
    ),
)

_NAME = rb"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])"
_ADDRESSES = (
    lazy_re.compile(rb"\bs3[an]?://" + _NAME),
    lazy_re.compile(rb"//" + _NAME + rb"\.s3(?:[.-][a-z0-9-]+){0,3}\.amazonaws\.com"),
    lazy_re.compile(rb"\bs3(?:[.-][a-z0-9-]+){0,3}\.amazonaws\.com(?:\.cn)?(?::\d+)?/" + _NAME),
    lazy_re.compile(rb"\barn:aws[a-z-]*:s3:::" + _NAME),
)
_KEY = lazy_re.compile(rb"^[\w.-]*bucket(?:[_-]?name)?\s*[=:]\s*[\"']?" + _NAME + rb"[\"']?$", re.IGNORECASE | re.MULTILINE)
_MOST = 32
_NO_NAMES = frozenset({"true", "false", "default", "null", "none"})
_ACL = lazy_re.compile(r"public-read(?:-write)?|PublicRead(?:Write)?|authenticated-read")


def examine(subject: Subject) -> Iterator[Fact]:
    yield from _public(subject)
    view = subject.view
    if view is None:
        return
    patterns = (*(_ADDRESSES if b"s3" in view.text else ()), *((_KEY,) if b"ucket" in view.text or b"UCKET" in view.text else ()))
    seen: dict[str, None] = {}
    for pattern in patterns:
        for found in pattern.finditer(view.text):
            name = found[1].decode()
            if name not in seen and name not in _NO_NAMES and len(seen) < _MOST:
                seen[name] = None
                yield Fact(Bucket(name, pattern is not _KEY), subject.identity, {"here": subject.shown(*found.span(1))})


def _public(subject: Subject) -> Iterator[Fact]:
    if subject.kind == "Bucket":
        spec = subject.root.get("spec")
        for acl in (spec.get("acl"), spec.get("forProvider", "acl")):
            if _ACL.fullmatch(acl.value):
                yield Fact(Evidence("s3-public", Severity.MEDIUM, f"its ACL is {acl.value}"), subject.identity, {"here": acl.mark})


def judge(objects: Objects) -> Iterator[Judged]:
    for fact in objects.evidence:
        yield Judged(fact.about.check, fact.about.severity, fact.about.note, fact)
    for finding in objects.findings:
        if is_aws(finding):
            for bucket, how in buckets_of(finding, objects):
                about: Bucket = bucket.about
                severity = Severity.MEDIUM if about.address else Severity.INFO
                account = finding.facts.get("account_id")
                owner = f" of account {account}" if account else ""
                yield Judged(BESIDE, severity, f"bucket {about.name} stands {how} an AWS key{owner}", bucket)


def is_aws(finding: Finding) -> bool:
    """Whether a finding is a key of AWS, whole or half."""
    return finding.rule.startswith("aws-") and any(word in finding.rule for word in ("credentials", "access-key"))


def buckets_of(finding: Finding, objects: Objects) -> list[tuple[Placed, str]]:
    """Buckets named in the object that holds a key, or in a workload that reads the key from its Secret: (bucket, how it stands to it)."""
    found: dict[int, tuple[Placed, str]] = {}
    for place in (*finding.places, *(place for part in finding.parts for place in part.places)):
        facts = place.origin.facts
        for bucket in objects.buckets_at(place):
            found.setdefault(id(bucket), (bucket, "beside"))
        for workload, _ in objects.readers(place):
            for bucket in objects.buckets_of(workload):
                reads = f"in {said(workload.identity)}, which reads {facts.get('kind')} {facts.get('name')} with"
                found.setdefault(id(bucket), (bucket, reads))
    return list(found.values())
