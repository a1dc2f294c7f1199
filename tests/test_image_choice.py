"""Which of an archive's images, layers and files are asked for: platforms, bases, the final file system; and what is read once only."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import images
import pytest
import tokens
from command_line import secretscan
from scanning import as_text, scanned

from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.model import Reason, ScanResult, Unit
from secretscan.sources import image

BASE, AMD, ARM, GONE = (tokens.github_pat(seed) for seed in (41, 42, 43, 44))


def secret(token: str) -> bytes:
    return f"token = {token}\n".encode()


def found(result: ScanResult) -> set[str]:
    return {finding.secret.decode("ascii") for finding in result.findings}


def facts(result: ScanResult, token: str) -> list[dict[str, object]]:
    return [dict(place.origin.facts) for finding in result.findings if finding.secret == token.encode() for place in finding.places]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of two platforms in an OCI layout, made by buildah: a layer in common, then one that differs and deletes a file."""
    folder = tmp_path_factory.mktemp("platforms")
    buildah = ("buildah", "--storage-driver", "vfs", "--root", folder / "root", "--runroot", folder / "run")

    def commit(image: str, name: str, files: dict[str, bytes], *config: str, removed: tuple[str, ...] = ()) -> None:
        container = images.tool(*buildah, "from", image)
        mounted = Path(images.tool(*buildah, "mount", container))
        for path, data in files.items():
            (mounted / path).write_bytes(data)
        for path in removed:
            (mounted / path).unlink()
        images.tool(*buildah, "config", *config, container)
        images.tool(*buildah, "commit", "-q", container, name)

    commit("scratch", "base", {"base": secret(BASE), "gone": secret(GONE)})
    commit("base", "amd", {"own": secret(AMD)}, "--arch", "amd64", removed=("gone",))
    commit("base", "arm", {"own": secret(ARM)}, "--arch", "arm64", "--variant", "v8", removed=("gone",))
    images.tool(*buildah, "manifest", "create", "both", "containers-storage:localhost/amd", "containers-storage:localhost/arm")
    images.tool(*buildah, "manifest", "push", "-q", "--all", "both", f"oci:{folder / 'both'}:app:1")
    images.tool(*buildah, "push", "-q", "base", f"oci:{folder / 'base'}:base:1")
    return folder / "both"


def test_all_platforms_of_an_index_are_read_and_the_layer_they_share_once(index):
    result = scanned("image", index)
    assert found(result) == {BASE, AMD, ARM, GONE}
    assert result.coverage.complete
    (base,) = facts(result, BASE)
    assert str(base["image"]).count("linux/") == 2
    assert "linux/arm64/v8" in str(facts(result, ARM)[0]["image"])


@pytest.mark.parametrize(("platform", "own"), [("linux/amd64", AMD), ("linux/arm64", ARM), ("linux/arm64/v8", ARM)])
def test_one_platform_can_be_asked_for(index, platform, own):
    result = scanned("image", index, platforms=(platform,))
    assert found(result) == {BASE, GONE, own}
    assert result.coverage.complete and result.coverage.suppressed == {"of another platform (--platform)": 1}


def test_a_platform_that_is_not_there_is_no_clean_image(index):
    result = scanned("image", index, platforms=("linux/s390x",))
    assert not result.coverage.complete
    assert "linux/amd64" in result.coverage.unread[0].detail


def test_only_what_is_in_the_final_file_system_can_be_asked_for(index):
    result = scanned("image", index, final_only=True)
    assert found(result) == {BASE, AMD, ARM}
    assert result.coverage.suppressed == {"not in the final file system (--final-only)": 1}
    assert GONE not in as_text(result)


def test_a_base_can_be_left_out_by_its_number_of_layers_or_by_its_image(index):
    for base in (1, str(index.parent / "base")):
        result = scanned("image", index, base=base)
        assert found(result) == {AMD, ARM}
        assert result.coverage.complete
        assert result.coverage.suppressed == {"in a base layer (--skip-base)": 2}
        assert result.coverage.skipped[Reason.EXCLUDED] == 2


def test_a_base_that_shares_no_layer_leaves_nothing_out(index, tmp_path):
    other = images.from_tars(tmp_path, [images.tar_of({"a": b"a"})])
    assert found(scanned("image", index, base=str(other))) == {BASE, AMD, ARM, GONE}
    (tmp_path / "none.tar").write_bytes(images.tar_of({"a": b"a"}))
    with pytest.raises(SourceError):
        scanned("image", index, base=str(tmp_path / "none.tar"))


def test_a_damaged_layer_of_a_base_that_is_left_out_does_not_make_it_incomplete(index, tmp_path):
    shutil.copytree(index, tmp_path / "both")
    shared = [path for path in (tmp_path / "both" / "blobs" / "sha256").iterdir() if path.read_bytes()[:2] == b"\x1f\x8b"]
    for path in shared:
        if (index.parent / "base" / "blobs" / "sha256" / path.name).exists():
            path.unlink()
    assert not scanned("image", tmp_path / "both").coverage.complete
    assert scanned("image", tmp_path / "both", base=1).coverage.complete


def test_the_command_takes_these_choices(index):
    done = secretscan("image", index, "--platform", "linux/arm64", "--final-only", "--skip-base", "1", "-f", "json", cwd=index.parent)
    assert done.returncode == 1, done.stderr
    (only,) = json.loads(done.stdout)["findings"]
    assert only["origins"][0]["path"] == "own"
    assert secretscan("image", index, "--platform", "arm64", cwd=index.parent).returncode == 2


def test_several_images_in_one_archive_are_all_read(index, tmp_path):
    store = ("--storage-driver", "vfs", "--root", index.parent / "root", "--runroot", index.parent / "run")
    images.tool("podman", *store, "save", "-q", "-m", "-o", tmp_path / "two.tar", "localhost/amd", "localhost/arm")
    result = scanned("image", tmp_path / "two.tar")
    assert found(result) == {BASE, AMD, ARM, GONE} and result.coverage.complete
    assert {str(fact["image"]) for fact in facts(result, BASE)} == {"localhost/amd:latest, localhost/arm:latest"}


@pytest.mark.parametrize("form", ["docker-archive", "oci-archive", "docker-dir", "oci-dir"])
def test_what_podman_saves_is_read(index, tmp_path, form):
    store = ("--storage-driver", "vfs", "--root", index.parent / "root", "--runroot", index.parent / "run")
    images.tool("podman", *store, "save", "-q", "--format", form, "-o", tmp_path / "saved", "localhost/amd")
    result = scanned("image", tmp_path / "saved")
    assert found(result) == {BASE, AMD, GONE} and result.coverage.complete
    assert facts(result, GONE)[0]["fate"] == "deleted in layer 2"


def test_a_file_that_ten_layers_repeat_is_matched_once_and_told_ten_times(tmp_path):
    content = b"# padding\n" * 200 + secret(AMD)
    layers = [images.tar_of({"etc/app.conf": content, f"n{number}": str(number).encode()}) for number in range(10)]
    result = scanned("image", images.from_tars(tmp_path, layers))
    (finding,) = result.findings
    assert sorted((place.origin.facts["layer"], place.line) for place in finding.places) == [(number, 201) for number in range(1, 11)]
    assert [place.origin.facts["layer"] for place in finding.places if place.origin.facts["fate"] == "present"] == [10]
    units = [unit for unit in image.open_source(str(tmp_path / "layout"), Settings()).units() if isinstance(unit, Unit)]
    assert [unit.id.path for unit in units if unit.name == b"etc/app.conf"] == [b"etc/app.conf"]


def test_a_copy_under_another_path_keeps_a_fate_of_its_own(tmp_path):
    content = b"# padding\n" * 200 + secret(AMD)
    layout = images.from_tars(tmp_path, [images.tar_of({"a/conf": content}), images.tar_of({"b/conf": content, "a/.wh.conf": b""})])
    result = scanned("image", layout)
    places = {place.origin.path: place.origin.facts["fate"] for finding in result.findings for place in finding.places}
    assert places == {b"a/conf": "deleted in layer 2", b"b/conf": "present"}
    assert found(scanned("image", layout, final_only=True)) == {AMD}


def test_what_buildkit_says_of_a_build_is_read_as_arguments_and_commands(tmp_path):
    dockerfile = base64.b64encode(b"FROM scratch\nENV TOKEN=" + GONE.encode() + b"\n").decode()
    pair = tokens.aws_pair(seed=45)
    predicate = {
        "buildDefinition": {
            "externalParameters": {"request": {"args": {"build-arg:NPM_TOKEN": AMD, "label:note": "x"}}},
            "internalParameters": {
                "buildConfig": {
                    "llbDefinition": [
                        {"op": {"meta": {"args": ["/bin/sh", "-c", f"curl -H 'Authorization: token {ARM}' x"]}}},
                        {"op": {"meta": {"env": [f"AWS_ACCESS_KEY_ID={pair[0]}", f"AWS_SECRET_ACCESS_KEY={pair[1]}"]}}},
                    ]
                }
            },
        },
        "runDetails": {"metadata": {"buildkit_metadata": {"source": {"infos": [{"filename": "Dockerfile", "data": dockerfile}]}}}},
    }
    statement = {"predicateType": "https://slsa.dev/provenance/v1", "predicate": predicate}
    blobs = images.Blobs()
    config = blobs.put_json({"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": []}}, images.CONFIG)
    subject = blobs.put_json({"config": config, "layers": []}, images.MANIFEST)
    layer = blobs.put_json(statement, "application/vnd.in-toto+json")
    attestation = blobs.put_json({"config": blobs.put(b"{}", images.CONFIG), "layers": [layer]}, images.MANIFEST)
    annotations = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": subject["digest"]}
    subject["platform"] = {"os": "linux", "architecture": "amd64"}
    attestation |= {"annotations": annotations, "platform": {"os": "unknown", "architecture": "unknown"}}
    files = blobs | {"index.json": json.dumps({"manifests": [subject, attestation]}).encode(), "oci-layout": b"{}"}
    (tmp_path / "image.tar").write_bytes(images.tar_of(files))
    result = scanned("image", tmp_path / "image.tar")
    assert {AMD, ARM, GONE} <= found(result)
    assert [finding for finding in result.findings if finding.rule == "aws-credentials"]
    (argument,) = facts(result, AMD)
    assert argument["pointer"] == "/predicate/buildDefinition/externalParameters/request/args/build-arg:NPM_TOKEN"
    assert argument["image"] == "attestation of linux/amd64"
    assert result.coverage.complete


def test_what_an_image_adds_to_another_is_all_that_is_reported(index, tmp_path):
    base = index.parent / "base"
    done = secretscan("image", index, "--against", base, "-f", "json", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert len(report["findings"]) == 2
    assert report["coverage"]["suppressed"]["known from the image compared with (--against)"] == 2
    same = secretscan("image", base, "--against", index, "-f", "json", cwd=tmp_path)
    assert same.returncode == 0 and json.loads(same.stdout)["findings"] == []
    assert not any(token.encode() in done.stdout + same.stdout for token in (BASE, GONE, AMD, ARM))
    assert secretscan("image", "-", "--against", "-", cwd=tmp_path).returncode == 2
    assert secretscan("image", index, "--against", tmp_path / "missing", cwd=tmp_path).returncode == 3
