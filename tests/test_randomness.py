"""Names and random characters lie on two sides of one number."""

from __future__ import annotations

import random
import string

import pytest

from secretscan.checksums import _naming, _randomness, generic_token
from secretscan.checksums._naming import Kind

NAMES = [
    b"getUserAccountByName", b"SERVICE_ACCOUNT_TOKEN_NAME", b"application-settings-provider", b"InvalidAuthenticationTokenError",
    b"com.corp.service.TokenProvider", b"passwordResetConfirmation", b"kubernetes_cluster_endpoint", b"EncryptedClientHello",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_surprise_little(name: bytes) -> None:
    assert _randomness.surprise(name) < generic_token.RANDOM


@pytest.mark.parametrize("alphabet", [string.ascii_letters + string.digits, string.ascii_lowercase + string.digits, "0123456789abcdef"])
def test_random_characters_surprise_much(alphabet: str) -> None:
    rng = random.Random(alphabet)
    measured = sorted(_randomness.surprise("".join(rng.choices(alphabet, k=24)).encode()) for _ in range(500))
    assert measured[5] > generic_token.RANDOM


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (b"DB_PASSWORD", Kind.PASSWORD), (b"dbPass", Kind.PASSWORD), (b"api_key", Kind.TOKEN), (b"clientSecret", Kind.TOKEN),
        (b"key", Kind.WEAK),
        (b"public_key", Kind.NONE), (b"passwordField", Kind.NONE), (b"csrf_token", Kind.NONE), (b"secretName", Kind.NONE),
        (b"next_page_token", Kind.NONE),
        (b"passed", Kind.NONE), (b"monkey", Kind.NONE), (b"apps/passwd.c", Kind.NONE),
    ],
)  # fmt: skip
def test_a_name_says_what_its_value_is(name: bytes, kind: Kind) -> None:
    assert _naming.kind(name) is kind
