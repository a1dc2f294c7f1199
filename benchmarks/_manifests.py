"""Manifests whose truth is known: places where a credential may stand, with one made up on the spot, and some that only look like it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from secretscan.templates import expand

OBJECT = "apiVersion: v1\nkind: {}\nmetadata: {{name: x}}\n"
POD = OBJECT.format("Pod") + "spec:\n  containers:\n  - name: c\n    image: registry.example.com/app:1\n"


class Case(NamedTuple):
    """One file. `secrets` are the made-up values in it, by the lines that hold them; none: whatever is found is false."""

    name: str
    text: str
    lines: frozenset[int]


def cases() -> Iterator[Case]:
    """All files; the same each time."""
    for number, (name, template) in enumerate(_planted()):
        key_id, secret = expand("AKIA{aws_id:123456789012}", number), expand("{b64:40}", number)
        password = expand("{base62:9}!{base62:10}", number)
        values = {
            "ID": key_id,
            "SECRET": secret,
            "PASSWORD": password,
            "TOKEN": expand("{base62:32}", number),
            "ID64": _b64(key_id),
            "SECRET64": _b64(secret),
            "PASSWORD64": _b64(password),
            "PASSWORD6464": _b64(_b64(password)),
            "AUTH64": _b64(json.dumps({"auths": {"r.example.com": {"auth": _b64(f"user:{password}")}}})),
        }
        marked = template
        lines = frozenset(
            at for at, line in enumerate(template.splitlines(), 1) if "@" in line and any(f"@{key}@" in line for key in values)
        )
        for key, value in values.items():
            marked = marked.replace(f"@{key}@", value)
        yield Case(f"planted/{number:02}-{name}.yaml", marked, lines)
    for number, (name, text) in enumerate(_quiet()):
        yield Case(f"quiet/{number:02}-{name}.yaml", expand(text, number), frozenset())


def write(folder: Path) -> list[Case]:
    """All files in a folder."""
    made = list(cases())
    for case in made:
        path = folder / case.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(case.text)
    return made


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _planted() -> Iterator[tuple[str, str]]:
    secret, config = OBJECT.format("Secret"), OBJECT.format("ConfigMap")
    yield "env-password", POD + "    env:\n    - name: DB_PASSWORD\n      value: '@PASSWORD@'\n"
    yield "env-value-first", POD + "    env:\n    - value: '@PASSWORD@'\n      name: DB_PASSWORD\n"
    yield (
        "env-aws",
        POD + "    env:\n    - name: AWS_ACCESS_KEY_ID\n      value: @ID@\n    - name: AWS_SECRET_ACCESS_KEY\n      value: '@SECRET@'\n",
    )
    yield "args", POD + "    args: ['--db-password=@PASSWORD@']\n"
    yield "args-two-words", POD + "    args: ['--db-password', '@PASSWORD@']\n"
    yield "command-shell", POD + "    command: ['sh', '-c', 'export DB_PASSWORD=@PASSWORD@; run']\n"
    yield "probe-header", POD + "    livenessProbe: {httpGet: {httpHeaders: [{name: X-Api-Token, value: @TOKEN@}]}}\n"
    yield "secret-data", secret + "data:\n  password: @PASSWORD64@\n"
    yield "secret-data-aws", secret + "data:\n  accessKey: @ID64@\n  secretKey: @SECRET64@\n"
    yield "secret-double", secret + "data:\n  password: @PASSWORD6464@\n"
    yield "secret-plain-in-data", secret + "data:\n  password: '@PASSWORD@'\n"
    yield "secret-string-data", secret + "stringData:\n  password: '@PASSWORD@'\n"
    yield "docker-config", secret + "type: kubernetes.io/dockerconfigjson\ndata:\n  .dockerconfigjson: @AUTH64@\n"
    yield "kind-after-data", "data:\n  password: @PASSWORD64@\nkind: Secret\napiVersion: v1\nmetadata: {name: x}\n"
    yield "config-env-file", config + "data:\n  app.env: |\n    HOST=db\n    DB_PASSWORD=@PASSWORD@\n"
    yield "config-yaml-file", config + "data:\n  app.yaml: |\n    db:\n      password: '@PASSWORD@'\n"
    yield "config-binary", config + "binaryData:\n  password: @PASSWORD64@\n"
    applied = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"},"stringData":{"password":"@PASSWORD@"}}'
    annotated = f"metadata:\n  name: x\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{applied}'\n"
    yield "last-applied", f"apiVersion: v1\nkind: Secret\n{annotated}data: {{other: eA==}}\n"
    kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nsecretGenerator:\n- name: s\n  literals:\n"
    yield "kustomize-literal", f"{kustomization}  - db-password=@PASSWORD@\n"
    yield "list", "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  data:\n    password: @PASSWORD64@\n"
    yield "template", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}\nstringData:\n  password: '@PASSWORD@'\n"
    parameter = "{name: db.password, value: '@PASSWORD@'}"
    application = f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {{source: {{helm: {{parameters: [{parameter}]}}}}}}\n"
    yield "argo-parameter", application


def _quiet() -> Iterator[tuple[str, str]]:
    pod = POD.replace("{", "{{").replace("}", "}}")
    head = "apiVersion: v1\nkind: {}\nmetadata: {{{{name: x}}}}\n"
    yield (
        "secret-key-ref",
        pod + "    env:\n    - name: DB_PASSWORD\n      valueFrom: {{secretKeyRef: {{name: database-credentials, key: password}}}}\n",
    )
    yield "variable", pod + "    env:\n    - name: DB_PASSWORD\n      value: $(DB_PASSWORD_FROM_ELSEWHERE)\n"
    yield "file", pod + "    env:\n    - name: DB_PASSWORD_FILE\n      value: /run/secrets/database/password\n"
    yield "sealed", head.format("SealedSecret") + "spec:\n  encryptedData:\n    password: AgA{b64:180}\n"
    yield (
        "sops",
        head.format("Secret") + "stringData:\n  password: ENC[AES256_GCM,data:{b64:24},iv:{b64:43}=,tag:{b64:22}==,type:str]\n",
    )
    yield (
        "external",
        head.format("ExternalSecret")
        + "spec:\n  data:\n  - secretKey: password\n    remoteRef: {{key: prod/database/password-2024, property: password}}\n",
    )
    yield "template-value", head.format("Secret") + "stringData:\n  password: {{{{ .Values.database.password | quote }}}}\n"
    yield "secret-name", head.format("Foo") + "spec:\n  existingSecret: database-credentials-v2\n  passwordSecretKey: postgres-password\n"
    yield "ca", head.format("Secret") + "data:\n  ca.crt: {base64|-----BEGIN CERTIFICATE-----\n{b64:64}\n-----END CERTIFICATE-----|}\n"
    yield "schema", head.format("CustomResourceDefinition") + "spec:\n  description: 'password: {base62:16}'\n"
    yield "vault", pod + "    env:\n    - name: API_TOKEN\n      value: vault:secret/data/app#token\n"
    yield "image-digest", pod.replace("app:1", "app@sha256:{hex:64}")
