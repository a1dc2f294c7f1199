"""The history: every object once, nothing lost in silence."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest
from git_reading import read
from repositories import Repository, environment

from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.model import PIECE, Reason, Skipped, Unit
from secretscan.plumbing import objects, process
from secretscan.plumbing.objects import message
from secretscan.sources.git import open_source, recognises


@pytest.fixture(params=["sha1", "sha256"])
def repo(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repo", f"--object-format={request.param}")


def history(repo: Repository, **options: bool) -> dict[bytes, bytes]:
    reading = read(repo.path, worktree=False, **options)
    assert not reading.skipped and not reading.gaps
    return {id[1]: content for id, content in reading.contents.items() if isinstance(id, tuple) and id[0] == "blob"}


def test_every_blob_comes_once_under_its_id(repo: Repository) -> None:
    for number in range(30):
        repo.commit(f"commit {number}", {"a": f"version {number}\n", f"dir/b{number}": "the same everywhere\n", "empty": ""})
    listing = repo.git("cat-file", "--batch-all-objects", "--batch-check").split("\n")
    expected = {line.split()[0].encode() for line in listing if " blob " in line}
    blobs = history(repo)
    assert blobs.keys() == expected and len(expected) == 32
    for id, content in blobs.items():
        assert content.strip() == repo.git("cat-file", "blob", id).encode()


def test_packed_and_loose_give_the_same(repo: Repository) -> None:
    for number in range(30):
        repo.commit(f"commit {number}", {"a": f"{number}\n" + "a line that stays\n" * 300})
    loose = history(repo)
    repo.git("repack", "-adq")
    assert history(repo) == loose and len(loose) == 30


def test_objects_cross_the_read_buffer_whole(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "_BUFFER", 4096)
    monkeypatch.setattr(objects, "PIECE", 3000)
    rng = random.Random(7)
    contents = [rng.randbytes(rng.choice((0, 1, 100, 2000, 2999, 3000, 3001, 4096, 9000, 50_000))) for _ in range(60)]
    for content in contents:
        repo.git("hash-object", "-w", "--stdin", stdin=content)
    assert sorted(history(repo).values()) == sorted(set(contents))


def test_slices_stay_true_while_buffers_are_reused(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "_BUFFER", 4096)
    monkeypatch.setattr(objects, "PIECE", 3000)
    contents = {b"%d " % number * 200 for number in range(100)}
    for content in contents:
        repo.git("hash-object", "-w", "--stdin", stdin=content)
    units = open_source(str(repo.path), Settings(), worktree=False).units()
    held = [unit.content for unit in units if isinstance(unit, Unit) and unit.id[0] == "blob"]  # type: ignore[index]
    assert {bytes(content) for content in held} == contents  # type: ignore[arg-type]


def test_a_long_blob_is_cut_and_nothing_of_it_is_lost(repo: Repository) -> None:
    content = b"".join(b"line %d\n" % number for number in range(900_000))
    assert len(content) > 2 * PIECE
    repo.commit("long", {"long": content, "after": "after"})
    units = [unit for unit in open_source(str(repo.path), Settings(), worktree=False).units() if not isinstance(unit, Skipped)]
    long = [unit for unit in units if unit.id == ("blob", repo.blob("HEAD:long").encode())]
    assert [unit.last for unit in long] == [False, False, True]  # type: ignore[union-attr]
    assert set(history(repo).values()) == {content, b"after"}


def test_words_of_commits_and_tags_are_read_but_not_their_ids(repo: Repository) -> None:
    commit = repo.commit("Subject\n\nThe key is swordfish-in-commit")
    repo.git("tag", "-a", "v1", "-m", "swordfish-in-tag")
    repo.git("notes", "add", "-m", "swordfish-in-note")
    reading = read(repo.path)
    assert reading.contents["commit", commit.encode()].startswith(b"Subject\n\nThe key is swordfish-in-commit\n")
    assert b"author Ann <ann@example.com>" in reading.contents["commit", commit.encode()]
    assert repo.git("rev-parse", "HEAD^{tree}").encode() not in reading.text()
    assert all(word in reading.text() for word in (b"swordfish-in-tag", b"swordfish-in-note"))
    places = reading.places(b"swordfish-in-commit", b"swordfish-in-tag")
    assert places[b"commit:" + commit[:12].encode()][0].facts == {
        "commit": commit,
        "author": "Ann",
        "date": "2024-01-02T12:00:00+00:00",
        "branches": ["main"],
        "tags": ["v1"],
    }
    assert places[b"tag:v1"][0].facts["author"] == "Ann"


def test_a_signature_is_no_word_of_a_commit() -> None:
    raw = b"tree 1\nparent 2\nauthor A <a> 1 +0\ncommitter B <b> 2 +0\ngpgsig -----BEGIN\n secret\n -----END\n\nhello\n"
    assert message(raw) == b"hello\n\n\nauthor A <a> 1 +0\ncommitter B <b> 2 +0"


@pytest.mark.parametrize("damage", ["flipped", "cut", "empty"])
def test_a_corrupt_loose_object_is_counted_and_the_rest_read(repo: Repository, damage: str) -> None:
    for number in range(20):
        repo.commit("c", {f"f{number}": f"content {number} " + "x" * 500 + os.urandom(300).hex()})
    good = history(repo)
    bad = repo.blob("HEAD:f7")
    path = repo.loose(bad)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes({"flipped": bytes(data), "cut": bytes(data[: len(data) // 2 - 1]), "empty": b""}[damage])
    reading = read(repo.path, worktree=False)
    assert [(gap.id, gap.reason) for gap in reading.gaps if gap.reason is Reason.CORRUPT] == [(("object", bad.encode()), Reason.CORRUPT)]
    read_ids = {id[1] for id in reading.contents if isinstance(id, tuple) and id[0] == "blob"}
    assert read_ids | {bad.encode()} >= good.keys()
    assert [origin.path for _, origin in reading.source.places([("object", bad.encode())])] == [b"f7"]  # type: ignore[misc]


@pytest.mark.parametrize("seed", range(6))
def test_a_corrupt_pack_never_passes_for_whole(tmp_path: Path, seed: int) -> None:
    repo = Repository(tmp_path / "repo")
    for number in range(10):
        repo.commit("c", {"a": f"{number}\n" + "a line that stays\n" * 50, f"f{number}": os.urandom(200).hex()})
    whole = history(repo)
    repo.git("repack", "-adq")
    pack = next((repo.path / ".git/objects/pack").glob("*.pack"))
    pack.chmod(0o644)
    data = bytearray(pack.read_bytes())
    rng = random.Random(seed)
    if seed == 0:
        del data[len(data) // 2 :]
    else:
        data[rng.randrange(12, len(data) - 20)] ^= 0xFF
    pack.write_bytes(data)
    reading = read(repo.path, worktree=False)
    assert {Reason.CORRUPT, Reason.GIT_ERROR} & set(reading.reasons())
    told = {gap.id[1] for gap in reading.gaps}  # type: ignore[index]
    for id, content in whole.items():
        assert reading.contents.get(("blob", id)) == content or id in told


def test_a_pack_without_its_index_is_told(repo: Repository) -> None:
    repo.commit("c", {"a": "content"})
    repo.git("repack", "-adq")
    index = next((repo.path / ".git/objects/pack").glob("*.idx"))
    index.chmod(0o644)
    index.write_bytes(index.read_bytes()[:100])
    assert Reason.GIT_ERROR in read(repo.path, worktree=False).reasons()


def test_too_many_corrupt_objects_are_counted_without_being_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "_DEATHS", 3)
    repo = Repository(tmp_path / "repo")
    ids = [repo.git("hash-object", "-w", "--stdin", stdin=os.urandom(300)) for _ in range(12)]
    for id in ids:
        path = repo.loose(id)
        data = bytearray(path.read_bytes())
        data[-2] ^= 0xFF
        path.write_bytes(data)
    reading = read(repo.path, worktree=False)
    assert sorted(gap.id[1] for gap in reading.gaps) == sorted(id.encode() for id in ids)  # type: ignore[index]


def test_a_removed_blob_is_missing_at_its_path(repo: Repository) -> None:
    repo.commit("c", {"kept": "kept", "dir/gone": "gone"})
    id = repo.blob("HEAD:dir/gone")
    repo.loose(id).unlink()
    reading = read(repo.path, worktree=False)
    assert [(gap.id, gap.reason) for gap in reading.gaps] == [(("object", id.encode()), Reason.MISSING)]
    assert "fsck" in reading.gaps[0].detail
    assert [item[1].path for item in reading.source.places([reading.gaps[0].id])] == [b"dir/gone"]  # type: ignore[index]


def test_a_removed_tree_is_missing_and_other_commits_are_still_traced(repo: Repository) -> None:
    repo.commit("one", {"first": "needle one"})
    repo.commit("two", {"dir/second": "needle two"})
    gone = repo.blob("HEAD:dir")
    repo.commit("three", {"dir/second": None, "third": "needle three"})
    repo.loose(gone).unlink()
    reading = read(repo.path, worktree=False)
    assert Reason.MISSING in reading.reasons()
    places = reading.places(b"needle one", b"needle three")
    assert {b"first", b"third"} <= places.keys() or b"first" in places
    assert len(reading.places(b"needle two")) == 1


def test_a_removed_commit_makes_it_incomplete_and_findings_keep_their_commit(repo: Repository) -> None:
    first = repo.commit("one", {"a": "needle"})
    second = repo.commit("two", {"b": "b"})
    repo.commit("three", {"c": "needle too"})
    repo.loose(second).unlink()
    reading = read(repo.path, worktree=False)
    assert {Reason.GIT_ERROR, Reason.MISSING} & set(reading.reasons())
    places = reading.places(b"needle")
    assert places[b"a"][0].facts["commit"] == first
    assert "dangling" not in places[b"a"][0].facts and b"c" in places


def test_a_ref_to_a_missing_object_is_a_git_error(repo: Repository) -> None:
    repo.commit("one", {"a": "needle"})
    length = len(repo.head())
    (repo.path / ".git/refs/heads/broken").write_text("12" * (length // 2) + "\n")
    reading = read(repo.path, worktree=False)
    assert Reason.GIT_ERROR in reading.reasons()
    assert reading.places(b"needle")[b"a"][0].facts["author"] == "Ann"


def test_a_shallow_clone_is_incomplete_and_says_what_to_do(repo: Repository) -> None:
    for number in range(3):
        repo.commit(f"c{number}", {"a": f"version {number}"})
    clone = repo.path.parent / "clone"
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", clone)
    reading = read(clone)
    assert reading.reasons() == [Reason.SHALLOW]
    assert "git fetch --unshallow" in reading.skipped[0].detail
    assert b"version 2" in reading.text()
    assert read(clone, history=False).reasons() == []


def test_what_a_partial_clone_lacks_is_missing_and_never_fetched(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "repo")
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.commit("one", {"a": "old content"})
    gone = repo.blob("HEAD:a")
    repo.commit("two", {"a": "new content"})
    clone = tmp_path / "clone"
    repo.git("clone", "-q", "--no-local", "--filter=blob:none", f"file://{repo.path}", clone)
    before = sorted((clone / ".git/objects").rglob("*"))
    reading = read(clone)
    assert [(gap.id, gap.reason) for gap in reading.gaps] == [(("object", gone.encode()), Reason.MISSING)]
    assert "--filter" in reading.gaps[0].detail
    assert [item[1].path for item in reading.source.places([reading.gaps[0].id])] == [b"a"]  # type: ignore[index]
    assert sorted((clone / ".git/objects").rglob("*")) == before


def test_bare_linked_and_alternate_repositories_are_read(repo: Repository) -> None:
    commit = repo.commit("one", {"a": "needle"})
    bare, linked, shared = (repo.path.parent / name for name in ("bare.git", "linked", "shared"))
    repo.git("clone", "-q", "--bare", repo.path, bare)
    repo.git("worktree", "add", "-q", "--detach", linked)
    repo.git("clone", "-q", "--shared", "--no-checkout", repo.path, shared)
    for place in (bare, linked, shared):
        assert recognises(str(place))
        reading = read(place)
        assert not reading.skipped and not reading.gaps
        blob = [origin for origin in reading.places(b"needle")[b"a"] if "commit" in origin.facts]
        assert [origin.facts["commit"] for origin in blob] == [commit]
        assert ("in_work_tree" in blob[0].facts) is (place is not bare)
        assert blob[0].root == os.fsencode(place)


def test_a_folder_inside_means_the_whole_repository(repo: Repository) -> None:
    repo.commit("one", {"a": "needle", "dir/b": "b"})
    reading = read(repo.path / "dir")
    assert reading.source.root == os.fsencode(repo.path)
    assert b"a" in reading.places(b"needle")


def test_a_repository_without_commits_holds_nothing_and_is_not_clean(repo: Repository) -> None:
    reading = read(repo.path)
    assert not reading.contents and not reading.skipped and not reading.gaps
    assert not reading.source.empty_is_clean


def test_the_users_size_cap_is_told_for_blobs(repo: Repository) -> None:
    repo.commit("one", {"small": "s" * 10, "large": "l" * 1000, "huge": "h" * (PIECE + 1)})
    repo.git("repack", "-adq")
    reading = read(repo.path, Settings(max_file_size=100), worktree=False)
    assert [gap.reason for gap in reading.gaps] == [Reason.USER_SIZE_CAP] * 2
    assert b"s" * 10 in reading.text() and b"l" * 100 not in reading.text()


def test_a_folder_that_is_no_repository_is_an_error_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name, word in (("empty", "not a git repository"), ("absent", "no such directory")):
        with pytest.raises(SourceError) as caught:
            open_source(str(tmp_path / name), Settings())
        assert word in str(caught.value) and "\n" not in str(caught.value)
        assert caught.value.exit_code == 3
        assert recognises(str(tmp_path / name)) == 0
    assert recognises("with\0nul") == 0


def test_git_that_hangs_is_ended(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    id = repo.git("hash-object", "-w", "--stdin", stdin=b"content")
    path = repo.loose(id)
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(process, "STALL", 0.5)
    reading = read(repo.path, worktree=False)
    assert Reason.GIT_ERROR in reading.reasons()
    assert any("said nothing" in item.detail for item in reading.skipped)


def test_leaving_early_leaves_no_git_behind(repo: Repository) -> None:
    for number in range(20):
        repo.commit("c", {f"f{number}": os.urandom(200_000)})
    source = open_source(str(repo.path), Settings(), worktree=False)
    units = source.units()
    next(units)
    units.close()  # type: ignore[attr-defined]
    children = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "comm="], capture_output=True, env=environment()).stdout
    assert b"git" not in children
