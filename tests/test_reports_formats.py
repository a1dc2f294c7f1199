"""Formats are found by their names and by file endings."""

import pytest

from secretscan.errors import UsageError
from secretscan.reports import formats, from_extension, load


def test_the_formats_are_the_public_modules() -> None:
    assert {"github", "gitlab", "gitleaks", "json", "jsonl", "markdown", "sarif", "terminal"} <= set(formats())
    assert not any(name.startswith("_") for name in formats())


@pytest.mark.parametrize("name", formats())
def test_every_format_writes_and_names_its_endings(name: str) -> None:
    assert callable(load(name).write)
    assert all(ending.startswith(".") for ending in load(name).EXTENSIONS)


@pytest.mark.parametrize("name", ["yaml", "_words", "../json", ""])
def test_an_unknown_format_is_a_usage_error_that_names_the_known_ones(name: str) -> None:
    with pytest.raises(UsageError, match=r"there are github, .*json, jsonl"):
        load(name)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("out.json", "json"),
        ("OUT.JSON", "json"),
        ("out.gitleaks.json", "gitleaks"),
        ("out.sarif", "sarif"),
        ("out.sarif.json", "sarif"),
        ("out.gitlab.json", "gitlab"),
        ("out.md", "markdown"),
        ("out.jsonl", "jsonl"),
        ("out.ndjson", "jsonl"),
        ("dir.json/out.txt", "terminal"),
        ("out", None),
        ("out.xml", None),
    ],
)
def test_the_ending_chooses_the_format(path: str, name: str | None) -> None:
    assert from_extension(path) == name
