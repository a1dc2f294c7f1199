"""Settings and where they come from: flag > environment > .secretscan.toml > [tool.secretscan] in pyproject.toml > default.

The last two files lie in the target and may be hostile. They may only suppress (leave paths or rules out), and what
they suppress is recorded in `Settings.from_target` for the report to show. Everything else in them is refused.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from enum import IntEnum
from typing import Any, NamedTuple

from secretscan import setting_values
from secretscan.errors import ConfigError
from secretscan.model import Confidence, Reason, Severity
from secretscan.redaction import printable

PREFIX = "SECRETSCAN_"
DOTFILE = ".secretscan.toml"
MAX_CONFIG_BYTES = 1 << 20


def _default_jobs() -> int:
    return min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


class Settings(NamedTuple):
    """All of a scan's settings, settled. Sizes are bytes; `exclude` holds gitignore-style patterns.

    `from_target` says, one line each, what the target's own files suppress. `notes` is what a user should know about loading.
    """

    rules_config: str | None = None
    enable_rules: tuple[str, ...] = ()
    disable_rules: tuple[str, ...] = ()
    all_checks: bool = False
    min_severity: Severity = Severity.INFO
    min_confidence: Confidence = Confidence.LOW
    exclude: tuple[str, ...] = ()
    max_file_size: int | None = None
    max_archive_depth: int = 4
    max_archive_bytes: int = 8 << 30
    jobs: int = _default_jobs()
    show_secrets: bool = False
    exit_zero: bool = False
    exit_code: int = 1
    allow_incomplete: frozenset[Reason] = frozenset()
    target_config: bool = True
    from_target: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


PER_SOURCE = frozenset({"exclude", "max_file_size"})
"""Keys that each of several targets can set for itself alone."""
_TARGET_KEYS = PER_SOURCE | {"enable_rules", "disable_rules", "min_severity", "min_confidence"}
"""Keys that can only leave something out: all that a target's own file may set."""

_CHECKS: dict[str, Callable[[object], object]] = {
    "rules_config": setting_values.string,
    "enable_rules": setting_values.strings,
    "disable_rules": setting_values.strings,
    "all_checks": setting_values.flag,
    "min_severity": setting_values.level(Severity),
    "min_confidence": setting_values.level(Confidence),
    "exclude": setting_values.patterns,
    "max_file_size": setting_values.parse_size,
    "max_archive_depth": setting_values.number(0, 64),
    "max_archive_bytes": setting_values.parse_size,
    "jobs": setting_values.number(1, 256),
    "show_secrets": setting_values.flag,
    "exit_zero": setting_values.flag,
    "exit_code": setting_values.number(0, 255),
    "allow_incomplete": setting_values.reasons,
    "target_config": setting_values.flag,
}
_LISTS = {"enable_rules", "disable_rules", "exclude", "allow_incomplete"}
_FLAGS = {key for key, check in _CHECKS.items() if check is setting_values.flag}
_NUMBERS = {"max_archive_depth", "jobs", "exit_code"}
_TRUTH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_BUILD_VARIABLES = {"SECRETSCAN_SANITIZE"}


class _Layer(NamedTuple):
    """Checked values from one place, and what that place is called."""

    where: str
    values: dict[str, object]
    in_target: bool = False


def load(
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    root: str | None = None,
    keys: Collection[str] | None = None,
) -> Settings:
    """Settle the settings for the target folder `root` (None: a target that supplies none).

    `flags` holds Settings fields that were given on the command line, in the same types as in TOML (lists, numbers, text).
    `keys` limits what the target's own files may set (several targets in one scan: PER_SOURCE); what is left aside so is noted.
    ConfigError names the flag, variable or file, and the key.
    """
    layers = [_checked("command line", flags, _flag_name), _checked("environment", _from_environ(environ), _variable_name)]
    notes: list[str] = []
    if root is not None and next((layer.values["target_config"] for layer in layers if "target_config" in layer.values), True):
        layers += _target_layers(root, notes)
    values: dict[str, Any] = {}
    from_target: list[str] = []
    for layer in layers:
        for key, value in layer.values.items():
            if key in values:
                continue
            if layer.in_target and keys is not None and key not in keys:
                notes.append(f"{layer.where}: {key} is left aside, for it would hold for the other targets too")
                continue
            values[key] = value
            if layer.in_target:
                from_target.append(f"set by the target itself, in {layer.where}: {key} = {printable(_shown(value))}")
    return Settings(**values, from_target=tuple(from_target), notes=tuple(notes))


def read_regular(path: str) -> bytes | None:
    """The bytes of a small regular file, or None if there is no such file. ConfigError for links, devices, and over 1 MiB."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        why = "is a symbolic link" if error.errno == errno.ELOOP else f"cannot be read ({error.strerror})"
        raise ConfigError(f"{printable(path)}: {why}; it must be a regular file") from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ConfigError(f"{printable(path)}: is not a regular file")
        data = file.read(MAX_CONFIG_BYTES + 1)
    if len(data) > MAX_CONFIG_BYTES:
        raise ConfigError(f"{printable(path)}: is larger than 1 MiB")
    return data


def _target_layers(root: str, notes: list[str]) -> Iterator[_Layer]:
    """The target's own files. A pyproject.toml that cannot be read is noted only: it is not ours, and less is suppressed without it."""
    path = os.path.join(root, DOTFILE)
    if (data := read_regular(path)) is not None:
        try:
            table = _parse(data)
        except ValueError as error:
            raise ConfigError(f"{printable(path)}: is not TOML ({error}); correct it, or pass --no-target-config") from None
        yield _target_layer(path, table)
    path = os.path.join(root, "pyproject.toml")
    try:
        data = read_regular(path)
        tool = _parse(data).get("tool", {}) if data is not None else {}
    except ConfigError as error:
        notes.append(f"{error}; any [tool.secretscan] in it is left aside")
        return
    except ValueError as error:
        notes.append(f"{printable(path)}: is not TOML ({error}); any [tool.secretscan] in it is left aside")
        return
    table = tool.get("secretscan", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigError(f"{printable(path)}: tool.secretscan must be a table")
    if table:
        yield _target_layer(path, table)


def _target_layer(path: str, table: Mapping[str, object]) -> _Layer:
    values = {key.replace("-", "_"): value for key, value in table.items()}
    path = printable(path)
    for key in values:
        if key in _CHECKS and key not in _TARGET_KEYS:
            raise ConfigError(
                f"{path}: {key} may not be set by the scanned target itself; give it as a flag or as {PREFIX}{key.upper()}, "
                "or pass --no-target-config"
            )
    layer = _checked(path, values, lambda key: f"{path}: {key}")
    return layer._replace(in_target=True)


def _checked(where: str, values: Mapping[str, object], shown: Callable[[str], str]) -> _Layer:
    settled: dict[str, object] = {}
    for key, value in values.items():
        check = _CHECKS.get(key)
        if check is None:
            raise ConfigError(f"{shown(_named(key))}: unknown key; known are {', '.join(sorted(_CHECKS))}")
        try:
            settled[key] = check(value)
        except ValueError as error:
            raise ConfigError(f"{shown(key)} {error}") from None
    return _Layer(where, settled)


def _from_environ(environ: Mapping[str, str]) -> dict[str, object]:
    """SECRETSCAN_… variables as TOML-like values: lists are split at commas, an empty variable is as good as none."""
    values: dict[str, object] = {}
    for name, text in sorted(environ.items()):
        if not name.startswith(PREFIX) or name in _BUILD_VARIABLES or not text:
            continue
        key = name.removeprefix(PREFIX).lower()
        if key in _LISTS:
            values[key] = [item.strip() for item in text.split(",") if item.strip()]
        elif key in _FLAGS:
            values[key] = _TRUTH.get(text.lower(), text)
        elif key in _NUMBERS:
            values[key] = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else text
        else:
            values[key] = text
    return values


def _named(key: str) -> str:
    """A key that we do not know, as long as it looks like one: people paste secrets into wrong files."""
    return key if re.fullmatch(r"[A-Za-z_-]{1,31}", key) else f"a key of {len(key)} characters"


def _flag_name(key: str) -> str:
    special = {"rules_config": "--config", "enable_rules": "--enable-rule", "disable_rules": "--disable-rule"}
    return special.get(key, "--" + key.replace("_", "-"))


def _variable_name(key: str) -> str:
    return PREFIX + key.upper()


def _parse(data: bytes) -> dict[str, Any]:
    """TOML. ValueError says where it is wrong, without the words of the file: they may hold anything."""
    import tomllib

    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line \d+, column \d+|end of document", str(error))
        raise ValueError(f"wrong at {found[0]}" if found else "wrong") from None
    except RecursionError:
        raise ValueError("nested too deep") from None


def _shown(value: object) -> str:
    if isinstance(value, IntEnum):
        return value.name.lower()
    return ", ".join(value) if isinstance(value, tuple) else str(value)
