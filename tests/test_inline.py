"""Inline allow comments in every spelling of the field."""

import pytest

from secretscan.triage.inline import allows

HERE = ["secretscan:allow", "gitleaks:allow", "betterleaks:allow", "trufflehog:ignore", "kingfisher:ignore", "pragma: allowlist secret"]
NEXT = ["secretscan:allow-next-line", "pragma: allowlist nextline secret"]


@pytest.mark.parametrize("mark", HERE)
@pytest.mark.parametrize("line", ["x = 1  # {}", "x = 1 //{}\r", "SELECT 1 --{}", "<a> <!--{}-->", "/*{}*/ x", "# {} as it is a test key"])
def test_a_comment_allows_its_own_line(mark: str, line: str) -> None:
    assert allows(line.format(mark).encode(), b"") == mark
    assert allows(b"x = 1", line.format(mark).encode()) is None


@pytest.mark.parametrize("mark", NEXT)
def test_a_next_line_form_allows_the_next_line_only(mark: str) -> None:
    assert allows(b"x = 1", f"# {mark}".encode()) == mark
    assert allows(f"x = 1  # {mark}".encode(), b"") is None


@pytest.mark.parametrize("line", [b"pragma:allowlist secret", b"pragma:  allowlist \t secret"])
def test_blanks_in_a_pragma_are_free(line: bytes) -> None:
    assert allows(line, b"") == "pragma: allowlist secret"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"gitleaks:allowed",
        b"mygitleaks:allow",
        b"secretscan:allow-list",
        b"gitleaks: allow",
        b"pragma: allowlist secrets",
        b"kingfisher:allow",
    ],
)
def test_other_words_allow_nothing(line: bytes) -> None:
    assert allows(line, line) is None
