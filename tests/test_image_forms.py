"""One image in every form: the same findings, with layer, instruction and fate."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import images
import pytest
import tokens
from scanning import as_text, by_rule, scanned

from secretscan.model import Finding, ScanResult
from secretscan.sources import image

DELETED = tokens.aws_pair(account="123456789012", seed=1)
IN_ENV = tokens.aws_pair(account="210987654321", seed=2)
PRESENT, OVERWRITTEN, IN_HISTORY, IN_LABEL = tokens.github_pat(3), tokens.gitlab_pat(4), tokens.npm_token(5), tokens.slack_bot(6)


def env_file(pair: tuple[str, str]) -> bytes:
    return "AWS_ACCESS_KEY_ID={}\nAWS_SECRET_ACCESS_KEY={}\n".format(*pair).encode()


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {"etc/app.env": env_file(DELETED), "srv/conf": f"token = {OVERWRITTEN}\n".encode(), "opt/keep": f"token = {PRESENT}\n".encode()}
    steps = [
        images.Step(files, instruction="/bin/sh -c #(nop) COPY dir:0123456789abcdef0123456789abcdef in / "),
        images.Step({"srv/conf": b"clean\n"}, ("etc/app.env",), instruction=f"|1 NPM_TOKEN={IN_HISTORY} /bin/sh -c rm /etc/app.env"),
        images.Step(
            {"srv/readme": b"last\n"},
            config=(
                *("--env", f"AWS_ACCESS_KEY_ID={IN_ENV[0]}", "--env", f"AWS_SECRET_ACCESS_KEY={IN_ENV[1]}"),
                *("--label", f"note={IN_LABEL}", "--cmd", "/bin/app"),
            ),
            instruction="COPY readme /srv/ # buildkit",
        ),
    ]
    return images.build(tmp_path_factory.mktemp("image"), steps)


def one(result: ScanResult, secret: str) -> Finding:
    (found,) = [finding for finding in result.findings if secret.encode() in (finding.secret, *(part.secret for part in finding.parts))]
    return found


def facts(finding: Finding) -> list[dict[str, object]]:
    return [dict(place.origin.facts) for place in finding.places]


@pytest.fixture(scope="module", params=images.FORMS)
def result(request: pytest.FixtureRequest, layout: Path) -> ScanResult:
    return scanned("image", images.convert(layout, request.param))


def test_a_key_deleted_by_a_later_layer_is_found_with_layer_and_fate(result):
    found = one(result, DELETED[0])
    assert [part.secret.decode("ascii") for part in found.parts] == list(DELETED)
    assert found.facts["account_id"] == "123456789012"
    (place,) = found.places
    assert place.origin.path == b"etc/app.env"
    assert (place.line, place.column) == (1, 19)
    assert place.origin.facts["layer"] == 1
    assert place.origin.facts["fate"] == "deleted in layer 2"
    assert place.origin.facts["instruction"] == "COPY dir:… in /"
    assert re.fullmatch("sha256:[0-9a-f]{64}", str(place.origin.facts["layer_digest"]))


def test_a_key_overwritten_by_a_later_layer_is_found_with_its_fate(result):
    (place,) = one(result, OVERWRITTEN).places
    assert (place.origin.path, place.origin.facts["layer"], place.origin.facts["fate"]) == (b"srv/conf", 1, "overwritten in layer 2")


def test_a_key_that_is_still_there_is_said_to_be(result):
    (place,) = one(result, PRESENT).places
    assert (place.origin.path, place.origin.facts["layer"], place.origin.facts["fate"]) == (b"opt/keep", 1, "present")


def test_a_pair_in_the_environment_is_one_finding_that_names_both_variables(result):
    found = one(result, IN_ENV[0])
    assert found.rule == "aws-credentials"
    assert [part.secret.decode("ascii") for part in found.parts] == list(IN_ENV)
    configs = [str(place.origin.facts["config"]) for part in found.parts for place in part.places if "config" in place.origin.facts]
    assert len(configs) >= 2 and all(re.fullmatch(r"Env\[\d\]", config) for config in configs)
    assert configs[0] != configs[-1]


def test_a_build_argument_in_the_history_and_a_label_are_found(result):
    assert "history[1].created_by" in [fact.get("config") for fact in facts(one(result, IN_HISTORY))]
    assert "Labels.note" in [fact.get("config") for fact in facts(one(result, IN_LABEL))]


def test_nothing_is_left_unread_and_no_secret_is_shown(result):
    assert result.coverage.complete, result.coverage.unread
    shown = as_text(result, "json") + as_text(result, "terminal") + as_text(result, "sarif")
    for secret in (*DELETED, *IN_ENV, PRESENT, OVERWRITTEN, IN_HISTORY, IN_LABEL):
        assert secret not in shown
    assert '"image": "' in as_text(result, "json")


def test_every_form_gives_the_same_layers_and_fates(layout):
    def told(form: str) -> set[tuple[object, ...]]:
        found = scanned("image", images.convert(layout, form)).findings
        return {
            (finding.rule, place.origin.path, *(place.origin.facts.get(key) for key in ("layer", "layer_digest", "instruction", "fate")))
            for finding in found
            for place in finding.places
            if "layer" in place.origin.facts
        }

    first, *others = [told(form) for form in images.FORMS]
    assert len(first) == 3
    assert all(other == first for other in others)


@pytest.mark.parametrize("form", [form for form in images.FORMS if form != "oci-layout"])
def test_standard_input_gives_the_same_as_the_file(layout, form):
    target = images.convert(layout, form)
    script = "import sys\nfrom secretscan.cli.entry import main\nsys.exit(main())\n"
    command = [sys.executable, "-c", script, "image", "-f", "json"]
    by_name = subprocess.run([*command, target], capture_output=True, timeout=120)
    with subprocess.Popen(["cat", target], stdout=subprocess.PIPE) as cat:
        by_pipe = subprocess.run([*command, "-"], stdin=cat.stdout, capture_output=True, timeout=120)
    assert by_name.returncode == by_pipe.returncode == 1, by_pipe.stderr
    named, piped = (json.loads(each.stdout) for each in (by_name, by_pipe))
    assert len(piped["findings"]) >= 6
    assert piped["coverage"] == named["coverage"]
    strip = re.compile(r'"root": "[^"]*"')
    assert strip.sub("", json.dumps(piped["findings"])) == strip.sub("", json.dumps(named["findings"]))


def test_the_forms_are_recognised_and_other_things_are_not(layout, tmp_path):
    for form in images.FORMS:
        assert image.recognises(str(images.convert(layout, form))) > 1, form
    (tmp_path / "text").write_text("text\n")
    (tmp_path / "other.tar").write_bytes(images.tar_of({"manifest.json": b'{"name": "a web page"}', "a": b"b"}))
    for path in (tmp_path, tmp_path / "text", tmp_path / "other.tar", tmp_path / "missing"):
        assert image.recognises(str(path)) == 0, path


def test_a_directory_as_skopeo_writes_it_is_read(layout, tmp_path):
    images.tool("skopeo", "copy", "-q", f"oci:{layout}:app:1", f"dir:{tmp_path / 'plain'}")
    (place,) = one(scanned("image", tmp_path / "plain"), DELETED[0]).places
    assert (place.origin.facts["layer"], place.origin.facts["fate"]) == (1, "deleted in layer 2")


def test_two_images_that_share_layers_are_read_once_and_both_named(layout, tmp_path):
    both = tmp_path / "both"
    shutil.copytree(layout, both)
    images.tool("skopeo", "copy", "-q", f"oci:{layout}:app:1", f"oci:{both}:app:2")
    once, twice = scanned("image", layout), scanned("image", both)
    assert twice.coverage.scanned == once.coverage.scanned
    (place,) = one(twice, DELETED[0]).places
    assert place.origin.facts["image"] == "app:1, app:2"


def test_by_rule_nothing_else_is_found_in_the_image(result):
    assert len(by_rule(result, "aws-credentials")) == 2
    assert len(result.findings) == 6, [finding.rule for finding in result.findings]
