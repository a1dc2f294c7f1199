"""Cutting `git cat-file --batch` output, against git itself and against hostile bytes."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secretscan._core import split_objects

Objects = list[tuple[bytes, bytes, bytes]]
ids = st.sampled_from([40, 64]).flatmap(lambda length: st.text("0123456789abcdef", min_size=length, max_size=length)).map(str.encode)
objects = st.lists(
    st.tuples(ids, st.sampled_from([b"blob", b"tree", b"commit", b"tag", b"missing"]), st.binary(max_size=300)).map(
        lambda one: (one[0], one[1], b"" if one[1] == b"missing" else one[2])
    ),
    max_size=8,
)


def written(given_objects: Objects) -> bytes:
    return b"".join(
        b"%b missing\n" % id if type == b"missing" else b"%b %b %d\n%b\n" % (id, type, len(content), content)
        for id, type, content in given_objects
    )


def read(data: bytes) -> tuple[Objects, int]:
    found, used = split_objects(data)
    return [(id, type, data[start:end]) for id, type, start, end in found], used


@given(objects)
@settings(deadline=None)
def test_objects_come_back_as_they_were_written(given_objects: Objects) -> None:
    data = written(given_objects)
    assert read(data) == (given_objects, len(data))
    assert split_objects(bytearray(data)) == split_objects(memoryview(data)) == split_objects(data)


@given(objects, st.data())
@settings(deadline=None)
def test_a_stream_cut_anywhere_gives_the_same_objects(given_objects: Objects, data: st.DataObject) -> None:
    stream = written(given_objects)
    found: Objects = []
    rest = b""
    while stream or rest:
        size = data.draw(st.integers(1, 200))
        chunk, stream = stream[:size], stream[size:]
        more, used = read(rest + chunk)
        found += more
        rest = (rest + chunk)[used:]
        if not chunk:
            break
    assert (found, rest) == (given_objects, b"")


@pytest.mark.parametrize(
    "data",
    [
        b"\n",
        b"not an id blob 3\nabc\n",
        b"g" * 40 + b" blob 3\nabc\n",
        b"A" * 40 + b" blob 3\nabc\n",
        b"a" * 39 + b" blob 3\nabc\n",
        b"a" * 40 + b" blob\n",
        b"a" * 40 + b" blob \n",
        b"a" * 40 + b" blob -1\n",
        b"a" * 40 + b" blob 3x\nabc\n",
        b"a" * 40 + b" file 3\nabc\n",
        b"a" * 40 + b" blob 3\nabcd",
        b"a" * 40 + b" blob 99999999999999999999999\n",
        b"a" * 40 + b" ambiguous\n",
        b"a" * 200,
    ],
    ids=lambda data: repr(data[-28:]),
)
def test_what_git_would_not_write_is_refused(data: bytes) -> None:
    whole = b"b" * 40 + b" blob 1\nx\n"
    with pytest.raises(ValueError, match="offset 50"):
        split_objects(whole + data)


@pytest.mark.parametrize("size", [b"18446744073709551609", b"9223372036854775807", b"4294967295"])
def test_an_object_of_any_size_waits_for_its_end(size: bytes) -> None:
    whole = b"b" * 40 + b" blob 1\nx\n"
    assert split_objects(whole + b"a" * 40 + b" blob " + size + b"\nabc\n") == ([(b"b" * 40, b"blob", 48, 49)], 50)


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_any_bytes_are_survived(data: bytes) -> None:
    for stretch in (data, b"a" * 40 + b" blob " + data):
        try:
            _, used = split_objects(stretch)
        except ValueError:
            continue
        assert used <= len(stretch)


def test_gits_own_output_is_understood(tmp_path: Path) -> None:
    def git(*arguments: str, stdin: bytes = b"") -> bytes:
        environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(tmp_path)}
        return subprocess.run(["git", *arguments], cwd=tmp_path, input=stdin, env=environment, check=True, capture_output=True).stdout

    git("init", "-q", ".")
    contents = [b"", b"one line\n", b"\0" * 70_000, b"no end"]
    made = [git("hash-object", "-w", "--stdin", stdin=content).strip() for content in contents]
    tree = git("mktree", stdin=b"100644 blob " + made[1] + b"\tname\n").strip()
    absent = b"0" * 39 + b"1"
    asked = b"\n".join([*made, tree, absent, b""])
    found, used = read(output := git("cat-file", "--batch", stdin=asked))
    assert used == len(output)
    assert [(id, content) for id, type, content in found if type == b"blob"] == list(zip(made, contents, strict=True))
    assert [(id, type) for id, type, _ in found[4:]] == [(tree, b"tree"), (absent, b"missing")]
