"""MB/s of the core on one core over source text with every built-in rule loaded, beside pyahocorasick with the same literals."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import ahocorasick

from benchmarks import _corpus
from secretscan._core import Matcher
from secretscan.rules import load_builtin

LIMIT = 80 << 20


def run(arguments: argparse.Namespace) -> None:
    texts: list[bytes] = []
    total = 0
    for file in sorted(_corpus.folder(arguments).rglob("*.py")):
        data = file.read_bytes()
        texts.append(data)
        total += len(data)
        if total >= LIMIT:
            break
    # Rules of certain paths run where their path is, not in the automaton.
    checks = [check for rule in load_builtin().rules if rule.path is None for check in rule.shape.checks]
    matcher = Matcher(checks)
    ours = _best(lambda: matcher.scan(texts), total)
    joined = b"".join(texts)
    large = [joined[at : at + (4 << 20)] for at in range(0, len(joined), 4 << 20)]
    ours_large = _best(lambda: matcher.scan(large), total)
    oracle = ahocorasick.Automaton()
    for number, literal in enumerate({check.literal.decode("latin-1") for check in checks}):
        oracle.add_word(literal, number)
    oracle.make_automaton()
    sample = joined[: 8 << 20].decode("latin-1").lower()
    theirs = _best(lambda: sum(1 for _ in oracle.iter(sample)), len(sample))
    found = len(matcher.scan(texts).candidates)
    print(
        f"{len(texts)} files, {total / 1e6:.0f} MB; {len(checks)} checks, found by {'the filter' if matcher.filtered else 'the automaton'}"
    )
    print(f"core, whole files   {ours:8.0f} MB/s, {found / total * 1e6:.1f} candidates a MB")
    print(f"core, 4 MiB buffers {ours_large:8.0f} MB/s")
    print(f"pyahocorasick       {theirs:8.0f} MB/s (literals alone, no shape checks)")
    print(f"ratio               {ours / theirs:8.1f}x")


def _best(call: Callable[[], object], size: int) -> float:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return size / min(times) / 1e6
