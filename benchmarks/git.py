"""`secretscan git` on full histories, beside kingfisher's full scan and beside git itself printing every object."""

from __future__ import annotations

import argparse

from benchmarks import _process


def run(arguments: argparse.Namespace) -> None:
    if not arguments.repository:
        print("no repository: name clones with their full history by --repository DIR")
    for repository in arguments.repository:
        cat_file = ["git", "-C", str(repository), "cat-file", "--batch-all-objects", "--unordered", "--buffer", "--batch"]
        print(f"-- {repository.parent.name if repository.name == 'repo' else repository.name}")
        floor, _ = _process.best_of(cat_file, runs=2)
        ours, peak = _process.best_of([*_process.SECRETSCAN, "git", str(repository), "--exit-zero", "-f", "json"], runs=2)
        print(f"git cat-file > /dev/null  {floor:7.2f} s")
        print(f"secretscan git            {ours:7.2f} s  {ours / floor:5.2f}x of cat-file, peak {peak / 1024:.0f} MB")
        kingfisher = _process.find("kingfisher")
        if kingfisher is None:
            print("kingfisher                missing: pip install kingfisher-bin")
            continue
        theirs, _ = _process.best_of(
            [kingfisher, "scan", str(repository), "--no-validate", "--no-update-check", "--format", "json"], runs=1
        )
        print(f"kingfisher                {theirs:7.2f} s  ratio {theirs / ours:.1f}x")
