"""The options that every scanning command shares, declared once, and how a command takes them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, TypeAlias

import click
import typer
from typer.core import TyperCommand

from secretscan.cli.outputs import pair
from secretscan.cli.run import Options
from secretscan.cli.streams import shows_colours
from secretscan.reports import formats

Job: TypeAlias = Callable[[], int]
"""What parsing ends in: the work itself, which gives the exit code. It runs after Click has let go, under our own error handler."""

EXIT_CODES = "Exit codes: 0 nothing found and all was read, 1 found something, 2 wrong usage, 3 not all was read, 130 interrupted."


class ScanCommand(TyperCommand):
    """A command with the shared options: knows the order in which -f and -r came, and shows options in groups."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args:
            _, _, order = self.make_parser(ctx).parse_args(list(args))
            # Click keeps one list an option, which loses what stood before what.
            ctx.meta["order"] = tuple(param.name for param in order)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            # Arguments are explained by the text above; what Typer shows of them depends on Click's version.
            if isinstance(param, click.Option) and (record := param.get_help_record(ctx)) is not None:
                groups.setdefault(getattr(param, "rich_help_panel", None) or "Options", []).append(record)
        for title, records in groups.items():
            with formatter.section(title):
                formatter.write_dl(records)


def _option(group: str, *names: str, help: str, metavar: str | None = None, **more: Any) -> Any:
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=group, show_default=False, **more)


_REPORTS, _RULES, _READ, _VERDICT = "Reports", "Rules", "What is read", "Verdict"
_FORMAT = f"One of {', '.join(formats())}; without -r to standard output."
_REPORT_PATH = "Where a report goes; - is standard output. -f and -r make pairs, repeatable; without -f the extension decides."
_SEVERITY = "From info, low, medium, high or critical up."
_CONFIDENCE = "From sample, low (the default), medium or high up."
_DEPTH = "Archives within archives, 4 by default; deeper ones count as unread."
_NO_TARGET_CONFIG = "Let the target's own files and comments leave nothing out."
_ALLOW = "Accept what could not be read for these reasons, such as shallow or corrupt."


def _shared(
    ctx: typer.Context,
    *,
    format: Annotated[list[str] | None, _option(_REPORTS, "-f", "--format", "--report-format", metavar="NAME", help=_FORMAT)] = None,
    report_path: Annotated[list[str] | None, _option(_REPORTS, "-r", "--report-path", metavar="FILE", help=_REPORT_PATH)] = None,
    show_secrets: Annotated[bool, _option(_REPORTS, "--show-secrets", help="Show secrets in full.")] = False,
    verbose: Annotated[int, _option(_REPORTS, "-v", "--verbose", count=True, help="Say more; -vv also shows tracebacks.")] = 0,
    quiet: Annotated[bool, _option(_REPORTS, "-q", "--quiet", help="No terminal view and no progress.")] = False,
    no_color: Annotated[bool, _option(_REPORTS, "--no-color", help="No colours; so does NO_COLOR.")] = False,
    config: Annotated[str | None, _option(_RULES, "-c", "--config", metavar="FILE", help="Rules in gitleaks' TOML format.")] = None,
    enable_rule: Annotated[list[str] | None, _option(_RULES, "--enable-rule", metavar="ID", help="Use only this rule; repeatable.")] = None,
    disable_rule: Annotated[list[str] | None, _option(_RULES, "--disable-rule", metavar="ID", help="Leave it out; repeatable.")] = None,
    all_checks: Annotated[bool, _option(_RULES, "--all-checks", help="Also the optional checks of Kubernetes objects.")] = False,
    min_severity: Annotated[str | None, _option(_RULES, "--min-severity", metavar="LEVEL", help=_SEVERITY)] = None,
    min_confidence: Annotated[str | None, _option(_RULES, "--min-confidence", metavar="LEVEL", help=_CONFIDENCE)] = None,
    exclude: Annotated[list[str] | None, _option(_READ, "--exclude", metavar="GLOB", help="As in .gitignore; repeatable.")] = None,
    max_file_size: Annotated[str | None, _option(_READ, "--max-file-size", metavar="SIZE", help="Leave larger files out (10M).")] = None,
    max_archive_depth: Annotated[int | None, _option(_READ, "--max-archive-depth", metavar="N", help=_DEPTH)] = None,
    no_target_config: Annotated[bool, _option(_READ, "--no-target-config", help=_NO_TARGET_CONFIG)] = False,
    jobs: Annotated[int | None, _option(_READ, "-j", "--jobs", metavar="N", help="Threads; by default the processors, at most 8.")] = None,
    exit_code: Annotated[int | None, _option(_VERDICT, "--exit-code", metavar="N", help="End with N instead of 1 on findings.")] = None,
    exit_zero: Annotated[bool, _option(_VERDICT, "--exit-zero", help="End with 0 on findings; still with 3 if incomplete.")] = False,
    allow_incomplete: Annotated[list[str] | None, _option(_VERDICT, "--allow-incomplete", metavar="REASON,…", help=_ALLOW)] = None,
) -> Options:
    flags = {
        "rules_config": config,
        "enable_rules": enable_rule,
        "disable_rules": disable_rule,
        "all_checks": all_checks or None,
        "min_severity": min_severity,
        "min_confidence": min_confidence,
        "exclude": exclude,
        "max_file_size": max_file_size,
        "max_archive_depth": max_archive_depth,
        "jobs": jobs,
        "exit_code": exit_code,
        "show_secrets": show_secrets or None,
        "exit_zero": exit_zero or None,
        "target_config": False if no_target_config else None,
        "allow_incomplete": [label.strip() for item in allow_incomplete for label in item.split(",")] if allow_incomplete else None,
    }
    return Options(
        flags={key: value for key, value in flags.items() if value is not None and value != []},
        outputs=pair(ctx.meta.get("order", ()), format or (), report_path or ()),
        verbosity=verbose,
        quiet=quiet,
        color=not no_color and shows_colours(),
    )


def scanning(command: Callable[..., Job]) -> Callable[..., Job]:
    """Give `command(…, options)` the shared options in place of its parameter `options`."""
    own = [param for name, param in inspect.signature(command, eval_str=True).parameters.items() if name != "options"]
    shared = list(inspect.signature(_shared, eval_str=True).parameters.values())
    names = [param.name for param in shared]

    @wraps(command)
    def parsed(**given: Any) -> Job:
        options = _shared(**{name: given.pop(name) for name in names})
        return command(**given, options=options)

    params = [param.replace(kind=inspect.Parameter.KEYWORD_ONLY) for param in own + shared]
    parsed.__signature__ = inspect.Signature(params)  # type: ignore[attr-defined]
    parsed.__annotations__ = {param.name: param.annotation for param in params}
    return parsed
