"""Reports that CI systems read, and the recipes that make them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from command_line import SCRIPT, environment, git, new_repository
from report_samples import clean, full, report, token
from tokens import github_pat

from secretscan import __version__
from secretscan.model import Coverage, Origin, Reason, ScanResult, Skipped

TOP = Path(__file__).parent.parent


def hostile() -> ScanResult:
    """A finding at a path that tries to be everything but a path."""
    name = b"a,b::error::x\n::add-mask::y|`<img src=x>``[x](javascript:1)%0A"
    finding = token()
    places = tuple(place._replace(origin=Origin("git", b".", name, {"commit": "12" * 20})) for place in finding.places)
    skip = Skipped(Origin("git", b".", name), Reason.CORRUPT, name.decode())
    return ScanResult((finding._replace(places=places),), Coverage(2, 1, 10, False, {Reason.CORRUPT: 1}, {}, (skip,)))


def test_an_annotation_is_one_command_a_line_whatever_a_name_holds() -> None:
    for scan in (full(), hostile()):
        for line in report("github", scan).splitlines():
            assert re.fullmatch(r"::(?:error|warning|notice)(?: [a-z]+=[^,:\n]*(?:,[a-z]+=[^,:\n]*)*)?::.*", line), line
    assert report("github", clean()) == ""
    assert "::warning title=secretscan::" in report("github", hostile())


def test_markdown_keeps_what_strangers_wrote_in_code() -> None:
    text = report("markdown", hostile())
    for line in text.splitlines():
        outside = re.sub(r"(`+) .*? \1(?!`)", "", line)
        assert "<img" not in outside and "javascript" not in outside, line
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (3, 5), line
    assert "not everything could be read" in text
    assert report("markdown", clean()).startswith("## secretscan: nothing found\n")


def test_the_gitlab_report_has_what_its_schema_requires() -> None:
    for scan in (full(), hostile()):
        record = json.loads(report("gitlab", scan))
        assert record["scan"]["type"] == "secret_detection" and record["scan"]["status"] in ("success", "failure")
        for key in ("analyzer", "scanner", "start_time", "end_time"):
            assert record["scan"][key]
        assert len(record["vulnerabilities"]) == len(scan.findings)
        for entry in record["vulnerabilities"]:
            assert {"id", "identifiers", "location", "name", "severity"} <= entry.keys()
            assert entry["location"]["commit"]["sha"] and entry["location"]["start_line"] >= 1
            assert entry["identifiers"][0].keys() == {"type", "name", "value"}
        assert len({entry["id"] for entry in record["vulnerabilities"]}) == len(scan.findings)
    assert json.loads(report("gitlab", hostile()))["scan"]["messages"]


def leaky(tmp_path: Path) -> tuple[Path, str, str]:
    """A repository with an old secret, and one that a branch adds: (folder, base, head)."""
    repo = new_repository(tmp_path / "repo")
    (repo / "old.py").write_text(f"token = '{github_pat(1)}'\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "old")
    base = git(repo, "rev-parse", "HEAD").stdout.decode().strip()
    (repo / "new.py").write_text(f"token = '{github_pat(2)}'\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "new")
    return repo, base, git(repo, "rev-parse", "HEAD").stdout.decode().strip()


@pytest.mark.parametrize(("event", "expected"), [("pull", {"new.py"}), ("push", {"new.py"}), ("branch", {"old.py", "new.py"})])
def test_the_action_scans_exactly_its_range_and_writes_all_reports(tmp_path: Path, event: str, expected: set[str]) -> None:
    repo, base, head = leaky(tmp_path)
    action = yaml.safe_load((TOP / "action.yml").read_text())
    assert action["inputs"]["version"]["default"] == __version__
    (step,) = [step for step in action["runs"]["steps"] if step["name" if "name" in step else "uses"] == "Scan"]
    assert "${{" not in step["run"]
    given = dict.fromkeys(step["env"], "")
    given |= {"pull": {"BASE": base, "HEAD": head}, "push": {"BEFORE": base, "AFTER": head}, "branch": {"BEFORE": "0" * 40, "AFTER": head}}[
        event
    ]
    files = {"RUNNER_TEMP": tmp_path, "GITHUB_STEP_SUMMARY": tmp_path / "summary", "GITHUB_OUTPUT": tmp_path / "output"}
    env = environment(tmp_path) | given | {name: str(path) for name, path in files.items()}
    done = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=repo, env=env, capture_output=True, timeout=60, text=True)
    assert done.returncode == 1, done
    assert {line.split("file=")[1].split(",")[0] for line in done.stdout.splitlines() if "file=" in line} == expected
    assert all(name in (tmp_path / "summary").read_text() for name in expected)
    sarif = Path((tmp_path / "output").read_text().split("=")[1].strip())
    assert len(json.loads(sarif.read_text())["runs"][0]["results"]) == len(expected)


def test_the_gitlab_job_scans_exactly_a_merge_requests_commits(tmp_path: Path) -> None:
    repo, base, head = leaky(tmp_path)
    job = yaml.safe_load((TOP / "ci/secretscan.gitlab-ci.yml").read_text())["secretscan"]
    assert job["variables"]["RELEASE_OF_SECRETSCAN"] == __version__ and job["variables"]["GIT_DEPTH"] == "0"
    env = environment(tmp_path) | {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_SHA": head}
    done = subprocess.run(["sh", "-e", "-c", job["script"][0]], cwd=repo, env=env, capture_output=True, timeout=60)
    assert done.returncode == 1, done
    record = json.loads((repo / "gl-secret-detection-report.json").read_text())
    assert [entry["location"]["file"] for entry in record["vulnerabilities"]] == ["new.py"]
    assert record["vulnerabilities"][0]["location"]["commit"]["sha"] == head
    assert os.access(SCRIPT, os.X_OK)
