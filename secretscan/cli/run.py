"""One scan from start to end: settings, rules, sources, the pipeline, reports, exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, NamedTuple

from secretscan.cli.exits import code_for
from secretscan.cli.outputs import Output, check_writable, write_all
from secretscan.cli.targets import Target, refuse_nameless
from secretscan.config import PER_SOURCE, Settings, load
from secretscan.model import Coverage, ScanResult, SkipClass
from secretscan.reports import Style

if TYPE_CHECKING:
    from secretscan.cli.progress import Progress
    from secretscan.rules import RuleSet


class Options(NamedTuple):
    """What was given on the command line. `flags` holds the Settings fields that were given, and only those."""

    flags: Mapping[str, object]
    outputs: tuple[Output, ...] = ()
    verbosity: int = 0
    quiet: bool = False
    color: bool = False
    checks: bool = True
    """Whether exposures are looked for too."""


def run(targets: Sequence[Target], options: Options) -> int:
    """Scan `targets` and report. Gives the exit code; what cannot be scanned at all is a ScanError."""
    settings, result = scan(targets, options)
    report(result, settings, options)
    return code_for(result, settings)


def scan(targets: Sequence[Target], options: Options) -> tuple[Settings, ScanResult]:
    """The settings as they came to stand, and what the pipeline found under them."""
    from secretscan import pipeline

    for target in targets:
        if target.kind != "cluster":  # which has a current context
            refuse_nameless(target.name)
    check_writable(options.outputs, view=not options.quiet)
    settings, own = settle(targets, options.flags)
    rules = load_rules(settings.rules_config, checks=options.checks, examples=False)
    wanted = choose_rules(rules, settings)
    others = rules if settings.enable_rules or settings.disable_rules else None
    sources = [
        target.source_module().open_source(target.name, its, **_keyed(target.options, wanted))
        for target, its in zip(targets, own, strict=True)
    ]
    settings = settings._replace(notes=(*settings.notes, *rules.notices))
    with _progress(options) as progress:
        result = pipeline.scan(sources, wanted, settings, progress, others)
    empty_is_clean = all(source.empty_is_clean for source in sources)
    return settings, result._replace(coverage=accepted(result.coverage, settings, empty_is_clean))


def _keyed(options: Mapping[str, object], rules: RuleSet) -> Mapping[str, object]:
    """A source's options; one that keeps a cache is told which rules it is of."""
    return {**options, "cache_key": rules.digest} if "cache" in options else options


def settle(targets: Sequence[Target], flags: Mapping[str, object]) -> tuple[Settings, list[Settings]]:
    """The settings of the whole scan, and of each target. A lone target's own files count in full, several only for themselves."""
    if len(targets) == 1:
        settings = load(flags, os.environ, targets[0].config_root())
        return settings, [settings]
    own = [load(flags, os.environ, target.config_root(), PER_SOURCE) for target in targets]
    whole = load(flags, os.environ)._replace(
        from_target=tuple(dict.fromkeys(line for settings in own for line in settings.from_target)),
        notes=tuple(dict.fromkeys(line for settings in own for line in settings.notes)),
    )
    return whole, own


def choose_rules(rules: RuleSet, settings: Settings) -> RuleSet:
    """The rules and checks that are wanted."""
    rules = rules.select(settings.enable_rules, settings.disable_rules)
    named = set(settings.enable_rules)
    kept = tuple(check for check in rules.checks if settings.all_checks or not check.optional or check.id in named)
    return rules._replace(checks=kept) if rules.checks else rules


def load_rules(config: str | None, *, checks: bool = True, examples: bool = True) -> RuleSet:
    """All of the built-in rules, with the checks; or those of a user's file, with the checks if it extends the built-in ones."""
    from secretscan.rules import load_builtin, load_config, read_packs

    rules = load_config(config) if config else load_builtin(examples=examples)
    if not checks:
        return rules
    packs = {name.removesuffix(".toml") for name, _ in read_packs()} if config else set()
    if config and not any(rule.pack in packs for rule in rules.rules):
        return rules
    from secretscan import exposure

    return rules._replace(checks=exposure.checks())


def report(result: ScanResult, settings: Settings, options: Options) -> None:
    """Write the reports that were asked for, and the terminal view unless it is in the way."""
    style = Style(settings.show_secrets, options.color, _width(), options.verbosity > 0)
    write_all(result, options.outputs, style, view=not options.quiet)


def accepted(coverage: Coverage, settings: Settings, empty_is_clean: bool) -> Coverage:
    """`--allow-incomplete`: complete after all if nothing is unread for a reason that was not accepted.

    Something must have been read, or nothing be needed (`empty_is_clean`): accepting that files are corrupt is no wish for an empty scan.
    """
    unread = {reason for reason in coverage.skipped if reason.skip_class is SkipClass.UNREAD}
    if coverage.complete or not unread <= settings.allow_incomplete or not (coverage.scanned or empty_is_clean):
        return coverage
    return coverage._replace(complete=True)


def _progress(options: Options) -> AbstractContextManager[Progress | None]:
    if options.quiet or not sys.stderr.isatty():
        return nullcontext()
    from secretscan.cli.progress import Progress

    return Progress()


def _width() -> int:
    if not sys.stdout.isatty():
        return Style().width
    import shutil

    return max(40, shutil.get_terminal_size((Style().width, 24)).columns)
