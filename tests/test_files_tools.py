"""Desktop tools, editors and CI: sites with passwords, in the open or scrambled under keys that are public."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
import tokens
from files import findings, write
from scanning import by_rule, scanned

from secretscan.model import Severity

PASSWORD = tokens.password(31)
HEX = tokens.hex(64, 31)
SEALED = tokens.b64(80, 31)
OBSCURED = "".join("df" + HEX[at : at + 2] for at in range(0, 24, 2))

POSITIVE = [
    (
        "sites.xml",
        f"<Server><Host>ftp.corp.net</Host><User>bob</User><Pass>{PASSWORD}</Pass></Server>",
        "filezilla-plain-password",
        PASSWORD,
    ),
    (
        "sftp-config.json",
        f'{{\n  // note\n  "type": "sftp",\n  "user": "bob",\n  "password": "{PASSWORD}",\n}}',
        "editor-sftp-password",
        PASSWORD,
    ),
    (".ftpconfig", f'{{"protocol": "sftp", "pass": "{PASSWORD}", "port": 22}}', "editor-sftp-password", PASSWORD),
    (".remote-sync.json", f'{{"hostname": "h", "password": "{PASSWORD}"}}', "editor-sftp-password", PASSWORD),
    (".vscode/sftp.json", f'{{"host": "h", "passphrase": "{PASSWORD}"}}', "editor-sftp-password", PASSWORD),
    (
        ".idea/webServers.xml",
        f'<fileTransfer host="h" port="21" password="{OBSCURED}" username="bob" />',
        "intellij-obscured-password",
        OBSCURED,
    ),
    ("WinSCP.ini", f"[Sessions\\bob@corp]\nHostName=corp\nPassword=A35C{HEX.upper()}\n", "winscp-password", "A35C" + HEX.upper()),
    (
        "confCons.xml",
        f'<Node Name="x" Type="Connection" Username="bob" Domain="" Password="{SEALED}==" Hostname="h" />',
        "remote-manager-password",
        SEALED + "==",
    ),
    ("work.remmina", f"[remmina]\nserver=h\npassword={SEALED[:23]}=\n", "remote-manager-password", SEALED[:23] + "="),
    ("robo3t.json", f'{{"credentials": [{{"userName": "app", "userPassword": "{PASSWORD}"}}]}}', "robomongo-password", PASSWORD),
    (
        ".dbeaver/data-sources.json",
        f'{{"connections": {{"x": {{"user": "app", "password": "{PASSWORD}"}}}}}}',
        "dbeaver-plain-password",
        PASSWORD,
    ),
    (
        "profile/logins.json",
        f'{{"logins":[{{"hostname":"https://corp","encryptedPassword":"MDoE{SEALED[:72]}"}}]}}',
        "firefox-logins",
        "MDoE" + SEALED[:72],
    ),
    (
        "jenkins/credentials.xml",
        f"<username>bot</username><password>{{AQAAABAAAAAQ{SEALED[:43]}=}}</password>",
        "jenkins-sealed-secret",
        f"AQAAABAAAAAQ{SEALED[:43]}=",
    ),
    ("jenkins/credentials.xml", f"<username>bot</username><password>{PASSWORD}</password>", "jenkins-plain-credential", PASSWORD),
]

NEGATIVE = [
    ("sites.xml", "<Server><Host>h</Host><User>anonymous</User><Pass></Pass></Server>"),
    ("sftp-config.json", '{\n  "type": "sftp",\n  "user": "bob",\n  //"password": "password",\n}'),
    (".idea/webServers.xml", '<fileTransfer host="h" port="21" password="" username="bob" />'),
    ("WinSCP.ini", "[Sessions\\bob@corp]\nHostName=corp\nPassword=\n"),
    ("confCons.xml", '<Node Name="x" Username="" Domain="" Password="" Hostname="h" />'),
    ("work.remmina", "[remmina]\nserver=h\npassword=.\n"),
    ("robo3t.json", '{"credentials": [{"userName": "app", "userPassword": ""}]}'),
    (".dbeaver/data-sources.json", '{"connections": {"x": {"user": "app", "save-password": true, "password": ""}}}'),
    ("profile/logins.json", '{"logins":[]}'),
    ("jenkins/credentials.xml", "<password></password><secret>${TOKEN}</secret>"),
]


@pytest.mark.parametrize(("path", "text", "rule", "secret"), POSITIVE, ids=[f"{case[2]}:{case[0]}" for case in POSITIVE])
def test_a_password_is_found_and_its_tool_named(tmp_path: Path, path: str, text: str, rule: str, secret: str) -> None:
    write(tmp_path, path, text)
    assert (rule, secret.encode(), path) in findings(tmp_path)


@pytest.mark.parametrize(("path", "text"), NEGATIVE, ids=[case[0] for case in NEGATIVE])
def test_sites_without_passwords_are_silent(tmp_path: Path, path: str, text: str) -> None:
    write(tmp_path, path, text)
    assert findings(tmp_path) == set()


def test_what_only_one_server_can_open_is_low(tmp_path: Path) -> None:
    write(tmp_path, "credentials.xml", f"<privateKey>{{AQAAABAAAAkw{SEALED}}}</privateKey>")
    (finding,) = scanned("dir", tmp_path).findings
    assert (finding.rule, finding.severity) == ("jenkins-sealed-secret", Severity.LOW)


def filezilla(password: str) -> str:
    coded = base64.b64encode(password.encode()).decode()
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<FileZilla3 version="3.66.0" platform="*nix">\n  <Servers>\n    <Server>\n'
        "      <Host>ftp.corp.net</Host>\n      <Port>22</Port>\n      <Protocol>1</Protocol>\n      <Logontype>1</Logontype>\n"
        f'      <User>bob</User>\n      <Pass encoding="base64">{coded}</Pass>\n    </Server>\n  </Servers>\n</FileZilla3>\n'
    )


@pytest.mark.parametrize("name", ["sitemanager.xml", "recentservers.xml"])
def test_filezilla_passwords_are_decoded_where_they_stand(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, filezilla(PASSWORD))
    (finding,) = scanned("dir", tmp_path).findings
    place = finding.places[0]
    assert (finding.rule, bytes(finding.secret), place.line, place.column) == ("filezilla-password", PASSWORD.encode(), 10, 31)
    assert place.origin.facts["decoded"] == ["base64"]


def test_an_empty_filezilla_password_is_silent(tmp_path: Path) -> None:
    write(tmp_path, "sitemanager.xml", filezilla(""))
    write(tmp_path, "recentservers.xml", filezilla("changeme"))
    assert findings(tmp_path) == set()


def environment(*values: tuple[str, str]) -> str:
    rows = [{"key": key, "value": value, "type": "secret", "enabled": True} for key, value in values]
    return json.dumps({"id": "x", "name": "prod", "values": rows, "_postman_variable_scope": "environment"}, indent=2)


def test_postman_environments_and_logins(tmp_path: Path) -> None:
    write(tmp_path, "prod.postman_environment.json", environment(("url", "https://api.corp.net"), ("api_key", HEX[:32])))
    login = {"auth": {"type": "basic", "basic": [{"value": PASSWORD, "key": "password"}, {"key": "username", "value": "bob"}]}}
    write(tmp_path, "c.postman_collection.json", json.dumps({"info": {"_postman_id": "x"}, "item": [{"request": login}]}))
    assert {(rule, secret) for rule, secret, _ in findings(tmp_path)} == {
        ("postman-variable", HEX[:32].encode()),
        ("postman-variable", PASSWORD.encode()),
    }


def test_postman_references_are_silent(tmp_path: Path) -> None:
    write(tmp_path, "p.json", environment(("url", "https://api.corp.net"), ("api_key", "{{key}}"), ("token", ""), ("token_type", "Bearer")))
    assert findings(tmp_path) == set()


def test_a_broken_export_is_read_as_text_and_said(tmp_path: Path) -> None:
    write(tmp_path, "p.json", environment(("github_token", tokens.github_pat(4)))[:-3])
    result = scanned("dir", tmp_path)
    assert by_rule(result, "github-pat")
    assert [reason.label for reason in result.coverage.skipped] == ["unparsed"]
