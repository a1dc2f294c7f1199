"""`secretscan cluster` against a kube-apiserver and its etcd on loopback, where tests/build_api_server.sh has made them."""

from __future__ import annotations

import json
import runpy
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import secretscan
from test_attack_paths import BUILD, STORY

pytestmark = pytest.mark.skipif(
    shutil.which("kube-apiserver") is None or shutil.which("etcd") is None, reason="kube-apiserver and etcd are not on PATH"
)
TOKENS = {"admin": "admin-of-a-test", "limited": "limited-in-a-test"}
READER = [
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "pods-only"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}],
    },
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "pods-only"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "pods-only"},
        "subjects": [{"kind": "User", "name": "limited", "apiGroup": "rbac.authorization.k8s.io"}],
    },
]


class Server:
    """One API server, asked as its administrator."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.url = f"https://127.0.0.1:{port}"

    def ask(self, path: str, body: object = None) -> Any:
        request = urllib.request.Request(
            f"{self.url}{path}",
            json.dumps(body).encode() if body is not None else None,
            {"Authorization": f"Bearer {TOKENS['admin']}", "Content-Type": "application/json"},
        )
        context = ssl.create_default_context(cafile=self.folder / "certs" / "apiserver.crt")
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            return json.loads(answer.read() or b"{}")

    def create(self, item: dict[str, Any]) -> None:
        version = item["apiVersion"]
        base = f"/apis/{version}" if "/" in version else f"/api/{version}"
        resources = self.ask(base)["resources"]
        (resource,) = (each for each in resources if each["kind"] == item["kind"] and "/" not in each["name"])
        inside = f"/namespaces/{item['metadata'].get('namespace', 'default')}" if resource["namespaced"] else ""
        self.ask(f"{base}{inside}/{resource['name']}", item)

    def kubeconfig(self, user: str) -> Path:
        path = self.folder / f"{user}.json"
        cluster = {"server": self.url, "certificate-authority": str(self.folder / "certs" / "apiserver.crt")}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": user,
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": TOKENS[user]}}],
            "contexts": [{"name": user, "context": {"cluster": "c", "user": user}}],
        }
        path.write_text(json.dumps(config))
        return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("cluster")
    peer, client, api = _free_port(), _free_port(), _free_port()
    (folder / "tokens.csv").write_text(f'{TOKENS["admin"]},admin,1,"system:masters"\n{TOKENS["limited"]},limited,2\n')
    subprocess.run(["openssl", "genrsa", "-out", folder / "account.key", "2048"], check=True, capture_output=True)
    commands = [
        [
            "etcd", f"--data-dir={folder / 'etcd'}", f"--listen-client-urls=http://127.0.0.1:{client}",
            f"--advertise-client-urls=http://127.0.0.1:{client}", f"--listen-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}", f"--initial-cluster=default=http://127.0.0.1:{peer}",
        ],
        [
            "kube-apiserver", f"--etcd-servers=http://127.0.0.1:{client}", f"--secure-port={api}", "--bind-address=127.0.0.1",
            f"--cert-dir={folder / 'certs'}", f"--token-auth-file={folder / 'tokens.csv'}", "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={folder / 'account.key'}",
            f"--service-account-signing-key-file={folder / 'account.key'}", "--service-cluster-ip-range=10.0.0.0/24",
            "--disable-admission-plugins=ServiceAccount",
        ],
    ]  # fmt: skip
    with ExitStack() as stack:
        for command in commands:
            log = stack.enter_context(open(folder / f"{command[0]}.log", "wb"))
            process = subprocess.Popen(command, stdout=log, stderr=log)
            stack.callback(process.wait)
            stack.callback(process.kill)
        made = Server(folder, api)
        end = time.monotonic() + 90
        while True:
            try:
                made.ask("/api/v1/namespaces/kube-system")
                break
            except OSError:
                assert time.monotonic() < end, "the API server does not come up"
                time.sleep(0.5)
        runpy.run_path(str(BUILD))["build"](folder / "tesla")
        for file in sorted((folder / "tesla").iterdir()):
            for item in yaml.safe_load_all(file.read_text()):
                namespace = item["metadata"].get("namespace", "default")
                try:
                    made.ask(f"/api/v1/namespaces/{namespace}")
                except urllib.error.HTTPError:
                    made.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
                made.create(item)
        for item in READER:
            made.create(item)
        yield made


def test_a_real_cluster_tells_the_whole_story(server: Server) -> None:
    result = secretscan("cluster", "-f", "json", cwd=server.folder, env={"KUBECONFIG": str(server.kubeconfig("admin"))})
    report = json.loads(result.stdout)
    assert result.returncode == 1 and report["coverage"]["complete"]
    (path,) = (finding for finding in report["findings"] if finding["rule"] == "attack-path")
    assert path["description"] == STORY


def test_what_an_account_may_not_list_is_counted(server: Server) -> None:
    result = secretscan("cluster", "-f", "json", cwd=server.folder, env={"KUBECONFIG": str(server.kubeconfig("limited"))})
    report = json.loads(result.stdout)
    assert result.returncode == 3 and not report["coverage"]["complete"]
    unread = {skip["path"]: skip["reason"] for skip in report["coverage"]["unread"]}
    assert unread["/api/v1/secrets"] == "unreadable" and "/api/v1/pods" not in unread
