"""Errors a user can act on. Each reaches the terminal as one line: what failed, where, what to do."""

from __future__ import annotations


class ScanError(Exception):
    """A failure with a message fit for the user. `exit_code` is what the process ends with."""

    exit_code = 3


class UsageError(ScanError):
    """The command line or configuration cannot be carried out as written."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration file or variable is wrong. The message names file and key."""


class RuleError(UsageError):
    """A rule pack is wrong. The message names file, rule and key."""


class SourceError(ScanError):
    """A target cannot be opened at all: missing, unreadable, not what it was said to be."""
