"""Regexes that are compiled late are still right, and are compiled late."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from secretscan import lazy_re

EVERY_MODULE = """
import importlib, pkgutil, re
import secretscan
from secretscan import lazy_re
lazy_re.compile = re.compile
for found in pkgutil.walk_packages(secretscan.__path__, "secretscan."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
"""


def test_every_regex_in_the_house_compiles() -> None:
    subprocess.run([sys.executable, "-c", EVERY_MODULE], check=True, timeout=60)


def test_a_late_regex_is_compiled_once_and_serves_like_any(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    compile = re.compile
    monkeypatch.setattr(re, "compile", lambda *given: made.append(given) or compile(*given))
    late = lazy_re.compile(rb"(?P<word>[a-z]+)!", re.IGNORECASE)
    assert not made
    for _ in range(2):
        found = late.search(b"say Hello!")
        assert found is not None and found["word"] == b"Hello"
    assert made == [(rb"(?P<word>[a-z]+)!", re.IGNORECASE)]
    assert late.sub(b"", b"say Hello!") == b"say " and late.groups == 1


def test_a_wrong_late_regex_says_so_when_it_is_used() -> None:
    late = lazy_re.compile("(")
    with pytest.raises(re.error, match="unterminated"):
        late.search("")
