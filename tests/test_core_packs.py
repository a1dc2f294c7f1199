"""Packs read by the core: what an object holds is what it holds when it is searched whole, however it lies; and no pack can do harm."""

from __future__ import annotations

import functools
import random
import tempfile
from collections.abc import Iterable
from pathlib import Path

import packs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packs import Copy, Step, Stored, delta, whole

from secretscan._core import FLAG_PACKED, Check, Matcher, Pack, Program, Scan, Search, pass_repeats
from secretscan.shapes import analyse, encode_program

REGEXES = (
    r"\btok_[a-z0-9]{20}\b",  # near
    r"secret\s{0,300}=\s{0,200}[0-9]{4}",  # decided far behind
    r"(?:pass[ a-z]{0,400}:)[A-Z]{3}word",  # and far before
    r"key-[\s\S]{0,200}[0-9a-f]{32}",  # a run, somewhere
    r"^begin$",
)
MARKS = ((b"apiVersion", b"API"), (b"kind",))
LARGEST = 1 << 20
thorough = settings(max_examples=400, deadline=None, database=None)


@functools.cache
def matcher(confirm: bool = True) -> Matcher:
    """Rules whose checks look near and far, and a reader that asks for two marks."""
    shapes = [analyse(regex) for regex in REGEXES]
    checks = [check for shape in shapes for check in shape.checks]
    belongs = [(number, 0) for number, shape in enumerate(shapes) for _ in shape.checks]
    for part, marks in enumerate(MARKS):
        checks += [Check(mark, once=True) for mark in marks]
        belongs += [(len(REGEXES), part)] * len(marks)
    made = Matcher(checks, owners=belongs)
    assert made.filtered
    for number, (regex, shape) in enumerate(zip(REGEXES, shapes, strict=True)):
        encoded = encode_program(regex)
        if confirm and encoded is not None and not shape.whole_text:
            made.equip(number, Program(encoded), max(shape.before, 0), max(shape.after, 0), 0)
    return made


def search(
    pack: Pack, everything: bool = True, asked: Matcher | None = None
) -> tuple[dict[bytes, tuple[str, bytes, object]], set[bytes], int]:
    """By id: (kind, content, what was found in it); the ids that were not read; and how many texts were searched."""
    texts: dict[bytes, tuple[str, bytes, object]] = {}
    unread: set[bytes] = set()
    scanned = 0
    work = Search(pack, asked or matcher(), LARGEST, everything)
    for lot in pack.lots(100):
        work.begin(*lot)
        while (scan := work.next()) is not None:
            scanned += scan.scanned
            unread.update(work.unread)
            for number, ((kind, id, _), found) in enumerate(zip(work.texts, found_in(scan, len(work.texts)), strict=True)):
                assert id not in texts
                texts[id] = (kind, scan.content(number), found)
    return texts, unread | set(pack.unmade()), scanned


@functools.cache
def marks() -> int:
    """The first check that is a mark."""
    return len([check for regex in REGEXES for check in analyse(regex).checks])


def found_in(scan: Scan, count: int) -> list[object]:
    """What a scan tells of each item, and of marks only that they are there: which one of many is told is not promised."""
    told: list[tuple[set[tuple[int, int]], list[tuple[int, ...]], list[int]]] = [(set(), [], []) for _ in range(count)]
    for item, check, offset in scan.candidates:
        told[item][0].add((check, offset if check < marks() else 0))
    for item, *match in scan.matches:
        told[item][1].append(tuple(match))
    for item, flags in scan.flags:
        told[item][2].append(flags)
    return list(told)


FOLDER = tempfile.TemporaryDirectory()


def written(objects: Iterable[Stored], **options: object) -> Pack:
    """A pack that stays where it is: whoever searches it opens it again."""
    length = 32 if options.get("hash") == "sha256" else 20
    folder = Path(tempfile.mkdtemp(dir=FOLDER.name))
    return Pack(*packs.write(folder, list({stored.id: stored for stored in objects}.values()), **options), length)  # type: ignore[arg-type]


words = st.sampled_from(
    [
        *(b"tok_", b"abcdefghij0123456789", b"secret", b" ", b"=", b"1234", b"pass", b":", b"ABCword", b"key-", b"0123456789abcdef" * 2),
        *(
            b"begin",
            b"\n",
            b"apiVersion",
            b"API",
            b"kind",
            b"a",
            b"\x00\xff",
            b" " * 90,
            b"x" * 97,
            b"z" * 200,
            b"\x1f\x8b\x08",
            b"\xff\xfe",
        ),
    ]
)
contents = st.lists(words, max_size=25).map(b"".join)


@st.composite
def families(draw: st.DrawFn) -> list[Stored]:
    """Objects made from others by copies in any order, overlapping or not, and inserts."""
    texts = draw(st.lists(contents, min_size=1, max_size=3, unique=True))
    objects = [whole(text) for text in texts]
    for _ in range(draw(st.integers(0, 8))):
        base = draw(st.sampled_from(texts))
        cuts = st.integers(0, len(base))
        copies = st.tuples(cuts, cuts).map(lambda ends: Copy(min(ends), abs(ends[0] - ends[1])))
        long = st.sampled_from([Copy(0, len(base)), Copy(0, len(base) // 2), Copy(len(base) // 2, len(base) - len(base) // 2)])
        steps: list[Step] = [
            step for step in draw(st.lists(st.one_of(long, copies, words), max_size=6)) if not (isinstance(step, Copy) and step.length == 0)
        ]
        made = delta(base, steps, named=draw(st.booleans()))
        if made.id not in {stored.id for stored in objects}:
            texts.append(packs.apply(base, steps))
            objects.append(made)
    return objects


def contents_of(objects: Iterable[Stored]) -> dict[bytes, bytes]:
    made: dict[bytes, bytes] = {}
    for stored in objects:
        if stored.base is None:
            made[stored.id] = stored.data
    left = [stored for stored in objects if stored.base is not None]
    while left:
        ready = [stored for stored in left if stored.base in made]
        for stored in ready:
            made[stored.id] = _made(made[stored.base or b""], stored.data)
        left = [stored for stored in left if stored.id not in made]
    return made


def _made(base: bytes, data: bytes) -> bytes:
    at = 0
    for _ in range(2):
        while data[at] & 0x80:
            at += 1
        at += 1
    out = b""
    while at < len(data):
        command = data[at]
        at += 1
        if not command & 0x80:
            out += data[at : at + command]
            at += command
            continue
        said = []
        for bit in range(7):
            said.append(data[at] if command >> bit & 1 else 0)
            at += command >> bit & 1
        start = int.from_bytes(bytes(said[:4]), "little")
        out += base[start : start + (int.from_bytes(bytes(said[4:]), "little") or 0x10000)]
    return out


@thorough
@given(families())
def test_an_object_made_by_a_delta_is_told_as_if_it_was_searched_whole(objects: list[Stored]) -> None:
    for asked in (matcher(), matcher(confirm=False)):
        texts, unread, scanned = search(written(objects), asked=asked)
        assert not unread and scanned == len(objects)
        expected = contents_of(objects)
        assert {bytes.fromhex(id.decode()): content for id, (_, content, _) in texts.items()} == expected
        plain = found_in(asked.scan([content for _, content, _ in texts.values()]), len(texts))
        assert [found for _, _, found in texts.values()] == plain


@thorough
@given(families())
def test_what_holds_nothing_is_counted_and_nothing_else_is_left_out(objects: list[Stored]) -> None:
    told, _, scanned = search(written(objects), everything=False)
    assert scanned == len(objects)
    loud = {id for id, (_, _, found) in search(written(objects))[0].items() if found != (set(), [], [])}
    assert set(told) == loud


@pytest.mark.parametrize("options", [{"version": 1}, {"large": True}, {"hash": "sha256"}, {"version": 1, "hash": "sha256"}])
def test_indexes_of_all_forms(options: dict[str, object]) -> None:
    hash = str(options.get("hash", "sha1"))
    base = b"a" * 400 + b"begin"
    first = delta(base, [Copy(0, 200), b"one"], hash=hash)
    second = delta(packs.apply(base, [Copy(0, 200), b"one"]), [b"two", Copy(0, 203)], named=True, hash=hash)
    pack = written([second, whole(base, hash=hash), first, whole(b"tree", packs.TREE, hash)], **options)  # its base stands behind it
    texts, unread, _ = search(pack)
    assert not unread and {content for _, content, _ in texts.values()} == {base, b"a" * 200 + b"one", b"two" + b"a" * 200 + b"one"}
    assert len(pack) == 4 and all(pack.holds(id) for id in texts) and not pack.holds(b"00" * 20)
    assert sorted(id for lot in pack.lots(1) for id in pack.ids(*lot)) == sorted(texts)


def test_the_words_of_commits_and_tags() -> None:
    commit = b"tree 12\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 2 +0000\ngpgsig -----X\n begin\n\nbegin\n\nthe end\n"
    tag = b"object 12\ntype commit\ntag v\ntagger T <t@e> 3 +0000\n\nfirst"
    texts, _, _ = search(written([whole(commit, packs.COMMIT), whole(tag, packs.TAG), whole(b"no end", packs.COMMIT)]))
    assert sorted((kind, content) for kind, content, _ in texts.values()) == [
        ("commit", b"\n\n"),
        ("commit", b"begin\n\nthe end\n\n\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 2 +0000"),
        ("tag", b"first\n\ntagger T <t@e> 3 +0000"),
    ]


def test_pointers_of_git_lfs_are_told_apart() -> None:
    pack = written([whole(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), whole(b"version https://git-lfs.github.com/")])
    work = Search(pack, matcher(), LARGEST)
    work.begin(*pack.lots(9)[0])
    assert work.next() is not None
    assert [lfs for _, _, lfs in work.texts] == [True]


def test_flags_are_those_of_a_text_whatever_was_copied() -> None:
    base = b"x" * 300
    packed = b"\x1f\x8b\x08" + base
    texts, _, _ = search(written([whole(base), delta(base, [b"\x1f\x8b\x08", Copy(0, 300)])]))
    assert {content: found[2] for _, content, found in texts.values()} == {base: [], packed: [FLAG_PACKED]}  # type: ignore[index]


def test_a_text_full_of_literals_is_told_like_any_other() -> None:
    base = b"secret " * 60_000
    texts, _, _ = search(written([whole(base), delta(base, [b"secret = 1234", Copy(0, len(base))])]), asked=matcher(confirm=False))
    for _, content, found in texts.values():
        assert [found] == found_in(matcher(confirm=False).scan([content]), 1)


def test_what_is_too_long_is_left_to_others_and_its_children_are_read() -> None:
    long = b"begin\n" * (LARGEST // 6 + 1)
    texts, unread, _ = search(written([whole(long), delta(long, [Copy(6, 100)])]))
    assert [content for _, content, _ in texts.values()] == [long[6:106]]
    assert unread == {packs.id_of(packs.BLOB, long).hex().encode()}


def test_an_object_in_two_packs_is_read_once() -> None:
    first, second = written([whole(b"one"), whole(b"two")]), written([whole(b"two"), whole(b"three"), delta(b"two", [b"begin"])])
    assert pass_repeats([first, second]) == 1
    assert {content for pack in (first, second) for _, content, _ in search(pack)[0].values()} == {b"one", b"two", b"three", b"begin"}
    assert len(search(first)[0]) + len(search(second)[0]) == 4


def test_chains_of_any_depth() -> None:
    objects = [whole(b"API kind " + b"-" * 296)]
    for number in range(6000):
        data = packs.encode(305, 305, [Copy(0, 299), b"%06d" % number])
        objects.append(Stored(b"%020d" % number, packs.OFFSET_DELTA, data, objects[-1].id))
    told, unread, scanned = search(written(objects), everything=False)
    assert not unread and scanned == len(told) == 6001  # each has the first words of its base


def unread_of(objects: list[Stored]) -> tuple[set[bytes], int]:
    _, unread, scanned = search(written(objects))
    return {bytes.fromhex(id.decode()) for id in unread}, scanned


def test_objects_that_are_made_from_each_other_are_unread() -> None:
    one, two, three = (bytes([number]) * 20 for number in (1, 2, 3))
    data = packs.encode(1, 1, [b"x"])
    objects = [
        Stored(one, packs.NAMED_DELTA, data, two),
        Stored(two, packs.NAMED_DELTA, data, one),
        Stored(three, packs.NAMED_DELTA, data, three),
    ]
    assert unread_of([*objects, whole(b"good")]) == ({one, two, three}, 1)


def test_a_delta_without_its_base_is_unread_and_so_is_what_is_made_from_it() -> None:
    thin = delta(b"elsewhere", [b"x"], named=True)
    child = delta(b"x", [b"y"])
    assert unread_of([thin, child, whole(b"good")]) == ({thin.id, child.id}, 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        packs.encode(5, 1, [b"x"]),  # of another base
        packs.encode(4, 2, [b"x"]),  # gives less than it says
        packs.encode(4, 0, [b"x"]),  # and more
        packs.encode(4, 9, [Copy(0, 9)]),  # reaches behind the base
        packs.encode(4, 9, [Copy(0xFFFFFFFF, 9)]),
        packs.encode(4, 1, []) + b"\0",
        packs.encode(4, 1, []) + b"\x05x",
        packs.encode(4, 1 << 40, [Copy(0, 4)]),  # would fill the memory
        packs.encode(1 << 62, 1, [b"x"]),
        b"\xff" * 30,
    ],
)
def test_deltas_that_lie_are_unread(data: bytes) -> None:
    bad = Stored(b"\7" * 20, packs.OFFSET_DELTA, data, packs.id_of(packs.BLOB, b"base"))
    child = Stored(b"\10" * 20, packs.OFFSET_DELTA, packs.encode(1, 1, [b"x"]), bad.id)
    assert unread_of([whole(b"base"), bad, child]) == ({bad.id, child.id}, 1)


def test_a_delta_that_unfolds_to_gigabytes_is_left_to_others() -> None:
    size = 50_000
    objects = [whole(b"x" * size)]
    for number in range(4):  # 2 MB, 80 MB, 3.2 GB, 128 GB
        last, size = size, size * 40
        objects.append(Stored(bytes([number]) * 20, packs.OFFSET_DELTA, packs.encode(last, size, [Copy(0, last)] * 40), objects[-1].id))
    ids, scanned = unread_of(objects)
    assert scanned == 1 and ids == {stored.id for stored in objects[1:]}


def test_files_that_are_no_packs_are_refused(tmp_path: Path) -> None:
    pack, index = packs.write(tmp_path, [whole(b"x")])
    good, named = Path(pack.decode()).read_bytes(), Path(index.decode()).read_bytes()
    for bad_pack, bad_index in ((b"", named), (good, b""), (good[:8], named), (b"PACK" + bytes(50), named), (good, named[:-1])):
        with pytest.raises((ValueError, OverflowError)):
            Pack(*packs.save(tmp_path / "bad", bad_pack, bad_index), 20)
    with pytest.raises(FileNotFoundError):
        Pack(pack, index + b"x", 20)
    with pytest.raises(ValueError):
        Pack(pack, bytes(tmp_path), 20)


LONG = random.Random(3).randbytes(300_000)


@pytest.mark.parametrize("change", ["gone", "cut", "another", "a folder"])
def test_a_pack_that_changes_under_its_readers_is_unread(tmp_path: Path, change: str) -> None:
    objects = [whole(b"first"), whole(LONG), delta(LONG, [Copy(0, 100)])]
    path, index = packs.write(tmp_path, objects)
    pack = Pack(path, index, 20)
    file = Path(path.decode())
    content = file.read_bytes()
    file.unlink()
    if change == "cut":
        file.write_bytes(content[:200])
    elif change == "another":
        file.write_bytes(content[:-20] + bytes(20))
    elif change == "a folder":
        file.mkdir()
    texts, unread, _ = search(pack)
    assert not texts and unread == {stored.id.hex().encode() for stored in objects}


def test_a_pack_that_is_cut_while_it_is_read_ends_nothing(tmp_path: Path) -> None:
    objects = [whole(b"first"), whole(LONG), delta(LONG, [Copy(0, 100)])]
    path, index = packs.write(tmp_path, objects)
    pack = Pack(path, index, 20)
    work = Search(pack, matcher(), LARGEST, True)
    Path(path.decode()).write_bytes(b"PACK")
    work.begin(*pack.lots(9)[0])
    assert work.next() is not None and not work.texts
    assert set(work.unread) == {stored.id.hex().encode() for stored in objects}


def sample() -> tuple[bytes, bytes, int]:
    """A small pack of everything, as bytes, and how many objects it has."""
    base = b"secret = 1234\n" * 8
    first = delta(base, [Copy(0, 60), b"key-", Copy(20, 40)])
    made = packs.apply(base, [Copy(0, 60), b"key-", Copy(20, 40)])
    objects = [
        whole(base),
        first,
        delta(made, [Copy(5, 90), b"tok_"], named=True),
        whole(b"tree 1\n\nbegin", packs.COMMIT),
        whole(b"", packs.TREE),
    ]
    with tempfile.TemporaryDirectory() as folder:
        pack, index = packs.write(Path(folder), objects, large=True)
        return Path(pack.decode()).read_bytes(), Path(index.decode()).read_bytes(), len(objects)


def attacked(folder: Path, pack: bytes, index: bytes) -> None:
    """Read what was tampered with: it is refused, or each object is either read or told unread."""
    try:
        opened = Pack(*packs.save(folder, pack, index), 20)
    except (ValueError, OverflowError):
        return
    texts, unread, scanned = search(opened)
    assert scanned == len(texts) and not unread & set(texts) and len(texts) + len(unread) <= len(opened)


def test_no_truncation_and_no_flipped_byte_does_harm(tmp_path: Path) -> None:
    pack, index, _ = sample()
    for at in range(0, len(pack), 2):
        attacked(tmp_path, pack[:at] + pack[-20:], index)
        attacked(tmp_path, pack[:at] + bytes([pack[at] ^ 0xFF]) + pack[at + 1 :], index)
    for at in (*range(8), *range(8, 8 + 1024, 73), *range(1032, len(index), 3)):
        attacked(tmp_path, pack, index[:at] + index[-40:])
        attacked(tmp_path, pack, index[:at] + bytes([index[at] ^ 0x81]) + index[at + 1 :])


def test_random_damage_does_no_harm(tmp_path: Path) -> None:
    rng = random.Random(7)
    pack, index, _ = sample()
    for _ in range(300):
        damaged, table = bytearray(pack), bytearray(index)
        for _ in range(rng.randrange(1, 6)):
            damaged[rng.randrange(12, len(pack) - 20)] = rng.randrange(256)
            table[rng.randrange(1032, len(index) - 40)] ^= 1 << rng.randrange(8) if rng.random() < 0.3 else 0
        attacked(tmp_path, bytes(damaged), bytes(table))
