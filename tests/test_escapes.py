from __future__ import annotations

import html
import json
import time
import urllib.parse
from pathlib import Path

import pytest
import tokens
from hypothesis import given
from hypothesis import strategies as st
from scanning import places, scanned

from secretscan.model import View
from secretscan.readers.escapes import views

ID, SECRET = tokens.aws_pair()
TOKEN = tokens.github_pat()
PASSWORD = tokens.password(3)


def _escaped(text: str, form: str, signs: str) -> str:
    return "".join(form % ord(sign) if sign in signs else sign for sign in text)


@pytest.mark.parametrize(
    "text",
    [
        f"https://x.example/go?aws_access_key_id={ID}&aws_secret_access_key={urllib.parse.quote(SECRET, safe='')}&r=1",
        json.dumps({"aws_access_key_id": ID, "aws_secret_access_key": SECRET}).replace("/", "\\u002f").replace("+", "\\u002b"),
        f"aws_access_key_id={ID}&#10;aws_secret_access_key={SECRET.replace('/', '&#x2F;').replace('+', '&#43;')}",
        f"aws_access_key_id%3D{ID}%0Aaws_secret_access_key%3D{urllib.parse.quote(urllib.parse.quote(SECRET, safe=''), safe='')}",
        f"k = 'aws_access_key_id={ID}\\naws_secret_access_key={_escaped(SECRET, chr(92) + 'x%02x', '/')}'".replace("+", "%2B"),
    ],
    ids=["percent", "u", "references", "twice", "mixed"],
)
def test_a_pair_whose_secret_holds_escapes_is_one_finding_with_the_secret_itself(tmp_path: Path, text: str) -> None:
    (tmp_path / "a").write_text("first\nsecond " + text + "\n")
    (finding,) = scanned("dir", tmp_path).findings
    assert [bytes(part.secret).decode() for part in finding.parts] == [ID, SECRET]
    assert places(finding) == [("a", 2, 8 + text.index(ID))]
    assert [place.column for place in finding.parts[1].places] == [8 + text.index(SECRET[:13])]
    assert finding.parts[1].places[0].origin.facts["decoded"]


@pytest.mark.parametrize("signs", ["_", TOKEN], ids=["one", "all"])
@pytest.mark.parametrize("form", ["\\x%02x", "\\x%02X", "\\u%04x"])
def test_a_token_in_escapes_is_found(tmp_path: Path, form: str, signs: str) -> None:
    (tmp_path / "a.js").write_text("\nlet t = '" + _escaped(TOKEN, form, signs) + "';\n")
    (finding,) = scanned("dir", tmp_path).findings
    assert (bytes(finding.secret).decode(), places(finding)) == (TOKEN, [("a.js", 2, 10)])


@pytest.mark.parametrize(
    "text",
    [
        f'<input data-config="{html.escape(json.dumps({"password": PASSWORD}))}">',
        f'<a title="password=&quot;{PASSWORD}&quot;">',
        json.dumps({"body": json.dumps({"password": PASSWORD})}),
        json.dumps({"outer": json.dumps({"body": json.dumps({"password": PASSWORD})})}),
        f"password\\x3d\\x22{PASSWORD}\\x22",
        f"x=password%3D%22{PASSWORD}%22",
    ],
    ids=["attribute", "title", "string", "string in string", "x", "percent"],
)
def test_a_password_whose_key_and_quotes_are_escapes_is_one_finding(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text + "\n")
    (finding,) = scanned("dir", tmp_path).findings
    assert (bytes(finding.secret).decode(), places(finding)) == (PASSWORD, [("a.txt", 1, 1 + text.index(PASSWORD))])


def test_a_secret_that_stands_raw_beside_escapes_is_told_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(f"a%2Fb {TOKEN} c%2Fd\n")
    (finding,) = scanned("dir", tmp_path).findings
    assert places(finding) == [("a", 1, 7)] and "decoded" not in finding.places[0].origin.facts


def test_an_allowed_secret_beside_escapes_is_allowed_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(f"a%2Fb {TOKEN} # gitleaks:allow\n")
    assert not scanned("dir", tmp_path).findings


def test_a_secret_in_a_text_longer_than_a_piece_is_found_once(tmp_path: Path) -> None:
    filler = b"nothing to see here\n" * 50_000
    (tmp_path / "a").write_bytes(b"".join([filler * 5, b"'", TOKEN.replace("_", "\\x5f").encode(), b"'\n", filler * 4]))
    result = scanned("dir", tmp_path)
    (finding,) = result.findings
    assert places(finding) == [("a", 250_001, 2)]


@pytest.mark.parametrize("unit", [b"%2F", b"\\u0041", b"\\u002f", b"=&quot;", b"%2F" + b" " * 1000, b"\\u002f x"])
def test_two_megabytes_of_escapes_take_seconds_and_little_memory(unit: bytes) -> None:
    text = unit * ((2 << 20) // len(unit))
    began = time.process_time()
    found = [item for item in views(text, None) if isinstance(item, View)]
    assert time.process_time() - began < 3
    assert sum(len(view.text) for view in found) <= len(text) + len(found)
    assert sum(len(view.segments) for view in found) <= 500_000


@given(
    st.lists(st.sampled_from(["a", "=", " ", "\n", "%2F", "%252F", "\\u002f", "\\x5f", "&quot;", "&#x110000;", "\\ud800", "\\", "%", "&"]))
)
def test_every_segment_leads_back_to_what_it_shows(parts: list[str]) -> None:
    text = "".join(parts).encode() * 3
    last = 0
    for view in views(text, None):
        assert isinstance(view, View)
        for segment in view.segments:
            assert last <= segment.source_start < segment.source_end <= len(text)
            last = segment.source_end
            if segment.exact:
                assert view.text[segment.start : segment.end] == text[segment.source_start : segment.source_end]
