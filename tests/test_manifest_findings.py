"""The whole way from manifests to findings that name their object, and the quiet places."""

from __future__ import annotations

import json
from pathlib import Path

import tokens
from manifests import b64, dedent
from scanning import by_rule, places, scanned

from secretscan.model import Finding, Reason, ScanResult

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
PAIR = "aws-credentials"


def _pointers(finding: Finding) -> list[object]:
    return [place.origin.facts.get("pointer") for part in finding.parts for place in part.places]


def _columns(text: str, *values: str) -> list[tuple[int, int]]:
    """Line and column of each value's first byte."""
    found = []
    for value in values:
        at = text.encode().index(value.encode())
        found.append((text.encode().count(b"\n", 0, at) + 1, at - text.encode().rfind(b"\n", 0, at)))
    return found


def _pair(result: ScanResult) -> Finding:
    (finding,) = by_rule(result, PAIR)
    assert finding.facts["account_id"] == "123456789012"
    return finding


def test_an_environment_of_a_deployment_is_one_pair_with_its_object(tmp_path: Path) -> None:
    key_id, secret = tokens.aws_pair(seed=11)
    text = dedent(f"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {{name: web, namespace: prod}}
        spec:
          template:
            spec:
              containers:
              - env:
                - name: AWS_ACCESS_KEY_ID
                  value: {key_id}
                - value: "{secret}"
                  name: AWS_SECRET_ACCESS_KEY
                - name: DB_PASSWORD
                  valueFrom: {{secretKeyRef: {{name: database-credentials, key: password}}}}
    """)
    (tmp_path / "web.yaml").write_text(text)
    result = scanned("manifest", tmp_path)
    assert result.coverage.complete and len(result.findings) == 1
    finding = _pair(result)
    assert [(place.line, place.column) for part in finding.parts for place in part.places] == _columns(text, key_id, secret)
    prefix = "spec.template.spec.containers[0].env"
    assert _pointers(finding) == [f"{prefix}[0].value", f"{prefix}[1].value"]
    facts = finding.places[0].origin.facts
    assert (facts["kind"], facts["namespace"], facts["name"], facts["apiVersion"]) == ("Deployment", "prod", "web", "apps/v1")
    assert finding.places[0].origin.kind == "manifest" and finding.places[0].origin.path == b"web.yaml"


def test_two_encoded_keys_of_a_secret_are_one_pair(tmp_path: Path) -> None:
    key_id, secret = tokens.aws_pair(seed=12)
    text = dedent(f"""
        apiVersion: v1
        kind: Secret
        metadata: {{name: s}}
        data:
          aws_access_key_id: {b64(key_id)}
          aws_secret_access_key: {b64(secret)}
    """)
    (tmp_path / "s.yaml").write_text(text)
    result = scanned("manifest", tmp_path / "s.yaml")
    assert len(result.findings) == 1
    finding = _pair(result)
    assert [(place.line, place.column) for part in finding.parts for place in part.places] == _columns(text, b64(key_id), b64(secret))
    assert _pointers(finding) == ["data.aws_access_key_id", "data.aws_secret_access_key"]
    assert finding.places[0].origin.facts["decoded"] == ["base64"]


def test_an_environment_file_in_a_config_map_is_one_pair_at_its_lines(tmp_path: Path) -> None:
    key_id, secret = tokens.aws_pair(seed=13)
    text = OBJECT + f"data:\n  .env: |\n    # made by hand\n    AWS_ACCESS_KEY_ID={key_id}\n    AWS_SECRET_ACCESS_KEY={secret}\n"
    (tmp_path / "c.yaml").write_text(text)
    finding = _pair(scanned("manifest", tmp_path))
    assert [(place.line, place.column) for part in finding.parts for place in part.places] == _columns(text, key_id, secret)
    assert _pointers(finding) == ["data['.env']"] * 2


def test_a_list_in_json_is_one_pair_with_the_items_object(tmp_path: Path) -> None:
    key_id, secret = tokens.aws_pair(seed=14)
    env = [{"name": "AWS_ACCESS_KEY_ID", "value": key_id}, {"name": "AWS_SECRET_ACCESS_KEY", "value": secret}]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "n"}, "spec": {"containers": [{"env": env}]}}
    text = json.dumps(
        {"apiVersion": "v1", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "first"}}, pod], "kind": "List"}, indent=4
    )
    (tmp_path / "list.json").write_text(text)
    finding = _pair(scanned("manifest", tmp_path))
    assert [(place.line, place.column) for part in finding.parts for place in part.places] == _columns(text, key_id, secret)
    assert _pointers(finding) == ["spec.containers[0].env[0].value", "spec.containers[0].env[1].value"]
    assert finding.places[0].origin.facts["name"] == "p"


def test_references_sealed_and_encrypted_values_are_silent(tmp_path: Path) -> None:
    sealed = "AgA" + tokens.b64(300, 1)
    (tmp_path / "quiet.yaml").write_text(
        dedent(f"""
        apiVersion: v1
        kind: Pod
        spec:
          containers:
          - env:
            - name: AWS_SECRET_ACCESS_KEY
              valueFrom: {{secretKeyRef: {{name: aws-credentials-prod-1, key: aws_secret_access_key}}}}
        ---
        apiVersion: bitnami.com/v1alpha1
        kind: SealedSecret
        spec:
          encryptedData:
            password: {sealed}
            api_key: {sealed[::-1]}
        ---
        apiVersion: v1
        kind: Secret
        stringData:
          password: ENC[AES256_GCM,data:{tokens.b64(24)},iv:{tokens.b64(43)}=,tag:{tokens.b64(22)}==,type:str]
        sops:
          mac: ENC[AES256_GCM,data:{tokens.b64(80)},iv:{tokens.b64(43)}=,tag:{tokens.b64(22)}==,type:str]
          lastmodified: "2024-01-01T00:00:00Z"
    """)
    )
    result = scanned("manifest", tmp_path)
    assert not result.findings and result.coverage.complete


def test_a_document_that_does_not_parse_is_read_as_text_and_said(tmp_path: Path) -> None:
    pat = tokens.github_pat()
    (tmp_path / "broken.yaml").write_text(
        f"apiVersion: v1\nkind: X\na: [\n# {pat}\n---\n{OBJECT}data: {{key: {tokens.github_pat(seed=5)}}}\n"
    )
    result = scanned("manifest", tmp_path)
    assert sorted(place for finding in result.findings for place in places(finding)) == [("broken.yaml", 4, 3), ("broken.yaml", 9, 13)]
    assert result.coverage.skipped == {Reason.UNPARSED: 1} and result.coverage.complete


def test_a_finding_far_down_a_long_list_has_its_line(tmp_path: Path) -> None:
    pat = tokens.github_pat()
    objects = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{index}"}, "data": {"key": "x" * 100_000}} for index in range(60)
    ]
    objects[50] = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "it"}, "stringData": {"token": pat}}
    text = json.dumps({"apiVersion": "v1", "items": objects, "kind": "List"}, indent=4)
    (tmp_path / "dump.json").write_text(text)
    (finding,) = scanned("manifest", tmp_path / "dump.json").findings
    assert places(finding) == [("dump.json", *_columns(text, pat)[0])]
    assert finding.places[0].origin.facts["name"] == "it"


def test_a_key_in_a_block_is_one_finding_though_the_raw_text_has_it_indented(tmp_path: Path) -> None:
    pem = tokens.private_key_pem(seed=3).strip()
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: c}\nstringData:\n  tls.key: |\n    " + pem.replace("\n", "\n    ") + "\n"
    (tmp_path / "secret.yaml").write_text(text)
    (finding,) = scanned("manifest", tmp_path).findings
    assert finding.rule == "private-key" and finding.places[0].origin.facts["pointer"] == "stringData['tls.key']"


def test_a_value_written_as_a_template_means_it_is_none_though_the_file_does_not_parse(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: Pod\nspec:\n  env:\n  - name: DB_PASSWORD\n    value: .Values.initdbPassword\n broken: [\n"
    (tmp_path / "pod.yaml").write_text(text)
    result = scanned("manifest", tmp_path)
    assert result.coverage.skipped == {Reason.UNPARSED: 1} and not result.findings
