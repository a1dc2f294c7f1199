"""Sets of objects made to be slow or strange: bounded, and never a crash."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import tokens
from exposures import exposed, told, write

from secretscan.model import Reason

MANY = 200


def test_many_consoles_bindings_and_keys_that_all_connect_are_joined_in_time(tmp_path: Path) -> None:
    documents = []
    for number in range(MANY):
        key_id, secret = tokens.aws_pair(seed=number)
        documents.append(
            f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p{number}, namespace: a, labels: {{app: d}}}}\n"
            "spec: {containers: [{name: c, image: 'kubernetes-dashboard:v1.6.0', envFrom: [{secretRef: {name: s0}}]}]}\n"
            f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{number}, namespace: a}}\n"
            "spec: {type: NodePort, selector: {app: d}}\n"
            f"---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: b{number}}}\n"
            "roleRef: {kind: ClusterRole, name: cluster-admin}\nsubjects: [{kind: ServiceAccount, name: default, namespace: a}]\n"
            f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: s{number}, namespace: a}}\n"
            f"stringData: {{AWS_ACCESS_KEY_ID: {key_id}, AWS_SECRET_ACCESS_KEY: '{secret}', BUCKET: 's3://bucket-{number}'}}\n"
        )
    (tmp_path / "all.yaml").write_text("---\n".join(documents))
    start = time.process_time()
    result = exposed(tmp_path)
    assert time.process_time() - start < 20
    assert len([finding for finding in result.findings if finding.path]) == 100
    assert len([finding for finding in result.findings if finding.rule == "dash-no-login-version"]) == MANY


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Pod\nspec: []\n",
        "apiVersion: v1\nkind: Pod\nmetadata: []\nspec: {containers: [1, null, [], {image: [], args: {a: b}, env: [x, {name: []}]}]}\n",
        "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: x, volumes: [{hostPath: []}, 1]}}}\n",
        "apiVersion: v1\nkind: Service\nspec: {selector: [a], type: {a: b}, externalIPs: x}\n",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nroleRef: []\nsubjects: {a: b}\n",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nrules: [x, {resources: secrets, verbs: [{}]}]\n",
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec: {rules: [{http: [x]}, 1], backend: [y]}\n",
        "apiVersion: v1\nkind: Pod\nspec: &a {containers: [*a, *b], volumes: *a}\n",
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nauthentication: [x]\nreadOnlyPort: {a: 1}\n",
    ],
)
def test_objects_of_the_wrong_shape_cost_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path, odd=text, good="apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: 'x/xmrig'}]}\n")
    result = exposed(tmp_path)
    assert told(result) == {"miner-image": "HIGH"}
    assert result.coverage.complete and not any("failed on it" in skip.detail for skip in result.coverage.unread)


def test_a_binding_of_thousands_hides_nobody_in_it(tmp_path: Path) -> None:
    subjects = "".join(f"- {{kind: User, name: u{number}}}\n" for number in range(5000)) + "- {kind: User, name: 'system:anonymous'}\n"
    head = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\n"
    write(tmp_path, b=f"{head}roleRef: {{kind: ClusterRole, name: admin}}\nsubjects:\n{subjects}")
    assert told(exposed(tmp_path)) == {"anon-binding": "CRITICAL"}


def test_names_of_objects_reach_no_terminal_as_they_are(tmp_path: Path) -> None:
    from scanning import as_text

    text = 'apiVersion: v1\nkind: Pod\nmetadata: {name: "a\\x1b[31m\\u202e"}\nspec: {containers: [{name: c, image: "x/xmrig"}]}\n'
    write(tmp_path, p=text)
    shown = as_text(exposed(tmp_path), "terminal")
    assert "\x1b" not in shown and "\u202e" not in shown


def test_facts_beyond_the_cap_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secretscan.pipeline._MOST_FACTS", 3)
    write(
        tmp_path,
        **{
            f"s{number}": f"apiVersion: v1\nkind: Service\nmetadata: {{name: s{number}}}\nspec: {{type: NodePort}}\n" for number in range(5)
        },
    )
    assert any("more than 3 facts" in note for note in exposed(tmp_path).coverage.notes)
    assert Reason.UNPARSED not in exposed(tmp_path).coverage.skipped
