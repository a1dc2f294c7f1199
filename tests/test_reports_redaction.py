"""No report gives a secret away, in no encoding, whatever stands around it."""

import base64
import json
import random
import string
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import tokens
from hypothesis import given, settings
from hypothesis import strategies as st
from report_samples import full, pair, report

from secretscan.model import Confidence, Context, Coverage, Finding, Origin, Part, Place, Reason, ScanResult, Secret, Severity, Skipped
from secretscan.redaction import printable, public
from secretscan.reports import Style, formats

CHUNK = 6
SPECIAL = (string.printable + "ßé鍵\x00\x9b\u202e").encode() + b"\xff\xfe\x80"
PLAIN = (string.ascii_letters + string.digits + "+/_-=").encode()


def chunks(secret: bytes, prefix: int) -> Iterator[bytes]:
    """Every run of 6 bytes that is not all public; a shorter secret whole."""
    first = max(len(public(secret, prefix)) - CHUNK + 1, 0)
    for at in range(first, max(len(secret) - CHUNK, 0) + 1):
        yield secret[at : at + CHUNK]


def spellings(chunk: bytes) -> set[str]:
    """How a chunk could show up."""
    texts = {chunk.decode("latin-1"), chunk.decode("utf-8", "surrogateescape"), chunk.decode("utf-8", "replace"), printable(chunk)}
    texts |= {text[::-1] for text in texts}
    texts |= {json.dumps(text)[1:-1] for text in texts} | {json.dumps(text, ensure_ascii=False)[1:-1] for text in texts}
    texts |= {chunk.hex(), chunk.hex().upper(), quote(chunk, safe=""), quote(chunk)}
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            core = encode(bytes(shift) + chunk).decode().rstrip("=")
            texts.add(core[(0, 2, 3)[shift] : len(core) - ((shift + len(chunk)) % 3 > 0)])
    return texts


def assert_hidden(scan: ScanResult, secrets: list[tuple[bytes, int]]) -> None:
    forbidden = {spelling for secret, prefix in secrets for chunk in chunks(secret, prefix) for spelling in spellings(chunk)}
    for name in formats():
        for style in (Style(), Style(color=True, verbose=True, width=10_000)):
            text = report(name, scan, style)
            assert [spelling for spelling in forbidden if spelling in text] == [], name


@st.composite
def scans(draw: st.DrawFn) -> tuple[ScanResult, list[tuple[bytes, int]]]:
    """Findings whose lines hold one another's secrets, and whose facts and paths do."""
    # The secrets come from a seed: what hypothesis would make them of when it shrinks (zeros) stands everywhere.
    rng = random.Random(draw(st.integers(0, 10**9)))
    secrets = []
    for _ in range(draw(st.integers(1, 4))):
        alphabet = draw(st.sampled_from([PLAIN, PLAIN, SPECIAL]))
        size = draw(st.one_of(st.integers(CHUNK, 20), st.integers(16, 60), st.just(400)))
        secrets.append((bytes(rng.choices(alphabet, k=size)), draw(st.integers(0, 30))))
    words = st.sampled_from([b" ", b"\t", b"key=", b'"', b"\\", b"\xff", b"\x1b[0m", "é".encode(), b"::", b" # "])

    def line(own: bytes) -> Context:
        text, spans, focus = b"", [], (0, 0)
        others = [secret for secret, _ in draw(st.lists(st.sampled_from(secrets), max_size=3))]
        for secret in draw(st.permutations([own, *others])):
            text += b"".join(draw(st.lists(words, max_size=3)))
            spans.append((len(text), len(text) + len(secret)))
            focus = spans[-1] if secret == own else focus
            text += secret
        text += b"".join(draw(st.lists(words, max_size=3)))
        merged: list[tuple[int, int]] = []
        for start, end in spans:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
            else:
                merged.append((start, end))
        return Context(Secret(text), tuple(merged), focus)

    def place(own: bytes) -> Place:
        path, facts = b"src/x", {}
        if draw(st.booleans()):
            told = draw(st.sampled_from(secrets))[0]
            path = b"dir/" + told + b"/x" if len(told) >= 16 else path
            facts = {"instruction": b"RUN a '" + told + b"' && b", "auth": base64.b64encode(b"me:" + told), "hex": told.hex().encode()}
        at = draw(st.integers(1, 999))
        text_facts = {key: value.decode("utf-8", "surrogateescape") for key, value in facts.items()}
        return Place(Origin("dir", b".", path, text_facts), at, 1, at, 1 + len(own), line(own))

    findings = []
    for secret, prefix in secrets:
        places = tuple(place(secret) for _ in range(draw(st.integers(1, 3))))
        halves = draw(st.lists(st.sampled_from(secrets), max_size=2))
        parts = tuple(Part("half", "half", Secret(other), (place(other),)) for other, _ in halves)
        name = "v1:" + "0" * 32
        findings.append(Finding("rule", "A thing", Severity.HIGH, Confidence.LOW, Secret(secret), name, places, parts, prefix=prefix))
    told = draw(st.sampled_from(secrets))[0].decode("utf-8", "surrogateescape")
    skip = Skipped(Origin("dir", b".", b"bad"), Reason.CORRUPT, f"near '{told}'")
    coverage = Coverage(2, 1, 3, False, {Reason.CORRUPT: 1}, {}, (skip,), (f"note: {told}.",))
    return ScanResult(tuple(findings), coverage), secrets


@given(scans())
@settings(deadline=None, max_examples=50)
def test_no_report_gives_a_secret_away(made: tuple[ScanResult, list[tuple[bytes, int]]]) -> None:
    assert_hidden(*made)


def test_no_report_gives_real_forms_of_secrets_away() -> None:
    secrets = [(bytes(finding.secret), finding.prefix) for finding in full().findings if finding.secret]
    secrets += [(bytes(part.secret), 4 if part.label == "access key id" else 0) for part in pair().parts]
    secrets.append((tokens.slack_bot(2).encode(), 0))
    assert_hidden(full(), secrets)


@pytest.mark.parametrize("name", [name for name in formats() if name != "mermaid"])  # which draws no secret, asked or not
def test_the_check_itself_sees_a_secret_that_is_shown(name: str) -> None:
    text = report(name, full(), Style(show_secrets=True, width=10_000))
    assert any(spelling in text for chunk in chunks(bytes(pair().secret), 4) for spelling in spellings(chunk))
