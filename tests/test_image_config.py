"""An image's configuration as lines, and the way back into the JSON."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretscan.model import Reason, Silence, View
from secretscan.readers.image_config import views


def config(**parts: object) -> bytes:
    return json.dumps({"config": {}, "rootfs": {"type": "layers", "diff_ids": []}} | parts).encode()


def lines(text: bytes) -> list[str]:
    return [line for item in views(text, None) if isinstance(item, View) for line in item.text.decode().split("\n")]


def test_every_kind_of_value_is_on_a_line_of_its_instruction():
    text = config(
        config={
            "Env": ["A=1", "B=2"],
            "Cmd": ["/bin/sh", "-c", "run"],
            "Entrypoint": ["/entry"],
            "Healthcheck": {"Test": ["CMD", "curl"]},
            "OnBuild": ["RUN make"],
            "Labels": {"key": "value", "Env": "odd"},
        },
        history=[{"created_by": "RUN a"}, {"created_by": "COPY b /", "empty_layer": True}],
    )
    assert lines(text) == [
        "ENV A=1",
        "ENV B=2",
        "CMD /bin/sh -c run",
        "ENTRYPOINT /entry",
        "HEALTHCHECK CMD curl",
        "ONBUILD RUN make",
        "LABEL key=value",
        "LABEL Env=odd",
        "RUN a",
        "COPY b /",
    ]


@pytest.mark.parametrize("step", ["ENV A=1", "ENV A=1 # buildkit", "/bin/sh -c #(nop)  ENV A=1"])
def test_a_step_that_repeats_a_variable_is_silent_and_one_that_was_overwritten_is_not(step):
    text = config(config={"Env": ["A=1"]}, history=[{"created_by": step}, {"created_by": "ENV A=0"}])
    assert lines(text) == ["ENV A=1", "ENV A=0"]
    (silence,) = [item for item in views(text, None) if isinstance(item, Silence)]
    assert text[silence.start : silence.end].decode() == step


def test_segments_lead_back_and_name_the_field():
    text = config(config={"Env": ['A=b\u2028"quoted" && c']})
    (view,) = [item for item in views(text, None) if isinstance(item, View)]
    assert view.text.decode() == 'ENV A=b\u2028"quoted" && c'
    assert {segment.facts["config"] for segment in view.segments} == {"Env[0]"}
    for segment in view.segments:
        if segment.exact:
            assert view.text[segment.start : segment.end] == text[segment.source_start : segment.source_end]


@pytest.mark.parametrize("text", [b'{"config": {"Env": ["A=1"]', b'{"config": {"Env": ["A=1"]}}}', b"]"])
def test_json_that_is_none_is_said_and_shows_what_it_holds(text):
    items = list(views(text, None))
    assert [item[0] for item in items if isinstance(item, tuple) and item[0] is Reason.UNPARSED] == [Reason.UNPARSED]
    if b"Env" in text:
        assert lines(text) == ["ENV A=1"]


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": ' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 500_000 + b'"x",' * 250_000,  # every string would carry its whole way in
        b'"' + b'\\"' * 1_000_000,  # every quote would look for its end
    ],
    ids=["deep", "deep with strings", "quotes without an end"],
)
def test_nesting_and_torn_strings_cost_neither_stack_nor_time(text):
    began = time.process_time()
    assert [item[0] for item in views(text, None) if isinstance(item, tuple) and isinstance(item[0], Reason)] == [Reason.UNPARSED]
    assert time.process_time() - began < 5


_VALUES = st.recursive(
    st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10
)


@given(st.lists(st.text()), st.dictionaries(st.text(), st.text()), _VALUES)
def test_whatever_the_values_the_view_says_what_json_says(variables, labels, other):
    text = config(config={"Other": other, "Env": variables, "Labels": labels})
    shown = b"".join(item.text for item in views(text, None) if isinstance(item, View)).decode("utf-8", "replace")
    for value in filter(None, variables):
        assert "ENV " + value.encode("utf-8", "replace").decode() in shown
    for value in filter(None, labels.values()):
        assert "=" + value.encode("utf-8", "replace").decode() in shown


@given(st.binary(max_size=200))
def test_no_text_raises(text):
    list(views(text, None))
    list(views(b'{"config":{"Env":["' + text + b'"]},"history":[{"created_by":"\\' + text, None))


_TOKENS = st.sampled_from(
    [b"{", b"}", b"[", b"]", b":", b",", b'"', b"\\", b" ", b"1", b'"config"', b'"Env"', b'"Labels"', b'"a"', b'"A=b"', b'"history"']
)


@given(st.lists(_TOKENS, max_size=30).map(b"".join) | st.binary(max_size=60))
def test_no_text_makes_the_reader_fail_and_every_segment_lies_in_it(text):
    for item in views(text, None):
        if isinstance(item, View):
            ends = [0]
            for segment in item.segments:
                assert ends[-1] <= segment.start <= segment.end <= len(item.text)
                assert 0 <= segment.source_start < segment.source_end <= len(text)
                ends.append(segment.end)
        elif isinstance(item, Silence):
            assert 0 <= item.start <= item.end <= len(text)
