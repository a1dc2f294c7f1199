#!/bin/sh
# Builds the core with the address and undefined-behaviour sanitizers and runs its tests.
# Usage: tests/sanitize.sh FOLDER    FOLDER is made (or reused) for the virtual environment and the build; the tree is not touched.
set -eu

folder=$1
root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
[ -x "$folder/venv/bin/python" ] || "$python" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q "setuptools>=77" "cython>=3.1" "pytest>=8" "hypothesis>=6.100" "pyahocorasick>=2.1" "google-re2>=1.1" "pyyaml>=6"

# Only the core is needed: its sources and the package around it, not what the package depends on.
rm -rf "$folder/tree"
mkdir "$folder/tree"
(cd "$root" && tar cf - --exclude='*.so' --exclude=_core.c --exclude=__pycache__ setup.py pyproject.toml MANIFEST.in LICENSE ext secretscan patterns tests) |
    tar xf - -C "$folder/tree"
cd "$folder/tree"
ln -sfn ../patterns secretscan/patterns # where an installation has them
SECRETSCAN_SANITIZE=1 "$folder/venv/bin/python" setup.py -q build_ext --inplace

# pymalloc would hide small overreads; Python itself leaks on purpose at exit.
runtime=$(${CC:-gcc} -print-file-name=libasan.so)
PYTHONMALLOC=malloc LD_PRELOAD=$runtime ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 PYTHONDONTWRITEBYTECODE=1 \
    "$folder/venv/bin/python" -m pytest -x tests/test_core_automaton.py tests/test_core_batches.py tests/test_core_objects.py tests/test_core_tar.py \
    tests/test_core_packs.py tests/test_program.py tests/test_core_documents.py
