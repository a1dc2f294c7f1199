"""Files in their real places, and what a scan says of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from scanning import scanned


def write(root: Path, path: str, content: str | bytes) -> Path:
    """Put a file where its tool would."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def findings(root: Path) -> set[tuple[str, bytes, str]]:
    """(rule, secret, path) of everything found under a directory."""
    return {
        (finding.rule, bytes(finding.secret), place.origin.path.decode())
        for finding in scanned("dir", root).findings
        for place in finding.places
    }


def rules(root: Path) -> set[str]:
    return {rule for rule, _, _ in findings(root)}


def tool(name: str) -> str:
    """The path of a program that makes the format; without it the test is skipped, except in CI."""
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return found
