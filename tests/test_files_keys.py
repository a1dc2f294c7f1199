"""Keys and key stores as the tools that own the formats make them."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from pathlib import Path

import pytest
import tokens
from files import findings, rules, tool, write
from scanning import by_rule, scanned

from secretscan.model import Finding, Severity


def run(*command: str, cwd: Path | None = None, text: str = "") -> None:
    subprocess.run(command, cwd=cwd, input=text.encode(), check=True, capture_output=True)


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an RSA key and its certificate, made by openssl."""
    folder = tmp_path_factory.mktemp("pem")
    run(
        tool("openssl"),
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-subj",
        "/CN=x",
        cwd=folder,
    )
    return folder


def the_key(root: Path) -> Finding:
    (finding,) = by_rule(scanned("dir", root), "private-key")
    return finding


def decoded(finding: Finding) -> object:
    return finding.places[0].origin.facts["decoded"]


@pytest.mark.parametrize("options", [[], ["-legacy"], ["-keypbe", "NONE", "-certpbe", "NONE", "-nomac"]], ids=["modern", "legacy", "open"])
def test_a_pkcs12_file_holds_a_private_key(tmp_path: Path, pem: Path, options: list[str]) -> None:
    password = secrets.token_hex(8)
    run(
        "openssl",
        "pkcs12",
        "-export",
        "-in",
        str(pem / "cert.pem"),
        "-inkey",
        str(pem / "key.pem"),
        "-out",
        str(tmp_path / "store.p12"),
        "-passout",
        f"pass:{password}",
        *options,
    )
    finding = the_key(tmp_path)
    assert decoded(finding) == ["PKCS #12"]
    assert finding.severity is (Severity.HIGH if "NONE" in options else Severity.LOW)


def test_a_pkcs12_file_of_certificates_only_holds_none(tmp_path: Path, pem: Path) -> None:
    run(
        "openssl",
        "pkcs12",
        "-export",
        "-nokeys",
        "-in",
        str(pem / "cert.pem"),
        "-out",
        str(tmp_path / "trust.p12"),
        "-passout",
        "pass:" + secrets.token_hex(8),
    )
    assert findings(tmp_path) == set()


@pytest.mark.parametrize("kind", ["JKS", "JCEKS", "PKCS12"])
def test_java_key_stores_hold_private_keys(tmp_path: Path, kind: str) -> None:
    keytool, password = tool("keytool"), secrets.token_hex(8)
    run(
        keytool,
        "-genkeypair",
        "-keyalg",
        "RSA",
        "-alias",
        "a",
        "-dname",
        "CN=x",
        "-storetype",
        kind,
        "-storepass",
        password,
        "-keypass",
        password,
        "-keystore",
        str(tmp_path / "store"),
    )
    finding = the_key(tmp_path)
    assert decoded(finding) == [{"PKCS12": "PKCS #12"}.get(kind, kind)]
    assert finding.facts["encrypted"] is True


@pytest.mark.parametrize("kind", ["JKS", "JCEKS", "PKCS12"])
def test_java_trust_stores_hold_none(tmp_path: Path, pem: Path, kind: str) -> None:
    run(
        tool("keytool"),
        "-importcert",
        "-noprompt",
        "-alias",
        "a",
        "-file",
        str(pem / "cert.pem"),
        "-storetype",
        kind,
        "-storepass",
        secrets.token_hex(8),
        "-keystore",
        str(tmp_path / "trust"),
    )
    assert findings(tmp_path) == set()


def test_a_secret_key_in_a_jceks_store(tmp_path: Path) -> None:
    password = secrets.token_hex(8)
    run(
        tool("keytool"),
        "-genseckey",
        "-keyalg",
        "AES",
        "-keysize",
        "256",
        "-alias",
        "a",
        "-storetype",
        "JCEKS",
        "-storepass",
        password,
        "-keypass",
        password,
        "-keystore",
        str(tmp_path / "s.jceks"),
    )
    assert rules(tmp_path) == {"jceks-secret"}


@pytest.mark.parametrize("bits", ["1024", "2048", "3072", "4096"])
@pytest.mark.parametrize("form", ["pkcs1", "pkcs8"])
def test_rsa_keys_in_der(tmp_path: Path, bits: str, form: str) -> None:
    run(tool("openssl"), "genrsa", "-out", "k.pem", bits, cwd=tmp_path)
    command = ["rsa", "-traditional"] if form == "pkcs1" else ["pkcs8", "-topk8", "-nocrypt"]
    run("openssl", *command, "-in", "k.pem", "-outform", "DER", "-out", "k.der", cwd=tmp_path)
    # The PEM and the DER of one key differ only in the line breaks, so that they may be one finding at two places.
    places = {path for rule, _, path in findings(tmp_path) if rule == "private-key"}
    assert places == {"k.pem", "k.der"}


@pytest.mark.parametrize(
    "options",
    [
        ["ecparam", "-genkey", "-noout", "-name", "prime256v1", "-outform", "DER"],
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-outform", "DER"],
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-outform", "DER"],
        ["genpkey", "-algorithm", "ED25519", "-outform", "DER"],
    ],
    ids=["sec1", "p256", "p384", "ed25519"],
)
def test_elliptic_keys_in_der(tmp_path: Path, options: list[str]) -> None:
    run(tool("openssl"), *options, "-out", "k.der", cwd=tmp_path)
    assert decoded(the_key(tmp_path)) == ["DER"]


def test_an_encrypted_key_in_der_is_low_and_a_public_one_silent(tmp_path: Path, pem: Path) -> None:
    run(
        "openssl",
        "pkcs8",
        "-topk8",
        "-in",
        str(pem / "key.pem"),
        "-passout",
        "pass:" + secrets.token_hex(8),
        "-outform",
        "DER",
        "-out",
        "e.der",
        cwd=tmp_path,
    )
    run("openssl", "rsa", "-in", str(pem / "key.pem"), "-pubout", "-outform", "DER", "-out", "p.der", cwd=tmp_path)
    run("openssl", "x509", "-in", str(pem / "cert.pem"), "-outform", "DER", "-out", "c.der", cwd=tmp_path)
    finding = the_key(tmp_path)
    assert (finding.severity, finding.places[0].origin.path) == (Severity.LOW, b"e.der")


@pytest.mark.parametrize("cut", [30, 200, 1200])
def test_a_key_store_that_breaks_off_is_no_trouble(tmp_path: Path, cut: int) -> None:
    password = secrets.token_hex(8)
    run(
        tool("keytool"),
        "-genkeypair",
        "-keyalg",
        "RSA",
        "-alias",
        "a",
        "-dname",
        "CN=x",
        "-storetype",
        "JKS",
        "-storepass",
        password,
        "-keypass",
        password,
        "-keystore",
        str(tmp_path / "s"),
    )
    (tmp_path / "s").write_bytes((tmp_path / "s").read_bytes()[:cut])
    result = scanned("dir", tmp_path)
    assert not result.findings
    assert [reason.label for reason in result.coverage.skipped] == ["unparsed"]


@pytest.mark.parametrize("passphrase", ["", secrets.token_hex(8)], ids=["open", "sealed"])
def test_openssh_keys(tmp_path: Path, passphrase: str) -> None:
    run(tool("ssh-keygen"), "-q", "-t", "ed25519", "-N", passphrase, "-f", str(tmp_path / "id_ed25519"))
    assert the_key(tmp_path).severity is (Severity.LOW if passphrase else Severity.HIGH)


@pytest.mark.parametrize("version", ["2", "3"])
@pytest.mark.parametrize("sealed", [False, True], ids=["open", "sealed"])
def test_putty_keys(tmp_path: Path, version: str, sealed: bool) -> None:
    phrase = tmp_path / "phrase"
    phrase.write_text(secrets.token_hex(8) if sealed else "")
    run(
        tool("puttygen"),
        "-q",
        "-t",
        "rsa",
        "-b",
        "2048",
        "--ppk-param",
        f"version={version}",
        "--new-passphrase",
        str(phrase),
        "-o",
        str(tmp_path / "k.ppk"),
    )
    phrase.unlink()
    assert rules(tmp_path) == {"putty-private-key"}


@pytest.fixture
def gnupg(tmp_path: Path) -> Path:
    """A GnuPG home with one key without a passphrase."""
    home = Path("/tmp") / f"g{secrets.token_hex(4)}"
    home.mkdir(mode=0o700)
    run(
        tool("gpg"),
        "--homedir",
        str(home),
        "--batch",
        "--quiet",
        "--passphrase",
        "",
        "--quick-gen-key",
        "bob@corp.test",
        "ed25519",
        "sign",
        "never",
    )
    run("gpg", "--homedir", str(home), "--batch", "--quiet", "--output", str(tmp_path / "secret.gpg"), "--export-secret-keys")
    run("gpg", "--homedir", str(home), "--batch", "--quiet", "--output", str(tmp_path / "public.gpg"), "--export")
    run("gpg", "--homedir", str(home), "--batch", "--quiet", "--armor", "--output", str(tmp_path / "secret.asc"), "--export-secret-keys")
    for file in (home / "private-keys-v1.d").iterdir():
        shutil.copy(file, tmp_path / file.name)
    run("gpgconf", "--homedir", str(home), "--kill", "all")
    shutil.rmtree(home, ignore_errors=True)
    return tmp_path


def test_gnupg_keys_in_every_form(gnupg: Path) -> None:
    found = {(rule, path) for rule, _, path in findings(gnupg)}
    agent = next(path.name for path in gnupg.iterdir() if path.suffix == ".key")
    assert found == {("pgp-secret-key-file", "secret.gpg"), ("private-key", "secret.asc"), ("gnupg-private-key-file", agent)}


WHOLE = [
    ("config/master.key", tokens.hex(32, 1), "rails-master-key"),
    ("config/credentials/production.key", tokens.hex(32, 2) + "\n", "rails-master-key"),
    ("jenkins/secrets/master.key", tokens.hex(256, 3), "jenkins-master-key"),
    ("home/.erlang.cookie", tokens.b64(20, 4).upper().replace("/", "A").replace("+", "B"), "erlang-cookie"),
    ("ansible/.vault_pass", tokens.password(5) + "\n", "vault-password-file"),
    ("home/.vault-token", "s." + tokens.hex(24, 6), "vault-token-file"),
    ("vault.kdbx", bytes.fromhex("03d9a29a67fb4bb5") + tokens.b64(400, 7).encode(), "password-database"),
    ("etc/krb5.keytab", b"\x05\x02\0\0\0M" + tokens.b64(70, 8).encode(), "kerberos-keytab"),
    (".local/share/DBeaverData/workspace6/General/.dbeaver/credentials-config.json", secrets.token_bytes(160), "dbeaver-credentials"),
    ("home/.vnc/passwd", bytes.fromhex(tokens.hex(16, 11)), "vnc-password-file"),
    ("UltraVNC/ultravnc.ini", "[ultravnc]\npasswd=" + tokens.hex(18, 9).upper() + "\n", "vnc-password-setting"),
    ("home/.google_authenticator", "GEZDGNBVGY3TQOJQ" + 'MFRGGZDF\n" RATE_LIMIT 3 30\n" TOTP_AUTH\n', "google-authenticator-secret"),
]


@pytest.mark.parametrize(("path", "content", "rule"), WHOLE, ids=[case[0] for case in WHOLE])
def test_a_file_that_is_the_secret(tmp_path: Path, path: str, content: str | bytes, rule: str) -> None:
    write(tmp_path, path, content)
    write(tmp_path, "elsewhere.dat", content)
    assert [(found, place) for found, _, place in findings(tmp_path) if found == rule] == [(rule, path)]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("config/master.key", "0" * 32),
        ("config/master.key", ""),
        ("home/.erlang.cookie", "changeme12"),
        ("ansible/.vault_pass", "#!/bin/sh\npass show ansible\n"),
        ("home/.vault-token", "<token>"),
        ("vault.kdbx", ""),
        ("etc/krb5.keytab", b"\x05\x02"),
        ("dbeaver/credentials-config.json", "{}"),
        ("home/.vnc/passwd", b""),
        ("UltraVNC/ultravnc.ini", "[ultravnc]\npasswd=\n"),
        ("group_vars/all/vault.yml", "$ANSIBLE_VAULT;1.1;AES256\n" + "".join(tokens.hex(80, seed) + "\n" for seed in range(6))),
    ],
)
def test_what_is_empty_sealed_or_a_placeholder_is_silent(tmp_path: Path, path: str, content: str | bytes) -> None:
    write(tmp_path, path, content)
    assert findings(tmp_path) == set()
