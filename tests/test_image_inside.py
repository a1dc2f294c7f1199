"""Secrets in all the places of an image that people forget, each found with its layer and fate; and what tries to exhaust the reader."""

from __future__ import annotations

import gzip
import io
import lzma
import marshal
import os
import sqlite3
import tarfile
import zipfile
from array import array
from pathlib import Path

import images
import pytest
import tokens
from command_line import secretscan
from scanning import scanned

from secretscan.images.layers import Layer
from secretscan.model import Reason


def token(place: str) -> str:
    return tokens.github_pat(sum(place.encode()) * 1000 + len(place))


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def database(folder: Path, secret: str) -> bytes:
    path = folder / "made.db"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("create table settings (name text, token text)")
        connection.execute("insert into settings values ('api', ?)", (secret,))
    connection.close()
    return path.read_bytes()


def bytecode(secret: str) -> bytes:
    code = compile(f"TOKEN = {secret!r}\n", "settings.py", "exec")
    return b"\xa7\x0d\x0d\x0a" + bytes(12) + marshal.dumps(code)


ELF = b"\x7fELF\x02\x01\x01" + bytes(57)


def planted(folder: Path) -> dict[str, bytes]:
    """File by path; the token in it is token(path)."""

    def line(path: str, before: str = "token = ", after: str = "\n") -> bytes:
        return (before + token(path) + after).encode()

    return {
        "root/.npmrc": line("root/.npmrc", "//npm.example/:_authToken="),
        "etc/pip.conf": line("etc/pip.conf", "[global]\nindex-url = https://user:", "@pypi.example/simple\n"),
        "etc/apt/auth.conf.d/a.conf": line("etc/apt/auth.conf.d/a.conf", "machine apt.example login a password "),
        "root/.bash_history": line("root/.bash_history", "cd /srv\nexport GH_TOKEN="),
        "root/.aws/cli/cache/0.json": line("root/.aws/cli/cache/0.json", '{"Credentials": {"token": "', '"}}'),
        "run/secrets/gh": line("run/secrets/gh", ""),
        "srv/environ": b"PATH=/bin\0GH_TOKEN=" + line("srv/environ", "", "") + b"\0HOME=/root\0",
        "srv/core.1": ELF[:16] + b"\4\0" + bytes(4000) + line("srv/core.1", "GH_TOKEN=", "\0") + bytes(4000),
        "srv/.app.env.swp": b"b0VIM 9.0" + bytes(4087) + line("srv/.app.env.swp"),
        "usr/bin/app": ELF + bytes(range(256)) * 20 + b"\0" + line("usr/bin/app", "", "\0") + bytes(range(256)),
        "usr/bin/wide.exe": b"MZ"
        + bytes(76)
        + b"!This program cannot be run in DOS mode.\r\r\n$"
        + bytes(500)
        + line("usr/bin/wide.exe", "", "").decode().encode("utf-16-le")
        + bytes(64),
        "srv/settings.pyc": bytecode(token("srv/settings.pyc")),
        "srv/app.db": database(folder, token("srv/app.db")),
        "srv/app.jar": zipped("BOOT-INF/lib/inner.jar", zipped("application.yml", line("srv/app.jar", "token: "))),
        "srv/app.war": zipped("WEB-INF/web.properties", line("srv/app.war")),
        "srv/app.whl": zipped("app/settings.py", line("srv/app.whl", "TOKEN = '", "'\n")),
        "srv/backup.tar.xz": lzma.compress(images.tar_of({"etc/app.conf": line("srv/backup.tar.xz")})),
        "srv/dump.sql.gz": gzip.compress(line("srv/dump.sql.gz")),
        "usr/share/doc/pkg/changelog.gz": gzip.compress(line("usr/share/doc/pkg/changelog.gz")),
    }


@pytest.mark.parametrize("form", ["oci-archive-zstd", "docker-archive", "estargz"])
def test_every_place_is_read_and_told_with_layer_and_fate(tmp_path, form):
    files = planted(tmp_path)
    gone = {os.path.join(os.path.dirname(path), f".wh.{os.path.basename(path)}"): b"" for path in files if path.startswith("srv/")}
    layout = images.from_tars(tmp_path, [images.tar_of(files), images.tar_of(gone)])
    result = scanned("image", images.convert(layout, form))
    found = {}
    for finding in result.findings:
        for secret in (finding.secret, *(part.secret for part in finding.parts)):
            for place in finding.places:
                found[bytes(secret).decode("latin-1"), place.origin.path.partition(b"!")[0].decode()] = place.origin.facts
    assert [path for path in files if (token(path), path) not in found] == []
    for path in files:
        facts = found[token(path), path]
        assert (facts["layer"], facts["fate"]) == (1, "deleted in layer 2" if path.startswith("srv/") else "present"), path
    assert result.coverage.complete, result.coverage.unread


SECRET = f"token = {tokens.github_pat(81)}\n".encode()


def scan(tmp_path, *layers: bytes):
    result = scanned("image", images.from_tars(tmp_path, list(layers)))
    return [place.origin.path for finding in result.findings for place in finding.places], result


def test_tars_within_tars_fifty_deep_end_where_the_cap_is(tmp_path):
    nested = images.tar_of({"key": SECRET})
    for _ in range(50):
        nested = images.tar_of({"t.tar": nested})
    found, result = scan(tmp_path, images.tar_of({"deep.tar": nested, "key": SECRET}))
    assert found == [b"key"]
    assert result.coverage.skipped == {Reason.TOO_DEEP: 1} and not result.coverage.complete


def header(name: bytes, size: bytes) -> bytes:
    block = bytearray(tarfile.TarInfo(name.decode()).tobuf(tarfile.GNU_FORMAT))
    block[124:136] = size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@pytest.mark.parametrize(
    "size",
    [b"77777777777\0", b"\x80" + b"\0" * 3 + b"\xff" * 8, b"\xff" * 12, b"\x80" + b"\xff" * 11, b"-0000000001\0", b"no number\0\0\0"],
)
def test_sizes_that_lie_cost_only_what_follows(tmp_path, size):
    found, result = scan(tmp_path, images.tar_of({"key": SECRET}).rstrip(b"\0").ljust(1024, b"\0") + header(b"liar", size) + b"x" * 512)
    assert found == [b"key"] and not result.coverage.complete
    assert {Reason.TRUNCATED, Reason.CORRUPT} & set(result.coverage.skipped)


@pytest.mark.parametrize("format", ["gnu", "posix", "oldgnu"])
def test_sparse_files_and_long_names_as_tar_writes_them(tmp_path, format):
    root = tmp_path / "root"
    deep = root / ("d" * 200) / ("e" * 200)
    deep.mkdir(parents=True)
    (deep / ("n" * 200)).write_bytes(SECRET)
    with (root / "sparse").open("wb") as file:
        file.seek(3 << 20)
        file.write(SECRET)
        file.truncate(9 << 20)
    images.tool("tar", "--sparse", f"--format={format}", "-C", root, "-cf", tmp_path / "made.tar", ".")
    found, result = scan(tmp_path, (tmp_path / "made.tar").read_bytes())
    assert sorted(len(path) for path in found) == [len(b"sparse"), 602]
    assert result.coverage.complete and result.coverage.bytes < 1 << 20


def test_links_that_lead_nowhere_or_to_themselves_and_out_of_the_image(tmp_path):
    layer = [
        ("self", images.link("self")),
        ("one", images.link("two")),
        ("two", images.link("one")),
        ("absent", images.link("nothing")),
        ("out", images.link("/", tarfile.SYMTYPE)),
        ("out/key", SECRET),
        ("up", images.link("../../../../etc/passwd")),
    ]
    found, result = scan(tmp_path, images.tar_of(layer))
    assert found == [b"out/key"]
    assert result.coverage.complete


def test_a_million_entries_cost_a_few_bytes_each():
    layer = Layer()
    member = tarfile.TarInfo("x")
    assert member.size == 0
    from secretscan._core import TarMember

    for number in range(20_000):
        layer.add(number, TarMember(b"", b"", b"0", 0, 0), b"a/long/folder/name/%d" % number)
    held = sum(part.buffer_info()[1] * part.itemsize for part in (layer.paths, layer.indexes) if isinstance(part, array)) + len(
        layer.folders
    )
    assert held == 13 * 20_000
    for number in range(100_010):
        layer.add(number, TarMember(b"", b"x", b"2", 0, 0), b"s/%d" % number)
        layer.add(number, TarMember(b"", b"x", b"1", 0, 0), b"h/%d" % number)
    assert len(layer.symlinks) == len(layer.links) == 100_000


def test_nothing_is_written_anywhere(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    nested = images.tar_of({"key": SECRET, "a.jar": zipped("b", SECRET)})
    layout = images.from_tars(tmp_path, [images.tar_of({"../../up": SECRET, "/abs": SECRET, "t.tar.gz": gzip.compress(nested)})])
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    environment = {"HOME": str(folder), "TMPDIR": str(folder), "XDG_CACHE_HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    done = secretscan("image", layout, "-f", "json", cwd=folder, env=environment)
    assert done.returncode == 1, done.stderr
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before
