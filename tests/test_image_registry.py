"""Images pulled from a real registry on this machine: logins, platforms, digests that lie, connections that break."""

from __future__ import annotations

import base64
import json
import os
import random
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import images
import pytest
import registries
import tokens
from command_line import secretscan
from registries import PASSWORD, USER
from scanning import scanned

from secretscan.errors import SourceError
from secretscan.images import reference
from secretscan.images.access import Access, Limits
from secretscan.model import Reason, ScanResult

GONE, KEPT = tokens.github_pat(51), tokens.github_pat(52)
QUICK = Limits(timeout=1.0, pause=0.01)


def secret(token: str) -> bytes:
    return f"token = {token}\n".encode()


def fates(result: ScanResult) -> dict[str, tuple[str, object, object]]:
    return {
        finding.secret.decode("ascii"): (place.origin.path.decode(), place.origin.facts.get("layer"), place.origin.facts.get("fate"))
        for finding in result.findings
        for place in finding.places
    }


EXPECTED = {GONE: ("etc/gone", 1, "deleted in layer 2"), KEPT: ("etc/kept", 2, "present")}


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two layers, the first of 4 MiB that do not compress."""
    lower = images.tar_of({"etc/gone": secret(GONE), "noise": random.Random(3).randbytes(4 << 20)})
    upper = images.tar_of({"etc/.wh.gone": b"", "etc/kept": secret(KEPT)})
    return images.from_tars(tmp_path_factory.mktemp("pushed"), [lower, upper])


def push(layout: Path, target: str, *options: str) -> None:
    images.tool("skopeo", "copy", "-q", "--dest-tls-verify=false", *options, f"oci:{layout}:app:1", f"docker://{target}")


@pytest.fixture(scope="module")
def registry(layout: Path, tmp_path_factory: pytest.TempPathFactory):
    with registries.registry(tmp_path_factory.mktemp("registry")) as host:
        push(layout, f"{host}/team/app:1")
        yield host


def pulled(host: str, name: str = "team/app:1", **more: object) -> ScanResult:
    access = Access({}, limits=QUICK)
    return scanned("image", f"{host}/{name}", **{"access": access, **more})


def test_an_image_is_pulled_and_told_like_one_in_a_file(registry, layout):
    result = pulled(registry)
    assert fates(result) == EXPECTED
    assert result.coverage.complete
    told = {place.origin.facts.get("image") for finding in result.findings for place in finding.places}
    assert told == {f"{registry}/team/app:1"}
    digest = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]
    assert fates(pulled(registry, f"team/app@{digest}")) == EXPECTED


def test_the_command_pulls(registry, tmp_path):
    done = secretscan("image", f"{registry}/team/app:1", "-f", "json", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert len(json.loads(done.stdout)["findings"]) == 2
    missing = secretscan("image", f"{registry}/team/app:2", cwd=tmp_path)
    assert missing.returncode == 3 and missing.stderr.count(b"\n") == 1 and b"no such image" in missing.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_manifest_list_is_pulled_by_platform_and_a_base_is_not_pulled_at_all(registry, layout, tmp_path):
    blobs = images.Blobs()
    (single,) = json.loads((layout / "index.json").read_text())["manifests"]
    manifest = json.loads((layout / "blobs/sha256" / single["digest"][7:]).read_text())
    other = blobs.put_json(manifest | {"annotations": {"own": GONE}}, images.MANIFEST)
    index = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            single | {"annotations": {}, "platform": {"os": "linux", "architecture": "amd64"}},
            other | {"platform": {"os": "linux", "architecture": "s390x"}},
        ],
    }
    import shutil

    shutil.copytree(layout, tmp_path / "both")
    for path, data in blobs.items():
        (tmp_path / "both" / path).write_bytes(data)
    described = images.Blobs().put_json(index, str(index["mediaType"]))
    (tmp_path / "both/blobs/sha256" / str(described["digest"])[7:]).write_text(json.dumps(index))
    described["annotations"] = {"org.opencontainers.image.ref.name": "both"}
    (tmp_path / "both/index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [described]}))
    images.tool("skopeo", "copy", "-q", "--all", "--dest-tls-verify=false", f"oci:{tmp_path}/both:both", f"docker://{registry}/team/both:1")
    every = pulled(registry, "team/both:1")
    assert any("linux/s390x" in str(place.origin.facts) for finding in every.findings for place in finding.places)
    proxy = registries.Proxy(registry, lambda request, status, headers, body: (status, headers, body, len(body)))
    one = pulled(proxy.host, "team/both:1", platforms=("linux/amd64",), base=1)
    assert set(fates(one)) == {KEPT} and one.coverage.complete
    fetched = [path.rpartition("/")[2] for path, _ in proxy.requests if "/blobs/" in path]
    assert manifest["layers"][0]["digest"] not in fetched and manifest["layers"][1]["digest"] in fetched
    assert len(fetched) == len(set(fetched))
    with pytest.raises(SourceError, match="linux/amd64, linux/s390x"):
        pulled(registry, "team/both:1", platforms=("linux/arm64",))
    assert set(fates(pulled(registry, "team/app:1", base=f"{registry}/team/app:1"))) == set()


@pytest.fixture(scope="module")
def guarded(layout: Path, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("basic")
    with registries.registry(folder, registries.basic(folder)) as host:
        push(layout, f"{host}/team/app:1", "--dest-creds", f"{USER}:{PASSWORD}")
        yield host


def configured(folder: Path, config: object) -> Access:
    (folder / ".docker").mkdir()
    (folder / ".docker/config.json").write_text(json.dumps(config))
    return Access({"HOME": str(folder)}, limits=QUICK)


AUTH = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


def test_a_login_of_docker_is_used(guarded, tmp_path):
    assert fates(pulled(guarded, access=configured(tmp_path, {"auths": {guarded: {"auth": AUTH}}}))) == EXPECTED


def test_an_image_among_other_targets_is_pulled_with_the_login_too(guarded, tmp_path):
    configured(tmp_path, {"auths": {guarded: {"auth": AUTH}}})
    done = secretscan("scan", f"image:{guarded}/team/app:1", "-f", "json", cwd=tmp_path, env={"HOME": str(tmp_path)})
    assert done.returncode == 1, done.stderr
    assert len(json.loads(done.stdout)["findings"]) == 2


def test_a_login_of_podman_is_used(guarded, tmp_path):
    (tmp_path / "auth.json").write_text(json.dumps({"auths": {f"{guarded}/team": {"auth": AUTH}}}))
    assert fates(pulled(guarded, access=Access({"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json")}))) == EXPECTED


def test_a_credential_helper_is_asked(guarded, tmp_path, monkeypatch):
    helper = tmp_path / "docker-credential-test"
    answer = json.dumps({"Username": USER, "Secret": PASSWORD})
    helper.write_text(f'#!/bin/sh\ntest "$1" = get && test "$(cat)" = {guarded} && echo \'{answer}\'\n')
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert fates(pulled(guarded, access=configured(tmp_path, {"credHelpers": {guarded: "test"}}))) == EXPECTED


@pytest.mark.parametrize("helper", ["../evil", "missing"])
def test_a_helper_that_cannot_be_run_is_no_login(guarded, tmp_path, helper):
    with pytest.raises(SourceError, match="asks for a login"):
        pulled(guarded, access=configured(tmp_path, {"credHelpers": {guarded: helper}}))


def test_a_wrong_password_is_refused_in_one_line_that_does_not_hold_it(guarded, tmp_path):
    wrong = "wrong password"
    auth = base64.b64encode(f"{USER}:{wrong}".encode()).decode()
    with pytest.raises(SourceError) as refused:
        pulled(guarded, access=configured(tmp_path, {"auths": {guarded: {"auth": auth}}}))
    assert "login" in str(refused.value) and wrong not in str(refused.value) and auth not in str(refused.value)


@pytest.fixture(scope="module")
def tokened(layout: Path, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("tokens")
    server = registries.TokenServer(folder)
    with registries.registry(folder, server.auth()) as host:
        push(layout, f"{host}/team/app:1", "--dest-creds", f"{USER}:{PASSWORD}")
        yield host, server


def test_a_token_is_got_for_the_login(tokened, tmp_path):
    host, server = tokened
    server.asked.clear()
    assert fates(pulled(host, access=configured(tmp_path, {"auths": {host: {"auth": AUTH}}}))) == EXPECTED
    assert server.asked == ["GET test repository:team/app:pull"]


def test_an_identity_token_is_changed_for_a_token(tokened, tmp_path):
    host, server = tokened
    server.asked.clear()
    assert fates(pulled(host, access=configured(tmp_path, {"auths": {host: {"identitytoken": server.refresh}}}))) == EXPECTED
    assert server.asked == ["POST test repository:team/app:pull"]


def test_without_a_login_the_token_server_says_no(tokened):
    with pytest.raises(SourceError, match="docker login"):
        pulled(tokened[0])


def is_layer(request, body: bytes) -> bool:
    return "/blobs/" in request.path and len(body) > 1 << 20


def test_a_connection_that_breaks_is_resumed_where_it_broke(registry):
    proxy = registries.Proxy(
        registry, lambda request, status, headers, body: (status, headers, body, 900_000 if is_layer(request, body) else len(body))
    )
    result = pulled(proxy.host)
    assert fates(result) == EXPECTED and result.coverage.complete
    ranges = [headers["Range"] for path, headers in proxy.requests if "Range" in headers]
    assert len(ranges) >= 3 and ranges[0] == "bytes=900000-"


def test_a_server_that_ignores_ranges_is_read_over_again(registry):
    cuts = iter([1_500_000, 3_000_000])

    def alter(request, status, headers, body):
        if "Range" in request.headers or is_layer(request, body):
            request.headers.replace_header("Range", "") if "Range" in request.headers else None
        return status, headers, body, next(cuts, len(body)) if is_layer(request, body) else len(body)

    class Deaf(registries.Proxy):
        def _handle(self, request):
            del request.headers["Range"]
            super()._handle(request)

    proxy = Deaf(registry, alter)
    result = pulled(proxy.host)
    assert fates(result) == EXPECTED and result.coverage.complete
    assert len([path for path, _ in proxy.requests if "/blobs/" in path]) == 5


def test_a_layer_that_never_comes_whole_is_said_and_the_rest_is_read(registry):
    proxy = registries.Proxy(
        registry, lambda request, status, headers, body: (status, headers, body, 0 if is_layer(request, body) else len(body))
    )
    result = pulled(proxy.host)
    assert set(fates(result)) == {KEPT} and not result.coverage.complete


def test_a_layer_that_is_not_what_its_digest_says_is_no_clean_scan(registry):
    def alter(request, status, headers, body):
        return status, headers, body[:-300] + b"\x55" + body[-299:] if is_layer(request, body) else body, len(body)

    result = pulled(registries.Proxy(registry, alter).host)
    assert Reason.CORRUPT in result.coverage.skipped and not result.coverage.complete


@pytest.mark.parametrize("which", ["manifests", "config"])
def test_a_document_that_is_not_what_its_digest_says_is_refused(registry, layout, which):
    (single,) = json.loads((layout / "index.json").read_text())["manifests"]

    def alter(request, status, headers, body):
        hit = f"/{which}/" in request.path if which == "manifests" else b"rootfs" in body
        changed = body.replace(b"COPY", b"ADDD").replace(b"schemaVersion", b"schemaversion") if hit else body
        return status, headers, changed, len(body)

    proxy = registries.Proxy(registry, alter)
    if which == "manifests":
        with pytest.raises(SourceError, match="refused"):
            pulled(proxy.host, f"team/app@{single['digest']}")
        return
    result = pulled(proxy.host)
    assert [unread.detail for unread in result.coverage.unread if "refused" in unread.detail]
    assert set(fates(result)) == {GONE, KEPT}


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://registry.invalid/x", "gopher://127.0.0.1/", "//", "http://[", ""])
def test_a_redirect_to_what_is_no_https_is_not_followed(registry, location):
    def alter(request, status, headers, body):
        return (307, {"Location": location}, b"", 0) if is_layer(request, body) else (status, headers, body, len(body))

    result = pulled(registries.Proxy(registry, alter).host)
    assert set(fates(result)) == {KEPT} and not result.coverage.complete


def test_a_redirect_to_another_host_is_followed_without_the_login(guarded, layout, tmp_path):
    folder = layout / "blobs/sha256"

    def serve(request, status, headers, body):
        data = (folder / request.path.rpartition("/")[2].split("?")[0]).read_bytes()
        return 200, {}, data, len(data)

    storage = registries.Proxy(guarded, serve)

    def alter(request, status, headers, body):
        if is_layer(request, body):
            return 307, {"Location": f"http://localhost:{storage.server.server_port}/{request.path.rpartition(':')[2]}?signature=1"}, b"", 0
        return status, headers, body, len(body)

    proxy = registries.Proxy(guarded, alter)
    assert fates(pulled(proxy.host, access=configured(tmp_path, {"auths": {proxy.host: {"auth": AUTH}}}))) == EXPECTED
    assert len(storage.requests) == 1 and "Authorization" not in storage.requests[0][1]


def test_redirects_in_circles_end(registry):
    proxy = registries.Proxy(registry, lambda request, status, headers, body: (302, {"Location": request.path}, b"", 0))
    with pytest.raises(SourceError, match="redirects more than"):
        pulled(proxy.host)


def test_a_registry_that_is_busy_is_asked_again(registry):
    busy = iter([429, 503, 429])

    def alter(request, status, headers, body):
        first = next(busy, 0) if "/manifests/" in request.path else 0
        return (first, {"Retry-After": "0"}, b"", 0) if first else (status, headers, body, len(body))

    assert fates(pulled(registries.Proxy(registry, alter).host)) == EXPECTED


def test_a_wait_that_is_no_number_of_seconds_is_not_heeded(registry, monkeypatch):
    monkeypatch.setattr("secretscan.images.transport.time.sleep", lambda seconds: None)
    proxy = registries.Proxy(registry, lambda request, status, headers, body: (503, {"Retry-After": "9" * 5000}, b"", 0))
    with pytest.raises(SourceError, match="status 503"):
        pulled(proxy.host)


def test_a_registry_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(SourceError, match="in time"):
            pulled(f"127.0.0.1:{silent.getsockname()[1]}")
        assert time.monotonic() - began < 20


@pytest.mark.parametrize("sent", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0"])
def test_a_registry_that_sends_a_line_byte_by_byte_is_given_up(sent):
    def trickle(listening):
        with suppress(OSError):
            while True:
                answered = listening.accept()[0]
                threading.Thread(target=drip, args=[answered], daemon=True).start()

    def drip(answered):
        with answered, suppress(OSError):
            answered.sendall(sent)
            while True:
                answered.sendall(b"0")
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=trickle, args=[listening], daemon=True).start()
        began = time.monotonic()
        with pytest.raises(SourceError, match="in time"):
            pulled(f"127.0.0.1:{listening.getsockname()[1]}", access=Access({}, limits=Limits(timeout=0.1, pause=0.01)))
        assert time.monotonic() - began < 10


def test_a_document_without_end_is_cut(registry):
    def alter(request, status, headers, body):
        return status, headers, b" " * (5 << 20) if "/manifests/" in request.path else body, 5 << 20

    with pytest.raises(SourceError, match="more than"):
        pulled(registries.Proxy(registry, alter).host)


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{", b"null", b'{"layers": 3}', b'{"manifests": [3, {"digest": "sha256:../../x"}]}', b'{"schemaVersion": 1, "fsLayers": []}'],
)
def test_documents_that_lie_end_in_one_line_or_an_incomplete_scan(registry, body):
    proxy = registries.Proxy(
        registry, lambda request, status, headers, old: (status, headers, body if "/manifests/" in request.path else old, 1 << 20)
    )
    try:
        assert not pulled(proxy.host).coverage.complete
    except SourceError as error:
        assert "\n" not in str(error)


def test_a_mirror_is_asked_first_and_the_registry_where_it_has_nothing(registry, layout, tmp_path_factory):
    with registries.registry(tmp_path_factory.mktemp("mirror")) as mirror:
        gone = f"127.0.0.1:{registries.free_port()}"
        push(layout, f"{mirror}/cache/team/app:1")
        assert fates(pulled(gone, access=Access({}, f"{mirror}/cache", limits=QUICK))) == EXPECTED
        assert fates(pulled(registry, access=Access({}, f"{mirror}/empty", limits=QUICK))) == EXPECTED


def test_another_machine_is_not_asked_without_tls():
    from secretscan.images.transport import Transport

    for plain in (False, True):
        transport = Transport({}, QUICK, plain=plain)
        assert transport.allows("http://registry.example/v2/") is plain
        assert (
            transport.allows("http://127.0.0.1:5000/")
            and transport.allows("http://[::1]/")
            and transport.allows("https://registry.example/")
        )
        assert not transport.allows("file:///etc/passwd") and not transport.allows("http://[") and not transport.allows("")


def test_names_of_images_are_told_from_paths():
    parsed = reference.parse
    assert parsed("registry.example/app") == ("registry.example", "app", "latest")
    assert parsed("docker://localhost:5000/a/b:1.0") == ("localhost:5000", "a/b", "1.0")
    assert parsed("docker.io/debian:12") == ("docker.io", "library/debian", "12")
    digest = f"sha256:{'0' * 64}"
    assert parsed(f"[::1]:5000/a:1@{digest}") == ("[::1]:5000", "a", digest)
    for path in (
        "app.tar",
        "./a.b/c",
        "../x.y/z",
        "/a.b/c",
        "build/app:1",
        "a.b/",
        "a.b/C",
        "a.b/c@sha256:00",
        "a.b//c",
        "user@a.b/c",
        "~/x",
    ):
        assert parsed(path) is None, path


def test_podman_saves_what_it_holds(layout, tmp_path, monkeypatch):
    store = f'[storage]\ndriver = "vfs"\ngraphroot = "{tmp_path}/root"\nrunroot = "{tmp_path}/run"\n'
    (tmp_path / "storage.conf").write_text(store)
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(tmp_path / "storage.conf"))
    images.tool("podman", "pull", "-q", f"oci:{layout}:app:1")
    name = images.tool("podman", "images", "-q", "--no-trunc")
    assert fates(scanned("image", f"podman:{name}")) == EXPECTED
    with pytest.raises(SourceError, match="podman save failed"):
        scanned("image", "podman:none/such:1")
    for bad in ("podman:", "podman:--help"):
        with pytest.raises(SourceError, match="needs an image's name"):
            scanned("image", bad)


def test_a_client_that_is_not_there_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="docker cannot be run"):
        scanned("image", "docker:app:1")


def test_skopeos_stream_is_read(layout, tmp_path):
    with subprocess.Popen(
        ["skopeo", "copy", "-q", f"oci:{layout}:app:1", "docker-archive:/dev/stdout:app:1"], stdout=subprocess.PIPE
    ) as skopeo:
        assert skopeo.stdout is not None
        done = secretscan("image", "-", "-f", "json", cwd=tmp_path, stdin=skopeo.stdout.read())
    assert done.returncode == 1 and len(json.loads(done.stdout)["findings"]) == 2


def test_a_connection_that_stands_still_in_the_middle_is_left_and_resumed(registry):
    class Stalling(registries.Proxy):
        def _handle(self, request):
            super()._handle(request)
            request.wfile.flush()
            if "/blobs/" in request.path:
                time.sleep(0.6)

    proxy = Stalling(registry, lambda request, status, headers, body: (status, headers, body, min(len(body), 1_500_000)))
    began = time.monotonic()
    result = pulled(proxy.host, access=Access({}, limits=Limits(timeout=0.3, pause=0.01)))
    assert fates(result) == EXPECTED and result.coverage.complete
    assert len([path for path, headers in proxy.requests if "Range" in headers]) == 2
    assert time.monotonic() - began < 20
