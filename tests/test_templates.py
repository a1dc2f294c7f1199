"""Templates expand to what a rule's example stands for, and to the same each time."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import unquote

import pytest

from secretscan.checksums import load
from secretscan.templates import expand


@pytest.mark.parametrize(
    ("template", "pattern"),
    [
        ("{base62:36}", r"[0-9A-Za-z]{36}"),
        ("{hex:32}", r"[0-9a-f]{32}"),
        ("{HEX:32}", r"[0-9A-F]{32}"),
        ("{digits:12}", r"[0-9]{12}"),
        ("{upper:8}", r"[A-Z]{8}"),
        ("{lower:8}", r"[a-z]{8}"),
        ("{alnum:20}", r"[a-z0-9]{20}"),
        ("{UPNUM:20}", r"[A-Z0-9]{20}"),
        ("{b64:43}=", r"[A-Za-z0-9+/]{43}="),
        ("{b64url:43}", r"[A-Za-z0-9_-]{43}"),
        ("{base32:16}", r"[A-Z2-7]{16}"),
        ("{BECH32:58}", r"[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
        ("{uuid}", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        ("{times:3|{hex:4},|}", r"(?:[0-9a-f]{4},){3}"),
        ("{{}} {{{digits:2}}}", r"\{\} \{[0-9]{2}\}"),
    ],
)
def test_a_placeholder_becomes_characters_of_its_alphabet(template: str, pattern: str) -> None:
    assert re.fullmatch(pattern, expand(template))


def test_the_same_template_and_seed_give_the_same_text() -> None:
    assert expand("{base62:40}", 1) == expand("{base62:40}", 1)
    assert expand("{base62:40}", 1) != expand("{base62:40}", 2)
    assert expand("{base62:40}x") != expand("{base62:40}") + "x"


def test_repeated_placeholders_differ() -> None:
    first, second = expand("{hex:32} {hex:32}").split()
    assert first != second


def test_encoders_encode_what_they_enclose() -> None:
    assert base64.b64decode(expand("{base64|user:pw|}")) == b"user:pw"
    claims = expand('{base64url|{{"a":{{"n":"{digits:3}"}}}}|}')
    assert re.fullmatch(r"[0-9]{3}", json.loads(base64.urlsafe_b64decode(claims + "=="))["a"]["n"])
    assert unquote(expand("{percent|a/b+c|}")) == "a/b+c"
    assert "%2F" in expand("{percent|a/b+c|}")
    assert json.loads('"' + expand('{json|line\n"quoted"|}') + '"') == 'line\n"quoted"'
    assert base64.b64decode(base64.b64decode(expand("{base64|{base64|deep|}|}"))) == b"deep"


def test_check_characters_complete_the_token_before_them() -> None:
    token = expand("token = ghp_{base62:30}{crc32}").removeprefix("token = ")
    assert load("github")(token.encode()).valid is True


def test_an_aws_id_holds_the_account_asked_for() -> None:
    for account in ("000000000001", "123456789012", "999999999999"):
        key = expand("AKIA{aws_id:" + account + "}")
        assert load("aws_access_key_id")(key.encode()).facts["account_id"] == account


@pytest.mark.parametrize("label", ["RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"])
def test_a_pem_block_has_the_structure_its_label_promises(label: str) -> None:
    verdict = load("pem_private_key")(expand("{pem:" + label + "}").encode())
    assert verdict.valid is True
    assert not verdict.drop
    assert verdict.facts.get("encrypted", False) is label.startswith("ENCRYPTED")


@pytest.mark.parametrize("wrong", ["{base62:4", "a } b", "{nosuch:3}", "{nosuch|x|}", "{base64|x", "{ base62:4}"])
def test_a_wrong_template_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"brace|placeholder|encoder"):
        expand(wrong)
