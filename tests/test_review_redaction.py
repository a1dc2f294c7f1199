"""What is found and not reported must not show either, nor what stands in a wrong file."""

from __future__ import annotations

import base64
import tarfile
from pathlib import Path

import pytest
import tokens
from scanning import as_text, builtin, scanned

from secretscan import reports
from secretscan.config import Settings, load
from secretscan.errors import ConfigError
from secretscan.model import Reason
from secretscan.pipeline import scan
from secretscan.sources import dir as dir_source


def _said(result: object) -> str:
    return "".join(as_text(result, format) for format in reports.formats())  # type: ignore[arg-type]


def _shows(text: str, secret: str) -> bool:
    forms = (secret, base64.b64encode(secret.encode()).decode(), secret.encode().hex())
    return any(form[at : at + 16] in text for form in forms for at in range(len(form) - 15))


@pytest.mark.parametrize("how", ["inline", "ignored", "excluded"])
def test_a_secret_that_is_not_reported_shows_nowhere(tmp_path: Path, how: str) -> None:
    token, (id, secret) = tokens.github_pat(seed=3), tokens.aws_pair(seed=1)
    folder = tmp_path / f"kept-for-{token.encode().hex()}"
    folder.mkdir()
    (folder / "pair.env").write_text(f"AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n")
    beside = tmp_path / "beside"
    beside.write_text(f"{token}" + (" # gitleaks:" + "allow" if how == "inline" else "") + "\n")
    settings = Settings()
    if how == "ignored":
        found = next(finding for finding in scanned("dir", tmp_path).findings if finding.rule == "github-pat")
        (tmp_path / ".secretscanignore").write_text(found.fingerprint + "\n")
    elif how == "excluded":
        with tarfile.open(tmp_path / "beside.tar", "w") as archive:
            archive.add(beside, "hidden/beside")
        beside.unlink()
        settings = Settings(exclude=("hidden/",))
    result = scanned("dir", tmp_path, settings=settings)
    assert [finding.rule for finding in result.findings] == ["aws-credentials"]
    assert not _shows(_said(result), token)


def test_a_secret_in_place_of_a_key_is_not_quoted(tmp_path: Path) -> None:
    token = tokens.github_pat(seed=3)
    (tmp_path / ".secretscan.toml").write_text(f"{token} = 1\n")
    with pytest.raises(ConfigError) as error:
        load({}, {}, str(tmp_path))
    assert not _shows(str(error.value), token)
    (tmp_path / ".secretscan.toml").write_text("exclud = []\n")
    with pytest.raises(ConfigError, match="exclud: unknown key"):
        load({}, {}, str(tmp_path))


def test_a_target_that_gives_nothing_is_incomplete_whatever_the_others_give(tmp_path: Path) -> None:
    full, empty = tmp_path / "full", tmp_path / "empty"
    full.mkdir()
    empty.mkdir()
    (full / "a").write_text("words\n")
    settings = Settings()
    result = scan([dir_source.open_source(str(each), settings) for each in (full, empty)], builtin(), settings)
    assert not result.coverage.complete
    assert result.coverage.skipped == {Reason.MISSING: 1}
    assert result.coverage.unread[0].origin.root == str(empty).encode()


def test_a_name_that_holds_a_secret_is_masked_whether_or_not_anything_was_found_of_it(tmp_path: Path) -> None:
    token, other = tokens.github_pat(seed=3), tokens.gitlab_pat(seed=4)
    (tmp_path / f"{token}.txt").write_text(f"token = {other}\n")
    (tmp_path / f"{tokens.npm_token(seed=5)}.gz").write_bytes(b"\x1f\x8b\x08broken")
    result = scanned("dir", tmp_path)
    assert {finding.secret for finding in result.findings} == {each.encode() for each in (token, other, tokens.npm_token(seed=5))}
    assert result.coverage.skipped == {Reason.CORRUPT: 1} or result.coverage.skipped == {Reason.TRUNCATED: 1}
    assert not _shows(_said(result), token)
    assert not _shows(_said(result), tokens.npm_token(seed=5))
    assert ".txt" in as_text(result, "terminal")


@pytest.mark.parametrize("settings", [{"disable_rules": ("github-pat",)}, {"enable_rules": ("gitlab-pat",)}])
def test_a_secret_of_a_rule_that_is_switched_off_shows_nowhere(tmp_path: Path, settings: dict[str, tuple[str, ...]]) -> None:
    token, other = tokens.github_pat(seed=3), tokens.gitlab_pat(seed=4)
    folder = tmp_path / token
    folder.mkdir()
    (folder / "both").write_text(f"tokens = {other} {token}\n")
    (tmp_path / ".secretscanignore").write_text(f"{token}:x:3\n{token}/gone\n")
    wanted = builtin().select(settings.get("enable_rules", ()), settings.get("disable_rules", ()))
    result = scan([dir_source.open_source(str(tmp_path), Settings())], wanted, Settings(), None, builtin())
    assert [finding.rule for finding in result.findings] == ["gitlab-pat"]
    assert not _shows(_said(result), token)


def test_lines_of_an_ignore_file_are_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("words\n")
    password = tokens.password()
    (tmp_path / ".secretscanignore").write_text(f"{password}\n{password}:rule:3\n{password} # until 2020-01-01\n")
    result = scanned("dir", tmp_path)
    assert len(result.coverage.notes) == 3
    assert password not in _said(result)
