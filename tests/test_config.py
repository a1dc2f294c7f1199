"""Where settings come from, which source wins, and what a target may not do to whoever scans it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from secretscan.config import PER_SOURCE, Settings, load
from secretscan.errors import ConfigError
from secretscan.model import Confidence, Reason, Severity
from secretscan.setting_values import parse_size


def test_defaults_stand_when_nothing_is_given(tmp_path: Path) -> None:
    assert load({}, {}, str(tmp_path)) == Settings()
    assert load({}, {}) == Settings()


def test_flag_beats_environment_beats_dotfile_beats_pyproject(tmp_path: Path) -> None:
    def severity(flags: dict[str, object], environ: dict[str, str]) -> Severity:
        return load(flags, environ, str(tmp_path)).min_severity

    (tmp_path / "pyproject.toml").write_text('[tool.secretscan]\nmin_severity = "low"\n')
    assert severity({}, {}) is Severity.LOW
    (tmp_path / ".secretscan.toml").write_text('min_severity = "medium"\n')
    assert severity({}, {}) is Severity.MEDIUM
    environ = {"SECRETSCAN_MIN_SEVERITY": "high"}
    assert severity({}, environ) is Severity.HIGH
    assert severity({"min_severity": "critical"}, environ) is Severity.CRITICAL


def test_files_complete_each_other_key_by_key(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.secretscan]\nexclude = ["docs/"]\nmin-confidence = "high"\n')
    (tmp_path / ".secretscan.toml").write_text('exclude = ["vendor/"]\n')
    settings = load({}, {}, str(tmp_path))
    assert settings.exclude == ("vendor/",)
    assert settings.min_confidence is Confidence.HIGH


def test_what_the_target_leaves_out_is_on_record(tmp_path: Path) -> None:
    (tmp_path / ".secretscan.toml").write_text('exclude = ["vendor/", "*.snap"]\ndisable_rules = ["jwt"]\n')
    settings = load({"disable_rules": ["npm"]}, {}, str(tmp_path))
    assert settings.disable_rules == ("npm",)
    assert len(settings.from_target) == 1
    assert "exclude = vendor/, *.snap" in settings.from_target[0]
    assert ".secretscan.toml" in settings.from_target[0]


def test_record_of_the_target_never_carries_control_characters(tmp_path: Path) -> None:
    (tmp_path / ".secretscan.toml").write_text('exclude = ["a\\u001b[2Jb"]\n')
    (line,) = load({}, {}, str(tmp_path)).from_target
    assert line.isprintable()


@pytest.mark.parametrize("how", [({"target_config": False}, {}), ({}, {"SECRETSCAN_TARGET_CONFIG": "false"})])
def test_target_config_can_be_ignored(tmp_path: Path, how: tuple[dict[str, object], dict[str, str]]) -> None:
    (tmp_path / ".secretscan.toml").write_text('exclude = ["*"]\n')
    settings = load(*how, str(tmp_path))
    assert settings.exclude == ()
    assert settings.from_target == ()


@pytest.mark.parametrize(
    "line",
    ['rules_config = "r.toml"', "show_secrets = true", "exit_zero = true", "exit_code = 0", 'allow_incomplete = ["corrupt"]', "jobs = 99",
     "max_archive_depth = 0", "max_archive_bytes = 1", "target_config = true"],
)  # fmt: skip
@pytest.mark.parametrize("file", [".secretscan.toml", "pyproject.toml"])
def test_target_may_not_set_more_than_what_it_leaves_out(tmp_path: Path, file: str, line: str) -> None:
    (tmp_path / file).write_text(line if file == ".secretscan.toml" else f"[tool.secretscan]\n{line}\n")
    with pytest.raises(ConfigError) as caught:
        load({}, {}, str(tmp_path))
    assert file in str(caught.value)
    assert line.split(" ", maxsplit=1)[0] in str(caught.value)
    assert load({"target_config": False}, {}, str(tmp_path)).from_target == ()


@pytest.mark.parametrize("file", [".secretscan.toml", "pyproject.toml"])
def test_unknown_key_names_file_and_key(tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_text("exlude = []" if file == ".secretscan.toml" else "[tool.secretscan]\nexlude = []\n")
    with pytest.raises(ConfigError, match=rf"{file}.*exlude.*known are.*exclude"):
        load({}, {}, str(tmp_path))


def test_unknown_variable_is_named() -> None:
    with pytest.raises(ConfigError, match="SECRETSCAN_EXLUDE"):
        load({}, {"SECRETSCAN_EXLUDE": "a"})


@pytest.mark.parametrize(
    "line",
    ["exclude = 'a'", "exclude = [1]", "exclude = ['']", "min_severity = 4", "min_severity = 'severe'", "min_confidence = 'info'",
     "max_file_size = true", "max_file_size = 1.5", "max_file_size = -1", "max_file_size = 'big'", "disable_rules = {}"],
)  # fmt: skip
def test_wrong_type_names_file_and_key(tmp_path: Path, line: str) -> None:
    (tmp_path / ".secretscan.toml").write_text(line + "\n")
    with pytest.raises(ConfigError) as caught:
        load({}, {}, str(tmp_path))
    assert ".secretscan.toml" in str(caught.value)
    assert line.split(" ", maxsplit=1)[0] in str(caught.value)


@pytest.mark.parametrize(("name", "text"), [("JOBS", "0"), ("JOBS", "many"), ("EXIT_CODE", "256"), ("SHOW_SECRETS", "maybe")])
def test_wrong_variable_is_named(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=f"SECRETSCAN_{name} must be"):
        load({}, {f"SECRETSCAN_{name}": text})


def test_environment_gives_every_type() -> None:
    settings = load(
        {},
        {
            "SECRETSCAN_EXCLUDE": "a, b,",
            "SECRETSCAN_JOBS": "3",
            "SECRETSCAN_EXIT_ZERO": "yes",
            "SECRETSCAN_MAX_FILE_SIZE": "2M",
            "SECRETSCAN_ALLOW_INCOMPLETE": "corrupt,shallow",
            "SECRETSCAN_RULES_CONFIG": "",
            "PATH": "/bin",
        },
    )
    assert settings.exclude == ("a", "b")
    assert settings.jobs == 3
    assert settings.exit_zero is True
    assert settings.max_file_size == 2 << 20
    assert settings.allow_incomplete == {Reason.CORRUPT, Reason.SHALLOW}
    assert settings.rules_config is None


def test_only_unread_reasons_can_be_allowed() -> None:
    with pytest.raises(ConfigError, match=r"--allow-incomplete.*corrupt.*shallow"):
        load({"allow_incomplete": ["symlink"]}, {})


def test_several_targets_do_not_speak_for_each_other(tmp_path: Path) -> None:
    (tmp_path / ".secretscan.toml").write_text('exclude = ["vendor/"]\ndisable_rules = ["jwt"]\n')
    settings = load({}, {}, str(tmp_path), PER_SOURCE)
    assert settings.exclude == ("vendor/",)
    assert settings.disable_rules == ()
    assert any("disable_rules" in note for note in settings.notes)


@pytest.mark.parametrize("text", ["exclude = [", "\udcff\udcfe", "a = " + "[" * 5000])
def test_dotfile_that_is_no_toml_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / ".secretscan.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match=r"\.secretscan\.toml: is not TOML"):
        load({}, {}, str(tmp_path))


def test_error_about_toml_does_not_quote_the_file(tmp_path: Path) -> None:
    (tmp_path / ".secretscan.toml").write_text("hunter2hunter2 hunter2hunter2\n")
    with pytest.raises(ConfigError) as caught:
        load({}, {}, str(tmp_path))
    assert "hunter2" not in str(caught.value)
    assert "line 1" in str(caught.value)


def test_pyproject_that_is_no_toml_is_noted_for_it_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("{{ cookiecutter.name }}\n")
    settings = load({}, {}, str(tmp_path))
    assert any("pyproject.toml" in note for note in settings.notes)


def test_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".secretscan.toml").symlink_to("/dev/zero")
    with pytest.raises(ConfigError, match="symbolic link"):
        load({}, {}, str(tmp_path))


def test_fifo_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".secretscan.toml")
    with pytest.raises(ConfigError, match="not a regular file"):
        load({}, {}, str(tmp_path))


def test_huge_file_is_refused(tmp_path: Path) -> None:
    with (tmp_path / ".secretscan.toml").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        load({}, {}, str(tmp_path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file_is_an_error_not_a_default(tmp_path: Path) -> None:
    (tmp_path / ".secretscan.toml").touch(mode=0)
    with pytest.raises(ConfigError, match="cannot be read"):
        load({}, {}, str(tmp_path))


@pytest.mark.parametrize(("text", "size"), [("1", 1), ("64K", 65536), ("10MB", 10 << 20), ("1 GiB", 1 << 30), ("7b", 7), (12, 12)])
def test_sizes(text: object, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "K", "1X", "-1", "1e3", 0, None, "9" * 30, "9" * (sys.get_int_max_str_digits() + 1)])
def test_what_is_no_size(text: object) -> None:
    with pytest.raises(ValueError):
        parse_size(text)
