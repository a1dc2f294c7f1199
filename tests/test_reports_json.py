"""The formats that programs read: json, jsonl and gitleaks."""

import io
import json
import math

import pytest
from report_samples import assert_golden, clean, full, pair, report, result, token

from secretscan.model import Json
from secretscan.redaction import MASK
from secretscan.reports import Style, load
from secretscan.reports.json import dump


@pytest.mark.parametrize("name", ["json", "jsonl", "gitleaks"])
def test_the_whole_report(name: str) -> None:
    assert_golden(f"report.{name}", report(name, full()))


@pytest.mark.parametrize("name", ["json", "gitleaks", "sarif"])
@pytest.mark.parametrize("scan", [full(), clean()], ids=["full", "clean"])
def test_a_report_is_one_json_value_on_any_stream(name: str, scan: object) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    load(name).write(scan, out, Style())  # type: ignore[arg-type]
    out.flush()
    assert json.loads(raw.getvalue()) == json.loads(report(name, scan))  # type: ignore[arg-type]


def test_the_schema_has_the_promised_keys() -> None:
    document = json.loads(report("json", full()))
    assert document["schema"] == "secretscan/1"
    assert set(document) == {"schema", "findings", "coverage"}
    finding = document["findings"][0]
    assert {"rule", "severity", "confidence", "fingerprint", "line", "column", "redacted", "parts", "origins", "facts"} <= set(finding)
    assert finding["facts"]["account_id"] == "123456789012"
    assert [part["redacted"] for part in finding["parts"]] == ["AKIA" + MASK, MASK]
    assert {"kind", "path", "line", "column", "facts"} <= set(finding["origins"][0])
    assert set(document["coverage"]) == {"complete", "seen", "scanned", "bytes", "skipped", "suppressed", "unread", "fallbacks", "notes"}
    assert document["coverage"]["skipped"] == {"symlink": 4, "excluded": 2, "truncated": 1, "encrypted": 1, "unparsed": 1}
    assert document["coverage"]["unread"][1]["path"] == r"vault/\xff\x07.zip"
    assert [each["reason"] for each in document["coverage"]["unread"]] == ["truncated", "encrypted"]
    assert [each["reason"] for each in document["coverage"]["fallbacks"]] == ["unparsed"]


def test_secrets_are_there_only_when_asked_for() -> None:
    plain = json.loads(report("json", full()))["findings"][0]
    shown = json.loads(report("json", full(), Style(show_secrets=True)))["findings"][0]
    assert "secret" not in plain and "secret" not in plain["parts"][0]
    assert shown["secret"] == pair().secret.decode()
    assert [part["secret"] for part in shown["parts"]] == [part.secret.decode() for part in pair().parts]
    assert shown["redacted"] == "AKIA" + MASK


def test_a_number_that_json_lacks_does_no_harm() -> None:
    finding = token()._replace(facts={"odd": [math.inf, {"deep": math.nan}]})
    assert json.loads(report("json", result(finding)))["findings"][0]["facts"] == {"odd": ["inf", {"deep": "nan"}]}


def test_lines_are_findings_and_the_last_is_coverage() -> None:
    lines = [json.loads(line) for line in report("jsonl", full()).splitlines()]
    whole = json.loads(report("json", full()))
    assert [line["finding"] for line in lines[:-1]] == whole["findings"]
    assert lines[-1] == {"schema": "secretscan/1", "coverage": whole["coverage"]}


IMPORTED = [
    "RuleID", "Description", "StartLine", "EndLine", "StartColumn", "EndColumn", "Match", "Secret", "File", "SymlinkFile",
    "Commit", "Entropy", "Author", "Email", "Date", "Message", "Tags", "Fingerprint",
]  # fmt: skip


def test_importers_find_their_keys_once_a_place() -> None:
    entries = json.loads(report("gitleaks", full()))
    assert all(list(entry) == IMPORTED for entry in entries)
    assert len(entries) == sum(len(finding.places) for finding in full().findings)
    first = entries[0]
    assert (first["Author"], first["Email"]) == ("Ada Lovelace", "ada@example.org")
    assert first["Secret"] == "AKIA" + MASK
    assert first["Fingerprint"] == f"{first['Commit']}:config/deploy.env:aws-key-pair:11"
    assert first["EndColumn"] - first["StartColumn"] + 1 == 20
    assert entries[-1]["Fingerprint"] == "dump.yaml:k8s-anonymous-admin:31"


def test_an_importers_report_without_findings_is_an_empty_array() -> None:
    assert report("gitleaks", clean()) == "[]\n"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_the_layout_is_that_of_the_library(encoding: str) -> None:
    value: Json = {"a": [], "b": {}, "c": [1, 2.5, True, None, 'ü\n"\\\u2028'], "d": {"e": [{"f": "g"}], "": [[]]}}
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    for indent in (1, 2):
        assert dump(value, out, indent) == json.dumps(value, indent=indent, ensure_ascii=encoding == "ascii")
    assert dump(value, out, 2, level=1) == json.dumps(value, indent=2, ensure_ascii=encoding == "ascii").replace("\n", "\n  ")
    with pytest.raises(ValueError):
        dump([float("nan")], out, 2)
