"""The view for people."""

import io
import re

import pytest
from report_samples import assert_golden, clean, exposure, full, pair, password, place, report, result, token

from secretscan.model import Coverage, Finding, Json, Origin, Part, Reason, ScanResult, Secret, Skipped
from secretscan.reports import Style, load


def test_the_whole_view() -> None:
    assert_golden("terminal.txt", report("terminal", full()))


def test_the_verbose_view() -> None:
    assert_golden("terminal-verbose.txt", report("terminal", full(), Style(verbose=True, width=120)))


def test_colour_adds_nothing_but_colour() -> None:
    colored = report("terminal", full(), Style(color=True))
    assert "\x1b[1;7m" not in report("terminal", full())
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == report("terminal", full())
    assert colored.count("\x1b[0m") * 2 == colored.count("\x1b[")


def test_every_line_ends_its_colour() -> None:
    for line in report("terminal", full(), Style(color=True)).splitlines():
        assert line.count("\x1b[0m") * 2 == line.count("\x1b[")


@pytest.mark.parametrize("width", [1, 40, 80, 200])
def test_lines_keep_to_the_width_where_they_can(width: int) -> None:
    lines = report("terminal", result(token()), Style(width=width)).splitlines()
    inside = [line for line in lines if "│" in line and "ignore as" not in line]
    assert inside
    assert f"ignore as {token().fingerprint}" in report("terminal", result(token()), Style(width=width))  # it is there to be copied
    assert max(map(len, inside)) <= max(width, 30)


def test_the_caret_stands_under_the_secret_behind_wide_characters() -> None:
    mine = token().secret.decode()
    here = Origin("dir", b".", b"a.txt")
    finding = token()._replace(places=(place(here, 1, f"鍵は{mine}", mine),))
    lines = report("terminal", ScanResult((finding,), clean().coverage)).splitlines()
    assert lines[2:4] == ["    1 │ 鍵はghp_••••••••", "      │     ^^^^^^^^^^^^"]  # each of the two takes two columns


def test_the_focus_of_a_long_line_stays_in_sight() -> None:
    mine = token().secret.decode()
    finding = token()._replace(places=(place(Origin("dir", b".", b"a.txt"), 1, "x" * 80 + mine + "y" * 80, mine),))
    lines = report("terminal", ScanResult((finding,), clean().coverage), Style(width=60)).splitlines()
    assert lines[2].index("ghp_") == lines[3].index("^")
    assert "…x" in lines[2] and lines[2].endswith("y…")


def test_a_stream_without_unicode_gets_ascii() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    load("terminal").write(full(), out, Style())
    out.flush()
    text = raw.getvalue().decode("ascii")
    assert "AKIA********" in text
    assert r"src/na\xefve" in text
    assert len(text.splitlines()) == len(report("terminal", full()).splitlines())


def test_a_complete_scan_without_findings_says_so() -> None:
    text = report("terminal", clean())
    assert "no secrets in what was read" in text
    assert "✓ complete: all that was asked for was read." in text
    assert "INCOMPLETE" not in text


def _coverage(**changes: object) -> ScanResult:
    return ScanResult((), Coverage(2, 1, 10, False, {Reason.MISSING: 1}, {})._replace(**changes))  # type: ignore[arg-type]


def test_an_incomplete_scan_is_never_called_complete() -> None:
    text = report("terminal", _coverage())
    assert "✗ INCOMPLETE: 1 of what was asked for could not be read; secrets may be there." in text
    assert "complete:" not in text


def test_a_scan_that_read_nothing_is_incomplete_and_says_why() -> None:
    text = report("terminal", _coverage(seen=0, scanned=0, skipped={}))
    assert "✗ INCOMPLETE: nothing was read; secrets may be there." in text
    assert "no secrets" not in text


def test_an_incomplete_scan_without_a_counted_gap_did_not_read_nothing() -> None:
    text = report("terminal", _coverage(skipped={}))
    assert "✗ INCOMPLETE: not all was read; secrets may be there." in text


def test_accepted_gaps_are_still_said() -> None:
    text = report("terminal", _coverage(complete=True))
    assert "complete but for 1 not read, which was accepted beforehand." in text
    assert "all that was asked for was read" not in text


def test_an_empty_staged_set_is_complete_with_its_note() -> None:
    text = report("terminal", _coverage(complete=True, seen=0, scanned=0, skipped={}, notes=("nothing is staged",)))
    assert "nothing is staged" in text
    assert "✓ complete: nothing asked for, nothing to read." in text


def test_what_was_read_as_plain_text_is_not_called_unread() -> None:
    skip = Skipped(Origin("manifest", b".", b"odd.yaml"), Reason.UNPARSED, "a tab")
    scan = _coverage(complete=True, seen=1, skipped={Reason.UNPARSED: 1}, unread=(skip,))
    text = report("terminal", scan)
    assert " as plain text 1 unparsed\n" in text and "odd.yaml" not in text
    assert "NOT READ" not in text and "✓ complete: all that was asked for was read." in text
    assert "odd.yaml" in report("terminal", scan, Style(verbose=True))


def test_twenty_unread_are_listed_and_the_rest_counted() -> None:
    unread = tuple(Skipped(Origin("dir", b".", b"file%02d" % number), Reason.UNREADABLE) for number in range(30))
    scan = _coverage(unread=unread, skipped={Reason.UNREADABLE: 30})
    text = report("terminal", scan)
    assert "file19" in text and "file20" not in text
    assert "and 10 more" in text
    assert "file29" in report("terminal", scan, Style(verbose=True))


def test_one_more_place_is_in_the_singular() -> None:
    finding = token()._replace(places=token().places[:7])
    assert "and 1 more place\n" in report("terminal", result(finding))


def test_a_pair_in_two_files_shows_both() -> None:
    first, second = pair().parts
    moved = second.places[0]._replace(origin=second.places[0].origin._replace(path=b"other/secret.txt"))
    finding = pair()._replace(parts=(first, second._replace(places=(moved,))))
    text = report("terminal", result(finding))
    assert "│ … other/secret.txt\n" in text
    assert "^^^^^^^^ secret access key" in text


def _bare(finding: Finding) -> Finding:
    return finding._replace(places=tuple(each._replace(context=None) for each in finding.places), parts=())


def test_a_finding_without_context_shows_the_redacted_secret() -> None:
    assert "   11 │ AKIA••••••••\n" in report("terminal", result(_bare(pair())))


def test_secrets_are_shown_when_asked_for() -> None:
    style = Style(show_secrets=True, width=200)
    text = report("terminal", full(), style)
    for secret in (pair().secret, pair().parts[1].secret, token().secret, password().secret):
        assert secret.decode() in text


def test_nothing_of_a_stranger_reaches_the_terminal_unescaped() -> None:
    evil = "\x1b]0;owned\x07\u202e\r\n"
    origin = Origin("k\x1bind", b"root\x1b[2J", b"path\x1b[2J", {"author": evil, evil: evil, "name": evil})
    places = (place(origin, 1, f"x{evil}y", "x"),) * 3
    finding = exposure()._replace(rule="r" + evil, description=evil, note=evil, fingerprint=evil, facts={evil: evil})
    parts = (Part(evil, evil, Secret(b""), places),)
    finding = finding._replace(tags=(evil,), references=(evil, "https://" + evil), parts=parts, places=places)
    coverage = Coverage(1, 0, 0, False, {Reason.MISSING: 1}, {evil: 1}, (Skipped(origin, Reason.MISSING, evil),), (evil,))
    for name in ("terminal", "json", "jsonl", "gitleaks", "sarif"):
        text = report(name, ScanResult((finding, finding._replace(secret=Secret(b"s\x1bt"))), coverage), Style(verbose=True))
        assert all(char.isprintable() or char == "\n" for char in text), name
        assert "\\u202e" in text


def test_findings_of_images_stand_under_their_image_and_their_layer_with_its_instruction() -> None:
    mine = token().secret.decode()

    def within(path: bytes, **facts: Json) -> Finding:
        return token()._replace(places=(place(Origin("image", b"all.tar", path, facts), 1, mine, mine),))

    second: dict[str, Json] = {"layer": 2, "layer_digest": "sha256:" + "4f" * 32, "instruction": f"RUN echo {mine} > /a", "image": "app:1"}
    findings = (
        within(b"a", fate="present", **second),
        within(b"b", fate="present", **second),
        within(b"blobs/sha256/00", image="app:1"),
        within(b"z", **{**second, "layer": 1, "instruction": "ADD . /"}),
        within(b"a", **{**second, "image": "other:2"}),
    )
    view = report("terminal", ScanResult(findings, clean().coverage))
    assert [line for line in view.splitlines() if line[:1] not in ("─", "") and "│" not in line and "HIGH" not in line][:11] == [
        "app:1",
        " └ configuration",
        "blobs/sha256/00",
        " └ layer 1 (sha256:4f4f4f4f4f4f) · ADD . /",
        "z",
        " └ layer 2 (sha256:4f4f4f4f4f4f) · RUN echo ghp_•••••••• > /a",
        "a",
        "b",
        "other:2",
        " └ layer 2 (sha256:4f4f4f4f4f4f) · RUN echo ghp_•••••••• > /a",
        "a",
    ]
    assert "at a:1:1 · present" in view
