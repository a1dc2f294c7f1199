"""Builds the one extension. Everything else is in pyproject.toml."""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

SANITIZE = os.environ.get("SECRETSCAN_SANITIZE") == "1"
# Hidden visibility: the C files call each other directly and no other library's symbol can take a call's place.
FLAGS = ["-std=c11", "-fvisibility=hidden"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"]

core = Extension(
    "secretscan._core",
    sources=["ext/_core.pyx", *sorted(str(path) for path in Path("ext").glob("*.c") if path.name != "_core.c")],
    depends=["ext/plain_c.pxd", *sorted(str(path) for path in Path("ext").glob("*.h"))],
    include_dirs=["ext"],
    libraries=["m"],
    extra_compile_args=FLAGS + ([*SANITIZERS, "-O1", "-g"] if SANITIZE else ["-O3"]),
    extra_link_args=SANITIZERS if SANITIZE else [],
)

setup(ext_modules=cythonize([core], include_path=["ext"], compiler_directives={"language_level": "3"}))
