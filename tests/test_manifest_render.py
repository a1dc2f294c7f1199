"""Charts and kustomizations written out by the real tools, where somebody asks for it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import tokens
from command_line import secretscan
from scanning import by_rule, scanned

from secretscan.model import Reason

HELM = pytest.mark.skipif(shutil.which("helm") is None, reason="helm is not on PATH")
KUSTOMIZE = pytest.mark.skipif(shutil.which("kustomize") is None, reason="kustomize is not on PATH")
TEMPLATE = """\
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}-aws
data:
  AWS_ACCESS_KEY_ID: {{ .Values.first | b64enc }}
  AWS_SECRET_ACCESS_KEY: {{ .Values.second | b64enc }}
"""


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    key_id, secret = tokens.aws_pair(seed=71)
    folder = tmp_path / "chart"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: chart\nversion: 0.1.0\n")
    (folder / "values.yaml").write_text(f"first: {key_id}\nsecond: {secret}\n")
    (folder / "templates" / "secret.yaml").write_text(TEMPLATE)
    return folder


@HELM
def test_a_chart_is_rendered_and_its_objects_named(chart: Path) -> None:
    result = scanned("manifest", chart, tools={"helm": shutil.which("helm")})
    (finding,) = by_rule(result, "aws-credentials")
    origins = [place.origin for part in finding.parts for place in part.places]
    assert any(origin.facts.get("name") == "release-aws" and origin.path == b"Chart.yaml!rendered.yaml" for origin in origins)
    assert result.coverage.complete


@HELM
def test_a_chart_in_an_archive_is_rendered_too(chart: Path) -> None:
    subprocess.run(["helm", "package", chart, "-d", chart.parent], check=True, capture_output=True)
    result = scanned("manifest", chart.parent / "chart-0.1.0.tgz", tools={"helm": shutil.which("helm")})
    (finding,) = by_rule(result, "aws-credentials")
    assert any(place.origin.facts.get("name") == "release-aws" for part in finding.parts for place in part.places)


@KUSTOMIZE
def test_a_kustomization_is_rendered(tmp_path: Path) -> None:
    key_id, secret = tokens.aws_pair(seed=72)
    (tmp_path / "aws.env").write_text(f"AWS_ACCESS_KEY_ID={key_id}\nAWS_SECRET_ACCESS_KEY={secret}\n")
    (tmp_path / "kustomization.yaml").write_text("namePrefix: prod-\nsecretGenerator:\n- name: aws\n  envs: [aws.env]\n")
    result = scanned("manifest", tmp_path, tools={"kustomize": shutil.which("kustomize")})
    (finding,) = by_rule(result, "aws-credentials")
    assert any(str(place.origin.facts.get("name")).startswith("prod-aws-") for part in finding.parts for place in part.places)


@KUSTOMIZE
def test_a_remote_base_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources:\n- https://github.com/example/example//base?ref=main\n")
    assert scanned("manifest", tmp_path, tools={"kustomize": shutil.which("kustomize")}).coverage.skipped[Reason.UNPARSED] == 1


@pytest.mark.parametrize(
    ("tools", "why"),
    [
        ({"kustomize": "/bin/true"}, "helm is not on PATH"),
        ({"helm": "/bin/false"}, "helm failed on it (exit code 1)"),
        ({"helm": "/nowhere/helm"}, "helm does not start (no such file or directory)"),
    ],
)
def test_what_is_not_rendered_is_read_as_it_is_and_said(chart: Path, tools: dict[str, str], why: str) -> None:
    result = scanned("manifest", chart, tools=tools)
    assert by_rule(result, "aws-credentials")
    assert [skip.detail for skip in result.coverage.unread if skip.reason is Reason.UNPARSED] == [f"not rendered, read as it is: {why}"]


def test_a_tool_that_never_ends_is_ended(chart: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secretscan.sources._rendering._PATIENCE", 0.3)
    script = chart.parent / "helm"
    script.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    script.chmod(0o755)
    result = scanned("manifest", chart, tools={"helm": str(script)})
    assert by_rule(result, "aws-credentials") and result.coverage.skipped[Reason.UNPARSED] == 1


def test_without_a_tool_render_is_wrong_usage(chart: Path) -> None:
    result = secretscan("manifest", "--render", chart, cwd=chart, env={"PATH": "/nowhere"})
    assert result.returncode == 2 and b"--render needs helm or kustomize on PATH" in result.stderr
