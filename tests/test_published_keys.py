"""Keys that everybody has: known by their public part, in whatever form they are written."""

from __future__ import annotations

import importlib.resources
import subprocess
from pathlib import Path

import pytest
import tokens
from hypothesis import given
from hypothesis import strategies as st
from scanning import scanned

from secretscan.checksums import _published, load
from secretscan.checksums.pem_private_key import read
from secretscan.model import Confidence, Severity


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _fingerprint(path: Path) -> bytes:
    key = read(path.read_bytes())
    assert key is not None
    return _published.fingerprint(key.raw)


@pytest.mark.parametrize(("kind", "options"), [("RSA", ["rsa_keygen_bits:2048"]), ("EC", ["ec_paramgen_curve:P-256"])])
def test_a_key_is_the_same_in_every_form(tmp_path: Path, kind: str, options: list[str]) -> None:
    first, old, ours = (tmp_path / name for name in ("pkcs8.pem", "old.pem", "openssh.pem"))
    _run("openssl", "genpkey", "-algorithm", kind, *(word for option in options for word in ("-pkeyopt", option)), "-out", first)
    _run("openssl", kind.lower(), "-in", first, *(["-traditional"] if kind == "RSA" else []), "-out", old)
    ours.write_bytes(old.read_bytes())
    ours.chmod(0o600)
    _run("ssh-keygen", "-p", "-N", "", "-f", ours)
    assert b"BEGIN OPENSSH" in ours.read_bytes()
    assert len({_fingerprint(first), _fingerprint(old), _fingerprint(ours)}) == 1


def test_a_published_key_is_told_and_is_no_grave_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = tokens.private_key_pem(seed=77)
    key = read(text.encode())
    assert key is not None and not _published.is_published(key.raw)
    assert load("pem_private_key")(text.encode()).confidence is None
    monkeypatch.setattr(_published, "_known", lambda: frozenset({_published.fingerprint(key.raw)}))
    (tmp_path / "server.pem").write_text(text)
    (finding,) = scanned("dir", tmp_path).findings
    assert (finding.confidence, finding.severity, finding.facts["published"]) == (Confidence.LOW, Severity.LOW, True)


def test_the_table_is_sorted_and_holds_nothing_twice() -> None:
    table = importlib.resources.files("secretscan.checksums").joinpath("published_keys.bin").read_bytes()
    hashes = [table[at : at + _published.SIZE] for at in range(0, len(table), _published.SIZE)]
    assert len(hashes) > 100 and hashes == sorted(set(hashes)) and len(table) % _published.SIZE == 0


@given(st.binary(max_size=200), st.sampled_from([b"", b"openssh-key-v1\0", b"\x30\x82\x01\x00", b"\x30\x84\xff\xff\xff\xff", b"\x30\xff"]))
def test_any_bytes_have_a_public_part(data: bytes, head: bytes) -> None:
    assert isinstance(_published.public_part(head + data), bytes)
