"""Files that hold very many secrets cost in proportion to how many they hold: counted work, not time, is what is measured."""

from __future__ import annotations

import random
import string
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tokens
from scanning import builtin, scanned

from secretscan import hits
from secretscan.config import Settings
from secretscan.engine import Scanner
from secretscan.judge import InlineAllow
from secretscan.model import Reason, Unit
from secretscan.triage.inline import INLINE


def words(seed: int) -> Iterator[str]:
    rng = random.Random(seed)
    while True:
        yield "".join(rng.choices(string.ascii_letters + string.digits, k=14))


def one_line(count: int) -> str:
    return " ".join(tokens.gitlab_pat(n) for n in range(count))


def netrc(count: int) -> str:
    return " ".join(f"machine h{n}.test login u{n} password {word}" for n, word in zip(range(count), words(1), strict=False))


def environment(count: int) -> str:
    head = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n    image: b\n    env:\n"
    return head + "".join(f"    - {{name: V{n}_TOKEN, value: {tokens.gitlab_pat(n)}}}\n" for n in range(count))


def dump(count: int) -> str:
    rows = ",\n".join(f"({n},'user{n}','{word}')" for n, word in zip(range(count), words(2), strict=False))
    return f"CREATE TABLE users (id int, name text, password varchar(60));\nINSERT INTO users VALUES\n{rows};\n"


def settings_file(count: int) -> str:
    return "".join(f"TOKEN_{n}={tokens.gitlab_pat(n)}\n" for n in range(count))


SHAPES: dict[str, tuple[str, Callable[[int], str]]] = {
    "one line": ("text", one_line),
    "one line of a netrc": (".netrc", netrc),
    "the environment of a pod": ("pod.yaml", environment),
    "rows of a dump": ("dump.sql", dump),
    "lines": ("settings.env", settings_file),
}


def work(path: Path) -> int:
    """Calls made, of Python's functions and of C's, and bytes in which lines were counted, while a file is scanned in this thread."""
    scanner = Scanner(builtin(), Settings(), INLINE)
    done = 0
    counted = hits.count_lines

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal done
        done += event in ("call", "c_call")

    def count_lines(data: bytes, start: int, end: int) -> tuple[int, int]:
        nonlocal done
        done += (end - start) // 100
        return counted(data, start, end)

    units = [Unit(b"a", path.read_bytes(), path.name.encode())]
    scanner.scan(units, suppress=True)  # what is compiled when it is first used is no part of it
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hits, "count_lines", count_lines)
        sys.setprofile(count)
        try:
            assert scanner.scan(units, suppress=True).hits
        finally:
            sys.setprofile(None)
    return done


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_secrets_are_twice_the_work(tmp_path: Path, shape: str) -> None:
    name, make = SHAPES[shape]
    sizes = []
    for count in (500, 1000, 2000):
        (tmp_path / name).write_text(make(count))
        sizes.append(work(tmp_path / name))
    assert sizes[2] - sizes[1] < 2.5 * (sizes[1] - sizes[0])


def test_where_no_comment_allows_anything_no_line_is_asked() -> None:
    asked = []
    inline = InlineAllow(INLINE.words, lambda line, before: asked.append(line))
    scanner = Scanner(builtin(), Settings(), inline)
    assert len(scanner.scan([Unit(0, settings_file(50).encode(), b"a")], suppress=True).hits) == 50
    assert not asked
    scanner.scan([Unit(0, settings_file(50).encode() + b"# allow", b"a")], suppress=True)
    assert len(asked) == 50


def test_a_dump_of_a_hundred_thousand_passwords_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "dump.sql").write_text("".join(f"INSERT INTO u(password) VALUES ('{n:08}');\n" for n in range(90_000)))
    assert Reason.CAP not in {unread.reason for unread in scanned("dir", tmp_path).coverage.unread}
