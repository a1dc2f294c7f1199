"""Files of a distribution's packages: said to be theirs while they are unchanged, and judged down if the secret is a public one."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from struct import pack

import images
import pytest
import tokens
from hypothesis import given
from hypothesis import strategies as st
from scanning import as_text, scanned

from secretscan.images.packages import Packages
from secretscan.images.rpm import owned
from secretscan.model import Confidence

KEY = tokens.private_key_pem(71).encode()
TOKEN = tokens.github_pat(72)


def md5sums(path: str, content: bytes) -> bytes:
    return f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}  {path}\n".encode()


def apk(path: str, content: bytes) -> bytes:
    folder, _, name = path.rpartition("/")
    digest = base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()
    return f"P:alpine-tests\nV:1-r0\n\nP:pkg\nV:1-r0\nF:{folder}\nR:{name}\na:0:0:644\nZ:Q1{digest}\n\n".encode()


def record(path: str, content: bytes) -> bytes:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"{path.removeprefix('usr/lib/python3/site-packages/')},sha256={digest},{len(content)}\npkg-1.dist-info/RECORD,,\n".encode()


def rpm_header(path: str, content: bytes) -> bytes:
    """A header as it lies in a database: two files of one package, the second the one asked for."""
    folder, _, name = path.rpartition("/")
    digest = hashlib.sha256(content).hexdigest()
    tags = [
        (1000, 6, 1, b"pkg\0"),
        (1035, 8, 2, f"{'0' * 64}\0{digest}\0".encode()),
        (1116, 4, 2, pack(">II", 0, 1)),
        (1117, 8, 2, f"other\0{name}\0".encode()),
        (1118, 8, 2, f"/etc/\0/{folder}/\0".encode()),
        (5011, 4, 1, pack(">I", 8)),
    ]
    index = data = b""
    for tag, kind, count, value in tags:
        data += bytes(-len(data) % 4)
        index += pack(">IIII", tag, kind, len(data), count)
        data += value
    return pack(">II", len(tags), len(data)) + index + data


def rpm_sqlite(path: str, content: bytes) -> bytes:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    database.execute("INSERT INTO Packages (blob) VALUES (?)", [rpm_header(path, content)])
    database.commit()
    return database.serialize()


def rpm_ndb(path: str, content: bytes) -> bytes:
    header = rpm_header(path, content)
    blob = pack("<4sIII", b"BlbS", 1, 1, len(header)) + header + bytes(-len(header) % 16)
    slots = pack("<4sIII", b"RpmP", 0, 1, 1) + bytes(16) + pack("<4sIII", b"Slot", 1, 256, len(blob) // 16)
    return slots.ljust(4096, b"\0") + blob


def rpm_berkeley(path: str, content: bytes) -> bytes:
    """A page of hashes, and the header on pages of its own."""
    header, size = rpm_header(path, content), 512
    meta = (bytes(12) + pack("<III", 0x061561, 9, size)).ljust(size, b"\0")
    value = pack("<B3xII", 3, 2, len(header))
    table = bytes(20) + pack("<HHBBHH", 2, size - 17, 0, 13, size - 5, size - 17)
    pages = meta + table.ljust(size - 17, b"\0") + value + pack("<BI", 1, 1)
    room = size - 26
    for at in range(0, len(header), room):
        part = header[at : at + room]
        following = 0 if at + room >= len(header) else len(pages) // size + 1
        pages += (bytes(16) + pack("<IHHBB", following, 0, len(part), 0, 7) + part).ljust(size, b"\0")
    return pages


DATABASES = {
    "rpm in SQLite": ("usr/share/pkg/key.pem", "var/lib/rpm/rpmdb.sqlite", rpm_sqlite, "pkg"),
    "rpm in ndb": ("usr/share/pkg/key.pem", "usr/lib/sysimage/rpm/Packages.db", rpm_ndb, "pkg"),
    "rpm in Berkeley DB": ("usr/share/pkg/key.pem", "var/lib/rpm/Packages", rpm_berkeley, "pkg"),
    "dpkg": ("usr/share/pkg/key.pem", "var/lib/dpkg/info/pkg:amd64.md5sums", md5sums, "pkg"),
    "dpkg before /usr was merged": ("usr/lib/pkg/key.pem", "var/lib/dpkg/info/pkg.md5sums", lambda p, c: md5sums(p[4:], c), "pkg"),
    "distroless": ("usr/share/pkg/key.pem", "var/lib/dpkg/status.d/pkg.md5sums", md5sums, "pkg"),
    "apk": ("usr/share/pkg/key.pem", "lib/apk/db/installed", apk, "pkg"),
    "pip": ("usr/lib/python3/site-packages/pkg/key.pem", "usr/lib/python3/site-packages/pkg-1.dist-info/RECORD", record, "pkg-1"),
}  # fmt: skip


def scan(tmp_path, *layers: dict[str, bytes]):
    return scanned("image", images.from_tars(tmp_path, [images.tar_of(layer) for layer in layers]))


@pytest.mark.parametrize("kind", DATABASES)
def test_a_key_in_an_unchanged_file_of_a_package_is_judged_down_and_said_to_be(tmp_path, kind):
    path, database, write, package = DATABASES[kind]
    result = scan(tmp_path, {path: KEY, database: write(path, KEY)})
    (finding,) = result.findings
    assert finding.confidence == Confidence.LOW
    assert finding.places[0].origin.facts["package"] == package
    assert f"an unchanged file of a package: {package}" in finding.note and package in as_text(result, "terminal")


def test_a_file_of_a_package_that_was_changed_is_nobodys_but_the_images(tmp_path):
    path, database, write, _ = DATABASES["dpkg"]
    other = tokens.private_key_pem(73).encode()
    result = scan(tmp_path, {path: KEY, database: write(path, KEY)}, {path: other})
    judged = {finding.secret: finding.confidence for finding in result.findings}
    changed = [finding for finding in result.findings if "package" not in finding.places[0].origin.facts]
    assert len(judged) == 2 and len(changed) == 1
    assert changed[0].confidence > Confidence.LOW and changed[0].places[0].origin.facts["layer"] == 2


def test_a_copy_of_a_packages_file_elsewhere_is_not_the_packages(tmp_path):
    path, database, write, _ = DATABASES["dpkg"]
    content = KEY + b"# padding\n" * 200
    (finding,) = scan(tmp_path, {path: content, database: write(path, content), "srv/key.pem": content}).findings
    assert finding.confidence > Confidence.LOW and len(finding.places) == 2


def test_a_providers_token_is_one_wherever_it_stands(tmp_path):
    path, database, write, package = DATABASES["dpkg"]
    content = f"token = {TOKEN}\n".encode()
    (finding,) = scan(tmp_path, {path: content, database: write(path, content)}).findings
    assert finding.confidence == Confidence.HIGH and finding.places[0].origin.facts["package"] == package


def test_databases_that_lie_or_are_broken_end_nothing(tmp_path):
    path = "usr/share/pkg/key.pem"
    broken = [b"\xff" * 100, b"x" * 32 + b"  " + path.encode(), b"", b"P:\nZ:Q1!!!\nR:x\nZ:Q1A", b",sha256=!,\na,sha256=,", b"\n" * 1000]
    for number, content in enumerate(broken):
        packages = Packages()
        for database in ("var/lib/dpkg/info/a.md5sums", "lib/apk/db/installed", "x/a-1.dist-info/RECORD"):
            packages.note(database.encode(), content)
        folder = tmp_path / str(number)
        folder.mkdir()
        names = ("var/lib/dpkg/info/a.md5sums", "lib/apk/db/installed", "x/a-1.dist-info/RECORD")
        (finding,) = scan(folder, {path: KEY, **dict.fromkeys(names, content)}).findings
        assert finding.confidence > Confidence.LOW


def test_a_database_too_long_for_one_piece_is_read_too(tmp_path):
    path, database, write, package = DATABASES["rpm in ndb"]
    (finding,) = scan(tmp_path, {path: KEY, database: write(path, KEY) + bytes(5 << 20)}).findings
    assert finding.places[0].origin.facts["package"] == package


@given(
    st.sampled_from([rpm_sqlite, rpm_ndb, rpm_berkeley]),
    st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=20),
    st.integers(0),
)
def test_no_damage_of_rpms_databases_raises(write, changes, end):
    data = bytearray(write("usr/share/pkg/key.pem", KEY))
    for at, value in changes:
        data[at % len(data)] = value
    assert len(list(owned(bytes(data[: len(data) - end % 600])))) <= 1000
