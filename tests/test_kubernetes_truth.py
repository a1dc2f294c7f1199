"""A hand-made truth: every place in which a cluster's objects keep credentials, with the object path and the line that rules then see."""

from __future__ import annotations

import gzip
import json

import pytest
from manifests import b64, dedent, read

VALUE = "the-va1ue-itse1f"


def _object(kind: str, body: str, version: str = "v1") -> str:
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n{dedent(body)}"


def _workload(kind: str, *keys: str) -> tuple[str, str, str]:
    """A container with one variable under `keys`, as a manifest in JSON."""
    body: object = {"containers": [{"name": "c", "env": [{"name": "PASSWORD", "value": VALUE}]}]}
    for key in reversed(keys):
        body = {key: body} if not key.isdigit() else [body]
    assert isinstance(body, dict)
    path = "".join(f"[{key}]" if key.isdigit() else f".{key}" for key in keys).removeprefix(".")
    return json.dumps({"apiVersion": "v1", "kind": kind, **body}), f"{path}.containers[0].env[0].value", f"PASSWORD={VALUE}"


PACKED = b64(gzip.compress(f"PASSWORD={VALUE}".encode(), mtime=0))
TEMPLATE = ("spec", "template", "spec")
PLACES = {
    **{kind: _workload(kind, *TEMPLATE) for kind in ("Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "Job")},
    **{kind: _workload(kind, *TEMPLATE) for kind in ("DeploymentConfig", "Rollout")},
    "ReplicationController": _workload("ReplicationController", *TEMPLATE),
    "Knative Service": _workload("Service", *TEMPLATE),
    "Pod": _workload("Pod", "spec"),
    "CronJob": _workload("CronJob", "spec", "jobTemplate", *TEMPLATE),
    "PodTemplate": _workload("PodTemplate", "template", "spec"),
    "SandboxTemplate": _workload("SandboxTemplate", "spec", "podTemplate", "spec"),
    "a variable of a PodDefault": (
        _object("PodDefault", f"spec:\n  env:\n  - name: TOKEN\n    value: {VALUE}"), "spec.env[0].value", f"TOKEN={VALUE}",
    ),
    "a variable of a Workflow's template": (
        _object("Workflow", f"spec:\n  templates:\n  - container:\n      env:\n      - {{name: TOKEN, value: {VALUE}}}"),
        "spec.templates[0].container.env[0].value", f"TOKEN={VALUE}",
    ),
    "a step of a Task": (
        _object("Task", f"spec:\n  steps:\n  - script: |\n      #!/bin/sh\n      export TOKEN={VALUE}"), "spec.steps[0].script",
        f"export TOKEN={VALUE}",
    ),
    "a script in an argument": (
        _object("Pod", f"spec:\n  containers:\n  - args:\n    - |\n      : ${{PASSWORD:={VALUE}}}\n      run"),
        "spec.containers[0].args[0]", f": ${{PASSWORD:={VALUE}}}",
    ),
    "a command of a life cycle": (
        _object("Pod", f"spec:\n  containers:\n  - lifecycle: {{postStart: {{exec: {{command: [login, --password={VALUE}]}}}}}}"),
        "spec.containers[0].lifecycle.postStart.exec.command[1]", f"--password={VALUE}",
    ),
    "a header of a probe": (
        _object("Pod", f"spec:\n  containers:\n  - livenessProbe: {{httpGet: {{httpHeaders: [{{name: X-Token, value: {VALUE}}}]}}}}"),
        "spec.containers[0].livenessProbe.httpGet.httpHeaders[0].value", f"X-Token={VALUE}",
    ),
    "an image's address": (
        _object("Pod", f"spec:\n  containers:\n  - image: https://user:{VALUE}@registry.example/app:1"), "spec.containers[0].image",
        f"image=https://user:{VALUE}@registry.example/app:1",
    ),
    "attributes of a CSI volume": (
        _object("Pod", f"spec:\n  volumes:\n  - csi: {{volumeAttributes: {{accountKey: {VALUE}}}}}"),
        "spec.volumes[0].csi.volumeAttributes.accountKey", f"accountKey={VALUE}",
    ),
    "options of a flex volume": (
        _object("Pod", f"spec:\n  volumes:\n  - flexVolume: {{options: {{password: {VALUE}}}}}"),
        "spec.volumes[0].flexVolume.options.password", f"password={VALUE}",
    ),
    "kapp's original": (
        _object("ConfigMap", "").replace(
            "{name: x}",
            "\n  annotations:\n    kapp.k14s.io/original: '"
            + json.dumps({"apiVersion": "v1", "kind": "Secret", "stringData": {"password": VALUE}})
            + "'",
        ),
        "metadata.annotations['kapp.k14s.io/original']!stringData.password", f"password={VALUE}",
    ),
    "Vault's template": (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    vault.hashicorp.com/agent-inject-template-a: |\n"
        f"      password={VALUE}\n",
        "metadata.annotations['vault.hashicorp.com/agent-inject-template-a']",
        f"vault.hashicorp.com/agent-inject-template-a=password={VALUE}",
    ),
    "a snippet of an Ingress": (
        "apiVersion: v1\nkind: Ingress\nmetadata:\n  annotations:\n    nginx.ingress.kubernetes.io/configuration-snippet: |\n"
        f"      proxy_set_header X-Api-Key {VALUE};\n",
        "metadata.annotations['nginx.ingress.kubernetes.io/configuration-snippet']",
        f"nginx.ingress.kubernetes.io/configuration-snippet=proxy_set_header X-Api-Key {VALUE};",
    ),
    "a recorded command": (
        f"apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    kubernetes.io/change-cause: kubectl create --password={VALUE}\n",
        "metadata.annotations['kubernetes.io/change-cause']", f"kubernetes.io/change-cause=kubectl create --password={VALUE}",
    ),
    "a login": (
        _object("Secret", f"type: kubernetes.io/basic-auth\ndata:\n  password: {b64(VALUE)}"), "data.password", f"password={VALUE}",
    ),
    "a bootstrap token": (
        _object("Secret", f"type: bootstrap.kubernetes.io/token\nstringData:\n  token-secret: {VALUE}"), "stringData.token-secret",
        f"token-secret={VALUE}",
    ),
    "manifests in a Secret": (
        _object("Secret", "data:\n  set.yaml: " + b64(_object("Secret", f"stringData: {{password: {VALUE}}}"))),
        "data['set.yaml']!stringData.password", f"password={VALUE}",
    ),
    "properties in a ConfigMap": (
        _object("ConfigMap", f"data:\n  app.properties: |\n    a=b\n    db.password={VALUE}"), "data['app.properties']",
        f"db.password={VALUE}",
    ),
    "XML in a ConfigMap": (
        _object("ConfigMap", f"data:\n  site.xml: |\n    <a>\n    <password>{VALUE}</password>\n    </a>"), "data['site.xml']",
        f"<password>{VALUE}</password>",
    ),
    "a file in binary data": (
        _object("ConfigMap", f"binaryData:\n  .env: {b64(f'A=b{chr(10)}PASSWORD={VALUE}')}"), "binaryData['.env']", f"PASSWORD={VALUE}",
    ),
    "a kubeconfig": (
        _object("Config", f"users:\n- name: a\n  user: {{token: {VALUE}}}"), "users[0].user.token", f"token={VALUE}",
    ),
    "a plugin's variable in a kubeconfig": (
        _object("Config", f"users:\n- name: a\n  user: {{exec: {{env: [{{name: PASSWORD, value: {VALUE}}}]}}}}"),
        "users[0].user.exec.env[0].value", f"PASSWORD={VALUE}",
    ),
    "a token to join by": (
        _object("InitConfiguration", f"bootstrapTokens:\n- token: {VALUE}"), "bootstrapTokens[0].token", f"token={VALUE}",
    ),
    "a key of certificates": (_object("InitConfiguration", f"certificateKey: {VALUE}"), "certificateKey", f"certificateKey={VALUE}"),
    "a repository of Argo CD": (
        _object("Secret", f"stringData:\n  sshPrivateKey: {VALUE}"), "stringData.sshPrivateKey", f"sshPrivateKey={VALUE}",
    ),
    "a cluster of Argo CD": (
        _object("Secret", "stringData:\n  config: |\n    {\n      \"bearerToken\": \"" + VALUE + "\"\n    }"), "stringData.config",
        f'  "bearerToken": "{VALUE}"',
    ),
    "a parameter of an Application": (
        _object("Application", f"spec:\n  source:\n    helm:\n      parameters:\n      - name: auth.password\n        value: {VALUE}"),
        "spec.source.helm.parameters[0].value", f"auth.password={VALUE}",
    ),
    "values of an Application": (
        _object("Application", f"spec:\n  source:\n    helm:\n      values: |\n        auth:\n          password: {VALUE}"),
        "spec.source.helm.values", f"  password: {VALUE}",
    ),
    "values of a HelmRelease": (
        _object("HelmRelease", f"spec:\n  values:\n    auth: {{password: {VALUE}}}"), "spec.values.auth.password", f"password={VALUE}",
    ),
    "a client of Dex": (
        _object("Dex", f"staticClients:\n- id: a\n  secret: {VALUE}"), "staticClients[0].secret", f"secret={VALUE}",
    ),
    "a command before kubeadm": (
        _object("KubeadmConfig", f"spec:\n  preKubeadmCommands:\n  - export TOKEN={VALUE}"), "spec.preKubeadmCommands[0]",
        f"preKubeadmCommands=export TOKEN={VALUE}",
    ),
    "a file of a machine": (
        _object("KubeadmConfig", f"spec:\n  files:\n  - content: {PACKED}\n    encoding: gzip+base64"),
        "spec.files[0].content", f"PASSWORD={VALUE}",
    ),
    "a user of a machine": (
        _object("KubeadmConfig", f"spec:\n  users:\n  - passwd: {VALUE}"), "spec.users[0].passwd", f"passwd={VALUE}",
    ),
    "user data of nodes": (
        _object("EC2NodeClass", f"spec:\n  userData: |\n    #!/bin/sh\n    export TOKEN={VALUE}"), "spec.userData", f"export TOKEN={VALUE}",
    ),
    "user data of a virtual machine": (
        _object("VirtualMachine", f"spec:\n  cloudInitNoCloud:\n    userDataBase64: {b64(f'password: {VALUE}')}"),
        "spec.cloudInitNoCloud.userDataBase64", f"userDataBase64=password: {VALUE}",
    ),
    "a machine of Talos": (
        f"version: v1alpha1\napiVersion: v1\nkind: Machine\nmachine:\n  token: {VALUE}\n", "machine.token", f"token={VALUE}",
    ),
    "an object of a Template": (
        _object("Template", f"objects:\n- apiVersion: v1\n  kind: Secret\n  stringData: {{password: {VALUE}}}"),
        "objects[0].stringData.password",
        f"password={VALUE}",
    ),
    "a parameter of a Template": (
        _object("Template", f"parameters:\n- name: DB_PASSWORD\n  value: {VALUE}"), "parameters[0].value", f"DB_PASSWORD={VALUE}",
    ),
    "an operation of a patch": (
        _object("Kustomization", f"patches:\n- patch: |-\n    - op: add\n      path: /data/password\n      value: {VALUE}"),
        "patches[0].patch![0].value", f"password={VALUE}",
    ),
    "a generator of a Kustomization": (
        _object("Kustomization", f"configMapGenerator:\n- literals:\n  - PASSWORD={VALUE}"), "configMapGenerator[0].literals[0]",
        f"PASSWORD={VALUE}",
    ),
    "a header of an EnvoyFilter": (
        _object("EnvoyFilter", f"spec:\n  headers:\n  - header: {{key: x-token, value: {VALUE}}}"), "spec.headers[0].header.value",
        f"x-token={VALUE}",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "pointer", "line"), PLACES.values(), ids=PLACES)
def test_a_value_in_its_place_is_a_line_with_its_path(text: str, pointer: str, line: str) -> None:
    found = read(text)
    assert not found.notes
    assert pointer in {shown.pointer for shown in found.shown} and line in found.lines()
