"""`secretscan manifest` beside checkov, detect-secrets and kingfisher: found and false on known truth, speed on --corpus."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks import _corpus, _manifests, _process

Found = set[tuple[str, int]]
"""(file, line)"""


def run(arguments: argparse.Namespace) -> None:
    peers = {name: path for name in _COMMANDS if (path := _process.find(name)) is not None}
    for name in _COMMANDS.keys() - peers.keys():
        print(f"{name} is not installed, and left out")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        truth = _manifests.write(folder)
        planted = sum(bool(case.lines) for case in truth)
        print(f"{planted} manifests with a secret each, {len(truth) - planted} with none")
        _score("secretscan", _ours(folder), truth)
        for name, path in peers.items():
            command, read = _COMMANDS[name]
            _score(name, read(_output([path, *command], folder), folder), truth)
    if arguments.corpus is None:
        print("speed: name a folder of real manifests with --corpus")
        return
    files, size = _corpus.size(arguments.corpus)
    print(f"{files} files, {size / 1e6:.1f} MB")
    ours, peak = _process.best_of([*_process.SECRETSCAN, "manifest", str(arguments.corpus), "--exit-zero", "-f", "json"])
    print(f"secretscan      {ours:7.2f} s  {size / ours / 1e6:6.1f} MB/s  peak {peak / 1024:.0f} MB")
    for name, path in peers.items():
        theirs, peak = _process.best_of([path, *_COMMANDS[name][0]], runs=1, cwd=arguments.corpus)
        print(f"{name:15} {theirs:7.2f} s  {size / theirs / 1e6:6.1f} MB/s  peak {peak / 1024:.0f} MB  {theirs / ours:.1f} times ours")


def _score(name: str, found: Iterable[tuple[str, int]], truth: list[_manifests.Case]) -> None:
    """A planted file is found if any of its secrets' lines is named; whatever is named on another line is false."""
    lines = {case.name: case.lines for case in truth}
    named = set(found)
    hit = {file for file, line in named if line in lines.get(file, ())}
    false = {(file, line) for file, line in named if line not in lines.get(file, ())}
    missed = [case.name for case in truth if case.lines and case.name not in hit]
    print(f"{name:15} found {len(hit):3}  false {len(false):3}  missed {', '.join(Path(each).stem for each in missed) or 'none'}")


def _output(command: list[str], folder: Path) -> str:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False).stdout  # findings end some with 1


def _ours(folder: Path) -> Found:
    report = json.loads(_output([*_process.SECRETSCAN, "manifest", ".", "-f", "json"], folder))
    found = set()
    for finding in report["findings"]:
        origins = [*finding["origins"], *(origin for part in finding["parts"] for origin in part["origins"])]
        found |= {(origin["path"], origin["line"]) for origin in origins if "exposure" not in finding["tags"]}
    return found


def _detect_secrets(text: str, folder: Path) -> Found:
    del folder
    return {(file, each["line_number"]) for file, secrets in json.loads(text)["results"].items() for each in secrets}


def _kingfisher(text: str, folder: Path) -> Found:
    found = set()
    for line in text.splitlines():
        if line.startswith("{"):
            for each in _records(json.loads(line)):
                place = each.get("finding", each)
                if "line" in place and place.get("path"):
                    found.add((os.path.relpath(folder / place["path"], folder), int(place["line"])))
    return found


def _records(value: object) -> list[dict[str, object]]:
    """One finding a line, or all in one object."""
    if isinstance(value, dict):
        inner = value.get("findings")
        return [each for each in inner if isinstance(each, dict)] if isinstance(inner, list) else [value]
    return []


def _checkov(text: str, folder: Path) -> Found:
    del folder
    report = json.loads(text)
    failed = report.get("results", {}).get("failed_checks", []) if isinstance(report, dict) else []
    return {
        (each["file_path"].lstrip("/"), line)
        for each in failed
        for line in range(each["file_line_range"][0], each["file_line_range"][1] + 1)
    }


_COMMANDS: dict[str, tuple[list[str], Callable[[str, Path], Found]]] = {
    "detect-secrets": (["scan", "--all-files", "."], _detect_secrets),
    "kingfisher": (
        ["scan", ".", "--no-validate", "--no-update-check", "--git-history", "none", "--format", "jsonl"],
        _kingfisher,
    ),
    "checkov": (["-d", ".", "--framework", "secrets", "--compact", "--quiet", "-o", "json"], _checkov),
}
