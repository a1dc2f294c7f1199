"""Each command reaches its source; `scan` recognises kinds; `rules` tells what is looked for."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
import tokens
from command_line import git, new_repository, secretscan

from secretscan.demo import build

TOKEN = tokens.github_pat()


def origins(report: bytes) -> set[tuple[str, str]]:
    return {(origin["kind"], origin["path"]) for finding in json.loads(report)["findings"] for origin in finding["origins"]}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "it"
    build(folder)
    return folder


def test_kinds_are_recognised(demo: Path) -> None:
    done = secretscan("scan", "repo", "image.tar", "manifests", "-f", "json", cwd=demo)
    assert done.returncode == 1, done
    assert {kind for kind, _ in origins(done.stdout)} >= {"git", "image"}


@pytest.mark.parametrize(
    ("target", "kind", "path"),
    [
        ("git:repo", "git", ".env"),
        ("image:image.tar", "image", "srv/app/.env"),
        ("manifest:manifests", "manifest", "secret.yaml"),
        ("dir:image.tar", "dir", "image.tar"),
    ],
)
def test_prefix_forces_the_kind(demo: Path, target: str, kind: str, path: str) -> None:
    done = secretscan("scan", target, "-f", "json", cwd=demo)
    assert done.returncode == 1, done
    found = origins(done.stdout)
    assert {each for each, _ in found} == {kind}
    assert any(name.startswith(path) for _, name in found)


def test_image_comes_through_standard_input_too(demo: Path) -> None:
    done = secretscan("image", "-", "-f", "json", cwd=demo, stdin=(demo / "image.tar").read_bytes())
    assert done.returncode == 1, done
    assert ("image", "srv/app/.env") in origins(done.stdout)


def test_manifest_comes_through_standard_input_too(demo: Path) -> None:
    done = secretscan("manifest", "-", "-f", "json", cwd=demo, stdin=(demo / "manifests" / "secret.yaml").read_bytes())
    assert done.returncode == 1, done


def test_text_comes_through_standard_input(tmp_path: Path) -> None:
    done = secretscan("stdin", cwd=tmp_path, stdin=f"token = {TOKEN}\n".encode())
    assert done.returncode == 1, done
    assert secretscan("stdin", cwd=tmp_path, stdin=b"hello\n").returncode == 0


def test_standard_input_supplies_no_configuration(tmp_path: Path) -> None:
    (tmp_path / ".secretscan.toml").write_text("exit_zero = true\n")  # would be refused if it were read
    assert secretscan("stdin", cwd=tmp_path, stdin=f"token = {TOKEN}\n".encode()).returncode == 1


def test_folder_called_as_an_image_supplies_no_configuration(demo: Path, tmp_path: Path) -> None:
    with tarfile.open(demo / "image.tar") as tar:
        tar.extractall(tmp_path / "layout", filter="data")
    (tmp_path / "layout" / ".secretscan.toml").write_text("exit_zero = true\n")
    done = secretscan("image", "layout", cwd=tmp_path)
    assert done.returncode != 2, done
    assert b".secretscan.toml" not in done.stderr


def test_staged_reads_the_index(tmp_path: Path) -> None:
    repo = new_repository(tmp_path / "repo")
    (repo / "app.py").write_text(f"token = {TOKEN}\n")
    git(repo, "add", "app.py")
    (repo / "app.py").write_text("nothing\n")
    assert secretscan("git", "--staged", cwd=repo).returncode == 1
    assert secretscan("git", "--staged", "repo", cwd=tmp_path).returncode == 1


def test_repository_below_its_top_uses_the_configuration_at_the_top(tmp_path: Path) -> None:
    repo = new_repository(tmp_path / "repo")
    (repo / "deep").mkdir()
    (repo / "app.py").write_text(f"token = {TOKEN}\n")
    assert secretscan("git", "deep", cwd=repo).returncode == 1
    (repo / ".secretscan.toml").write_text('exclude = ["app.py"]\n')
    assert secretscan("git", "deep", cwd=repo).returncode == 0


def test_rules_are_listed_as_a_table_and_as_json(tmp_path: Path) -> None:
    table = secretscan("rules", "list", cwd=tmp_path)
    listed = json.loads(secretscan("rules", "list", "-f", "json", cwd=tmp_path).stdout)
    assert table.returncode == 0
    assert [line.split()[0] for line in table.stdout.decode().splitlines()] == [rule["id"] for rule in listed]
    assert {"id", "description", "severity", "confidence", "pack"} <= listed[0].keys()
    assert any(rule["pair"] and rule["id"].startswith("aws") for rule in listed)


def test_every_listed_rule_can_be_shown(tmp_path: Path) -> None:
    done = secretscan("rules", "show", "github-pat", cwd=tmp_path)
    assert done.returncode == 0
    assert b"regex" in done.stdout
    assert b"examples" in done.stdout
    assert secretscan("rules", "show", "aws-credentials", cwd=tmp_path).returncode == 0


def test_built_in_rules_hold_their_examples(tmp_path: Path) -> None:
    done = secretscan("rules", "check", cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_rule_that_misses_its_example_is_told(tmp_path: Path) -> None:
    pack = tmp_path / "mine.toml"
    pack.write_text("[[rules]]\nid = 'mine'\nregex = '''mine_[a-z]{9}'''\nkeywords = ['mine_']\nexamples = ['mine_{lower:9}']\n")
    assert secretscan("rules", "check", pack, cwd=tmp_path).returncode == 0
    pack.write_text(pack.read_text().replace("lower:9", "digits:9"))
    done = secretscan("rules", "check", pack, cwd=tmp_path)
    assert done.returncode == 1, done
    assert b"mine" in done.stdout


def test_configuration_without_the_built_in_rules_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[[rules]]\nid = 'mine'\nregex = '''mine_[a-z]{9}'''\nkeywords = ['mine_']\n")
    (tmp_path / "app.py").write_text(f"token = {TOKEN}\nx = mine_abcdefghi\n")
    done = secretscan("dir", "app.py", "-c", "mine.toml", cwd=tmp_path)
    assert done.returncode == 1
    assert b"mine" in done.stdout
    assert b"github" not in done.stdout
    assert b"extend" in done.stdout


def test_rules_can_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(f"see {TOKEN} there\n")
    assert secretscan("dir", "app.py", "--disable-rule", "github-pat", cwd=tmp_path).returncode == 0
    assert secretscan("dir", "app.py", "--enable-rule", "github-pat", cwd=tmp_path).returncode == 1
    assert secretscan("dir", "app.py", "--enable-rule", "aws-credentials", cwd=tmp_path).returncode == 0


def test_a_rule_is_tried_on_a_text_and_says_why(tmp_path: Path) -> None:
    text = f'api_key = "{tokens.hex(40)}"\napi_key = "{"ab" * 12}"\n'
    done = secretscan("rules", "test", "generic-api-key", cwd=tmp_path, stdin=text.encode())
    first, second = done.stdout.decode().splitlines()
    assert done.returncode == 1
    assert first.startswith("1:12 ") and first.endswith("  found")
    assert second.startswith("2:12 ") and "not found: its entropy of 1.00 is under 3" in second
    assert tokens.hex(40).encode() not in done.stdout


def test_a_rule_that_matches_nothing_says_so_and_an_unknown_one_is_wrong_usage(tmp_path: Path) -> None:
    done = secretscan("rules", "test", "github-pat", cwd=tmp_path, stdin=b"nothing\n")
    assert (done.returncode, done.stdout) == (0, b"the regex matches nowhere in the text\n")
    assert secretscan("rules", "test", "no-such-rule", cwd=tmp_path).returncode == 2
