"""What lies beside manifests and is read the same way: values of charts, kustomizations, Compose, ECS, Terraform."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import tokens
from exposures import exposed, one, told
from manifests import dedent
from scanning import by_rule, scanned

from secretscan.model import Finding, Reason, ScanResult


def scan_file(folder: Path, name: str, text: str, kind: str = "dir") -> ScanResult:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text))
    return scanned(kind, folder)


def pair(result: ScanResult) -> Finding:
    (finding,) = by_rule(result, "aws-credentials")
    return finding


def pointers(finding: Finding) -> list[object]:
    return [part.places[0].origin.facts.get("pointer") for part in finding.parts]


def test_values_of_a_chart_keep_their_path_and_references_are_silent(tmp_path: Path) -> None:
    key_id, secret = tokens.aws_pair(seed=41)
    result = scan_file(
        tmp_path,
        "chart/values-prod.yaml",
        f"""
        replicaCount: 1
        auth:
          existingSecret: {tokens.hex(24, 1)}
          passwordSecretName: {tokens.hex(24, 2)}
        backup:
          s3:
            accessKeyId: {key_id}
            secretAccessKey: {secret}
        """,
    )
    assert pointers(pair(result)) == ["backup.s3.accessKeyId", "backup.s3.secretAccessKey"]
    assert pair(result).places[0].origin.facts["kind"] == "Helm values"
    assert len(result.findings) == 1


def test_a_chart_in_its_archive_is_read_as_in_its_folder(tmp_path: Path) -> None:
    key_id, secret = tokens.aws_pair(seed=42)
    values = f"replicaCount: 1\naws:\n  accessKeyId: {key_id}\n  secretAccessKey: {secret}\n".encode()
    template = b"apiVersion: v1\nkind: Secret\nmetadata: {name: {{ .Release.Name }}}\nstringData:\n  key: {{ .Values.aws.accessKeyId }}\n"
    with tarfile.open(tmp_path / "chart-1.0.0.tgz", "w:gz") as tar:
        for name, data in (("chart/values.yaml", values), ("chart/templates/secret.yaml", template)):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    result = scanned("manifest", tmp_path)
    assert pair(result).places[0].origin.path == b"chart-1.0.0.tgz!chart/values.yaml"
    assert pointers(pair(result)) == ["aws.accessKeyId", "aws.secretAccessKey"] and len(result.findings) == 1


def test_literals_of_a_generator_are_pairs(tmp_path: Path) -> None:
    for number, head in enumerate(("", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n")):
        key_id, secret = tokens.aws_pair(seed=43 + number)
        text = f"{head}secretGenerator:\n- name: s\n  literals:\n  - AWS_ACCESS_KEY_ID={key_id}\n  - AWS_SECRET_ACCESS_KEY={secret}\n"
        finding = pair(scan_file(tmp_path / str(number), "kustomization.yaml", text))
        assert pointers(finding) == ["secretGenerator[0].literals[0]", "secretGenerator[0].literals[1]"]
        lines = text.splitlines()
        for part in finding.parts:
            place = part.places[0]
            assert lines[place.line - 1][place.column - 1 :] == part.secret.decode()


def test_a_patch_written_out_is_walked(tmp_path: Path) -> None:
    key_id, secret = tokens.aws_pair(seed=45)
    finding = pair(
        scan_file(
            tmp_path,
            "kustomization.yaml",
            f"""
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            patches:
            - target: {{kind: Deployment}}
              patch: |-
                - op: add
                  path: /spec/template/spec/containers/0/env
                  value:
                  - name: AWS_ACCESS_KEY_ID
                    value: {key_id}
                  - name: AWS_SECRET_ACCESS_KEY
                    value: {secret}
            """,
        )
    )
    assert all(str(pointer).startswith("patches[0].patch!") for pointer in pointers(finding))


def test_compose_environments_are_pairs_as_a_list_and_as_a_map(tmp_path: Path) -> None:
    for number, form in enumerate(("- {}={}", "{}: {}")):
        key_id, secret = tokens.aws_pair(seed=46 + number)
        lines = [form.format("AWS_ACCESS_KEY_ID", key_id), form.format("AWS_SECRET_ACCESS_KEY", secret)]
        text = "services:\n  web:\n    image: x\n    environment:\n" + "".join(f"      {line}\n" for line in lines)
        finding = pair(scan_file(tmp_path / str(number), "compose.yaml", text))
        assert str(pointers(finding)[0]).startswith("services.web.environment")
        assert finding.places[0].origin.facts["kind"] == "Compose"


def test_a_task_definition_is_read_by_names_and_values(tmp_path: Path) -> None:
    key_id, secret = tokens.aws_pair(seed=48)
    task = {
        "family": "f",
        "containerDefinitions": [
            {
                "name": "c",
                "environment": [{"name": "AWS_ACCESS_KEY_ID", "value": key_id}, {"value": secret, "name": "AWS_SECRET_ACCESS_KEY"}],
                "secrets": [{"name": "DB_PASSWORD", "valueFrom": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"}],
            }
        ],
    }
    result = scan_file(tmp_path, "task.json", json.dumps(task, indent=2))
    assert pointers(pair(result))[1] == "containerDefinitions[0].environment[1].value" and len(result.findings) == 1


def test_what_terraform_sets_by_name_and_value_is_one_line(tmp_path: Path) -> None:
    key_id, secret = tokens.aws_pair(seed=49)
    result = scan_file(
        tmp_path,
        "main.tf",
        f"""
        resource "helm_release" "x" {{
          set {{
            name  = "backup.accessKeyId"
            value = "{key_id}"
          }}
          set_sensitive {{
            name  = "backup.secretAccessKey"
            value = "{secret}"
          }}
          set {{
            name  = "auth.password"
            value = "${{var.password}}"
          }}
        }}
        """,
    )
    assert pointers(pair(result)) == ["set backup.accessKeyId", "set backup.secretAccessKey"] and len(result.findings) == 1


def test_values_that_open_a_dashboard_are_told(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("replicaCount: 1\nenableSkipLogin: true\nrbac: {clusterAdminRole: true}\n")
    assert told(exposed(tmp_path, "dir")) == {"dash-skip-login": "HIGH", "dash-sa-cluster-admin": "HIGH"}
    (tmp_path / "values.yaml").write_text("replicaCount: 1\nkubernetes-dashboard: {extraArgs: [--enable-skip-login]}\n")
    assert one(exposed(tmp_path, "dir"), "dash-skip-login").places[0].line == 2
    (tmp_path / "values.yaml").write_text("replicaCount: 1\nenableSkipLogin: false\nrbac: {clusterAdminRole: false}\n")
    assert told(exposed(tmp_path, "dir")) == {}


def test_environment_of_a_workflow_is_found(tmp_path: Path) -> None:
    key_id, secret = tokens.aws_pair(seed=50)
    text = (
        f"on: push\nenv:\n  AWS_ACCESS_KEY_ID: {key_id}\n  AWS_SECRET_ACCESS_KEY: {secret}\n  TOKEN: ${{{{ secrets.TOKEN }}}}\njobs: {{}}\n"
    )
    result = scan_file(tmp_path, ".github/workflows/ci.yml", text)
    assert [part.places[0].line for part in pair(result).parts] == [3, 4] and len(result.findings) == 1


def test_a_nomad_job_keeps_its_path_and_references_are_silent(tmp_path: Path) -> None:
    key_id, secret = tokens.aws_pair(seed=61)
    password = tokens.hex(24, 6)
    result = scan_file(
        tmp_path,
        "api.nomad.hcl",
        f"""
        # the job's API
        job "api" {{
          group "web" {{
            task "server" {{
              env {{
                AWS_ACCESS_KEY_ID     = "{key_id}"
                "AWS_SECRET_ACCESS_KEY" = "{secret}"
                DB_PASSWORD           = "${{var.password}}"
              }}
              template {{
                destination = "secrets/app.env"
                env         = true
                data        = <<-EOH
                  API_TOKEN={{{{ with secret "kv/app" }}}}{{{{ .Data.token }}}}{{{{ end }}}}
                  SESSION_SECRET={password}
                EOH
              }}
            }}
          }}
        }}
        """,
    )
    path = "group web.task server"
    assert pointers(pair(result)) == [f"{path}.env.AWS_ACCESS_KEY_ID", f"{path}.env.AWS_SECRET_ACCESS_KEY"]
    assert pair(result).places[0].origin.facts["name"] == "api"
    (other,) = (finding for finding in result.findings if finding.rule != "aws-credentials")
    assert other.places[0].origin.facts["pointer"] == f"{path}.template.data"


def test_a_nomad_job_in_json_is_read_as_an_object(tmp_path: Path) -> None:
    key_id, secret = tokens.aws_pair(seed=62)
    task = {"Name": "server", "Driver": "docker", "Env": {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret}}
    job = {"Job": {"ID": "api", "TaskGroups": [{"Name": "web", "Tasks": [task]}]}}
    finding = pair(scan_file(tmp_path, "api.json", json.dumps(job, indent=1)))
    assert pointers(finding)[0] == "Job.TaskGroups[0].Tasks[0].Env.AWS_ACCESS_KEY_ID"


def test_a_nomad_job_that_never_ends_is_bounded(tmp_path: Path) -> None:
    key_id, secret = tokens.aws_pair(seed=63)
    pair_of_lines = f'AWS_ACCESS_KEY_ID = "{key_id}"\nAWS_SECRET_ACCESS_KEY = "{secret}"\n'
    result = scan_file(tmp_path, "a.nomad", 'job "x" {\n' + 'task "t" {\n' * 2_000 + pair_of_lines + "data = <<E\n" * 2_000)
    assert pair(result) and Reason.UNPARSED in result.coverage.skipped
