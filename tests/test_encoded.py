from __future__ import annotations

import base64
import gzip
import textwrap
from pathlib import Path

import pytest
import tokens
from hypothesis import given
from hypothesis import strategies as st
from scanning import places, scanned

from secretscan.model import View
from secretscan.readers.encoded import views


def _env() -> bytes:
    id, secret = tokens.aws_pair()
    return f"# settings of the job\nexport AWS_ACCESS_KEY_ID={id}\nexport AWS_SECRET_ACCESS_KEY={secret}\n".encode()


@pytest.mark.parametrize("lead", [b"", b"x", b"xy"])
@pytest.mark.parametrize(
    "encode",
    [
        base64.b64encode,
        base64.urlsafe_b64encode,
        lambda data: base64.b64encode(data).rstrip(b"="),
        lambda data: data.hex().encode(),
        lambda data: data.hex().upper().encode(),
        lambda data: base64.b64encode(gzip.compress(data)),
    ],
    ids=["base64", "url-safe", "unpadded", "hex", "HEX", "gzip"],
)
def test_a_pair_is_found_in_each_encoding_at_each_alignment(tmp_path: Path, encode: object, lead: bytes) -> None:
    (tmp_path / "a.yaml").write_bytes(b"one: 1\nblob: " + encode(lead + _env()) + b"\ntwo: 2\n")  # type: ignore[operator]
    (finding,) = [finding for finding in scanned("dir", tmp_path).findings if finding.parts]
    assert finding.facts["account_id"] == "123456789012" and places(finding)[0][:2] == ("a.yaml", 2)
    assert finding.places[0].origin.facts["decoded"]


@pytest.mark.parametrize("width", [64, 76])
def test_a_wrapped_run_is_one_text_and_says_the_line(tmp_path: Path, width: int) -> None:
    body = textwrap.wrap(base64.b64encode(b"#" * 300 + b"\n" + _env()).decode(), width)
    (tmp_path / "a").write_text("x:\n  " + "\n  ".join(body) + "\n")
    (finding,) = [finding for finding in scanned("dir", tmp_path).findings if finding.parts]
    line = places(finding)[0][1]
    offset = (301 + _env().index(b"AKIA")) * 4 // 3
    assert line == offset // width + 2


def test_what_is_twice_encoded_is_found(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"v = '" + base64.b64encode(b"key: " + base64.b64encode(_env())) + b"'\n")
    findings = [finding for finding in scanned("dir", tmp_path).findings if finding.parts]
    assert [finding.places[0].origin.facts["decoded"] for finding in findings] == [["base64", "base64"]]


def test_words_that_only_look_encoded_give_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("QUtJQQ short\n" + "cGFzc3dvcmQ\n" + "70617373776f7264\n")
    assert not scanned("dir", tmp_path).findings


def test_a_gzip_bomb_inside_base64_is_cut_and_said() -> None:
    bomb = base64.b64encode(gzip.compress(b"\0" * (64 << 20)))
    found = list(views(b"x: " + bomb, None))
    assert sum(len(item.text) for item in found if isinstance(item, View)) <= 16 << 20
    assert any(not isinstance(item, View) for item in found)


@given(st.binary(min_size=30, max_size=400), st.integers(0, 3), st.sampled_from([0, 60, 64, 76]))
def test_a_view_holds_what_was_encoded_and_every_segment_leads_into_the_run(data: bytes, lead: int, width: int) -> None:
    secret = b"z" * lead + b"password=" + data
    encoded = base64.b64encode(secret)
    lines = [encoded[at : at + width] for at in range(0, len(encoded), width)] if width else [encoded]
    text = b"(" + b"\n".join(lines) + b")"
    found = [item for item in views(text, None) if isinstance(item, View)]
    assert any(b"password=" in view.text for view in found)
    for view in found:
        for segment in view.segments:
            assert 1 <= segment.source_start < segment.source_end <= len(text) - 1
            assert 0 <= segment.start < segment.end <= len(view.text)


@given(st.binary(max_size=300))
def test_no_text_breaks_it(data: bytes) -> None:
    list(views(data + b"cGFzc3dvcmQ" + data + b"H4sI" + data, None))
