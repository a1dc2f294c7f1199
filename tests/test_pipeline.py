from __future__ import annotations

import gzip
import io
import random
import tarfile
import zipfile
from pathlib import Path

import pytest
import tokens
from scanning import as_text, builtin, by_rule, places, scanned

from secretscan.config import Settings
from secretscan.model import OVERLAP, PIECE, Confidence, Reason, Severity


def _pair_text(seed: int = 0) -> str:
    id, secret = tokens.aws_pair(seed=seed)
    return f"[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"


def test_a_pair_is_one_critical_finding_with_both_halves(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text(_pair_text())
    result = scanned("dir", tmp_path)
    (finding,) = result.findings
    assert (finding.rule, finding.severity, finding.facts["account_id"]) == ("aws-credentials", Severity.CRITICAL, "123456789012")
    assert [(part.label, part.places[0].line) for part in finding.parts] == [("access key id", 2), ("secret access key", 3)]
    assert result.coverage.complete and (result.coverage.seen, result.coverage.scanned) == (1, 1)


def test_the_same_secret_in_many_files_is_one_finding_with_all_its_places(tmp_path: Path) -> None:
    token = tokens.github_pat()
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text(f"x\ntoken: {token}\n")
    (finding,) = scanned("dir", tmp_path).findings
    assert places(finding) == [("a", 2, 8), ("b", 2, 8), ("c", 2, 8)]


def test_a_half_known_from_a_pair_is_not_reported_again_alone(tmp_path: Path) -> None:
    id, _ = tokens.aws_pair()
    (tmp_path / "credentials").write_text(_pair_text())
    (tmp_path / "notes.md").write_text(f"the key is {id}\n")
    (finding,) = scanned("dir", tmp_path).findings
    assert places(finding._replace(places=finding.parts[0].places)) == [("credentials", 2, 21), ("notes.md", 1, 12)]


def test_halves_in_two_files_of_one_directory_are_a_pair_of_less_confidence(tmp_path: Path) -> None:
    id, secret = tokens.aws_pair()
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    (tmp_path / "one" / "id.txt").write_text(f"{id}\n")
    (tmp_path / "one" / "secret.env").write_text(f"AWS_SECRET_ACCESS_KEY={secret}\n")
    (tmp_path / "two" / "id.txt").write_text(tokens.aws_pair(seed=5)[0])
    pair, alone = scanned("dir", tmp_path).findings
    assert (pair.rule, pair.severity, pair.confidence) == ("aws-credentials", Severity.CRITICAL, Confidence.MEDIUM)
    assert alone.rule == "aws-access-key-id" and places(alone) == [("two/id.txt", 1, 1)]


def test_a_pair_in_two_files_has_the_fingerprint_of_the_pair_in_one(tmp_path: Path) -> None:
    id, secret = tokens.aws_pair()
    (tmp_path / "apart").mkdir()
    (tmp_path / "apart" / "id.txt").write_text(f"aws_access_key_id = {id}\n")
    (tmp_path / "apart" / "secret.txt").write_text(f"aws_secret_access_key = {secret}\n")
    (tmp_path / "together").write_text(_pair_text())
    (apart,) = scanned("dir", tmp_path / "apart").findings
    (together,) = scanned("dir", tmp_path / "together").findings
    assert apart.rule == together.rule == "aws-credentials"
    assert apart.fingerprint == together.fingerprint
    (tmp_path / "apart" / "secret.txt").write_text(f"aws_secret_access_key = {tokens.aws_secret(seed=9)}\n")
    (other,) = scanned("dir", tmp_path / "apart").findings
    assert other.rule == "aws-credentials"
    assert other.fingerprint != apart.fingerprint


def test_the_halves_of_two_accounts_pair_with_their_neighbours(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text(_pair_text(1) + _pair_text(2))
    found = scanned("dir", tmp_path).findings
    assert {(finding.parts[0].places[0].line, finding.parts[1].places[0].line) for finding in found} == {(2, 3), (5, 6)}


@pytest.mark.parametrize(
    "at", [0, 100, PIECE - OVERLAP, PIECE - OVERLAP // 2 - 20, PIECE - OVERLAP // 2, PIECE - 20, PIECE, 2 * PIECE - OVERLAP]
)
def test_a_secret_at_any_cut_of_a_long_text_is_found_once(tmp_path: Path, at: int) -> None:
    text = bytearray(b"x" * 79 + b"\n") * (3 * PIECE // 80)
    pair = ("\n" + _pair_text()).encode()
    text[at : at + len(pair)] = pair
    (tmp_path / "long").write_bytes(text)
    result = scanned("dir", tmp_path)
    (finding,) = result.findings
    before = bytes(text[: text.index(b"AKIA")])
    assert places(finding) == [("long", before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))]
    assert result.coverage.scanned == 1 and result.coverage.bytes >= len(text)


def test_one_line_of_many_megabytes_is_no_trouble(tmp_path: Path) -> None:
    token = tokens.github_pat()
    (tmp_path / "line").write_text("a " * (6 << 20) + token + " b" * (6 << 20))
    (finding,) = scanned("dir", tmp_path).findings
    assert places(finding) == [("line", 1, (12 << 20) + 1)]
    assert finding.places[0].context is not None and len(finding.places[0].context.text) < 400


def test_utf16_is_read_with_and_without_a_byte_order_mark(tmp_path: Path) -> None:
    text = "# Schlüssel\r\n" + _pair_text().replace("\n", "\r\n")
    (tmp_path / "bom.ini").write_bytes(text.encode("utf-16"))
    (tmp_path / "le.ini").write_bytes(text.replace("ü", "ue").encode("utf-16-le"))
    (tmp_path / "be.ini").write_bytes(text.replace("ü", "ue").encode("utf-16-be"))
    (finding,) = scanned("dir", tmp_path).findings
    assert places(finding) == [("be.ini", 3, 21), ("bom.ini", 3, 21), ("le.ini", 3, 21)]


def test_archives_are_opened_and_their_members_named(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conf/app.ini", _pair_text(1))
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as tar:
        for name, data in (("etc/app.jar", inner.getvalue()), ("etc/plain", _pair_text(2).encode())):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    (tmp_path / "one.gz").write_bytes(gzip.compress(_pair_text(3).encode()))
    result = scanned("dir", tmp_path)
    assert {places(finding)[0][0] for finding in result.findings} == {
        "all.tar.gz!etc/app.jar!conf/app.ini",
        "all.tar.gz!etc/plain",
        "one.gz!one",
    }
    assert result.coverage.complete


def test_a_broken_archive_is_incomplete_and_what_it_gave_is_kept(tmp_path: Path) -> None:
    data = gzip.compress(("x" * 50 + "\n").encode() * 10 + _pair_text().encode() + random.Random(1).randbytes(200_000))
    (tmp_path / "cut.gz").write_bytes(data[: len(data) - 1000])
    result = scanned("dir", tmp_path)
    assert not result.coverage.complete and {reason.skip_class.name for reason in result.coverage.skipped} == {"UNREAD"}
    assert len(by_rule(result, "aws-credentials")) == 1


def test_a_context_line_masks_every_secret_on_it(tmp_path: Path) -> None:
    first, second = tokens.github_pat(1), tokens.stripe_live(2)
    (tmp_path / "a").write_text(f"one {first} two {second} three\n")
    result = scanned("dir", tmp_path)
    assert len(result.findings) == 2
    for format in ("json", "jsonl", "sarif", "gitleaks", "terminal"):
        text = as_text(result, format)
        assert first[8:] not in text and second[12:] not in text
    for finding in result.findings:
        assert finding.places[0].context is not None and len(finding.places[0].context.spans) == 2


def test_reports_are_the_same_whatever_the_number_of_threads(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"f{number}").write_text("\n" * (number % 7) + _pair_text(number % 50) + "x" * 100_000)
    one = as_text(scanned("dir", tmp_path, settings=Settings(jobs=1)))
    many = as_text(scanned("dir", tmp_path, settings=Settings(jobs=8)))
    assert one == many and one.count('"aws-credentials"') == 50


def test_inline_allows_and_the_ignore_file_suppress_and_are_counted(tmp_path: Path) -> None:
    (tmp_path / "allowed.py").write_text(f"t = '{tokens.github_pat(1)}'  # secretscan:allow\n")
    (tmp_path / "seen.py").write_text(f"t = '{tokens.github_pat(2)}'\n")
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "x.py").write_text(f"t = '{tokens.github_pat(3)}'\n")
    fingerprint = next(finding.fingerprint for finding in scanned("dir", tmp_path).findings if places(finding)[0][0] == "seen.py")
    (tmp_path / ".secretscanignore").write_text(f"vendor/\n{fingerprint}  # rotated\n")
    result = scanned("dir", tmp_path)
    assert not result.findings and sum(result.coverage.suppressed.values()) == 3
    unsuppressed = scanned("dir", tmp_path, settings=Settings(target_config=False))
    assert len(unsuppressed.findings) == 3 and not unsuppressed.coverage.suppressed


def test_floors_hide_and_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(tokens.aws_pair()[0])
    result = scanned("dir", tmp_path, settings=Settings(min_severity=Severity.HIGH))
    assert not result.findings and result.coverage.suppressed == {"below the least severity": 1}


def test_an_excluded_path_is_excluded_inside_archives_too_and_counted(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("vendor/conf.ini", _pair_text())
    result = scanned("dir", tmp_path, settings=Settings(exclude=("**/a.zip!vendor/**",)))
    assert not result.findings and result.coverage.suppressed == {"excluded path": 1}


def test_a_reader_that_fails_costs_no_finding_and_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: bytes, name: bytes | None) -> object:
        raise KeyError(text)

    monkeypatch.setattr("secretscan.readers.kubernetes.views", broken)
    (tmp_path / "a.yaml").write_text(f"apiVersion: v1\nkind: Pod\ntoken: {tokens.github_pat()}\n")
    result = scanned("dir", tmp_path)
    assert [finding.rule for finding in result.findings] == ["github-pat"]
    assert [(skipped.reason, skipped.detail) for skipped in result.coverage.unread] == [
        (Reason.UNPARSED, "kubernetes failed on it (KeyError); read as text")
    ]


def test_nothing_to_scan_is_not_clean(tmp_path: Path) -> None:
    coverage = scanned("dir", tmp_path).coverage
    assert not coverage.complete and coverage.notes == ("nothing to scan",)


def test_a_flood_of_candidates_is_bounded_and_said(tmp_path: Path) -> None:
    (tmp_path / "flood").write_text("password=\n" * 300_000)
    result = scanned("dir", tmp_path)
    assert not result.findings
    assert result.coverage.complete or result.coverage.skipped == {Reason.CAP: 1}


def test_every_rule_is_in_the_automaton_or_beside_another_or_asked_for_by_a_path(tmp_path: Path) -> None:
    for rule in builtin().rules:
        if rule.regex is not None:
            assert rule.shape.checks or rule.path is not None, rule.id
