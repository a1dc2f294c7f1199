"""Builds the one extension. Everything else is in pyproject.toml."""

import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

SANITIZE = os.environ.get("SECRETSCAN_SANITIZE") == "1"
# Hidden visibility: the C files call each other directly and no other library's symbol can take a call's place.
FLAGS = ["-std=c11", "-fvisibility=hidden"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"]

# What inflates git's packs: a header, its library, and the macro that says it is there. The first is a quarter faster over all.
INFLATERS = [("libdeflate.h", "deflate", "SECRETSCAN_LIBDEFLATE"), ("zlib.h", "z", "SECRETSCAN_ZLIB")]


def links(header: str, library: str) -> bool:
    """Whether a program with this header and library can be built here."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    with tempfile.TemporaryDirectory() as folder:
        command = [*compiler, "-x", "c", "-", "-o", f"{folder}/probe", f"-l{library}"]
        source = f"#include <{header}>\nint main(void) {{ return 0; }}\n".encode()
        try:
            return subprocess.run(command, input=source, capture_output=True, check=False).returncode == 0
        except OSError:
            return False


inflater = next((found for found in INFLATERS if links(*found[:2])), None)
core = Extension(
    "secretscan._core",
    sources=["ext/_core.pyx", *sorted(str(path) for path in Path("ext").glob("*.c") if path.name != "_core.c")],
    depends=["ext/plain_c.pxd", *sorted(str(path) for suffix in ("h", "pxi") for path in Path("ext").glob(f"*.{suffix}"))],
    include_dirs=["ext"],
    libraries=["m", *([inflater[1]] if inflater else [])],
    define_macros=[(inflater[2], "1")] if inflater else [],
    extra_compile_args=FLAGS + ([*SANITIZERS, "-O1", "-g"] if SANITIZE else ["-O3"]),
    extra_link_args=SANITIZERS if SANITIZE else [],
)


class BuildCoreAndRules(build_ext):
    """The extension, and with it the compiled form of the rule packs. Without that form every start reads the packs: 0.4 s."""

    def run(self) -> None:
        super().run()
        if SANITIZE:
            return
        root, packs = (".", "patterns") if self.inplace or self.editable_mode else (self.build_lib, f"{self.build_lib}/secretscan/patterns")
        # -P: the folder that this runs in holds the sources too, without an extension beside them.
        made = subprocess.run([sys.executable, "-P", "-m", "secretscan.rules", packs], env={**os.environ, "PYTHONPATH": root}, check=False)
        if made.returncode:
            self.warn("the rules were not compiled; they will be read from their packs at every start")


setup(
    ext_modules=cythonize([core], include_path=["ext"], compiler_directives={"language_level": "3"}),
    cmdclass={"build_ext": BuildCoreAndRules},
)
