"""Every reader that makes views: no text makes it fail, leaves its own bounds, or costs more than its length."""

from __future__ import annotations

import importlib
import pkgutil
import time
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretscan import readers
from secretscan.model import Reason, Silence, View
from secretscan.readers.kubernetes.objects import Object

VIEWERS = [
    module
    for found in pkgutil.iter_modules(readers.__path__)
    if hasattr(module := importlib.import_module(f"{readers.__name__}.{found.name}"), "MARKERS")
]
_GENERIC = [
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b'"',
    b"'",
    b"\\",
    b"\n",
    b" ",
    b"\t",
    b"=",
    b"-",
    b"<",
    b">",
    b"&",
    b"a",
    b"1",
    b"\0",
    b"\xff",
    b"null",
]
_KEYS = [
    b'"cells"',
    b'"source"',
    b'"log"',
    b'"entries"',
    b'"auth"',
    b'"key"',
    b'"value"',
    b'"config"',
    b'"Env"',
    b"data:",
    b"metadata:",
    b"- name: x",
]


def _named(viewer: ModuleType) -> str:
    return viewer.__name__.rpartition(".")[2]


def _markers(viewer: ModuleType) -> list[bytes]:
    return [marker for given in viewer.MARKERS for marker in (given if isinstance(given, tuple) else (given,))]


def _check(viewer: ModuleType, text: bytes) -> None:
    for item in viewer.views(text, None):
        if isinstance(item, View):
            end = 0
            for segment in item.segments:
                assert end <= segment.start <= segment.end <= len(item.text)
                assert 0 <= segment.source_start <= segment.source_end <= len(text)
                end = segment.end
        elif isinstance(item, Silence):
            assert 0 <= item.start <= item.end <= len(text)
        elif type(item) is tuple:
            assert isinstance(item[0], Reason)
            assert isinstance(item[1], str)
        else:
            assert isinstance(item, Object)


@pytest.mark.parametrize("viewer", VIEWERS, ids=_named)
def test_no_text_makes_a_reader_fail(viewer: ModuleType) -> None:
    markers = _markers(viewer)
    tokens = st.sampled_from(_GENERIC + _KEYS + markers * 3)

    @given(st.lists(tokens, max_size=30).map(b"".join) | st.binary(max_size=80))
    def hold(text: bytes) -> None:
        _check(viewer, text)
        _check(viewer, b"\n".join(markers) + b"\n" + text)
        _check(viewer, text + b"".join(markers) + text)

    hold()


_LONG = {
    "open quotes": b'"' + b'\\"' * 300_000,
    "brackets": b"[" * 300_000,
    "deep with strings": b"[" * 199 + b'"x",' * 100_000,
    "braces": b'{"a":' * 100_000,
    "spaces": b" " * 600_000 + b"x",
    "lines": b"\n" * 600_000,
    "lines of spaces": b" \n" * 300_000,
    "angles": b"<a " * 200_000,
    "open tags": b"<a>" * 200_000,
    "escapes": b"\\" * 600_000,
    "commas": b",(" * 300_000,
    "single quotes": b"(" + b"'" * 600_001,
    "equals": b"a=" * 300_000,
    "dashes": b"\n- " * 200_000,
    "keys": b"a: " * 200_000,
}


@pytest.mark.parametrize("viewer", VIEWERS, ids=_named)
@pytest.mark.parametrize("shape", _LONG)
def test_no_long_text_holds_a_reader_up(viewer: ModuleType, shape: str) -> None:
    markers = _markers(viewer)
    began = time.process_time()
    for text in (b" ".join(markers) + _LONG[shape], _LONG[shape] + b" ".join(markers), b"{" + b":1,".join(markers) + b":" + _LONG[shape]):
        for _ in viewer.views(text, None):
            pass
    assert time.process_time() - began < 10
