"""A live cluster: what is read of it, what it may refuse, and how it may misbehave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tokens
from api_server import ApiServer, flood, forbid, secret, send, serving, stall, status
from command_line import secretscan
from exposures import DEFAULT
from scanning import scanned

from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.model import Reason, ScanResult
from secretscan.pipeline import scan
from secretscan.sources import _kubernetes_api
from secretscan.sources.cluster import open_source


@pytest.fixture
def server() -> ApiServer:
    """A cluster with the incident in it."""
    key_id, value = tokens.aws_pair(seed=31)
    server = ApiServer()
    server.add("v1", "secrets", "Secret", [secret("aws", "prod", AWS_ACCESS_KEY_ID=key_id, AWS_SECRET_ACCESS_KEY=value)])
    server.add("v1", "events", "Event", [{"metadata": {"name": "e", "namespace": "prod"}, "message": "m"}])
    server.add("v1", "services", "Service", [_named("dash", spec={"type": "NodePort", "selector": {"app": "dash"}})])
    server.add("v1", "namespaces", "Namespace", [{"metadata": {"name": "prod"}}], namespaced=False)
    pod = {
        "metadata": {"labels": {"app": "dash"}},
        "spec": {"serviceAccountName": "dash", "containers": [{"name": "c", "image": "kubernetes-dashboard-amd64:v1.6.0"}]},
    }
    server.add("apps/v1", "deployments", "Deployment", [_named("dash", spec={"template": pod})])
    binding = {
        "metadata": {"name": "all"},
        "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "dash", "namespace": "ops"}],
    }
    server.add("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", [binding], namespaced=False)
    server.add("example.com/v1", "widgets", "Widget", [_named("w", spec={"password": tokens.password(5)})])
    return server


def _named(name: str, **more: object) -> dict[str, object]:
    return {"metadata": {"name": name, "namespace": "ops"}, **more}


def use(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As KUBECONFIG does, which the client looks at once, when it is imported."""
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(config))


def read(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, namespace: str | None = None) -> ScanResult:
    with serving(server, tmp_path) as config:
        use(config, monkeypatch)
        return scanned("cluster", "", ruleset=DEFAULT, namespace=namespace)


def unread(result: ScanResult) -> dict[str, Reason]:
    return {skip.origin.path.decode(): skip.reason for skip in result.coverage.unread}


def test_every_object_is_read_and_the_incident_told(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = read(server, tmp_path, monkeypatch)
    assert result.coverage.complete and result.coverage.scanned == 6
    (path,) = [finding for finding in result.findings if finding.path]
    assert "cluster-admin → may read Secret prod/aws with a complete AWS key pair of account 123456789012" in path.description
    (pair,) = [finding for finding in result.findings if finding.rule == "aws-credentials"]
    origin = pair.places[0].origin
    assert (origin.kind, origin.root, origin.path) == ("cluster", b"here", b"prod/Secret/aws")
    assert origin.facts["pointer"] == "data.AWS_ACCESS_KEY_ID" and origin.facts["apiVersion"] == "v1"
    assert any(place.origin.path == b"ops/Widget.example.com/w" for each in result.findings for place in each.places)


def test_nothing_but_reads_is_asked_for(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read(server, tmp_path, monkeypatch)
    assert {method for method, _ in server.requests} == {"GET"}
    paths = [path for _, path in server.requests]
    assert "/api/v1/secrets" in paths and not any(path.endswith(("events", "log", "tokenreviews")) for path in paths)


def test_one_namespace_is_asked_for_alone(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = read(server, tmp_path, monkeypatch, namespace="prod")
    assert result.coverage.complete and result.coverage.scanned == 1
    lists = [path for _, path in server.requests if path.count("/") > 3 and "namespaces" not in path]
    assert lists == [] and {finding.rule for finding in result.findings} == {"aws-credentials"}


def test_long_lists_come_in_pages(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [tokens.aws_pair(seed=number) for number in range(250)]
    server.add(
        "v1", "secrets", "Secret", [secret(f"s{n}", "prod", AWS_ACCESS_KEY_ID=a, AWS_SECRET_ACCESS_KEY=b) for n, (a, b) in enumerate(pairs)]
    )
    result = read(server, tmp_path, monkeypatch)
    assert len([finding for finding in result.findings if finding.rule == "aws-credentials"]) == 250
    assert server.largest_page == 100


def test_what_may_not_be_listed_makes_the_scan_incomplete(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answers["/api/v1/secrets"] = forbid
    result = read(server, tmp_path, monkeypatch)
    assert not result.coverage.complete and unread(result) == {"/api/v1/secrets": Reason.UNREADABLE}
    assert result.coverage.scanned == 5


def test_a_group_whose_discovery_fails_is_said(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answers["/apis/example.com/v1"] = lambda handler: send(handler, 503, status(503, "ServiceUnavailable"))
    assert unread(read(server, tmp_path, monkeypatch)) == {"/apis/example.com/v1": Reason.UNREADABLE}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (stall, Reason.UNREADABLE),
        (flood, Reason.CAP),
        (lambda handler: send(handler, 200, {"kind": "SecretList", "metadata": {"continue": "again"}, "items": []}), Reason.TRUNCATED),
        (lambda handler: send(handler, 410, status(410, "Expired")), Reason.TRUNCATED),
        (lambda handler: send(handler, 200, ["no", "list"]), Reason.CORRUPT),
        (lambda handler: (handler.send_response(200), handler.end_headers(), handler.wfile.write(b'{"items": [')), Reason.CORRUPT),
        (
            lambda handler: (handler.send_response(302), handler.send_header("Location", "http://127.0.0.1:1/"), handler.end_headers()),
            Reason.UNREADABLE,
        ),
    ],
    ids=["stalls", "floods", "repeats its token", "forgets", "answers otherwise", "breaks off", "sends us elsewhere"],
)
def test_a_server_that_misbehaves_costs_one_list_and_says_so(
    answer: object, reason: Reason, server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_kubernetes_api, "_SILENCE", 0.5)
    server.answers["/api/v1/secrets"] = answer  # type: ignore[assignment]
    result = read(server, tmp_path, monkeypatch)
    assert unread(result) == {"/api/v1/secrets": reason} and result.coverage.scanned == 5


def test_lists_of_anything_but_objects_are_passed_by(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answers["/api/v1/secrets"] = lambda handler: send(
        handler, 200, {"items": [1, None, "x", {"metadata": 7, "data": []}], "metadata": 1}
    )
    assert read(server, tmp_path, monkeypatch).coverage.scanned == 6


def test_an_empty_namespace_is_no_clean_scan(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = read(server, tmp_path, monkeypatch, namespace="nowhere")
    assert not result.coverage.complete and list(unread(result).values()) == [Reason.MISSING]


def test_a_server_that_is_not_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(ApiServer(), tmp_path) as config:
        use(config, monkeypatch)
    with pytest.raises(SourceError, match="does not answer"):
        open_source("", Settings())


def test_a_context_that_is_not_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(ApiServer(), tmp_path) as config:
        use(config, monkeypatch)
        with pytest.raises(SourceError, match="other: there is no such context"):
            open_source("other", Settings())


def test_one_who_is_not_let_in_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ApiServer()
    server.answers["/version"] = lambda handler: send(handler, 401, status(401, "Unauthorized"))
    with serving(server, tmp_path) as config:
        use(config, monkeypatch)
        with pytest.raises(SourceError, match="log in as for kubectl"):
            open_source("", Settings())


@pytest.mark.parametrize("words", [("cluster", "--context", "here"), ("cluster",), ("scan", "cluster:here")], ids=" ".join)
def test_the_command_reads_a_cluster(words: tuple[str, ...], server: ApiServer, tmp_path: Path) -> None:
    with serving(server, tmp_path) as config:
        done = secretscan(*words, "-f", "json", cwd=tmp_path, env={"KUBECONFIG": str(config)})
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert "attack-path" in {finding["rule"] for finding in report["findings"]} and report["coverage"]["complete"]


def test_a_cluster_and_a_folder_make_one_report(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from secretscan.sources.manifest import open_source as manifests

    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "x.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n")
    with serving(server, tmp_path) as config:
        use(config, monkeypatch)
        result = scan([open_source("", Settings()), manifests(str(tmp_path / "m"), Settings())], DEFAULT, Settings())
    assert result.coverage.scanned == 7
