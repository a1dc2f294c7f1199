"""Charts that are not rendered: actions are blanked out, the literals beside them are found where they stand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from manifests import read

from secretscan._core import blank_actions

CHART = """
    {{- if .Values.enabled }}
    apiVersion: v1
    kind: Secret
    metadata:
      name: {{ include "app.fullname" . }}
      labels:
        {{- include "app.labels" . | nindent 4 }}
    {{- with .Values.annotations }}
      annotations: {{ toYaml . | nindent 4 }}
    {{- end }}
    stringData:
      literal: a-real-literal
      action: {{ .Values.password | quote }}
      quoted: "{{ .Values.password }}"
      url: postgres://app:the-password@{{ .Values.host }}/db
      file: |
        user={{ .Values.user }}
        password=in-the-file
    {{- end }}
"""


def test_literals_beside_actions_are_found_where_they_stand() -> None:
    found = read(CHART)
    assert not found.notes
    literal = found.at("stringData.literal")
    assert (literal.line_of_view, literal.line, literal.column, literal.exact) == ("literal=a-real-literal", 12, 12, True)
    assert found.at("stringData.url").line_of_view == "url=postgres://app:the-password@{{ .Values.host }}/db"
    assert "password=in-the-file" in found.lines()
    assert "user={{ .Values.user }}" in found.lines()


def test_a_value_made_of_actions_only_is_unknown() -> None:
    found = read(CHART)
    assert not any("action" in line or "quoted" in line or "TTTT" in line for line in found.lines())
    assert "{{ .Values.password | quote }}" in found.silences


def test_both_branches_of_a_condition_are_kept() -> None:
    found = read("""
        apiVersion: v1
        kind: ConfigMap
        data:
          {{- if .Values.a }}
          key: first-value
          {{- else }}
          key: second-value
          {{- end }}
    """)
    assert found.lines() == ["key=first-value", "key=second-value"]


def test_actions_in_quoted_values_and_files_of_plain_manifests_stay_as_they_are() -> None:
    found = read("""
        apiVersion: v1
        kind: PrometheusRule
        spec:
          summary: 'Instance {{ $labels.instance }} down'
    """)
    assert found.lines() == ["summary=Instance {{ $labels.instance }} down"]


def test_a_template_that_does_not_parse_is_said() -> None:
    found = read("apiVersion: v1\nkind: X\n{{ if }}\na: [\n{{ end }}\n")
    assert len(found.notes) == 1


@given(st.lists(st.sampled_from(["{{", "}}", "{%", "%}", " ", "\n", "\r\n", "a: ", "- ", "x", "é", "nindent"]), max_size=30).map("".join))
def test_nothing_moves(text: str) -> None:
    raw = text.encode()
    blanked = blank_actions(raw)
    if blanked is not None:
        assert len(blanked) == len(raw)
        assert [place for place, byte in enumerate(blanked) if byte in b"\r\n"] == [
            place for place, byte in enumerate(raw) if byte in b"\r\n"
        ]
