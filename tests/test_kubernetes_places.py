"""Every place where Kubernetes keeps a value: what the view says, where it points, and how it was decoded."""

from __future__ import annotations

import gzip
import json

import pytest
from manifests import b64, read

DEPLOYMENT = """
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      namespace: prod
    spec:
      template:
        spec:
          {containers}:
          - name: main
            env:
            - name: PLAIN_FIRST
              value: value-one
            - value: "value two"
              name: VALUE_FIRST
            - name: FOLDED
              value: >-
                value
                three
"""


@pytest.mark.parametrize("containers", ["containers", "initContainers", "ephemeralContainers"])
def test_an_environment_name_and_its_value_become_one_line_in_either_order(containers: str) -> None:
    found = read(DEPLOYMENT.format(containers=containers))
    first = found.at(f"spec.template.spec.{containers}[0].env[0].value")
    assert (first.line_of_view, first.line, first.column, first.exact) == ("PLAIN_FIRST=value-one", 13, 18, True)
    second = found.at(f"spec.template.spec.{containers}[0].env[1].value")
    assert (second.line_of_view, second.line, second.column, second.exact) == ("VALUE_FIRST=value two", 14, 19, True)
    third = found.at(f"spec.template.spec.{containers}[0].env[2].value")
    assert (third.line_of_view, third.line, third.exact) == ("FOLDED=value three", 17, False)
    assert next(facts for facts in found.facts if facts["pointer"] == first.pointer) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "namespace": "prod",
        "name": "web",
        "pointer": first.pointer,
    }


def test_neighbouring_environment_values_stand_on_neighbouring_lines() -> None:
    lines = read(DEPLOYMENT.format(containers="containers")).lines()
    at = lines.index("PLAIN_FIRST=value-one")
    assert lines[at : at + 3] == ["PLAIN_FIRST=value-one", "VALUE_FIRST=value two", "FOLDED=value three"]


def test_the_kind_may_come_after_the_data() -> None:
    found = read(f"""
        data:
          password: {b64("open sesame")}
        metadata: {{name: late}}
        kind: Secret
        apiVersion: v1
    """)
    assert found.at("data.password").line_of_view == "password=open sesame"
    assert found.facts[0]["kind"] == "Secret" and found.facts[0]["name"] == "late"


def test_secret_data_is_decoded_once_and_twice_and_when_wrapped() -> None:
    wrapped = b64("a long value that is wrapped like the output of base64 is, at some column, over lines")
    found = read(f"""
        apiVersion: v1
        kind: Secret
        metadata: {{name: s}}
        data:
          once: {b64("value number one")}
          twice: {b64(b64("value number two"))}
          wrapped: |
            {wrapped[:60]}
            {wrapped[60:]}
    """)
    once = found.at("data.once")
    assert (once.line_of_view, once.decoded, once.line, once.column) == ("once=value number one", ("base64",), 5, 9)
    assert found.at("data.twice").decoded == ("base64", "base64")
    assert found.at("data.twice").line_of_view == "twice=value number two"
    assert found.at("data.wrapped").text.startswith("a long value")
    assert b64("value number one") in found.silences


def test_plaintext_put_into_data_by_mistake_is_shown_as_it_is() -> None:
    found = read("""
        apiVersion: v1
        kind: Secret
        metadata: {name: s}
        data:
          password: not base64 at all!
    """)
    shown = found.at("data.password")
    assert (shown.line_of_view, shown.decoded, shown.exact) == ("password=not base64 at all!", (), True)
    assert not found.silences


def test_binary_data_is_shown_both_as_it_stands_and_decoded() -> None:
    encoded = b64(bytes(range(128, 160)))
    found = read(f"""
        apiVersion: v1
        kind: Secret
        metadata: {{name: s}}
        data:
          key: {encoded}
    """)
    assert [shown.decoded for shown in found.shown] == [(), ("base64",)]
    assert found.shown[0].line_of_view == f"key={encoded}"
    assert not found.silences


def test_string_data_and_config_map_values_are_lines() -> None:
    found = read("""
        apiVersion: v1
        kind: Secret
        metadata: {name: s}
        stringData:
          password: 'it''s here'
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: c}
        data:
          plain: some-value
          one-line: |
            just one line
    """)
    assert [shown.line_of_view for shown in found.shown if shown.pointer == "stringData.password"] == ["password=it's here"] * 2
    assert found.at("data.plain").line_of_view == "plain=some-value"
    assert found.at("data.one-line").line_of_view == "one-line=just one line"


def test_a_file_in_a_config_map_keeps_its_lines_and_their_places() -> None:
    found = read("""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: c}
        data:
          .env: |
            # comment
            FIRST=one-value

            SECOND=zwei-wörter
              INDENTED=x
    """)
    shown = [shown for shown in found.shown if shown.pointer == "data['.env']"]
    assert [(s.text, s.line, s.column, s.exact) for s in shown] == [
        ("# comment\n", 6, 5, True),
        ("FIRST=one-value\n", 7, 5, True),
        ("SECOND=zwei-wörter\n", 9, 5, True),
        ("  INDENTED=x\n", 10, 5, True),
    ]
    assert found.views[0] == "# .env\n# comment\nFIRST=one-value\n\nSECOND=zwei-wörter\n  INDENTED=x\n\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_of_dos_do_not_move_a_place(newline: str) -> None:
    text = newline.join(
        ["apiVersion: v1", "kind: ConfigMap", "data:", "  a.env: |", "    A=first-value", "    B=second-value", "  b: third-value", ""]
    )
    found = read(text.encode())
    assert [(s.text.rstrip("\r\n"), s.line, s.column) for s in found.shown] == [
        ("A=first-value", 5, 5),
        ("B=second-value", 6, 5),
        ("third-value", 7, 6),
    ]


def test_docker_config_gives_the_password_under_its_registry() -> None:
    auths = {"auths": {"ghcr.io": {"auth": b64("robot:hunter2-hunter2"), "email": "me@example.org"}}}
    found = read(f"""
        apiVersion: v1
        kind: Secret
        metadata: {{name: pull}}
        type: kubernetes.io/dockerconfigjson
        data:
          .dockerconfigjson: {b64(json.dumps(auths))}
    """)
    assert "auths.ghcr.io.username=robot" in found.lines()
    assert "auths.ghcr.io.password=hunter2-hunter2" in found.lines()
    shown = next(shown for shown in found.shown if shown.text == "hunter2-hunter2")
    assert shown.decoded == ("base64", "base64")
    assert (shown.pointer, shown.line) == ("data['.dockerconfigjson'].auths['ghcr.io'].auth", 6)


def test_dockercfg_and_plain_docker_config_files_are_read_too() -> None:
    found = read(f"""
        apiVersion: v1
        kind: Secret
        metadata: {{name: pull}}
        data:
          .dockercfg: {b64(json.dumps({"quay.io": {"username": "robot", "password": "pass-one-pass", "auth": b64("robot:pass-one-pass")}}))}
        stringData:
          config.json: '{json.dumps({"auths": {"gcr.io": {"auth": b64("_json_key:pass-two-pass")}}})}'
    """)
    assert found.lines().count("auths.quay.io.password=pass-one-pass") == 1
    assert "auths.gcr.io.password=pass-two-pass" in found.lines()


def test_an_applied_object_in_an_annotation_shows_only_what_differs() -> None:
    applied = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "data": {"same": b64("still the same"), "changed": b64("the old value")},
    }
    found = read(f"""
        apiVersion: v1
        kind: Secret
        metadata:
          name: s
          annotations:
            kubectl.kubernetes.io/last-applied-configuration: |
              {json.dumps(applied)}
        data:
          same: {b64("still the same")}
          changed: {b64("the new value")}
    """)
    assert found.lines().count("same=still the same") == 1
    old = next(shown for shown in found.shown if shown.text == "the old value")
    assert old.pointer == "metadata.annotations['kubectl.kubernetes.io/last-applied-configuration']!data.changed"
    assert old.line == 7 and old.column > 7
    assert f'"{b64("still the same")}"' in found.silences


def test_an_applied_object_inside_json_has_its_places_in_spite_of_the_escapes() -> None:
    applied = json.dumps({"apiVersion": "v1", "kind": "Pod", "spec": {"env": [{"name": "TOKEN", "value": "an old-token"}]}})
    text = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"annotations": {"kapp.k14s.io/original": applied}}}, indent=2)
    shown = read(text.encode()).at("metadata.annotations['kapp.k14s.io/original']!spec.env[0].value")
    assert (shown.line_of_view, shown.exact) == ("TOKEN=an old-token", True)
    row = text.splitlines()[shown.line - 1]
    assert row[shown.column - 1 :].startswith("an old-token")


def test_arguments_are_also_written_as_a_command_line() -> None:
    found = read("""
        apiVersion: v1
        kind: Pod
        spec:
          containers:
          - command: [mysql, --password, hunter2-hunter2, -u, root]
            args: ["--token=abcdef", "aws configure"]
          - command:
            - sh
            - -c
            - |
              export A=first-one
              run
    """)
    assert "mysql --password=hunter2-hunter2 -u root" in found.lines()
    assert "--token=abcdef aws configure" in found.lines()
    word = found.at("spec.containers[0].command[2]")
    assert (word.text, word.line, word.exact) == ("hunter2-hunter2", 5, True)
    assert "export A=first-one" in found.lines()


def test_headers_and_parameters_are_pairs_wherever_they_stand() -> None:
    found = read("""
        apiVersion: example.org/v1
        kind: Anything
        spec:
          deep:
            httpHeaders: [{name: Authorization, value: Basic abcdefgh}]
            parameters:
            - {name: admin.password, value: "first-value", forceString: true}
            tags:
            - {Key: Owner, Value: second-value}
            patches:
            - {op: add, path: /data/password, value: third-value}
    """)
    assert set(found.lines()) >= {
        "Authorization=Basic abcdefgh",
        "admin.password=first-value",
        "Owner=second-value",
        "password=third-value",
    }


def test_a_kubeconfig_in_a_secret_is_walked_with_its_encoded_key() -> None:
    config = f"""apiVersion: v1
kind: Config
clusters:
- cluster: {{certificate-authority-data: {b64("PUBLIC CERTIFICATE")}}}
users:
- name: admin
  user:
    token: the-token-of-admin
    client-key-data: {b64("PRIVATE KEY OF ADMIN")}
# password: left-in-a-comment
"""
    found = read(f"""
        apiVersion: v1
        kind: Secret
        metadata: {{name: kube}}
        data:
          kubeconfig: {b64(config)}
    """)
    token = found.at("data.kubeconfig!users[0].user.token")
    assert (token.line_of_view, token.decoded) == ("token=the-token-of-admin", ("base64",))
    key = found.at("data.kubeconfig!users[0].user.client-key-data")
    assert (key.text, key.decoded) == ("PRIVATE KEY OF ADMIN", ("base64", "base64"))
    assert "# password: left-in-a-comment" in found.lines()
    assert not any("PUBLIC" in line for line in found.lines())


def test_a_helm_release_is_opened_down_to_its_values_manifest_and_templates() -> None:
    release = {
        "name": "demo",
        "config": {"auth": {"password": "from-user-values"}},
        "manifest": f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\ndata:\n  token: {b64('from-the-manifest')}\n",
        "chart": {
            "values": {"adminPassword": "from-the-defaults"},
            "templates": [{"name": "templates/a.yaml", "data": b64("key: from-a-template\nother: x\n")}],
        },
    }
    packed = b64(b64(gzip.compress(json.dumps(release).encode())))
    found = read(f"""
        apiVersion: v1
        kind: Secret
        type: helm.sh/release.v1
        metadata: {{name: sh.helm.release.v1.demo.v1}}
        data:
          release: {packed}
    """)
    password = found.at("data.release.config.auth.password")
    assert (password.line_of_view, password.decoded) == ("password=from-user-values", ("base64", "base64", "gzip"))
    assert "token=from-the-manifest" in found.lines()
    assert "adminPassword=from-the-defaults" in found.lines()
    assert "key: from-a-template" in found.lines()
    assert packed in found.silences


@pytest.mark.parametrize("kind", ["List", "SecretList"])
def test_items_of_a_list_are_objects_of_their_own(kind: str) -> None:
    item: dict[str, object] = {"metadata": {"name": "s", "namespace": "n"}, "data": {"password": b64("inside a list")}}
    if kind == "List":
        item = {"apiVersion": "v1", "kind": "Secret", **item}
    found = read(json.dumps({"apiVersion": "v1", "items": [item], "kind": kind}, indent=4).encode())
    assert found.at("data.password").line_of_view == "password=inside a list"
    assert found.facts[0]["kind"] == "Secret" and found.facts[0]["namespace"] == "n"


def test_objects_inside_objects_are_read_as_what_they_are() -> None:
    found = read(f"""
        apiVersion: template.openshift.io/v1
        kind: Template
        objects:
        - apiVersion: v1
          kind: Secret
          metadata: {{name: inner}}
          data:
            password: {b64("in a template")}
        parameters:
        - name: ADMIN_PASSWORD
          value: from-parameters
    """)
    assert found.at("objects[0].data.password").line_of_view == "password=in a template"
    assert found.at("parameters[0].value").line_of_view == "ADMIN_PASSWORD=from-parameters"


def test_duplicate_keys_are_both_kept() -> None:
    for text in (
        "apiVersion: v1\nkind: X\na: first-value\na: second-value\n",
        '{"apiVersion":"v1","kind":"X","a":"first-value","a":"second-value"}',
    ):
        assert read(text.encode()).lines() == ["a=first-value", "a=second-value"]


def test_machine_user_data_and_files_are_decoded_if_they_are_base64() -> None:
    script = "#!/bin/sh\nexport TOKEN=abcdefgh\n"
    found = read(f"""
        apiVersion: v1
        kind: Machine
        spec:
          userData: {b64(script)}
          files:
          - path: /etc/a
            content: |
              plain=file-content
              second=line
    """)
    assert "export TOKEN=abcdefgh" in found.lines()
    assert "plain=file-content" in found.lines()
    assert found.at("spec.userData").decoded == ("base64",)
