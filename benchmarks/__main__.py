"""`python -m benchmarks [NAME...] [--corpus DIR] [--repository DIR]...`: run benchmarks, print ratios."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path

import benchmarks

NAMES = [found.name for found in pkgutil.iter_modules(benchmarks.__path__) if not found.name.startswith("_")]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)}; all by default")
    parser.add_argument(
        "--corpus", type=Path, help="a folder of source text; by default wheels of public packages are downloaded to the cache folder"
    )
    parser.add_argument(
        "--repository", type=Path, action="append", default=[], help="a clone of a real repository with its full history; may be repeated"
    )
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(NAMES)
    if unknown:
        parser.error(f"no benchmark named {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    for name in arguments.names or NAMES:
        print(f"== {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").run(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
