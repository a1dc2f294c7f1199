"""Password hashes and devices' passwords, as the tools and devices write them."""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path

import pytest
import tokens
from files import findings, rules, tool, write
from scanning import scanned

from secretscan.model import Severity

B64 = tokens.b64(64, 3).replace("+", ".").replace("/", ".")
HEX = tokens.hex(32, 3)


@pytest.mark.parametrize("option", ["-m", "-B", "-s", "-d"], ids=["apr1", "bcrypt", "sha1", "crypt"])
def test_htpasswd_in_every_scheme(tmp_path: Path, option: str) -> None:
    subprocess.run(
        [tool("htpasswd"), "-cb", option, str(tmp_path / ".htpasswd"), "bob", secrets.token_hex(4)], check=True, capture_output=True
    )
    (finding,) = scanned("dir", tmp_path).findings
    assert (finding.rule, finding.severity) == ("htpasswd-crypt" if option == "-d" else "htpasswd-hash", Severity.LOW)


@pytest.mark.parametrize("option", ["-1", "-5", "-6"])
def test_shadow_as_openssl_makes_hashes(tmp_path: Path, option: str) -> None:
    made = subprocess.run(
        [tool("openssl"), "passwd", option, secrets.token_hex(6)], capture_output=True, text=True, check=True
    ).stdout.strip()
    write(tmp_path, "etc/shadow", f"root:*:19000:0:99999:7:::\nbob:{made}:19000:0:99999:7:::\n")
    write(tmp_path, "etc/proftpd.passwd", f"bob:{made}:1001:1001::/srv/ftp:/bin/false\n")
    write(tmp_path, "cloud.yaml", f"#cloud-config\nusers:\n  - name: bob\n    passwd: {made}\n")
    found = {(rule, path) for rule, _, path in findings(tmp_path)}
    assert found == {("shadow-hash", "etc/shadow"), ("passwd-hash", "etc/proftpd.passwd"), ("installer-password-hash", "cloud.yaml")}


PASSWORD = tokens.password(11)

POSITIVE = [
    ("htdigest", f"bob:Private Area:{HEX}\n", "htdigest-hash"),
    ("etc/passwd", f"old:{B64[:13]}:101:20::/home/old:/bin/sh\n", "passwd-hash"),
    ("var/smbpasswd", f"bob:1001:{'X' * 32}:{HEX.upper()}:[U          ]:LCT-5F000000:\n", "smbpasswd-hash"),
    ("dump.txt", f"Administrator:500:{HEX}:{tokens.hex(32, 4)}:::\n", "nt-hash-dump"),
    ("people.ldif", f"dn: cn=bob\nuserPassword: {PASSWORD}\n", "ldif-password"),
    ("slapd.conf", f'rootdn "cn=Manager"\nrootpw {PASSWORD}\n', "ldif-password"),
    ("hashed.ldif", f"dn: cn=bob\nuserPassword: {{SSHA}}{tokens.b64(32, 5)}\n", "ldif-password-hash"),
    ("samba.ldif", f"uid: bob\nsambaNTPassword: {HEX.upper()}\n", "samba-nt-hash-attribute"),
    ("r1.cfg", f"username bob privilege 15 password 7 08{HEX[:20].upper()}\n", "cisco-type-7"),
    ("r2.cfg", f"enable password {PASSWORD}\n", "cisco-plain-password"),
    ("r3.cfg", f"enable secret 5 $1${B64[:4]}${B64[4:26]}\n", "cisco-secret-hash"),
    ("j.conf", f'    secret "$9${B64[:24]}"; ## SECRET-DATA\n', "juniper-secret"),
    ("user-data", f"chpasswd:\n  list: |\n    root:{PASSWORD}\n  expire: False\n", "cloud-init-password"),
    ("user-data.yaml", f"users:\n  - name: bob\n    plain_text_passwd: {PASSWORD}\n", "cloud-init-password"),
    ("ks.cfg", f"rootpw --plaintext {PASSWORD}\n", "installer-password"),
    ("preseed.cfg", f"d-i passwd/root-password password {PASSWORD}\n", "installer-password"),
    ("Groups.xml", f'<Properties action="U" userName="admin" cpassword="{tokens.b64(43, 6)}" />', "group-policy-password"),
    ("unattend.xml", f"<AutoLogon><Password><Value>{PASSWORD}</Value></Password></AutoLogon>", "windows-unattend-password"),
    ("home.rdp", f"username:s:bob\npassword 51:b:01000000D08C9DDF0115D1118C7A00C04FC297EB{HEX.upper() * 4}\n", "rdp-password"),
]

NEGATIVE = [
    ("etc/passwd", "root:x:0:0:root:/root:/bin/bash\ndaemon:*:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"),
    ("etc/shadow", "root:*:19000:0:99999:7:::\nbob:!:19000:0:99999:7:::\n"),
    (".htpasswd", "# users\nbob:\n"),
    ("htdigest", "bob:Private Area:\n"),
    ("var/smbpasswd", f"bob:1001:{'X' * 32}:{'X' * 32}:[DU         ]:LCT-5F000000:\n"),
    ("dump.txt", "Guest:501:aad3b435b51404ee" + "aad3b435b51404ee:31d6cfe0d16ae931" + "b73c59d7e0c089c0:::\n"),
    ("people.ldif", "dn: cn=bob\nuserPassword: \nuserPassword: <removed>\n"),
    ("r1.cfg", "username bob password 7 <removed>\nsnmp-server community public RO\nenable secret <removed>\n"),
    ("j.conf", "secret /* SECRET-DATA */; ## SECRET-DATA\n"),
    ("user-data", "chpasswd:\n  list: |\n    root:RANDOM\n  expire: False\n"),
    ("ks.cfg", "rootpw --lock\n"),
    ("preseed.cfg", "d-i passwd/root-password password ${PASS}\n"),
    ("Groups.xml", '<Properties action="U" userName="admin" cpassword="" />'),
    ("unattend.xml", "<Password><Value>*SENSITIVE*DATA*DELETED*</Value></Password>"),
    ("home.rdp", "full address:s:10.0.0.1\nprompt for credentials:i:1\n"),
]


@pytest.mark.parametrize(("path", "text", "rule"), POSITIVE, ids=[f"{case[2]}:{case[0]}" for case in POSITIVE])
def test_a_hash_or_password_is_told_by_its_format(tmp_path: Path, path: str, text: str, rule: str) -> None:
    write(tmp_path, path, text)
    assert rule in rules(tmp_path)


@pytest.mark.parametrize(("path", "text"), NEGATIVE, ids=[case[0] for case in NEGATIVE])
def test_locked_removed_and_empty_are_silent(tmp_path: Path, path: str, text: str) -> None:
    write(tmp_path, path, text)
    assert findings(tmp_path) == set()


def test_an_encoded_directory_password_is_shown_decoded(tmp_path: Path) -> None:
    import base64

    coded = base64.b64encode(PASSWORD.encode()).decode()
    write(tmp_path, "people.ldif", f"dn: cn=bob\nuserPassword:: {coded[:8]}\n {coded[8:]}\ncn: bob\n")
    assert findings(tmp_path) == {("ldif-password", PASSWORD.encode(), "people.ldif")}
