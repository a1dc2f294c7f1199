"""Batches of buffers and files: pinned while they are matched, read safely, and kept only where something was found."""

import errno
import gzip
import os
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from secretscan._core import FLAG_PACKED, FLAG_UTF16BE, FLAG_UTF16LE, Check, Matcher, Scan

MATCHER = Matcher([Check(b"needle"), Check(b"key", caseless=True)])
MIB = 1 << 20


def result(scan: Scan) -> tuple[object, ...]:
    return scan.candidates, scan.flags, scan.failed, scan.scanned, scan.bytes


def write(folder: Path, name: str, content: bytes) -> bytes:
    path = folder / name
    path.write_bytes(content)
    return os.fsencode(path)


# Buffers


def test_any_kind_of_buffer_may_be_an_item() -> None:
    text = b"a needle here"
    views = [text, bytearray(text), memoryview(text), memoryview(bytearray(b"__" + text + b"__"))[2:-2]]
    scan = MATCHER.scan(views)
    assert scan.candidates == [(item, 0, 2) for item in range(4)]
    assert [scan.content(item) for item in range(4)] == [text] * 4
    assert scan.bytes == 4 * len(text)


def test_a_buffer_with_holes_or_no_buffer_is_refused_and_nothing_stays_locked() -> None:
    growing = bytearray(b"needle")
    with pytest.raises(BufferError):
        MATCHER.scan([growing, memoryview(b"needle")[::2]])
    with pytest.raises(TypeError):
        MATCHER.scan([growing, "needle"])  # type: ignore[list-item]
    growing += b"!"  # a buffer that is still exported could not grow


def test_a_buffer_is_free_again_after_the_scan() -> None:
    growing = bytearray(b"needle")
    scan = MATCHER.scan([growing])
    growing += b"!"
    assert scan.candidates == [(0, 0, 0)]


def test_an_item_that_is_not_there_has_no_content() -> None:
    scan = MATCHER.scan([b"needle"])
    for item in (1, -1):
        with pytest.raises(LookupError):
            scan.content(item)


HOSTILE = """
import sys, threading
from secretscan._core import Check, Matcher
matcher = Matcher([Check(b"needle")])
sys.setswitchinterval(1e-6)
for turn in range(60):
    items = [bytearray(b"x" * 100_000 + b"needle") for _ in range(60)]
    stop = threading.Event()
    def spoil():
        started.set()
        items.clear()
        while not stop.is_set():
            junk = [bytearray(100_006) for _ in range(20)]
            items[:] = junk
            items.clear()
    started = threading.Event()
    before = items[:] if turn % 2 else None
    thread = threading.Thread(target=spoil)
    thread.start()
    for _ in range(3):
        scan = matcher.scan(items)
        assert all(offset == 100_000 for _, _, offset in scan.candidates)
    stop.set()
    thread.join()
print("survived")
"""


def test_a_list_that_another_thread_empties_is_pinned() -> None:
    """In a process of its own: what is tested against is a segmentation fault."""
    done = subprocess.run([sys.executable, "-c", HOSTILE], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "survived\n"), done.stderr


def test_a_bytearray_cannot_shrink_while_it_is_matched() -> None:
    text = bytearray(b"x" * 30 * MIB)
    refused = []

    def shrink() -> None:
        while not finished.is_set():
            try:
                text.append(1)
                text.pop()
            except BufferError:
                refused.append(True)
            time.sleep(0.0005)

    finished = threading.Event()
    thread = threading.Thread(target=shrink)
    thread.start()
    try:
        for _ in range(20):
            MATCHER.scan([text])
            if refused:
                break
    finally:
        finished.set()
        thread.join()
    assert refused, "the GIL was never released, or the buffer never held"


def test_threads_that_share_a_matcher_agree() -> None:
    rng = random.Random(1)
    batches = [[bytes(rng.choices(b"needlKEY k", k=rng.randrange(3_000))) + b"needle" for _ in range(50)] for _ in range(16)]
    alone = [result(MATCHER.scan(batch)) for batch in batches]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            assert [result(scan) for scan in pool.map(MATCHER.scan, batches)] == alone


# Flags


@pytest.mark.parametrize(
    ("content", "flags"),
    [
        (b"plain text", 0),
        (b"", 0),
        (b"x" * 7_999 + b"\0", 0),
        (b"x" * 8_000 + b"\0", 0),
        ("\ufeffplain".encode("utf-16-le"), FLAG_UTF16LE),
        ("\ufeffplain".encode("utf-16-be"), FLAG_UTF16BE),
        ("plain text\n".encode("utf-16-le"), FLAG_UTF16LE),
        ("plain text\n".encode("utf-16-be"), FLAG_UTF16BE),
        ("key = geheim äöü 鍵 鍵\n".encode("utf-16-le"), FLAG_UTF16LE),
        ("鍵鍵鍵".encode("utf-16-le"), 0),
        (gzip.compress(b"", mtime=0), FLAG_PACKED),
        (b"\x28\xb5\x2f\xfd....", FLAG_PACKED),
        (b"\x5a\x2a\x4d\x18....", FLAG_PACKED),
        (b"\x6a\x2a\x4d\x18....", 0),
        (b"BZh91AY&SY...", FLAG_PACKED),
        (b"BZh\x39\x17\x72\x45\x38\x50\x90", FLAG_PACKED),
        (b"BZh91 is text", 0),
        (b"\xfd7zXZ\0..", FLAG_PACKED),
        (b"PK\3\4", FLAG_PACKED),
        (b"PK\5\6", FLAG_PACKED),
        (b"PKZIP", 0),
        (b"7z\xbc\xaf\x27\x1c", FLAG_PACKED),
        (b"Rar!\x1a\x07\x01", FLAG_PACKED),
        (b"\x04\x22\x4d\x18..", FLAG_PACKED),
        (b"x" * 257 + b"ustar", FLAG_PACKED),
        (b"x" * 256 + b"ustar", 0),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_flags_say_what_a_text_begins_like(content: bytes, flags: int) -> None:
    assert MATCHER.scan([b"before", content]).flags == ([(1, flags)] if flags else [])


# Files


def test_files_match_as_their_contents_do(tmp_path: Path) -> None:
    rng = random.Random(2)
    letters = bytes(b"needlKEY\n"[number % 9] for number in range(256))
    contents = [rng.randbytes(rng.choice([0, 10, 5_000, 600_000])).translate(letters) for _ in range(100)]
    paths = [write(tmp_path, str(number), content) for number, content in enumerate(contents)]
    by_name = MATCHER.scan_files(paths, 4 * MIB)
    assert result(by_name) == result(MATCHER.scan(contents))
    held = {item for item, _, _ in by_name.candidates}
    for item, content in enumerate(contents):
        if item in held:
            assert by_name.content(item) == content
        else:
            with pytest.raises(LookupError):
                by_name.content(item)


def test_a_flag_alone_keeps_a_files_content_and_keep_keeps_all(tmp_path: Path) -> None:
    paths = [
        write(tmp_path, "a", b"a\0b\0c\0"),
        write(tmp_path, "b", b"nothing"),
        write(tmp_path, "c", b""),
        os.fsencode(tmp_path / "none"),
    ]
    scan = MATCHER.scan_files(paths, MIB)
    assert scan.content(0) == b"a\0b\0c\0"
    with pytest.raises(LookupError):
        scan.content(1)
    scan = MATCHER.scan_files(paths, MIB, keep=True)
    assert [scan.content(item) for item in range(3)] == [b"a\0b\0c\0", b"nothing", b""]
    for item in (3, 4, -1):
        with pytest.raises(LookupError):
            scan.content(item)


def test_content_outlives_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "a", b"the needle")
    scan = MATCHER.scan_files([path], MIB)
    os.unlink(path)
    assert scan.content(0) == b"the needle"


def test_failures_are_told_one_by_one_and_the_rest_is_read(tmp_path: Path) -> None:
    os.mkdir(tmp_path / "folder")
    os.symlink("good", tmp_path / "link")
    paths = [
        write(tmp_path, "good", b"needle"),
        os.fsencode(tmp_path / "vanished"),
        os.fsencode(tmp_path / "link"),
        os.fsencode(tmp_path / "folder"),
        b"/dev/null",
        write(tmp_path, "big", b"x" * 101),
        os.fsencode(tmp_path / "good") + b"\0hidden",
        os.fsencode(tmp_path / "good" / "below"),
        b"",
        write(tmp_path, "just", b"key".ljust(100)),
    ]
    scan = MATCHER.scan_files(paths, 100)
    assert scan.failed == [
        (1, errno.ENOENT),
        (2, errno.ELOOP),
        (3, errno.ENOTSUP),
        (4, errno.ENOTSUP),
        (5, errno.EFBIG),
        (6, errno.EINVAL),
        (7, errno.ENOTDIR),
        (8, errno.ENOENT),
    ]
    assert scan.candidates == [(0, 0, 0), (9, 1, 0)]
    assert (scan.scanned, scan.bytes) == (2, 106)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_fails(tmp_path: Path) -> None:
    path = write(tmp_path, "closed", b"needle")
    os.chmod(path, 0)
    assert MATCHER.scan_files([path], MIB).failed == [(0, errno.EACCES)]


def test_a_fifo_is_never_opened(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path / "fifo")
    os.mkfifo(path)
    opened = threading.Event()

    def writer() -> None:
        os.close(os.open(path, os.O_WRONLY))  # blocks until someone opens the other end
        opened.set()

    thread = threading.Thread(target=writer, daemon=True)
    thread.start()
    time.sleep(0.1)
    assert MATCHER.scan_files([path], MIB).failed == [(0, errno.ENOTSUP)]
    assert not opened.wait(0.2)
    os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    thread.join(5)
    assert opened.is_set()


def test_a_file_that_grows_while_read_is_read_or_refused_but_never_cut(tmp_path: Path) -> None:
    """A file of a kernel that states no size grows in every read; here it is one that says 0 and holds more."""
    path = b"/proc/self/status"
    if not os.path.exists(path):
        pytest.skip("no /proc")
    scan = Matcher([Check(b"voluntary_ctxt_switches")]).scan_files([path], MIB)
    assert scan.failed == []
    assert len(scan.candidates) >= 1
    assert MATCHER.scan_files([path], 10).failed == [(0, errno.EFBIG)]


def test_a_file_that_shrinks_says_so() -> None:
    """Sysfs files state a page and hold less, as a file does that was truncated after fstat."""
    path = b"/sys/kernel/mm/transparent_hugepage/enabled"
    if not os.path.exists(path):
        pytest.skip("no such sysfs file")
    assert MATCHER.scan_files([path], MIB).failed == [(0, errno.ESTALE)]


def test_a_path_that_is_no_bytes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        MATCHER.scan_files([str(tmp_path)], MIB)  # type: ignore[list-item]


def test_names_need_not_be_text(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\x1b[2J\n"
    Path(os.fsdecode(path)).write_bytes(b"needle")
    assert MATCHER.scan_files([path], MIB).candidates == [(0, 0, 0)]


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    paths = [write(tmp_path, "a", b"needle"), write(tmp_path, "b", b"x" * 200), os.fsencode(tmp_path), b"/nowhere"]
    before = os.open("/", os.O_RDONLY)
    os.close(before)
    for _ in range(50):
        MATCHER.scan_files(paths, 100)
    after = os.open("/", os.O_RDONLY)
    os.close(after)
    assert after == before
