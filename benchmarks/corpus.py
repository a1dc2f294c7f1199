"""Recall and false alarms on a labelled corpus made from templates (tests/corpus): values and near misses in many contexts."""

from __future__ import annotations

import argparse
import json
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from secretscan.config import Settings
from secretscan.pipeline import scan
from secretscan.rules import load_builtin
from secretscan.sources import dir as directory
from secretscan.templates import expand

HERE = Path(__file__).resolve().parent.parent / "tests" / "corpus"
_SHOWN = 90


class Case(NamedTuple):
    """One small file. `good`: it holds a credential, `value`. `family` is a kind of place, `label` the place or the near miss's kind."""

    good: bool
    family: str
    label: str
    file: str
    text: str
    value: str


def cases() -> Iterator[Case]:
    contexts = tomllib.loads((HERE / "contexts.toml").read_text())
    values = tomllib.loads((HERE / "values.toml").read_text())
    for kind, families in contexts.items():
        for family, places in families.items():
            for file, text in places:
                for number, template in enumerate(values[kind]):
                    value = expand(template, number)
                    yield Case(True, family, f"{kind} {text}", file, _fill(text, value), value)
                for label, near in values["negatives"].items():
                    for template in near:
                        value = expand(template)
                        yield Case(False, family, label, file, _fill(text, value), value)


def provider_cases() -> Iterator[Case]:
    """The first example of every rule in every carrier: another text around it must not hide it."""
    carriers = tomllib.loads((HERE / "carriers.toml").read_text())["carriers"]
    for rule in load_builtin().rules:
        if rule.silent or rule.path is not None or not rule.examples:
            continue
        text = expand(rule.examples[0], 7)
        for file, carrier in carriers:
            inner = json.dumps(text)[1:-1] if file.endswith((".json", ".ipynb")) else text
            yield Case(True, rule.family, f"{rule.id} in {carrier}", file, carrier.replace("@", inner), text)


def found(wanted: list[Case]) -> set[int]:
    """Numbers of the cases in whose file anything is found. Each file has its own folder and some neutral text around."""
    settings = Settings(target_config=False)
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(wanted):
            path = Path(folder, str(number), case.file)
            path.parent.mkdir(parents=True)
            path.write_text(f"\n{case.text}\n")
        result = scan([directory.open_source(folder, settings)], load_builtin(), settings)
    places = [place for finding in result.findings for place in finding.places]
    places += [place for finding in result.findings for part in finding.parts for place in part.places]
    return {int(place.origin.path.split(b"/")[0]) for place in places}


def run(arguments: argparse.Namespace) -> None:
    del arguments
    for title, wanted in (("generic", list(cases())), ("providers", list(provider_cases()))):
        hits = found(wanted)
        _print(title, wanted, hits)


def _print(title: str, wanted: list[Case], hits: set[int]) -> None:
    total: Counter[tuple[bool, str]] = Counter()
    seen: Counter[tuple[bool, str]] = Counter()
    wrong: Counter[str] = Counter()
    for number, case in enumerate(wanted):
        keys = [(case.good, "all"), (case.good, case.family), *([] if case.good else [(False, f"  {case.label}")])]
        for key in keys:
            total[key] += 1
            seen[key] += number in hits
        if (number in hits) != case.good:
            wrong[("missed " if case.good else "false alarm ") + (case.label if case.good else f"{case.label} {case.text!r}")] += 1
    for good in (True, False):
        for key in sorted(key for key in total if key[0] is good):
            if title == "providers" and seen[key] == total[key]:
                continue
            said = "recall" if good else "false alarms"
            print(f"{title:10} {said:13} {key[1]:24} {seen[key]:6} of {total[key]:6}  {seen[key] / total[key]:7.1%}")
    for line, count in wrong.most_common(_SHOWN):
        print(f"{count:4}  {line[:160]}")


def _fill(text: str, value: str) -> str:
    return text.replace("@", value).replace("%" + '"' + value, '@"' + value)
