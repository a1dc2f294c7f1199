"""Files in which client programs keep passwords: found with the format named, placeholders and references passed over."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
import tokens
from files import findings, tool, write

PASSWORD = tokens.password(7)
TOKEN = tokens.hex(40, 7)
KEY = tokens.b64(40, 7)

POSITIVE = [
    (
        "home/.kube/config",
        f"apiVersion: v1\nkind: Config\nusers:\n- name: b\n  user:\n    token: {TOKEN}\n",
        "kubeconfig-credential",
        TOKEN,
    ),
    ("home/.pgpass", f"# note\ndb.corp.net:5432:prod:app:{PASSWORD}\n", "pgpass-password", PASSWORD),
    ("AppData/postgresql/pgpass.conf", f"*:*:*:app:{PASSWORD}\r\n", "pgpass-password", PASSWORD),
    ("home/.my.cnf", f"[client]\nuser=app\npassword={PASSWORD}\n", "mysql-option-file-password", PASSWORD),
    ("home/.pypirc", f"[distutils]\nindex-servers = corp\n[corp]\nusername: bob\npassword: {PASSWORD}\n", "pypirc-password", PASSWORD),
    ("home/.s3cfg", f"[default]\naccess_key = minio-user\nsecret_key = {KEY}\n", "s3cfg-secret", KEY),
    ("home/.boto", f"[Credentials]\ngs_oauth2_refresh_token = {KEY}{KEY}\n", "boto-gs-secret", KEY + KEY),
    ("etc/passwd-s3fs", f"bucket:minioaccess:{KEY}\n", "passwd-s3fs", KEY),
    ("home/.esmtprc", f'hostname = smtp.corp.net:587\nusername = "bot"\npassword = "{PASSWORD}"\n', "mail-client-password", PASSWORD),
    ("home/.msmtprc", f"account corp\nhost smtp.corp.net\nuser bot\npassword {PASSWORD}\n", "mail-client-password", PASSWORD),
    ("home/.muttrc", f'set imap_user = "bob"\nset imap_pass = "{PASSWORD}"\n', "mail-client-password", PASSWORD),
    (
        "home/.fetchmailrc",
        f"poll mail.corp.net proto pop3\n  user 'bob' there with password '{PASSWORD}' is 'bob' here\n",
        "mail-client-password",
        PASSWORD,
    ),
    ("etc/postfix/sasl_passwd", f"[smtp.corp.net]:587 bot@corp.net:{PASSWORD}\n", "postfix-sasl-password", PASSWORD),
    ("home/.config/hub", f"github.com:\n- user: bob\n  oauth_token: {TOKEN}\n  protocol: https\n", "code-host-cli-token", TOKEN),
    ("home/.config/gh/hosts.yml", f"git.corp.net:\n    oauth_token: {TOKEN}\n    user: bob\n", "code-host-cli-token", TOKEN),
    ("home/.tugboat", f"---\nauthentication:\n  access_token: {tokens.hex(64, 7)}\nssh:\n", "cloud-cli-token", tokens.hex(64, 7)),
    ("home/.config/doctl/config.yaml", f"access-token: {tokens.hex(64, 7)}\ncontext: default\n", "cloud-cli-token", tokens.hex(64, 7)),
    (
        "home/.aws/sso/cache/aa.json",
        f'{{"startUrl": "https://x.awsapps.com/start", "accessToken": "aoaAAAA{KEY}{TOKEN}"}}',
        "cli-token-cache",
        f"aoaAAAA{KEY}{TOKEN}",
    ),
    (
        "home/.azure/accessTokens.json",
        f'[{{"tokenType": "Bearer", "refreshToken": "0.AX{KEY}{TOKEN}"}}]',
        "cli-token-cache",
        f"0.AX{KEY}{TOKEN}",
    ),
    (
        "home/.subversion/auth/svn.simple/" + "a" * 32,
        f"K 8\npasstype\nV 6\nsimple\nK 8\npassword\nV {len(PASSWORD)}\n{PASSWORD}\nK 8\nusername\n",
        "svn-stored-password",
        PASSWORD,
    ),
    ("home/.cvspass", f"/1 :pserver:bob@cvs.corp.net:2401/cvsroot A{TOKEN[:12]}\n", "cvspass-password", "A" + TOKEN[:12]),
    ("home/.wgetrc", f"http_user = bob\nhttp_password = {PASSWORD}\n", "download-client-password", PASSWORD),
    ("etc/rsyncd.secrets", f"backup:{PASSWORD}\n", "rsync-secrets", PASSWORD),
    ("etc/ppp/chap-secrets", f"bob pptpd {PASSWORD} *\n", "ppp-secret", PASSWORD),
    ("etc/ipsec.secrets", f'203.0.113.7 %any : PSK "{TOKEN}"\n', "ipsec-secret", TOKEN),
    ("vpn/office.ovpn", f"client\n<auth-user-pass>\nbob\n{PASSWORD}\n</auth-user-pass>\n", "openvpn-inline-password", PASSWORD),
    ("vpn/auth.txt", f"bob\n{PASSWORD}\n", "openvpn-auth-file", PASSWORD),
    ("etc/wpa_supplicant.conf", f'network={{\n  ssid="corp"\n  psk="{PASSWORD}"\n}}\n', "wifi-passphrase", PASSWORD),
    ("home/.irssi/config", f'chatnets = {{ x = {{\n    sasl_password = "{PASSWORD}";\n', "irc-client-password", PASSWORD),
    ("home/.weechat/irc.conf", f'[server]\nlibera.sasl_password = "{PASSWORD}"\n', "irc-client-password", PASSWORD),
    ("home/.purple/accounts.xml", f"<account><name>bob</name><password>{PASSWORD}</password></account>", "pidgin-password", PASSWORD),
]

NEGATIVE = [
    ("home/.kube/config", "apiVersion: v1\nkind: Config\nusers:\n- name: b\n  user:\n    token: REDACTED\n    tokenFile: /run/token\n"),
    ("home/.pgpass", "# hostname:port:database:username:password\ndb:5432:prod:app:${PGPASSWORD}\n"),
    ("home/.my.cnf", "[client]\nuser=app\npassword=\n[mysqldump]\nquick\n"),
    ("home/.pypirc", "[pypi]\nusername = __token__\npassword = ${PYPI_TOKEN}\n"),
    ("home/.s3cfg", "[default]\naccess_key = \nsecret_key = \ngpg_passphrase = \n"),
    ("home/.boto", "[Credentials]\n#gs_secret_access_key = <your secret>\n"),
    ("etc/passwd-s3fs", "ACCESS_KEY_ID:${SECRET_ACCESS_KEY}\n"),
    ("home/.msmtprc", "account corp\nuser bot\npasswordeval gpg -d ~/.mailpass.gpg\n"),
    ("home/.esmtprc", 'password = "changeme"\n'),
    ("home/.muttrc", "set imap_pass = `pass show mail/corp`\n"),
    ("home/.fetchmailrc", "poll mail.corp.net proto pop3 user 'bob'\n"),
    ("etc/postfix/sasl_passwd", "# [smtp.example.net]:587 username:password\n"),
    ("home/.config/hub", "github.com:\n- user: bob\n  protocol: https\n"),
    ("home/.config/doctl/config.yaml", 'access-token: ""\n'),
    ("home/.aws/sso/cache/aa.json", '{"startUrl": "https://x.awsapps.com/start", "accessToken": ""}'),
    ("etc/ppp/chap-secrets", "# client\tserver\tsecret\tIP addresses\n"),
    ("etc/ipsec.secrets", ": RSA moonKey.pem\n"),
    ("vpn/office.ovpn", "client\nauth-user-pass\nremote vpn.corp.net 1194\n"),
    ("vpn/auth.txt", "username\npassword\n"),
    ("etc/wpa_supplicant.conf", 'network={\n  ssid="corp"\n  key_mgmt=NONE\n}\n'),
    ("home/.weechat/irc.conf", 'libera.sasl_password = "${sec.data.libera}"\nirc.sasl_password = ""\n'),
    ("home/.cvspass", "/1 :pserver:anonymous@cvs.corp.net:2401/cvsroot A\n"),
    ("home/.purple/accounts.xml", "<account><name>bob</name><password></password></account>"),
]


@pytest.mark.parametrize(("path", "text", "rule", "secret"), POSITIVE, ids=[f"{case[2]}:{case[0]}" for case in POSITIVE])
def test_a_password_is_found_and_its_file_named(tmp_path: Path, path: str, text: str, rule: str, secret: str) -> None:
    write(tmp_path, path, text)
    assert (rule, secret.encode(), path) in findings(tmp_path)


@pytest.mark.parametrize(("path", "text"), NEGATIVE, ids=[case[0] for case in NEGATIVE])
def test_what_holds_no_password_is_silent(tmp_path: Path, path: str, text: str) -> None:
    write(tmp_path, path, text)
    assert findings(tmp_path) == set()


@pytest.mark.parametrize("path", ["home/.netrc", "_netrc"])
def test_netrc_as_heroku_writes_it(tmp_path: Path, path: str) -> None:
    write(tmp_path, path, f"machine api.heroku.com\n  login bob@corp.net\n  password {TOKEN}\n")
    assert {rule for rule, secret, _ in findings(tmp_path) if secret == TOKEN.encode()}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".git-credentials", f"https://bob:{tokens.hex(14, 8)}@git.corp.net\n"),
        (".npmrc", f"//npm.corp.net/:_authToken={tokens.hex(40, 3)}\n"),
        (".dockercfg", f'{{"https://registry.corp.net": {{"auth": "{base64.b64encode(f"bob:{PASSWORD}".encode()).decode()}"}}}}'),
    ],
)
def test_files_that_other_packs_know(tmp_path: Path, path: str, text: str) -> None:
    write(tmp_path, path, text)
    assert findings(tmp_path)


def test_rclone_passwords_are_revealed(tmp_path: Path) -> None:
    obscured = subprocess.run([tool("rclone"), "obscure", PASSWORD], capture_output=True, text=True, check=True).stdout.strip()
    text = f"[files]\ntype = sftp\nhost = sftp.corp.net\nuser = bob\npass = {obscured}\n"
    write(tmp_path, "home/.config/rclone/rclone.conf", text)
    assert findings(tmp_path) == {("rclone-obscured", PASSWORD.encode(), "home/.config/rclone/rclone.conf")}


def test_what_rclone_did_not_obscure_is_left_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, "rclone.conf", "[files]\ntype = sftp\nhost = sftp.corp.net\npass = \n")
    assert findings(tmp_path) == set()


def test_a_mysql_login_path_file(tmp_path: Path) -> None:
    (tmp_path / ".mylogin.cnf").write_bytes(bytes(4) + bytes(range(20)) + b"\x10\0\0\0" + tokens.b64(16).encode())
    assert {rule for rule, _, _ in findings(tmp_path)} == {"mysql-login-path-file"}
