"""What tokens say of themselves offline: vendors' published vectors first, then made-up tokens of the same form."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
import tokens

import secretscan.checksums
from secretscan.checksums import Around, Verdict, completer, load, load_within
from secretscan.model import Confidence, Severity
from secretscan.templates import expand

MODULES = sorted(path.stem for path in Path(secretscan.checksums.__path__[0]).glob("[a-z]*.py"))


def check(name: str, secret: str) -> Verdict:
    return load(name)(secret.encode())


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize(
    "hostile",
    [b"", b"\0", b"\xff" * 40, b"-" * 5000, b"=" * 99, b"." * 999, b"{" * 2000, b'"' + b" " * 8000 + b"x", b"a:" * 4000, b"A" * 8191],
    ids=["empty", "nul", "high", "dashes", "padding", "dots", "braces", "spaces", "colons", "same"],
)
def test_no_check_fails_or_hangs_on_what_a_stranger_wrote(name: str, hostile: bytes) -> None:
    started = time.process_time()
    assert isinstance(load(name)(hostile), Verdict)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("name", ["nosuch", "_wording", "os.path", "", "../model", "Verdict"])
def test_an_unknown_scheme_is_a_lookup_error(name: str) -> None:
    with pytest.raises(LookupError):
        load(name)
    with pytest.raises(LookupError):
        completer(name)


def test_a_scheme_without_check_characters_has_no_completer() -> None:
    with pytest.raises(LookupError):
        completer("jwt")


@pytest.mark.parametrize(
    ("prefix", "body", "account"),
    [
        ("ASIA", "Y34FZKBOKMUTVV7A", "609629065308"),
        ("ASIA", "QNZGKIQY56JQ7WML", "029608264753"),
        ("AKIA", "SP2TPHJSQH3FJRUX", "171436882533"),
        ("AKIA", "RZPUZDIKGB2VALC4", "123456789012"),
    ],
)
def test_the_account_of_published_key_ids_is_decoded(prefix: str, body: str, account: str) -> None:
    verdict = check("aws_access_key_id", prefix + body)
    assert verdict.valid is True
    assert verdict.facts["account_id"] == account
    assert account in verdict.note


@pytest.mark.parametrize("account", ["000000000007", "000000012345", "123456789012", "999999999999"])
def test_made_up_ids_decode_to_their_account(account: str) -> None:
    for seed in range(50):
        assert check("aws_access_key_id", tokens.aws_key_id(account, seed)).facts["account_id"] == account


def test_a_canary_account_is_named() -> None:
    verdict = check("aws_access_key_id", tokens.aws_key_id("171436882533"))
    assert verdict.facts["canary"] == "Thinkst"
    assert "canary" in verdict.note
    assert "canary" in check("aws_access_key_id", tokens.aws_key_id("044858866125")).facts
    assert "canary" not in check("aws_access_key_id", tokens.aws_key_id()).facts


def test_an_id_of_the_old_scheme_is_valid_without_an_account() -> None:
    verdict = check("aws_access_key_id", "AKIAJ" + tokens.aws_key_id()[5:])
    assert verdict.valid is True
    assert "account_id" not in verdict.facts
    assert verdict.confidence is None


@pytest.mark.parametrize("fifth", ["A", "H", "K", "P", "0", "1", "8", "9"])
def test_an_id_of_impossible_form_is_kept_at_low_confidence(fifth: str) -> None:
    verdict = check("aws_access_key_id", "AKIA" + fifth + tokens.aws_key_id()[5:])
    assert verdict.valid is False
    assert verdict.confidence is Confidence.LOW
    assert not verdict.drop


def test_documentation_keys_are_silent() -> None:
    for prefix in ("AKIA", "ASIA"):
        assert check("aws_access_key_id", prefix + "IOSFODNN7" + "EXAMPLE").drop
    assert check("aws_access_key_id", "AKIA" + "I44QH8DHB" + "EXAMPLE").drop
    assert check("aws_access_key_id", "AKIA" + "X" * 16).drop
    assert check("aws_secret_access_key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY").drop


def test_secret_access_keys_are_told_from_hashes_and_paths() -> None:
    for seed in range(300):
        assert not check("aws_secret_access_key", tokens.aws_secret(seed)).drop
    assert check("aws_secret_access_key", tokens.hex(40)).drop
    assert check("aws_secret_access_key", tokens.hex(40).upper()).drop
    assert check("aws_secret_access_key", "com/amazonaws/services/secretsmanager/mo").drop
    assert check("aws_secret_access_key", tokens.aws_secret()[:39]).drop


def test_a_percent_encoded_secret_is_read_decoded() -> None:
    encoded = tokens.aws_secret().replace("/", "%2F").replace("+", "%2B")
    assert len(encoded) > 40
    assert not check("aws_secret_access_key", encoded).drop


def test_a_session_token_says_where_it_is_from() -> None:
    assert check("aws_session_token", tokens.aws_session_token()).valid is True
    assert check("aws_session_token", tokens.b64(400)).valid is None
    assert check("aws_session_token", "IQoJb3JpZ2luX2Vj" + "EXAMPLE" * 20).drop


def test_bedrock_keys_decode_to_account_and_end() -> None:
    assert check("aws_bedrock", tokens.aws_bedrock_long(account="000000012345")).facts["account_id"] == "000000012345"
    old = check("aws_bedrock", tokens.aws_bedrock_short(date="20240101T000000Z", expires=3600))
    assert old.facts["expires"] == "2024-01-01T01:00:00Z"
    assert old.facts["expired"] is True
    assert old.severity is Severity.LOW
    live = check("aws_bedrock", tokens.aws_bedrock_short(date="20990101T000000Z"))
    assert live.severity is Severity.HIGH
    assert live.facts["account_id"] == "123456789012"


@pytest.mark.parametrize("ampersand", ["&", "&amp;", "\\u0026"])
def test_a_presigned_address_names_its_end_however_it_is_escaped(ampersand: str) -> None:
    key = tokens.aws_key_id()
    query = ampersand.join(
        [f"X-Amz-Credential={key}%2F20990101%2Fus-east-1%2Fs3%2Faws4_request", "X-Amz-Date=20990101T000000Z", "X-Amz-Expires=86400"]
    )
    verdict = check("aws_presigned", query + ampersand + "X-Amz-Signature=" + tokens.hex(64))
    assert verdict.facts == {"account_id": "123456789012", "expires": "2099-01-02T00:00:00Z"}
    assert verdict.severity is Severity.MEDIUM


def test_a_version_2_address_ends_at_the_second_it_names() -> None:
    verdict = check("aws_presigned", f"AWSAccessKeyId={tokens.aws_key_id()}&Expires=1141889120&Signature=x")
    assert verdict.facts["expires"] == "2006-03-09T07:25:20Z"
    assert verdict.severity is Severity.LOW


def test_github_check_sums_hold_and_break() -> None:
    # A token that its maker published as an example of the algorithm.
    assert check("crc32", "ghp_" + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq17").valid is True
    for seed in range(100):
        token = tokens.github_pat(seed)
        assert check("github", token).valid is True
        broken = token[:-1] + ("0" if token[-1] != "0" else "1")
        assert check("github", broken).valid is False
        assert check("github", broken).confidence is Confidence.LOW
    assert check("github", tokens.github_pat(prefix="ghs_")).facts["kind"] == "installation access token of a GitHub App"
    assert check("crc32", tokens.npm_token()).valid is True


def test_a_longer_installation_token_is_not_judged_by_the_old_check_sum() -> None:
    assert check("github", "ghs_" + tokens.b64(80).replace("+", "a").replace("/", "b")).valid is None


def test_a_jwt_tells_algorithm_issuer_and_end() -> None:
    verdict = check("jwt", tokens.jwt(exp=4102444800))
    assert verdict.facts == {"alg": "HS256", "iss": "https://issuer.test", "expires": "2100-01-01T00:00:00Z"}
    assert verdict.severity is Severity.MEDIUM
    past = check("jwt", tokens.jwt(exp=1000000000))
    assert past.severity is Severity.LOW
    assert "expired" in past.note
    assert "no end" in check("jwt", tokens.jwt(exp=None)).note


def test_no_judgement_looks_at_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends after these rules were made is told by its date: tomorrow's report says the same."""
    after = int(datetime(2025, 11, 2, tzinfo=UTC).timestamp())
    told = []
    for now in (0.0, after + 10.0**9):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        told.append([check("jwt", tokens.jwt(exp=exp)) for exp in (1000000000, after, 4102444800)])
    assert told[0] == told[1]
    assert [verdict.facts.get("expired") for verdict in told[0]] == [True, None, None]
    assert told[0][1].note == "JWT, ends on 2025-11-02T00:00:00Z"


def _jwt(header: object, claims: object, signature: str = "c2lnbmF0dXJl") -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims))
    return ".".join([*parts, signature])


def test_what_only_looks_like_a_jwt_is_silent() -> None:
    assert check("jwt", _jwt({"no": "algorithm"}, {"iss": "x"})).drop
    assert check("jwt", _jwt({"alg": "HS256"}, [1, 2])).drop
    assert check("jwt", "eyJhbGciOi.eyJpc3Mi.x").drop
    assert check("jwt", _jwt({"alg": "HS256"}, {"sub": "1234567890", "name": "John Doe"})).drop


def test_a_jwt_with_an_absurd_end_is_still_told() -> None:
    for end in (1e300, -1e300, True, "soon", None):
        verdict = check("jwt", _jwt({"alg": "HS256"}, {"iss": "a", "exp": end}))
        assert not verdict.drop


def test_roles_decide_how_bad_a_jwt_is() -> None:
    assert check("jwt", _jwt({"alg": "HS256"}, {"role": "anon"})).severity is Severity.INFO
    assert check("jwt", _jwt({"alg": "HS256"}, {"role": "service_role"})).severity is Severity.HIGH
    assert check("jwt", _jwt({"alg": "RS256"}, {"iss": "kubernetes/serviceaccount"})).severity is Severity.HIGH
    assert check("jwt", _jwt({"alg": "none"}, {"iss": "a"})).severity is Severity.LOW


FORMS = {
    "plain": lambda pem: pem,
    "crlf": lambda pem: pem.replace("\n", "\r\n"),
    "escaped": lambda pem: pem.replace("\n", "\\n"),
    "twice escaped": lambda pem: json.dumps(json.dumps(pem)),
    "indented": lambda pem: "\n".join("    " + line for line in pem.split("\n")),
    "one line": lambda pem: " ".join(pem.split("\n")),
    "joined strings": lambda pem: '"' + '\\n" +\n    "'.join(pem.split("\n")) + '"',
    "commented": lambda pem: "\n".join("# " + line for line in pem.split("\n")),
    "commented with slashes": lambda pem: "\n".join("// " + line for line in pem.split("\n")),
    "with slashes of its own": lambda pem: "\n".join("//" + line[2:] if at == 3 else line for at, line in enumerate(pem.split("\n"))),
    "base64": lambda pem: base64.b64encode(pem.encode()).decode(),
    "without its end": lambda pem: pem[: pem.index("-----END")],
}


@pytest.mark.parametrize("kind", ["rsa", "ec", "pkcs8", "openssh"])
@pytest.mark.parametrize("form", FORMS)
def test_a_whole_private_key_is_known_in_every_form(kind: str, form: str) -> None:
    verdict = check("pem_private_key", FORMS[form](tokens.private_key_pem(kind=kind)))
    assert verdict.valid is True
    assert "encrypted" not in verdict.facts


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the keys")
@pytest.mark.parametrize(
    ("made", "encrypted"),
    [
        (["genrsa", "1024"], False),
        (["genrsa", "-traditional", "1024"], False),
        (["genrsa", "-aes128", "-passout", "pass:x1y2z3", "1024"], True),
        (["genrsa", "-traditional", "-aes128", "-passout", "pass:x1y2z3", "1024"], True),
        (["ecparam", "-name", "secp384r1", "-genkey", "-noout"], False),
        (["genpkey", "-algorithm", "ed25519"], False),
    ],
)
def test_keys_that_openssl_makes_are_understood(made: list[str], encrypted: bool) -> None:
    pem = subprocess.run(["openssl", *made], check=True, capture_output=True, text=True).stdout
    verdict = check("pem_private_key", pem)
    assert verdict.valid is True
    assert verdict.facts.get("encrypted", False) is encrypted
    assert verdict.severity is (Severity.LOW if encrypted else None)


def test_shortened_and_empty_blocks_are_silent() -> None:
    pem = tokens.private_key_pem()
    begin, end = pem.split("\n")[0], pem.rstrip().split("\n")[-1]
    assert check("pem_private_key", f"{begin}\n...\n{end}").drop
    assert check("pem_private_key", f"{begin}\n{end}").drop
    assert check("pem_private_key", f"{begin}\n{'A' * 64}\n{end}").drop
    assert check("pem_private_key", pem[:200] + "\n" + end).drop


def test_a_block_of_noise_is_kept_at_low_confidence() -> None:
    pem = tokens.private_key_pem()
    begin, end = pem.split("\n")[0], pem.rstrip().split("\n")[-1]
    verdict = check("pem_private_key", f"{begin}\nzz{tokens.b64(600)}\n{end}")
    assert verdict.valid is False
    assert verdict.confidence is Confidence.LOW
    assert not verdict.drop


@pytest.mark.parametrize(
    "placeholder",
    [
        "password",
        "PASSWORD",
        "pass",
        "${DB_PASSWORD}",
        "$DB_PASSWORD",
        "{{ password }}",
        "<password>",
        "%s",
        "changeme",
        "xxxxxxxx",
        "8080",
        "root",
    ],
)
def test_what_stands_for_a_password_in_a_url_is_silent(placeholder: str) -> None:
    assert check("url_credentials", placeholder).drop


def test_passwords_in_urls_are_kept() -> None:
    for seed in range(100):
        assert not check("url_credentials", tokens.password(seed)).drop
    assert check("url_credentials", "wintermute").confidence is Confidence.LOW


def test_basic_credentials_are_judged_by_the_password_in_them() -> None:
    def encode(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    assert check("basic_auth", encode("deploy:" + tokens.password())).valid is True
    assert check("basic_auth", encode("user:password")).drop
    assert check("basic_auth", encode("no colon in here")).drop
    assert check("basic_auth", "not!base64").drop
    assert not check("basic_auth", encode(tokens.stripe_live() + ":")).drop


def test_random_tokens_pass_where_names_and_references_do_not() -> None:
    kept = sum(not check("generic_token", tokens.github_pat(seed)[4:36]).drop for seed in range(300))
    assert kept >= 297
    for seed in range(100):
        assert not check("generic_token", tokens.hex(32, seed)).drop
    for name in (
        *(
            "getUserTokenFromRequest",
            "request.headers.authorization",
            "my-application-secret",
            "SOME_CONSTANT_NAME",
            "path/to/the/file.json",
        ),
        *(
            "${API_KEY_FROM_ENV}",
            "your-api-key-goes-here",
            "00000000000000000000",
            "process.env.API_TOKEN",
            "kubernetes.io/service-account",
        ),
        base64.b64encode(b"not my real password").decode(),
    ):
        assert check("generic_token", name).drop, name


def test_passwords_people_make_up_pass_where_code_does_not() -> None:
    for seed in range(200):
        assert not check("generic_password", tokens.password(seed)).drop
        assert not check("strong_password", tokens.password(seed)).drop
    for code in (
        "getPassword()",
        "self.password",
        "config['db']",
        "string",
        "DB_PASSWORD",
        "user.name",
        "changeme",
        "********",
        "enter your password",
    ):
        assert check("generic_password", code).drop, code


def test_azure_account_keys_are_64_bytes_and_the_emulators_is_public() -> None:
    assert check("azure_storage", tokens.azure_storage_key()).valid is True
    assert check("azure_storage", tokens.b64(84)).valid is False
    assert check("azure_storage", "Eby8vdM02xNO" + tokens.azure_storage_key()[12:]).drop


def test_a_shared_access_signature_names_its_end() -> None:
    verdict = check("azure_sas", "sv=2022-11-02&sp=rl&se=2099-01-01T00%3A00%3A00Z&sig=x")
    assert verdict.facts == {"permissions": "rl", "expires": "2099-01-01T00:00:00Z"}
    assert check("azure_sas", "sp=r&amp;se=2020-01-01&amp;sig=x").severity is Severity.LOW


def test_a_pypi_token_names_its_index() -> None:
    assert check("pypi", tokens.pypi_token()).facts == {"index": "pypi.org"}
    assert check("pypi", "pypi-" + tokens.b64(100)).valid is False


def test_verdicts_never_hold_the_secret() -> None:
    for name, secret in (
        ("jwt", tokens.jwt()),
        ("github", tokens.github_pat()),
        ("aws_bedrock", tokens.aws_bedrock_long()),
        ("pypi", tokens.pypi_token()),
    ):
        verdict = check(name, secret)
        assert secret not in repr(verdict)
        assert secret[10:30] not in repr(verdict)


def test_routable_gitlab_tokens_hold_their_sum_and_name_their_owners() -> None:
    template = "glpat-{base64url|{base62:16}o:1\nu:2s\x08|}.01."
    for seed in range(20):
        token = expand(template + "0y{gitlab}", seed).encode()
        verdict = load("gitlab")(token)
        assert verdict.valid is True
        assert verdict.facts == {"organization": 1, "user": 100}
        broken = token[:-1] + (b"0" if token[-1:] != b"0" else b"1")
        assert load("gitlab")(broken).valid is False


def test_an_instances_own_prefix_counts_in_a_gitlab_sum() -> None:
    token = expand("acme-glpat-{base64url|{base62:16}o:1\nu:2s\x08|}.01.0y")
    whole = token.encode() + completer("gitlab")(token.encode())
    text = b"TOKEN=" + whole
    start = text.index(b"glpat-")
    assert load("gitlab")(text[start:]).valid is False
    assert load_within("gitlab")(text[start:], Around(text, start, start, len(text))).valid is True


def test_a_gitlab_token_of_the_old_form_has_nothing_to_check() -> None:
    assert check("gitlab", tokens.gitlab_pat()).valid is None


def test_uuids_tell_their_version_and_made_up_ones_are_silent() -> None:
    assert check("uuid", str(uuid.uuid4())).facts == {"version": 4}
    assert check("uuid", str(uuid.uuid1())).facts == {"version": 1}
    assert check("uuid", "00000000-0000-0000-0000-000000000000").drop
    assert check("uuid", "12345678-1234-1234-1234-1234567890ab").drop
    odd = check("uuid", "3f2c91d4-5b7e-9e1a-c0d8-6a4b2e9f7c13")
    assert odd.valid is False
    assert odd.confidence is Confidence.LOW


def test_a_providers_token_is_random_and_no_hash_or_id() -> None:
    for seed in range(100):
        assert not check("provider_token", tokens.hex(32, seed)).drop
        assert not check("provider_token", tokens.github_pat(seed)[4:28]).drop
    for name in (
        "getUserAccountByName01",
        "AuthenticationProvider",
        "deadbeef" * 4,
        "0123456789abcdef" * 2,
        "ababababababababababababababab12",
    ):
        assert check("provider_token", name).drop, name
    secret = tokens.hex(40).encode()
    for lead, kept in (
        (b"acme_key = ", True),
        (b"acme: sha1=", False),
        (b'"acme", "commit": "', False),
        (b"ACME_CLIENT_ID=", False),
        (b"acmeId: ", False),
    ):
        text = lead + secret
        verdict = load_within("provider_token")(secret, Around(text, 0, len(lead), len(text)))
        assert verdict.drop is not kept, lead
