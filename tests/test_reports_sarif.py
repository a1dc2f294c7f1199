"""SARIF 2.1.0 as code scanning reads it."""

import json
import re
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from report_samples import assert_golden, clean, exposure, full, pair, report, result, token

from secretscan.model import Origin, ScanResult, Severity
from secretscan.redaction import MASK


def run(scan: ScanResult) -> dict[str, Any]:
    document = json.loads(report("sarif", scan))
    assert document["version"] == "2.1.0"
    (one,) = document["runs"]
    return dict(one)


def test_the_whole_report() -> None:
    assert_golden("report.sarif", report("sarif", full()))


def test_rules_are_unique_and_results_point_at_theirs() -> None:
    second = token()._replace(severity=Severity.CRITICAL, fingerprint="v1:" + "ab" * 16)
    log = run(result(pair(), token(), second, exposure()))
    rules = log["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["aws-key-pair", "github-pat", "k8s-anonymous-admin"]
    assert [rules[each["ruleIndex"]]["id"] for each in log["results"]] == [each["ruleId"] for each in log["results"]]
    assert rules[1]["properties"]["security-severity"] == "9.5"  # the worst of its findings


@pytest.mark.parametrize(
    ("severity", "level", "low", "high"),
    [
        (Severity.CRITICAL, "error", 9.1, 10.0),
        (Severity.HIGH, "error", 7.0, 8.9),
        (Severity.MEDIUM, "warning", 4.0, 6.9),
        (Severity.LOW, "note", 0.1, 3.9),
        (Severity.INFO, "note", 0.0, 0.0),
    ],
)
def test_levels_and_scores_say_the_severity(severity: Severity, level: str, low: float, high: float) -> None:
    log = run(result(token()._replace(severity=severity)))
    assert log["results"][0]["level"] == level == log["tool"]["driver"]["rules"][0]["defaultConfiguration"]["level"]
    assert low <= float(log["results"][0]["properties"]["security-severity"]) <= high


def test_fingerprints_are_stable_hashes() -> None:
    prints = [each["partialFingerprints"]["secretscan/v1"] for each in run(full())["results"]]
    assert prints[0] == pair().fingerprint
    assert all(re.fullmatch(r"(v1:)?[0-9a-f]{32}", each) for each in prints)
    assert len(set(prints)) == len(prints)


def test_a_place_is_physical_and_logical() -> None:
    (first, _, third, _) = run(full())["results"]
    physical = first["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "config/deploy.env"
    assert physical["region"] == {"startLine": 11, "startColumn": 19, "endLine": 11, "endColumn": 39}
    assert first["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "commit 3f2a9c1d2e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b"
    assert third["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "Secret prod/database /data/password"


def test_the_parts_of_a_pair_are_related_locations() -> None:
    related = run(result(pair()))["results"][0]["relatedLocations"]
    assert [each["message"]["text"] for each in related] == [f"access key id: AKIA{MASK}", f"secret access key: {MASK}"]
    assert [each["physicalLocation"]["region"]["startLine"] for each in related] == [11, 12]
    assert [each["id"] for each in related] == [0, 1]


def test_what_was_not_read_fails_the_invocation() -> None:
    (invocation,) = run(full())["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [each["descriptor"]["id"] for each in invocation["toolExecutionNotifications"]] == ["truncated", "encrypted", "unparsed"]
    assert [each["level"] for each in invocation["toolExecutionNotifications"]] == ["error", "error", "note"]
    assert run(clean())["invocations"][0] == {"executionSuccessful": True, "toolExecutionNotifications": []}


def test_no_address_of_an_author_is_in_it() -> None:
    facts = {"author": "Ada <ada@example.org>", "email": "ada@example.org", "signers": ["b.c+d@mail.example.org"], "ref": "app@sha256:1234"}
    place = token().places[0]
    text = report("sarif", result(token()._replace(places=(place._replace(origin=place.origin._replace(facts=facts)),))))
    assert "example.org" not in text
    assert "app@sha256:1234" in text


@pytest.mark.parametrize("path", [b"a b/#?%:c.txt", b"C:name", b"\xff\x1b\\x", "ä".encode(), b"img.tar!etc/passwd", b"/abs/file"])
def test_a_path_is_a_uri_that_leads_back_to_it(path: bytes) -> None:
    place = token().places[0]
    moved = place._replace(origin=Origin("dir", b".", path))
    location = run(ScanResult((token()._replace(places=(moved,)),), clean().coverage))["results"][0]["locations"][0]
    uri = location["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"(file://)?[A-Za-z0-9/!+,;=@._~%-]+", uri)
    assert unquote_to_bytes(uri.removeprefix("file://")) == path


def test_places_in_several_targets_have_their_bases() -> None:
    log = run(result(token()))
    assert log["originalUriBaseIds"] == {"TARGET1": {"description": {"text": "./infra"}}, "TARGET2": {"description": {"text": "app.tar"}}}
    assert {each["physicalLocation"]["artifactLocation"]["uriBaseId"] for each in log["results"][0]["locations"]} == {"TARGET1", "TARGET2"}
    assert "originalUriBaseIds" not in run(result(pair()))


def test_a_place_without_a_line_has_no_region() -> None:
    place = token().places[0]._replace(line=0, column=0, end_line=0, end_column=0)
    location = run(result(token()._replace(places=(place,))))["results"][0]["locations"][0]
    assert "region" not in location["physicalLocation"]
