"""Manifests as a source: what is opened, what is passed over, and what is said of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import tokens
from scanning import places, scanned

from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.model import Gap, Origin, Reason, Skipped, Unit
from secretscan.pipeline import scan
from secretscan.sources._streams import StreamSource
from secretscan.sources.manifest import ManifestSource, open_source, recognises

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"


def _units(path: Path, **settings: object) -> tuple[list[Unit], list[Skipped]]:
    items = list(ManifestSource(str(path), Settings(**settings)).units())  # type: ignore[arg-type]
    return [item for item in items if isinstance(item, Unit)], [item for item in items if isinstance(item, Skipped)]


def test_what_is_no_manifest_is_read_as_text_and_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(f"token {tokens.github_pat()}\n")
    (tmp_path / "values.yaml").write_text(f"token: {tokens.github_pat(seed=2)}\n")
    (tmp_path / "pod.yaml").write_text(OBJECT)
    result = scanned("manifest", tmp_path)
    assert len(result.findings) == 2
    assert result.coverage.skipped == {Reason.NOT_A_MANIFEST: 2}
    assert result.coverage.scanned == 3 and result.coverage.complete


def test_what_is_no_file_is_counted_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.yaml")
    (tmp_path / "link.yaml").symlink_to("/etc/passwd")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (tmp_path / ".git").mkdir()
    (tmp_path / "skip").mkdir()
    (tmp_path / "skip" / "pod.yaml").write_text(OBJECT)
    (tmp_path / "big.yaml").write_text(OBJECT * 10)
    (tmp_path / "pod.yaml").write_text(OBJECT)
    units, skips = _units(tmp_path, exclude=("skip/",), max_file_size=len(OBJECT))
    assert [unit.name for unit in units] == [b"pod.yaml"]
    assert {skip.origin.path: skip.reason for skip in skips} == {
        b"fifo.yaml": Reason.FIFO,
        b"link.yaml": Reason.SYMLINK,
        b"loop.yaml": Reason.SYMLINK,
        b".git": Reason.EXCLUDED,
        b"skip": Reason.EXCLUDED,
        b"big.yaml": Reason.USER_SIZE_CAP,
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_counted(tmp_path: Path) -> None:
    (tmp_path / "closed.yaml").write_text(OBJECT)
    (tmp_path / "closed.yaml").chmod(0)
    assert [skip.reason for skip in _units(tmp_path)[1]] == [Reason.UNREADABLE]


def test_a_missing_target_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        open_source(str(tmp_path / "nowhere"), Settings())
    with pytest.raises(SourceError, match="secretscan manifest -"):
        open_source("/dev/null", Settings())


def test_an_empty_file_was_seen_and_read(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("")
    units, skips = _units(tmp_path)
    assert [unit.content for unit in units] == [b""] and not skips


def test_manifests_are_recognised_by_what_they_say(tmp_path: Path) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "pod.yaml").write_text(OBJECT)
    (tmp_path / "mixed").mkdir()
    (tmp_path / "mixed" / "pod.yaml").write_text(OBJECT)
    (tmp_path / "mixed" / "main.py").write_text("print()")
    (tmp_path / "values.yaml").write_text("a: b\n")
    os.mkfifo(tmp_path / "fifo.yaml")
    assert recognises(str(tmp_path / "only")) > 1 < recognises(str(tmp_path / "only" / "pod.yaml"))
    for nothing in ("mixed", "values.yaml", "fifo.yaml", "nowhere"):
        assert recognises(str(tmp_path / nothing)) == 0


def _piped(text: bytes) -> ManifestSource | StreamSource:
    """A source that reads `text`, which must be small, from a pipe."""
    reading, writing = os.pipe()
    os.write(writing, text)
    os.close(writing)
    return open_source(f"/dev/fd/{reading}", Settings())


def test_standard_input_supplies_no_suppressions_and_is_scanned_whole() -> None:
    pat = tokens.github_pat()
    text = f"{OBJECT}data:\n  key: {pat} # secretscan:allow\n".encode()
    from scanning import builtin

    source = _piped(text)
    result = scan([source], builtin(), Settings())
    assert not source.supplies_suppressions
    assert [places(finding) for finding in result.findings] == [[("-", 5, 8)]]
    assert result.findings[0].places[0].origin.facts["pointer"] == "data.key"


def test_a_compressed_stream_is_opened() -> None:
    import gzip

    source = _piped(gzip.compress(f"{OBJECT}data: {{key: some-value}}\n".encode()))
    units = [item for item in source.units() if isinstance(item, Unit)]
    assert any(OBJECT.encode() in bytes(unit.content) for unit in units)  # type: ignore[arg-type]


def test_a_file_that_shrinks_while_it_is_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "pod.yaml"
    path.write_text((OBJECT + "data: {key: value}\n---\n") * 100_000)
    items = []
    for item in ManifestSource(str(tmp_path), Settings()).units():
        items.append(item)
        if len(items) == 1:
            os.truncate(path, 1000)
    gaps = [item for item in items if isinstance(item, Gap)]
    assert [gap.reason for gap in gaps] == [Reason.CHANGED]


def test_places_name_the_file_of_every_piece(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(OBJECT)
    source = ManifestSource(str(tmp_path), Settings())
    ids = [item.id for item in source.units() if isinstance(item, Unit)]
    assert list(source.places(ids)) == [(ids[0], Origin("manifest", os.fsencode(tmp_path), b"pod.yaml"))]
