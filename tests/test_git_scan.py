"""A whole scan of real repositories: what a user is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from repositories import Repository
from tokens import aws_pair

from secretscan.config import Settings
from secretscan.model import Finding, Reason, ScanResult
from secretscan.pipeline import scan
from secretscan.plumbing.folder import files
from secretscan.rules import load_builtin
from secretscan.sources.git import open_source

ACCOUNT = "123456789012"


def scanned(path: Path, settings: Settings | None = None, **options: bool) -> ScanResult:
    settings = settings or Settings(jobs=2)
    return scan([open_source(str(path), settings, **options)], load_builtin(), settings)


def env_file() -> str:
    key_id, secret = aws_pair(account=ACCOUNT)
    return f"AWS_ACCESS_KEY_ID={key_id}\nAWS_SECRET_ACCESS_KEY={secret}\n"


def the_pair(result: ScanResult) -> Finding:
    (pair,) = [finding for finding in result.findings if finding.parts]
    assert len(pair.parts) == 2 and pair.facts["account_id"] == ACCOUNT
    return pair


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo")
    made.commit("start", {"README": "hello\n"})
    return made


def test_a_pair_that_was_committed_and_removed(repo: Repository) -> None:
    commit = repo.commit("leak", {".env": env_file()})
    repo.commit("clean", {".env": None})
    result = scanned(repo.path)
    (finding,) = result.findings
    assert the_pair(result) is finding and finding.facts["in_work_tree"] is False
    (place,) = finding.places
    assert (place.origin.path, place.line, place.origin.facts["commit"], place.origin.facts["author"]) == (b".env", 1, commit, "Ann")
    assert result.coverage.complete


def test_a_pair_that_still_stands_is_one_finding(repo: Repository) -> None:
    repo.commit("leak", {".env": env_file()})
    repo.commit("touch", {".env": "# settings\n" + env_file()})
    result = scanned(repo.path)
    (finding,) = result.findings
    assert finding.facts["in_work_tree"] is True
    assert {place.origin.path for place in finding.places} == {b".env"}


@pytest.mark.parametrize("where", ["merge", "stash", "dangling", "tag message", "commit message", "note", "index"])
def test_a_pair_off_the_beaten_track(repo: Repository, where: str) -> None:
    if where == "merge":
        repo.git("checkout", "-q", "-b", "side")
        repo.commit("side", {"b": "b"})
        repo.git("checkout", "-q", "main")
        repo.commit("main", {"c": "c"})
        repo.git("merge", "-q", "--no-commit", "--no-ff", "side")
        repo.commit("merge", {".env": env_file()})
        repo.commit("clean", {".env": None})
    elif where == "stash":
        repo.write(".env", env_file())
        repo.git("stash", "push", "-q", "--include-untracked")
    elif where == "dangling":
        repo.commit("leak", {".env": env_file()})
        repo.git("reset", "-q", "--hard", "HEAD~1")
        repo.git("reflog", "expire", "--expire=now", "--all")
    elif where == "tag message":
        repo.git("tag", "-a", "v1", "-m", env_file())
    elif where == "commit message":
        repo.commit("Fix\n\n" + env_file())
    elif where == "note":
        repo.git("notes", "add", "-m", env_file())
    else:
        repo.add({".env": env_file()})
        (repo.path / ".env").unlink()
    finding = the_pair(scanned(repo.path))
    facts = finding.places[0].origin.facts
    assert ("dangling" in facts) is (where == "dangling")
    assert where in ("index", "tag message") or "commit" in facts


def test_a_packed_history_gives_the_same_as_a_loose_one(repo: Repository) -> None:
    for number in range(5):
        repo.commit(f"c{number}", {"a": f"{number}\n" + "line\n" * 100})
    repo.commit("leak", {".env": env_file()})
    repo.commit("clean", {".env": None})
    loose = scanned(repo.path)
    repo.git("repack", "-adq")
    packed = scanned(repo.path)
    assert packed.findings == loose.findings and packed.coverage == loose.coverage


def test_threads_change_nothing(repo: Repository) -> None:
    for number in range(20):
        repo.commit(f"c{number}", {f"f{number}": f"{number}\n" * 300_000, "env": env_file() + f"N={number}\n"})
    one, two = (scanned(repo.path, Settings(jobs=jobs)) for jobs in (1, 2))
    assert one == two and the_pair(one).places[0].origin.facts


@pytest.mark.parametrize("reason", [Reason.MISSING, Reason.SHALLOW, Reason.CORRUPT])
def test_what_is_not_there_makes_it_incomplete(repo: Repository, tmp_path: Path, reason: Reason) -> None:
    repo.commit("one", {"gone": "gone"})
    repo.commit("two", {"gone": None, ".env": env_file()})
    target = repo.path
    blob = repo.loose(repo.blob("HEAD~1:gone"))
    if reason is Reason.MISSING:
        blob.unlink()
    elif reason is Reason.CORRUPT:
        blob.write_bytes(b"nonsense")
    else:
        target = tmp_path / "clone"
        repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", target)
    result = scanned(target)
    assert not result.coverage.complete and result.coverage.skipped == {reason: 1}
    assert the_pair(result)
    if reason is not Reason.SHALLOW:
        assert result.coverage.unread[0].origin.path == b"gone"


def test_nothing_at_all_is_incomplete_but_nothing_staged_is_clean(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "repo")
    assert not scanned(repo.path).coverage.complete
    assert scanned(repo.path, staged=True).coverage.complete


def test_a_staged_pair_is_found_though_the_work_tree_is_clean(repo: Repository) -> None:
    repo.add({".env": env_file()})
    repo.write(".env", "nothing\n")
    result = scanned(repo.path, staged=True)
    finding = the_pair(result)
    assert finding.places[0].origin.path == b".env" and finding.places[0].origin.facts["staged"] is True
    assert result.coverage.scanned == 1


def test_no_secret_stands_in_what_a_scan_gives(repo: Repository) -> None:
    repo.commit("leak", {".env": env_file()})
    secret = aws_pair(account=ACCOUNT)[1]
    result = scanned(repo.path)
    assert secret not in repr(result) and secret not in repr(result.findings[0]._replace(note="x"))


def test_a_secret_known_by_its_files_name_alone_is_found_in_the_history(repo: Repository) -> None:
    repo.commit("key", {"config/master.key": "0123456789abcdef" * 2 + "\n", "other/digest": "0f1e2d3c4b5a6978" * 2 + "\n"})
    repo.commit("gone", {"config/master.key": None, "other/digest": None})
    result = scanned(repo.path)
    (finding,) = result.findings
    assert finding.rule == "rails-master-key" and finding.places[0].origin.path == b"config/master.key"
    own = len(list(files(os.fsencode(repo.path / ".git"))))
    assert result.coverage.scanned == result.coverage.seen == len(result_objects(repo)) + own + 1  # and README in the work tree


def result_objects(repo: Repository) -> list[str]:
    """The blobs and commits of the store."""
    listed = repo.git("cat-file", "--batch-check", "--batch-all-objects").splitlines()
    return [line for line in listed if line.split()[1] != "tree"]
