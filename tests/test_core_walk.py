"""Trees of files as the core reads them: in order, without following links, each thing told once."""

import errno
import os
import stat
from pathlib import Path

import pytest

from secretscan._core import Check, Matcher, Walk

MOST = 1 << 20


def walked(root: Path | bytes, largest: int = MOST, files: int = 1000, size: int = 1 << 30, descend: bool = True):
    walk = Walk(os.fsencode(root))
    found, rest = [], []
    while (given := walk.next(largest, files, size, descend)) is not None:
        listing, others = given
        found += [(listing.path(item), listing.full(item), listing.size(item)) for item in range(len(listing))]
        rest += others
    return found, rest


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b/z", "b/a/x", "b/a/w", "b-c", "c", "a", "B/q", ".git/config"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    os.mkfifo(tmp_path / "b/fifo")
    (tmp_path / "link").symlink_to("b")
    return tmp_path


def test_files_of_a_folder_come_before_its_folders_and_both_by_name(tree: Path) -> None:
    found, rest = walked(tree)
    assert [path for path, _, _ in found] == [b"a", b"b-c", b"c", b"B/q", b"b/z", b"b/a/w", b"b/a/x"]
    assert all(full == os.fsencode(tree) + b"/" + path and size == len(path) for path, full, size in found)
    assert [(path, stat.S_IFMT(mode)) for path, mode, _ in rest] == [
        (b".git", stat.S_IFDIR),
        (b"link", stat.S_IFLNK),
        (b"b/fifo", stat.S_IFIFO),
    ]


def test_calls_stop_at_a_folder_s_end_and_go_on_there(tree: Path) -> None:
    for files, size in ((1, 1 << 30), (1000, 1)):
        walk = Walk(os.fsencode(tree))
        parts = []
        while (given := walk.next(MOST, files, size, True)) is not None:
            parts.append([given[0].path(item) for item in range(len(given[0]))])
        assert parts == [[b"a", b"b-c", b"c"], [b"B/q"], [b"b/z"], [b"b/a/w", b"b/a/x"]]


def test_what_is_too_large_is_told_and_so_is_all_without_a_largest(tree: Path) -> None:
    assert [(path, size) for path, _, size in walked(tree, largest=3)[1] if path.startswith(b"b/a")] == [(b"b/a/w", 5), (b"b/a/x", 5)]
    found, rest = walked(tree, largest=-1)
    assert not found
    assert len(rest) == 10


def test_folders_are_entered_only_when_pushed_without_descend(tree: Path) -> None:
    found, rest = walked(tree, descend=False)
    assert [path for path, _, _ in found] == [b"a", b"b-c", b"c"]
    assert {path for path, _, _ in rest} == {b".git", b"B", b"b", b"link"}
    walk = Walk(os.fsencode(tree))
    walk.next(MOST, 100, 100, False)
    walk.push(b"b")
    listing, rest = walk.next(MOST, 100, 100, False) or pytest.fail("nothing left")
    assert [listing.path(item) for item in range(len(listing))] == [b"b/z"]
    assert [path for path, _, _ in rest] == [b"b/a", b"b/fifo"]


def test_a_root_may_be_a_link_and_end_with_slashes_but_nothing_below_it_is_followed(tree: Path) -> None:
    assert [path for path, _, _ in walked(os.fsencode(tree / "link") + b"//")[0]] == [b"z", b"a/w", b"a/x"]


def test_a_folder_that_cannot_be_read_is_told_with_its_errno(tmp_path: Path) -> None:
    walk = Walk(os.fsencode(tmp_path))
    (tmp_path / "gone").mkdir()
    walk.next(MOST, 1, 1, False)
    walk.push(b"gone")
    (tmp_path / "gone").rmdir()
    _, rest = walk.next(MOST, 1, 1, False) or pytest.fail("nothing left")
    assert rest == [(b"gone", -errno.ENOENT, 0)]
    assert walked(tmp_path / "never")[1] == [(b".", -errno.ENOENT, 0)]


def test_the_file_system_s_root_can_be_walked() -> None:
    listing, rest = Walk(b"/").next(MOST, 1, 1, False) or pytest.fail("nothing there")
    assert b"tmp" in [path for path, _, _ in rest]
    assert all(listing.full(item) == b"/" + listing.path(item) for item in range(len(listing)))


def test_paths_are_texts_too(tree: Path) -> None:
    listing, _ = Walk(os.fsencode(tree)).next(MOST, 100, 1 << 30, True) or pytest.fail("nothing there")
    scan = Matcher([Check(b"a/"), Check(b"b-")]).scan_paths(listing)
    assert [(listing.path(item), check, offset) for item, check, offset in scan.candidates] == [
        (b"b-c", 1, 0),
        (b"b/a/w", 0, 2),
        (b"b/a/x", 0, 2),
    ]


def test_files_of_a_listing_are_matched_as_by_their_paths(tree: Path) -> None:
    listing, _ = Walk(os.fsencode(tree)).next(MOST, 100, 1 << 30, True) or pytest.fail("nothing there")
    (tree / "c").unlink()
    matcher = Matcher([Check(b"b/a")])
    scan = matcher.scan_files(listing, MOST, keep=[0])
    by_path = matcher.scan_files([listing.full(item) for item in range(len(listing))], MOST)
    assert (scan.candidates, scan.failed, scan.bytes) == (by_path.candidates, by_path.failed, by_path.bytes)
    assert scan.failed == [(2, errno.ENOENT)]
    assert scan.content(0) == b"a"
    with pytest.raises(LookupError):
        scan.content(1)


def test_only_what_is_listed_can_be_asked_for(tree: Path) -> None:
    listing, _ = Walk(os.fsencode(tree)).next(MOST, 100, 1 << 30, True) or pytest.fail("nothing there")
    for number in (-1, len(listing)):
        for ask in (listing.path, listing.full, listing.size):
            with pytest.raises(IndexError):
                ask(number)
        with pytest.raises(IndexError):
            Matcher([]).scan_files(listing, MOST, keep=[number])
    with pytest.raises(ValueError, match="no NUL"):
        Walk(b"a\0b")
