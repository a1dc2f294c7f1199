"""Texts inside other forms: notebooks, HTTP archives, databases, dumps, bytecode, histories. Positions lead back to the file."""

from __future__ import annotations

import base64
import json
import py_compile
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
import tokens
from files import findings, rules, tool, write
from scanning import by_rule, scanned

from secretscan.readers import bytecode, delimited, filezilla, har, history, keystores, ldif, notebook, postman, rclone, sql_dump, sqlite

VIEWERS = (bytecode, delimited, filezilla, har, history, keystores, ldif, notebook, postman, rclone, sql_dump, sqlite)

PASSWORD = tokens.password(41)
PAT = tokens.github_pat(41)
ID, SECRET = tokens.aws_pair(seed=41)


def at(path: Path, finding_offset_of: str) -> tuple[int, int]:
    """Line and column of a text in a file."""
    data = path.read_bytes()
    offset = data.index(finding_offset_of.encode())
    return data.count(b"\n", 0, offset) + 1, offset - data.rfind(b"\n", 0, offset)


def notebook(source: list[str], output: list[str]) -> str:
    out = {"output_type": "stream", "name": "stdout", "text": output}
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": source, "outputs": [out]}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def test_a_notebook_s_cells_and_outputs_are_read(tmp_path: Path) -> None:
    source = ["import boto3\n", f'c = boto3.client("s3", aws_access_key_id="{ID}",\n', f'    aws_secret_access_key="{SECRET}")\n']
    file = write(tmp_path, "a.ipynb", notebook(source, [f"logged in with {PAT}\n"]))
    result = scanned("dir", tmp_path)
    (pair,) = by_rule(result, "aws-credentials")
    (token,) = by_rule(result, "github-pat")
    assert (pair.places[0].line, pair.places[0].column) == at(file, ID)
    assert (token.places[0].line, token.places[0].column) == at(file, PAT)
    assert token.places[0].origin.facts["pointer"] == "/cells/0/outputs/0/text/0"


def test_a_notebook_without_secrets_is_silent(tmp_path: Path) -> None:
    source = ["import os\n", 'password = os.environ["DB_PASSWORD"]\n', "token = getpass()\n"]
    write(tmp_path, "a.ipynb", notebook(source, ["ok\n", "password: ********\n"]))
    assert findings(tmp_path) == set()


def har(headers: dict[str, str], body: str = "", encoding: str | None = None) -> str:
    rows = [{"name": name, "value": value} for name, value in headers.items()]
    content = {"size": 1, "mimeType": "text/plain", "text": body, **({"encoding": encoding} if encoding else {})}
    entry = {"request": {"method": "GET", "url": "https://api.corp.net/", "headers": rows, "cookies": []}, "response": {"content": content}}
    return json.dumps({"log": {"version": "1.2", "creator": {}, "entries": [entry]}}, indent=2)


def test_an_http_archive_s_headers_and_bodies_are_read(tmp_path: Path) -> None:
    token = tokens.b64(48, 4).replace("/", "x").replace("+", "y")
    write(tmp_path, "a.har", har({"Accept": "*/*", "Authorization": f"Bearer {token}"}))
    body = base64.b64encode(f'{{"pat": "{PAT}"}}'.encode()).decode()
    write(tmp_path, "b.har", har({"Accept": "*/*"}, body, "base64"))
    found = findings(tmp_path)
    assert ("bearer-header", token.encode(), "a.har") in found
    assert {path for _, secret, path in found if secret == PAT.encode()} == {"b.har"}


def test_an_http_archive_without_logins_is_silent(tmp_path: Path) -> None:
    write(tmp_path, "a.har", har({"Accept": "*/*", "Authorization": "Bearer {{token}}"}, "plain text"))
    assert findings(tmp_path) == set()


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
@pytest.mark.parametrize("page", [512, 4096, 65536])
def test_a_database_s_cells_are_read_under_their_columns(tmp_path: Path, encoding: str, page: int) -> None:
    connection = sqlite3.connect(tmp_path / "app.db")
    connection.execute(f"PRAGMA page_size={page}")
    connection.execute(f"PRAGMA encoding='{encoding}'")
    connection.execute('CREATE TABLE account (id INTEGER PRIMARY KEY, name TEXT, "password" TEXT, note TEXT, CHECK (id > 0))')
    connection.execute("CREATE TABLE setting (name TEXT, value BLOB)")
    for number in range(300):
        connection.execute("INSERT INTO account VALUES (?, ?, ?, ?)", (number + 1, f"user{number}", None, "x" * (number % 90)))
    connection.execute("UPDATE account SET password = ?, note = ? WHERE id = 150", (PASSWORD, "long " * 3000 + PAT))
    connection.execute("INSERT INTO setting VALUES ('github_token', ?)", (PAT.encode(),))
    connection.commit()
    connection.close()
    result = scanned("dir", tmp_path)
    assert {place.origin.facts["table"] for place in by_rule(result, "github-pat")[0].places} <= {"account", "setting"}
    assert PASSWORD.encode() in {bytes(finding.secret) for finding in result.findings}
    assert result.coverage.complete and not result.coverage.skipped


def test_a_database_made_by_the_sqlite3_shell(tmp_path: Path) -> None:
    script = f"CREATE TABLE k(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID; INSERT INTO k VALUES('x','{PAT}');"
    subprocess.run([tool("sqlite3"), str(tmp_path / "k.db"), script], check=True)
    assert "github-pat" in rules(tmp_path)


def test_gcloud_s_credentials_database(tmp_path: Path) -> None:
    token = "1//0" + tokens.b64(60, 9).replace("/", "_").replace("+", "-")
    connection = sqlite3.connect(tmp_path / "credentials.db")
    connection.execute("CREATE TABLE credentials (account_id TEXT PRIMARY KEY, value BLOB)")
    connection.execute("INSERT INTO credentials VALUES ('bob@corp.net', ?)", (json.dumps({"refresh_token": token}).encode(),))
    connection.commit()
    connection.close()
    assert token.encode() in {secret for _, secret, _ in findings(tmp_path)}


def test_a_database_without_secrets_is_silent(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "app.db")
    connection.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, name TEXT, password TEXT)")
    connection.execute("INSERT INTO account VALUES (1, 'bob', '********'), (2, 'eve', NULL), (3, 'x', 'changeme')")
    connection.commit()
    connection.close()
    assert findings(tmp_path) == set()


@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_database_is_no_trouble(tmp_path: Path, seed: int) -> None:
    import random

    connection = sqlite3.connect(tmp_path / "app.db")
    connection.execute("CREATE TABLE t (name TEXT, password TEXT)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(f"n{n}", "x" * n) for n in range(600)])
    connection.commit()
    connection.close()
    data = bytearray((tmp_path / "app.db").read_bytes())
    rng = random.Random(seed)
    for _ in range(400):
        data[rng.randrange(100, len(data))] = rng.randrange(256)
    (tmp_path / "app.db").write_bytes(bytes(data[: rng.randrange(600, len(data))]))
    assert scanned("dir", tmp_path).coverage.complete


DUMPS = [
    f"INSERT INTO `wp_options` (`option_id`, `option_name`, `option_value`) VALUES (1,'siteurl','https://x'),(2,'mailserver_pass','{PASSWORD}');\n",
    "CREATE TABLE `users` (\n  `id` int NOT NULL,\n  `name` varchar(9),\n  `password` varchar(64),\n  PRIMARY KEY (`id`)\n);\n"
    f"INSERT INTO `users` VALUES (1,'bob','{PASSWORD}');\n",
    f"COPY public.users (id, name, password) FROM stdin;\n1\tbob\t{PASSWORD}\n2\teve\t\\N\n\\.\n",
]


@pytest.mark.parametrize("dump", DUMPS, ids=["wordpress", "mysqldump", "pg_dump"])
def test_a_dump_s_values_stand_under_their_columns(tmp_path: Path, dump: str) -> None:
    write(tmp_path, "dump.sql", dump)
    assert PASSWORD.encode() in {secret for _, secret, _ in findings(tmp_path)}


def test_the_sqlite3_shell_s_dump(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute("CREATE TABLE users (id INTEGER, name TEXT, password TEXT)")
    connection.execute("INSERT INTO users VALUES (1, 'bob', ?)", (PASSWORD,))
    connection.commit()
    connection.close()
    dump = subprocess.run([tool("sqlite3"), str(tmp_path / "a.db"), ".dump"], capture_output=True, check=True).stdout
    (tmp_path / "a.db").unlink()
    write(tmp_path, "a.sql", dump)
    assert PASSWORD.encode() in {secret for _, secret, _ in findings(tmp_path)}


def test_a_dump_without_secrets_is_silent(tmp_path: Path) -> None:
    write(tmp_path, "dump.sql", "INSERT INTO users (id, name, password) VALUES (1, 'bob', NULL), (2, 'it''s', ''), (3, 'x', 'password');\n")
    assert findings(tmp_path) == set()


def test_an_endless_statement_is_bounded_and_said(tmp_path: Path) -> None:
    write(tmp_path, "dump.sql", "CREATE TABLE t (a int);\n" + "INSERT INTO t (a) VALUES (" * 100_000)
    result = scanned("dir", tmp_path)
    assert not result.findings
    assert "unparsed" in {reason.label for reason in result.coverage.skipped}


def test_a_dump_of_very_many_statements_is_read_whole(tmp_path: Path) -> None:
    rows = "".join(f"INSERT INTO t VALUES({number});\n" for number in range(120_000))
    write(tmp_path, "dump.sql", f"CREATE TABLE t (a int);\n{rows}INSERT INTO users (name, password) VALUES ('bob', '{PASSWORD}');\n")
    assert PASSWORD.encode() in {secret for _, secret, _ in findings(tmp_path)}


@pytest.mark.parametrize("length", [16, 40, 48, 57, 65, 90, 97, 122, 200, 300])
def test_a_string_in_bytecode_is_found_whatever_its_length(tmp_path: Path, length: int) -> None:
    # The byte before a string is its length, a letter or digit for many.
    token = tokens.slack_bot(5) if length == 57 else PAT
    text = (token + "." + tokens.hex(400, length))[:length] if length > 57 else token
    source = write(tmp_path, "m.py", f'T = "{text}"\n')
    py_compile.compile(str(source), cfile=str(tmp_path / "m.pyc"), doraise=True)
    source.unlink()
    assert {bytes(finding.secret) for finding in scanned("dir", tmp_path).findings} >= {token.encode()}


def test_bytecode_without_secrets_is_silent(tmp_path: Path) -> None:
    source = write(tmp_path, "m.py", 'import os\nT = os.environ["GITHUB_TOKEN_2"]\nU = "utf8_decode_table_v2_final"\n')
    py_compile.compile(str(source), cfile=str(tmp_path / "m.pyc"), doraise=True)
    assert findings(tmp_path) == set()


def test_a_shell_history_and_one_with_escaped_blanks(tmp_path: Path) -> None:
    command = f"CREATE USER app IDENTIFIED BY '{PASSWORD}';"
    write(tmp_path, ".mysql_history", "_HiStOrY_V2_\n" + command.replace(" ", "\\040") + "\n")
    write(tmp_path, ".psql_history", f"ALTER ROLE app WITH PASSWORD '{PASSWORD}';\n")
    write(tmp_path, ".bash_history", f"ls\nmysql -u root -p'{PASSWORD}' -h db\n")
    found = findings(tmp_path)
    assert {path for _, secret, path in found if secret == PASSWORD.encode()} == {".mysql_history", ".psql_history", ".bash_history"}


def test_a_history_without_secrets_is_silent(tmp_path: Path) -> None:
    write(tmp_path, ".mysql_history", "_HiStOrY_V2_\nshow\\040databases;\nSET\\040PASSWORD\\040=\\040'password';\n")
    assert findings(tmp_path) == set()


HOSTILE = {
    "a.sql": b"CREATE TABLE a (" * 200_000,
    "b.sql": b"CREATE TABLE a (b int); " + b"INSERT INTO a (b) VALUES ('\\'" * 120_000,
    "c.sql": b"COPY a (b) FROM stdin;\n" * 150_000,
    "m.pyc": b"\xa7\r\r\n" + bytes(12) + b"<module>" + b"a\x00\x00\x00\x00aaaaaaaaaaaaaaaa1" * 150_000,
    "sitemanager.xml": b"<FileZilla3><Server>" + b'<Host>h</Host><Pass encoding="base64">Y2hhbmdlbWU=</Pass>' * 60_000,
    "rclone.conf": b"[a]\ntype = sftp" + b"\npass = " + b"A" * 390 + b"\n" + (b"pass = " + b"A" * 390 + b"\n") * 8_000,
    "a.ldif": b"userPassword:: " + b"QUFB\n " * 500_000,
    "a.har": b'{"log": {"entries": [{"request": {"headers": [' + b'{"name": "a", "value": "b"},' * 100_000,
    "a.ipynb": b'{"nbformat": 4, "cells": ' + b"[" * 2_000_000,
    "a.der": b"0\x82\x04\xa4" + bytes.fromhex("0201000282010100") * 400_000,
    "a.jks": bytes.fromhex("feedfeed00000002ffffffff") + bytes.fromhex("00000001000000000000000000000000") * 200_000,
    "history": b"_HiStOrY_V2_\n" + b"\\040" * 900_000,
    "p.json": b'{"_postman_id": "x", "a": [' + b'{"key": "a", "value": "b"},' * 120_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_seconds_at_most(name: str) -> None:
    before = time.thread_time()
    for viewer in VIEWERS:
        for _ in viewer.views(HOSTILE[name], name.encode()):
            pass
    assert time.thread_time() - before < 20


def test_a_database_whose_rows_share_everything_is_bounded(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute("CREATE TABLE t (name TEXT, password TEXT)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", [("x" * 2000, f"n{n}") for n in range(1500)])
    connection.execute("PRAGMA writable_schema = 1")
    connection.executemany(
        "INSERT INTO sqlite_schema SELECT 'table', ?, ?, rootpage, sql FROM sqlite_schema WHERE name = 't'",
        [(f"t{n}",) * 2 for n in range(3000)],
    )
    connection.commit()
    connection.close()
    data = (tmp_path / "a.db").read_bytes()
    before = time.thread_time()
    assert list(sqlite.views(data, None))
    assert time.thread_time() - before < 20


@pytest.mark.parametrize(
    ("name", "head", "row"),
    [
        ("a.csv", "name,url,username,password", "Corp,https://corp.net/,bob,{}"),
        ("b.csv", "\ufeffid;user;Password;note\r", '7;bob;"{}";"a ; b"'),
        ("c.tsv", "user\tlogin_password", "bob\t{}"),
        ("d.csv", '"Account","Login Name","Password","Web Site"', '"a, b","bob","{}","x"'),
    ],
)
def test_a_table_s_columns_name_what_is_in_its_cells(tmp_path: Path, name: str, head: str, row: str) -> None:
    file = write(tmp_path, name, f"{head}\n{row.format('')}\n{row.format(PASSWORD)}\n")
    (finding,) = scanned("dir", tmp_path).findings
    assert finding.secret == PASSWORD.encode()
    place = finding.places[0]
    assert file.read_bytes().split(b"\n")[place.line - 1][place.column - 1 :].startswith(PASSWORD.encode())


def test_a_table_with_a_quote_that_nothing_closes_is_read_on(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", f'user,password\n"bob,x\neve,{PASSWORD}\n')
    assert [finding.secret for finding in scanned("dir", tmp_path).findings] == [PASSWORD.encode()]


def test_prose_with_commas_is_no_table(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", f"Hello, the user,password and all that.\nfirst,{PASSWORD}\n")
    assert findings(tmp_path) == set()
