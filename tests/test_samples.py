"""What stands only among tests and examples: how sure a finding then is, and that nothing is left out uncounted."""

from __future__ import annotations

from pathlib import Path

import pytest
import tokens
from scanning import places, scanned

from secretscan.config import Settings
from secretscan.model import Confidence
from secretscan.triage.samples import NOTE, is_sample_path

ALL = Settings(min_confidence=Confidence.SAMPLE)
SAMPLES = (
    "test/server.pem", "pkg/testdata/key.pem", "a/fixtures/x.yml", "spec/models/user.rb", "src/main_test.go", "ui/auth.test.tsx",
    "test_x.py", "src/test/java/A.java", "x/LoginTest.java", "app.jar!/testdata/key.pem", "examples/demo.py",
    "web/__mocks__/token.js", "ssh-test-keys/id_rsa", "models/examples-1.json", "tests/conftest.py", "conftest.py",
)  # fmt: skip
OTHERS = (
    "src/attestation/key.pem", "latest/x.pem", "contest/key.pem", "lib/inspect.py", "conf/server.pem", "testament.md",
    "src/protest.py", "fastest.go", "aspect/a.rb", "Contest.java", "config/production.yml", "docs/readme.md", "respecs/x",
    "greatest.pem", "key.pem", "",
)  # fmt: skip


@pytest.mark.parametrize("path", SAMPLES)
def test_a_path_of_tests_is_known(path: str) -> None:
    assert is_sample_path(path.encode())


@pytest.mark.parametrize("path", OTHERS)
def test_a_word_within_a_word_makes_no_test(path: str) -> None:
    assert not is_sample_path(path.encode())


def _write(folder: Path, *texts: tuple[str, str]) -> None:
    for name, text in texts:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_a_private_key_among_tests_is_counted_and_shown_when_asked_for(tmp_path: Path) -> None:
    _write(tmp_path, ("testdata/server.pem", tokens.private_key_pem()))
    hidden = scanned("dir", tmp_path)
    assert not hidden.findings and list(hidden.coverage.suppressed.values()) == [1] and hidden.hidden
    (finding,) = scanned("dir", tmp_path, settings=ALL).findings
    assert finding.confidence is Confidence.SAMPLE and finding.note.endswith(NOTE)


def test_a_private_key_that_stands_elsewhere_too_is_as_sure_as_ever(tmp_path: Path) -> None:
    key = tokens.private_key_pem()
    _write(tmp_path, ("testdata/server.pem", key), ("deploy/server.pem", key))
    (finding,) = scanned("dir", tmp_path).findings
    assert finding.confidence is Confidence.HIGH and len(places(finding)) == 2


def test_who_names_the_folder_of_tests_sees_what_is_in_it(tmp_path: Path) -> None:
    _write(tmp_path, ("testdata/server.pem", tokens.private_key_pem()))
    assert len(scanned("dir", tmp_path / "testdata").findings) == 1


def test_a_providers_token_among_tests_is_as_sure_as_ever(tmp_path: Path) -> None:
    id, secret = tokens.aws_pair()
    _write(
        tmp_path,
        ("tests/fixtures/a_test.go", f'token := "{tokens.github_pat()}"\n'),
        ("testdata/credentials", f"aws_access_key_id = {id}\naws_secret_access_key = {secret}\n"),
    )
    assert {(finding.rule, finding.confidence) for finding in scanned("dir", tmp_path).findings} == {
        ("github-pat", Confidence.HIGH),
        ("aws-credentials", Confidence.HIGH),
    }


def test_a_guess_among_tests_is_one_level_less_sure(tmp_path: Path) -> None:
    _write(
        tmp_path,
        ("tests/a.py", f'api_key = "{tokens.hex(40, 1)}"\n'),
        ("tests/b.py", 'password = "' + tokens.password(3)[:7] + '4"\n'),
        ("b.py", f'api_key = "{tokens.hex(40, 2)}"\n'),
    )
    found = {places(finding)[0][0]: finding.confidence for finding in scanned("dir", tmp_path, settings=ALL).findings}
    assert found == {"tests/a.py": Confidence.LOW, "tests/b.py": Confidence.SAMPLE, "b.py": Confidence.MEDIUM}
    assert {places(finding)[0][0] for finding in scanned("dir", tmp_path).findings} == {"tests/a.py", "b.py"}
