"""What later layers, and later entries of the same layer, do to a file: whiteouts, opaque folders, links, names that lie."""

from __future__ import annotations

import io
import tarfile
import tracemalloc

import images
import pytest
import tokens
from scanning import as_text, scanned

from secretscan.images.layers import normal
from secretscan.model import PIECE, Reason

TOKENS = [tokens.github_pat(seed) for seed in range(12)]


def secret(number: int) -> bytes:
    return f"token = {TOKENS[number]}\n".encode()


@pytest.fixture
def scan(tmp_path):
    """Scan an image of these layers (each a tar's members); facts by token number and path."""

    def run(*layers):
        target = images.from_tars(tmp_path, [layer if isinstance(layer, bytes) else images.tar_of(layer) for layer in layers])
        result = scanned("image", target)
        found = {}
        for finding in result.findings:
            for place in finding.places:
                found[TOKENS.index(finding.secret.decode("ascii")), place.origin.path] = dict(place.origin.facts)
        return found, result

    return run


def fates(found):
    return {key: facts["fate"] for key, facts in found.items()}


def test_a_whiteout_deletes_from_lower_layers_and_spares_its_own(scan):
    found, result = scan({"a/gone": secret(0)}, {"a/.wh.gone": b"", "a/gone": secret(1)}, {"a/.wh.gone": b""})
    assert fates(found) == {(0, b"a/gone"): "overwritten in layer 2", (1, b"a/gone"): "deleted in layer 3"}
    assert result.coverage.complete


def test_a_whiteout_of_a_folder_deletes_all_below(scan):
    found, _ = scan({"a/b/c/deep": secret(0), "ab": secret(1)}, {".wh.a": b""})
    assert fates(found) == {(0, b"a/b/c/deep"): "deleted in layer 2", (1, b"ab"): "present"}


@pytest.mark.parametrize("first", [True, False])
def test_an_opaque_folder_hides_lower_content_only_whatever_the_order(scan, first):
    opaque = [("d/.wh..wh..opq", b"")]
    sibling = [("d/new", secret(1))]
    found, _ = scan({"d/old": secret(0), "other": secret(2)}, [*opaque, *sibling] if first else [*sibling, *opaque])
    assert fates(found) == {(0, b"d/old"): "deleted in layer 2", (1, b"d/new"): "present", (2, b"other"): "present"}


def test_an_opaque_root_hides_everything_below(scan):
    found, _ = scan({"a/old": secret(0)}, {".wh..wh..opq": b""})
    assert fates(found) == {(0, b"a/old"): "deleted in layer 2"}


def test_a_file_in_place_of_a_folder_hides_what_was_in_it(scan):
    found, _ = scan({"a/b": secret(0)}, {"a": b"a file now\n"})
    assert fates(found) == {(0, b"a/b"): "deleted in layer 2"}


def test_a_folder_that_is_listed_again_hides_nothing(scan):
    found, _ = scan({"a/b": secret(0)}, {"./": images.link("", tarfile.DIRTYPE), "a/": images.link("", tarfile.DIRTYPE)})
    assert fates(found) == {(0, b"a/b"): "present"}


def test_a_name_twice_in_one_layer_shadows_the_first(scan):
    found, _ = scan([("a", secret(0)), ("./a", secret(1))])
    assert fates(found) == {(0, b"a"): "shadowed by a later entry of its layer", (1, b"a"): "present"}


def test_a_hard_link_keeps_deleted_content_present(scan):
    found, _ = scan([("a", secret(0)), ("kept", images.link("a"))], {".wh.a": b""})
    assert found[0, b"a"]["fate"] == "present"
    assert found[0, b"a"]["linked_as"] == "kept"


def test_a_hard_link_that_is_deleted_too_keeps_nothing(scan):
    found, _ = scan([("a", secret(0)), ("kept", images.link("a"))], {".wh.a": b"", ".wh.kept": b""})
    assert fates(found) == {(0, b"a"): "deleted in layer 2"}


def test_metadata_of_aufs_deletes_nothing(scan):
    found, _ = scan({"plnk": secret(0)}, {".wh..wh.plnk": b"", ".wh..wh.aufs": b""})
    assert fates(found) == {(0, b"plnk"): "present"}


def test_a_whiteout_with_content_is_scanned(scan):
    found, _ = scan({"a": b"x"}, {".wh.a": secret(0)})
    assert (0, b".wh.a") in found


def test_odd_names_are_scanned_and_shown_escaped(scan):
    names = ["/abs", "../../up", "a/../b", "caf\udce9", "esc\x1b[31m", "n" * 4000]
    found, result = scan([(name, secret(number)) for number, name in enumerate(names)])
    assert {path for _, path in found} == {name.encode("utf-8", "surrogateescape") for name in names}
    assert "\x1b" not in as_text(result, "terminal") and "\\x1b[31m" in as_text(result, "terminal")


def test_a_name_of_very_many_folders_costs_no_table_of_them(scan):
    name = "a/" * 100_000 + "b"
    tracemalloc.start()
    found, result = scan({name: secret(0), "c": b"x"}, {"d": b"x"})
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found[0, name.encode()]["fate"] == "present" and result.coverage.complete
    assert most < 100 << 20


def test_names_that_mean_one_path_are_one_path(scan):
    found, _ = scan({"./etc/x": secret(0)}, {"/etc//y/../x": b"clean\n"})
    assert fates(found) == {(0, b"etc/x"): "overwritten in layer 2"}
    assert normal(b"../../a/./b//../c/") == b"a/c"


def test_an_empty_name_hides_nothing(scan):
    member = tarfile.TarInfo("")
    member.size = len(secret(0))
    block = member.tobuf(tarfile.GNU_FORMAT) + secret(0).ljust(512, b"\0")
    found, _ = scan({"a/b": secret(1)}, block + bytes(1024))
    assert found[0, b""]["layer"] == 2
    assert found[1, b"a/b"]["fate"] == "present"


def test_links_devices_and_pipes_are_counted_and_do_not_make_it_incomplete(scan):
    kinds = {"l": tarfile.SYMTYPE, "p": tarfile.FIFOTYPE, "c": tarfile.CHRTYPE, "b": tarfile.BLKTYPE}
    _, result = scan({name: images.link("/etc/passwd" if name == "l" else "", kind) for name, kind in kinds.items()} | {"a": b"a"})
    skipped = {reason: result.coverage.skipped.get(reason) for reason in (Reason.SYMLINK, Reason.FIFO, Reason.DEVICE)}
    assert skipped == {Reason.SYMLINK: 1, Reason.FIFO: 1, Reason.DEVICE: 2}
    assert result.coverage.complete


def test_long_files_and_archives_in_a_layer_are_read(scan):
    padding = b"a line of padding\n" * (PIECE // 10)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, data in {"pad": padding, "inner/key": secret(1)}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    small = images.tar_of({"key": secret(2)})
    found, result = scan({"long": padding + secret(0) + padding, "big.tar": packed.getvalue(), "small.tar": small}, {".wh.big.tar": b""})
    assert fates(found) == {
        (0, b"long"): "present",
        (1, b"big.tar!inner/key"): "deleted in layer 2",
        (2, b"small.tar!key"): "present",
    }
    (finding,) = [finding for finding in result.findings if finding.secret == TOKENS[0].encode()]
    assert finding.places[0].line == padding.count(b"\n") + 1


def test_bytes_behind_the_end_of_a_layer_are_read(scan):
    found, result = scan(images.tar_of({"a": b"a"}) + secret(0) * 100)
    assert [number for number, _ in found] == [0]
    assert Reason.CORRUPT in result.coverage.skipped


def symlink(target):
    return images.link(target, tarfile.SYMTYPE)


def test_a_file_written_through_a_linked_folder_meets_the_fate_of_where_it_lies(scan):
    found, _ = scan({"var/run": symlink("/run")}, {"var/run/key": secret(0), "var/run/kept": secret(1)}, {"run/.wh.key": b""})
    assert fates(found) == {(0, b"var/run/key"): "deleted in layer 3", (1, b"var/run/kept"): "present"}


def test_a_whiteout_through_a_linked_folder_deletes_what_lies_behind_it(scan):
    found, _ = scan({"usr/bin/key": secret(0), "bin": symlink("usr/bin")}, {"bin/.wh.key": b""})
    assert fates(found) == {(0, b"usr/bin/key"): "deleted in layer 2"}


def test_removing_a_link_to_a_folder_removes_nothing_in_it(scan):
    found, _ = scan({"data/key": secret(0), "link": symlink("data")}, {"link/new": secret(1)}, {".wh.link": b""})
    assert fates(found) == {(0, b"data/key"): "present", (1, b"link/new"): "present"}


def test_a_folder_in_place_of_a_link_is_a_folder_of_its_own(scan):
    found, _ = scan(
        {"link": symlink("data"), "data/a": b"a"}, {"link": images.link("", tarfile.DIRTYPE), "link/key": secret(0)}, {".wh.data": b""}
    )
    assert fates(found) == {(0, b"link/key"): "present"}


def test_links_in_circles_and_in_chains_end(scan):
    circle = {"a": symlink("b"), "b": symlink("a"), "self": symlink("self/self"), **{f"c{n}": symlink(f"c{n + 1}") for n in range(100)}}
    found, _ = scan(circle, {"a/key": secret(0), "self/self/key": secret(1), "c0/key": secret(2)}, {"c5/.wh.key": b""})
    assert fates(found) == {(0, b"a/key"): "present", (1, b"self/self/key"): "present", (2, b"c0/key"): "deleted in layer 3"}
