"""The incident as one story, and what is left of it when one of its links is not there."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
import tokens
from command_line import secretscan
from exposures import DEFAULT, exposed, told, write
from report_samples import assert_golden
from scanning import as_text, scanned

from secretscan.model import Finding, ScanResult, Severity

BUILD = Path(__file__).parent.parent / "docs" / "tesla" / "build.py"
STORY = (
    "Console without a login, reachable from outside → acts as cluster-admin → may read Secret telemetry/telemetry-aws with a complete"
    " AWS key pair of account 123456789012 → bucket vehicle-telemetry-prod"
)


@pytest.fixture
def tesla(tmp_path: Path) -> Path:
    folder = tmp_path / "tesla"
    runpy.run_path(str(BUILD))["build"](folder)
    return folder


def without(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def paths(result: ScanResult) -> list[Finding]:
    return [finding for finding in result.findings if finding.path]


def links(finding: Finding) -> list[tuple[str, int]]:
    return [(part.places[0].origin.path.decode(), part.places[0].line) for part in finding.parts]


def test_the_whole_incident_is_one_critical_finding(tesla: Path) -> None:
    (path,) = paths(exposed(tesla))
    assert path.description == STORY and path.severity is Severity.CRITICAL and path.rule == "attack-path"
    assert "Job default/batch" in path.note


def test_every_link_points_at_its_line(tesla: Path) -> None:
    (path,) = paths(exposed(tesla))
    said = [(tesla / file).read_text().splitlines()[line - 1].strip() for file, line in links(path)]
    assert said[0] == "type: NodePort"
    assert said[1].endswith("kubernetes-dashboard-amd64:v1.6.3")
    assert said[2] == "name: cluster-admin"
    assert said[3].startswith("AWS_ACCESS_KEY_ID: ")
    assert said[4] == "value: s3://vehicle-telemetry-prod/raw"
    assert said[5].startswith('"pools"')


def test_the_story_in_the_terminal(tesla: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tesla.parent)
    assert_golden("tesla.txt", as_text(scanned("manifest", "tesla", ruleset=DEFAULT), "terminal"))


def test_without_a_way_in_the_path_begins_inside(tesla: Path) -> None:
    without(tesla, "dashboard.yaml", "type: NodePort", "type: ClusterIP")
    (path,) = paths(exposed(tesla))
    assert path.description == STORY.replace(", reachable from outside", "") and path.severity is Severity.HIGH
    assert "nothing that was scanned makes it reachable from outside" in path.note


def test_with_a_login_there_is_no_path_and_the_rest_is_told(tesla: Path) -> None:
    without(tesla, "dashboard.yaml", ":v1.6.3\n", ":v2.7.0\n          args: [--auto-generate-certificates]\n")
    result = scanned("manifest", tesla, ruleset=DEFAULT)
    assert paths(result) == []
    assert told(result) == {
        "dash-exposed": "MEDIUM",
        "dash-sa-cluster-admin": "HIGH",
        "bucket-beside-key": "MEDIUM",
        "miner-config": "HIGH",
    }
    assert "aws-credentials" in {finding.rule for finding in result.findings}


def test_without_the_binding_the_console_reads_nothing(tesla: Path) -> None:
    without(tesla, "dashboard.yaml", "kind: ServiceAccount\n    name: kubernetes-dashboard", "kind: ServiceAccount\n    name: other")
    result = scanned("manifest", tesla, ruleset=DEFAULT)
    assert paths(result) == []
    assert told(result)["dash-exposed"] == "CRITICAL" and "dash-sa-cluster-admin" not in told(result)


def test_without_a_leaked_key_the_path_ends_at_the_cluster(tesla: Path) -> None:
    (tesla / "telemetry.yaml").unlink()
    (path,) = paths(exposed(tesla))
    assert path.description == "Console without a login, reachable from outside → acts as cluster-admin"
    assert path.severity is Severity.CRITICAL and "may read all of them" in path.note


def test_without_a_bucket_the_path_ends_at_the_key(tesla: Path) -> None:
    without(tesla, "telemetry.yaml", "s3://vehicle-telemetry-prod/raw", "nowhere")
    (path,) = paths(exposed(tesla))
    assert path.description == STORY.removesuffix(" → bucket vehicle-telemetry-prod")


def test_without_the_miner_no_word_of_it(tesla: Path) -> None:
    (tesla / "batch.yaml").unlink()
    (path,) = paths(exposed(tesla))
    assert path.description == STORY and path.note == "" and len(path.parts) == 5


def test_a_bucket_of_another_workload_is_not_what_the_key_opens(tesla: Path) -> None:
    without(tesla, "telemetry.yaml", "name: telemetry-aws\n          env", "name: other\n          env")
    (path,) = paths(exposed(tesla))
    assert "bucket" not in path.description


def test_a_console_that_mounts_the_secret_needs_no_rights(tesla: Path) -> None:
    without(tesla, "dashboard.yaml", "cluster-admin", "view")
    without(tesla, "dashboard.yaml", "kube-system", "telemetry")
    without(
        tesla,
        "dashboard.yaml",
        "ports:\n            - containerPort",
        "envFrom: [{secretRef: {name: telemetry-aws}}]\n          ports:\n            - containerPort",
    )
    (path,) = paths(exposed(tesla))
    assert " → reads Secret telemetry/telemetry-aws" in path.description and "acts as" not in path.description


def test_a_role_of_one_namespace_reads_no_secret_of_another(tesla: Path) -> None:
    without(tesla, "dashboard.yaml", "kind: ClusterRoleBinding\nmetadata:\n", "kind: RoleBinding\nmetadata:\n  namespace: kube-system\n")
    assert paths(exposed(tesla)) == []


def test_anybody_who_reaches_the_api_server_reads_the_key(tesla: Path) -> None:
    (tesla / "dashboard.yaml").unlink()
    write(
        tesla,
        open="""
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: open}
        roleRef: {kind: ClusterRole, name: cluster-admin}
        subjects: [{kind: User, name: system:anonymous}]
        """,
    )
    (path,) = paths(exposed(tesla))
    assert path.description.startswith("API server that answers anybody → may read Secret telemetry/telemetry-aws")


def test_switched_off_there_is_none(tesla: Path) -> None:
    rules = DEFAULT.select((), ("attack-path",))
    assert paths(scanned("manifest", tesla, ruleset=rules)) == []


def test_no_report_shows_the_key(tesla: Path) -> None:
    result = exposed(tesla)
    (pair,) = [finding for finding in result.findings if finding.rule == "aws-credentials"]
    for format in ("terminal", "json", "jsonl", "sarif", "gitleaks"):
        text = as_text(result, format)
        for part in pair.parts:
            assert part.secret.decode() not in text


def test_beside_a_leaked_key_stands_who_reads_it(tmp_path: Path) -> None:
    key_id, secret = tokens.aws_pair(seed=3)
    write(
        tmp_path,
        secret=f"""
        apiVersion: v1
        kind: Secret
        metadata: {{name: s, namespace: a}}
        stringData: {{AWS_ACCESS_KEY_ID: {key_id}, AWS_SECRET_ACCESS_KEY: '{secret}'}}
        """,
        **{
            name: f"""
            apiVersion: v1
            kind: Pod
            metadata: {{name: {name}, namespace: {namespace}}}
            spec: {{containers: [{{name: c, {env}}}], volumes: [{volume}]}}
            """
            for name, namespace, env, volume in (
                ("all", "a", "envFrom: [{secretRef: {name: s}}]", ""),
                ("key", "a", "env: [{name: X, valueFrom: {secretKeyRef: {name: s, key: AWS_ACCESS_KEY_ID}}}]", ""),
                ("mount", "a", "env: []", "{name: v, secret: {secretName: s}}"),
                ("unrelated", "a", "env: [{name: X, valueFrom: {secretKeyRef: {name: s, key: other}}}]", ""),
                ("elsewhere", "b", "envFrom: [{secretRef: {name: s}}]", ""),
            )
        },
    )
    (finding,) = [each for each in exposed(tmp_path).findings if each.rule == "aws-credentials"]
    assert finding.facts["read_by"] == ["Pod a/all (as its environment)", "Pod a/key (as X)", "Pod a/mount (as volume v)"]


def test_a_path_as_a_picture(tesla: Path) -> None:
    result = scanned("manifest", tesla, ruleset=DEFAULT)
    assert_golden("tesla.mmd", as_text(result, "mermaid"))


def test_a_picture_of_nothing_says_so(tmp_path: Path) -> None:
    write(tmp_path, m="apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n")
    assert as_text(exposed(tmp_path), "mermaid") == 'flowchart LR\n  none["no attack path in what was read"]\n'


def test_names_in_a_picture_cannot_break_it(tesla: Path) -> None:
    for name in ("dashboard.yaml", "telemetry.yaml"):
        path = tesla / name
        path.write_text(path.read_text().replace("telemetry-aws", """'x"]); click'"""))
    boxes = [line for line in as_text(exposed(tesla), "mermaid").splitlines() if '["' in line]
    assert boxes and all(line.count('"') == 2 for line in boxes)


def test_a_dump_on_standard_input_tells_the_same_story(tesla: Path) -> None:
    dump = b"---\n".join(file.read_bytes() for file in sorted(tesla.iterdir()))
    result = secretscan("manifest", "-", "-f", "json", cwd=tesla, stdin=dump)
    (path,) = (finding for finding in json.loads(result.stdout)["findings"] if finding["rule"] == "attack-path")
    assert path["description"] == STORY
