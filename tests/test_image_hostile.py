"""Images that are damaged, incomplete or made to mislead: what can be read is, what cannot is said, nothing raises."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import tarfile
import time
import zlib

import images
import pytest
import tokens
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scanning import as_text, scanned

from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.images.manifests import Contents, read
from secretscan.model import Gap, Reason, Skipped
from secretscan.sources import image

TOKEN = tokens.github_pat(21)
SECRET = f"token = {TOKEN}\n".encode()
NOISE = random.Random(5).randbytes(300_000)


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def oci(
    layers: list[bytes], *, leave_out: tuple[int, ...] = (), media_type: str = "application/vnd.oci.image.layer.v1.tar", **more
) -> bytes:
    """An OCI archive, its layers first, as tools write it."""
    files: dict[str, bytes] = {}

    def put(data: bytes, *, kept: bool = True) -> dict[str, object]:
        if kept:
            files[f"blobs/sha256/{digest(data)[7:]}"] = data
        return {"digest": digest(data), "size": len(data)}

    descriptors = [put(layer, kept=number not in leave_out) | {"mediaType": media_type} | more for number, layer in enumerate(layers)]
    config = put(json.dumps({"config": {}, "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]}}).encode())
    manifest = put(json.dumps({"schemaVersion": 2, "config": config, "layers": descriptors}).encode())
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode()
    return images.tar_of(files)


def scan(tmp_path, data: bytes, **options):
    target = tmp_path / "image.tar"
    target.write_bytes(data)
    result = scanned("image", target, settings=Settings(**options))
    found = [place.origin for finding in result.findings for place in finding.places if finding.secret == TOKEN.encode()]
    return found, result


LAYER = images.tar_of({"a/key": SECRET, "b": NOISE})


def test_a_missing_layer_is_said_and_the_others_are_read(tmp_path):
    found, result = scan(tmp_path, oci([LAYER, images.tar_of({"c": b"c"})], leave_out=(1,)))
    assert [(origin.path, origin.facts["layer"]) for origin in found] == [(b"a/key", 1)]
    assert set(result.coverage.skipped) == {Reason.MISSING} and not result.coverage.complete


def test_a_foreign_layer_is_said_to_be_elsewhere(tmp_path):
    media_type = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    _, result = scan(tmp_path, oci([LAYER], leave_out=(0,), media_type=media_type, urls=["https://example.com/layer"]))
    assert set(result.coverage.skipped) == {Reason.FOREIGN} and not result.coverage.complete


def test_an_encrypted_layer_is_said(tmp_path):
    _, result = scan(tmp_path, oci([NOISE], media_type="application/vnd.oci.image.layer.v1.tar+gzip+encrypted"))
    assert Reason.ENCRYPTED in result.coverage.skipped and not result.coverage.complete


def test_a_blob_that_is_not_what_its_digest_says_is_read_all_the_same(tmp_path):
    data = oci([LAYER])
    changed = tokens.github_pat(22).encode()
    found, result = scan(tmp_path, data.replace(TOKEN.encode(), changed))
    assert found == [] and changed in [finding.secret for finding in result.findings]
    assert set(result.coverage.skipped) == {Reason.CORRUPT}
    assert "does not match" in result.coverage.unread[0].detail or "do not match" in result.coverage.unread[0].detail


@pytest.mark.parametrize("packed", [False, True])
def test_a_truncated_archive_is_read_as_far_as_it_goes(tmp_path, packed):
    layer = gzip.compress(LAYER) if packed else LAYER
    data = oci([layer, images.tar_of({"c": b"c"})])
    found, result = scan(tmp_path, data[: len(layer) // 2])
    assert [origin.path for origin in found] == [b"a/key"]
    assert {Reason.TRUNCATED, Reason.MISSING} <= set(result.coverage.skipped)


def test_a_corrupt_layer_is_read_up_to_its_damage(tmp_path):
    packed = bytearray(gzip.compress(LAYER))
    packed[-100_000:-99_000] = bytes(1000)
    found, result = scan(tmp_path, oci([bytes(packed), images.tar_of({"after": SECRET})]))
    assert [origin.path for origin in found] == [b"a/key", b"after"]
    assert Reason.CORRUPT in result.coverage.skipped


def test_a_broken_header_in_a_layer_hides_nothing_behind_it(tmp_path):
    layer = bytearray(images.tar_of({"a": b"a" * 600, "broken": b"b", "c/key": SECRET}))
    layer[layer.index(b"broken") + 148 : layer.index(b"broken") + 156] = b"\xff" * 8
    found, result = scan(tmp_path, oci([bytes(layer)]))
    assert len(found) == 1 and found[0].path.endswith(b"!(after the last member)")
    assert Reason.CORRUPT in result.coverage.skipped


def test_bytes_behind_a_gzip_layer_are_read(tmp_path):
    found, _ = scan(tmp_path, oci([gzip.compress(images.tar_of({"a": b"a"})) + SECRET]))
    assert len(found) == 1


def test_a_layer_that_inflates_like_a_bomb_is_cut_and_a_large_one_is_not(tmp_path):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    member = tarfile.TarInfo("zeros")
    member.size = 64 << 20
    bomb = packer.compress(member.tobuf()) + b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    _, result = scan(tmp_path, oci([bomb]), max_archive_bytes=8 << 20)
    assert Reason.CAP in result.coverage.skipped
    large = gzip.compress(images.tar_of({"noise": NOISE * 40, "key": SECRET}), 1)
    found, result = scan(tmp_path, oci([large]), max_archive_bytes=1 << 20)
    assert len(found) == 1 and result.coverage.complete


def test_layers_without_any_manifest_are_read_and_that_is_said(tmp_path):
    found, result = scan(tmp_path, images.tar_of({f"{'0' * 64}/layer.tar": LAYER}))
    assert [(origin.path, origin.facts["fate"]) for origin in found] == [(b"a/key", "in a layer that no image names")]
    assert set(result.coverage.skipped) == {Reason.MISSING}


def test_a_tar_that_holds_no_image_is_said_to_hold_none(tmp_path):
    found, result = scan(tmp_path, images.tar_of({"key": SECRET}))
    assert len(found) == 1
    assert set(result.coverage.skipped) == {Reason.UNSUPPORTED}


@pytest.mark.parametrize("data", [b"", b"plain text\n", gzip.compress(b"text"), b"\x1f\x8b\x08", bytes(2000)])
def test_what_is_no_archive_is_refused_in_one_line(tmp_path, data):
    target = tmp_path / "not an image\x1b"
    target.write_bytes(data)
    with pytest.raises(SourceError) as refused:
        image.open_source(str(target), Settings())
    assert "\n" not in str(refused.value) and "\x1b" not in str(refused.value)


def test_what_is_not_there_is_refused(tmp_path):
    for target in (tmp_path / "missing", tmp_path):
        with pytest.raises(SourceError):
            image.open_source(str(target), Settings())


@pytest.mark.parametrize("name", ["manifest.json", "index.json"])
def test_hostile_documents_are_bounded(tmp_path, name):
    deep = b'{"manifests": ' * 5000 + b"[" * 100_000
    for document in (deep, b"null", b"[null, 3, {}]", b'{"manifests": [{"digest": 3}, {"digest": "sha256:../../x"}]}', b"{" * 10, b'"\\u'):
        found, _ = scan(tmp_path, images.tar_of({f"{'0' * 64}/layer.tar": LAYER, name: document}))
        assert [origin.path for origin in found] == [b"a/key"]


def test_an_index_that_holds_itself_ends():
    contents = Contents()
    contents.documents[0] = b'{"manifests": [{"digest": "sha256:aa"}]}'
    contents.names = {"index.json": 0, "blobs/sha256/aa": 0}
    assert read(contents) == ([], [])


def test_layers_that_are_links_are_followed_but_not_in_circles(tmp_path):
    files = {
        "real.tar": LAYER,
        "one/layer.tar": images.link("../two/layer.tar", tarfile.SYMTYPE),
        "two/layer.tar": images.link("../real.tar", tarfile.SYMTYPE),
        "hard/layer.tar": images.link("real.tar"),
        "round/layer.tar": images.link("layer.tar", tarfile.SYMTYPE),
        "manifest.json": json.dumps(
            [{"Config": "c.json", "RepoTags": ["app:1"], "Layers": ["one/layer.tar", "hard/layer.tar", "round/layer.tar"]}]
        ).encode(),
        "c.json": b"{}",
    }
    found, result = scan(tmp_path, images.tar_of(files))
    assert {origin.facts["fate"] for origin in found} == {"present"}
    assert result.coverage.skipped[Reason.MISSING] == 1


def test_a_platform_that_is_not_in_the_archive_does_not_make_it_incomplete(tmp_path):
    data = oci([LAYER])
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        files = {member.name: tar.extractfile(member).read() for member in tar}
    index = json.loads(files["index.json"])
    index["manifests"].append({"digest": digest(b"elsewhere"), "platform": {"os": "linux", "architecture": "arm64"}})
    files["index.json"] = json.dumps(index).encode()
    found, result = scan(tmp_path, images.tar_of(files))
    assert len(found) == 1 and result.coverage.complete
    assert result.coverage.skipped == {Reason.EXCLUDED: 1}


def test_attestations_are_scanned_and_are_no_image(tmp_path):
    statement = json.dumps({"predicate": {"buildArgs": {"TOKEN": TOKEN}}}).encode()
    manifest = json.dumps({"config": {"digest": digest(b"{}")}, "layers": [{"digest": digest(statement)}]}).encode()
    data = oci([images.tar_of({"a": b"a"})])
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        files = {member.name: tar.extractfile(member).read() for member in tar}
    index = json.loads(files["index.json"])
    index["manifests"].append({"digest": digest(manifest), "annotations": {"vnd.docker.reference.type": "attestation-manifest"}})
    files |= {f"blobs/sha256/{digest(each)[7:]}": each for each in (statement, manifest, b"{}")}
    files["index.json"] = json.dumps(index).encode()
    found, result = scan(tmp_path, images.tar_of(files))
    assert [origin.path for origin in found] == [f"blobs/sha256/{digest(statement)[7:]}".encode()]
    assert result.coverage.complete


def test_an_image_from_before_manifests_gets_its_layers_from_their_parents(tmp_path):
    lower, upper = "1" * 64, "2" * 64
    files = {
        f"{lower}/json": b"{}",
        f"{lower}/layer.tar": LAYER,
        f"{upper}/json": json.dumps({"parent": lower}).encode(),
        f"{upper}/layer.tar": images.tar_of({"a/.wh.key": b""}),
        "repositories": json.dumps({"app": {"1": upper}}).encode(),
    }
    found, _ = scan(tmp_path, images.tar_of(files))
    assert [(origin.facts["image"], origin.facts["layer"], origin.facts["fate"]) for origin in found] == [
        ("app:1", 1, "deleted in layer 2")
    ]


def test_a_users_cap_and_excludes_hold_inside_layers(tmp_path):
    found, result = scan(tmp_path, oci([LAYER]), exclude=("a/",), max_file_size=100_000)
    assert found == []
    assert {Reason.EXCLUDED: 1, Reason.USER_SIZE_CAP: 1}.items() <= result.coverage.skipped.items()


def test_an_image_never_suppresses_findings(tmp_path):
    ignored = SECRET.rstrip() + b"  # gitleaks:allow\n"
    found, _ = scan(tmp_path, oci([images.tar_of({"key": ignored, ".secretscanignore": b"key\n"})]))
    assert len(found) == 1


def test_a_layout_with_links_and_pipes_is_read_without_following_them(tmp_path):
    layout = images.from_tars(tmp_path, [LAYER])
    (tmp_path / "outside").write_bytes(SECRET)
    (layout / "blobs" / "link").symlink_to(tmp_path / "outside")
    os.mkfifo(layout / "blobs" / "pipe")
    result = scanned("image", layout)
    assert [place.origin.path for finding in result.findings for place in finding.places] == [b"a/key"]
    assert {Reason.SYMLINK: 1, Reason.FIFO: 1}.items() <= result.coverage.skipped.items()


def test_threads_do_not_change_the_report(tmp_path):
    layers = [
        gzip.compress(images.tar_of({f"f{number}": f"token = {tokens.github_pat(100 + number)}\n".encode(), "n": NOISE}))
        for number in range(4)
    ]
    (tmp_path / "image.tar").write_bytes(oci(layers))
    shown = {as_text(scanned("image", tmp_path / "image.tar", settings=Settings(jobs=jobs))) for jobs in (1, 2, 4)}
    assert len(shown) == 1


WHOLE = oci([gzip.compress(images.tar_of({"a/key": SECRET, "b": b"b" * 2000})), images.tar_of({"a/.wh.key": b""})])


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=6), st.integers(600, len(WHOLE)))
def test_no_damage_raises(tmp_path_factory, changes, end):
    data = bytearray(WHOLE[:end])
    for at, value in changes:
        data[at % end] = value
    target = tmp_path_factory.mktemp("damaged") / "image.tar"
    target.write_bytes(data)
    try:
        source = image.open_source(str(target), Settings())
    except SourceError:
        return
    items = list(source.units())
    ids = [item.id for item in items if not isinstance(item, Skipped)]
    told = [id for id, _ in source.places([getattr(id, "id", id) for id in ids])]
    assert len(told) >= len({getattr(id, "id", id) for id in ids})
    assert all(item.reason is not None for item in items if isinstance(item, (Skipped, Gap)))


def test_an_interrupt_ends_it_while_a_pipe_stalls_in_the_middle_of_a_layer(tmp_path):
    data = oci([gzip.compress(images.tar_of({"noise": NOISE * 20}))])
    script = "import sys\nfrom secretscan.cli.entry import main\nprint('begun', file=sys.stderr, flush=True)\nsys.exit(main())\n"
    with subprocess.Popen([sys.executable, "-c", script, "image", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write(data[: len(data) // 2])
        process.stdin.flush()
        assert process.stderr.readline() == b"begun\n"
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130


def test_half_a_surrogate_pair_in_a_manifest_ends_nothing(tmp_path):
    half = json.dumps([{"Config": "\ud800", "RepoTags": ["a\udfff"], "Layers": ["l", "\ud801"]}]).encode()
    found, result = scan(tmp_path, images.tar_of({"l": LAYER, "manifest.json": half}))
    assert len(found) == 1
    assert result.coverage.skipped == {Reason.MISSING: 2}
    for format in ("json", "sarif", "terminal", "gitleaks"):
        as_text(result, format).encode()
