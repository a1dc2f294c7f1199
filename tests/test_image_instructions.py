"""The instruction that made a layer, as reports show it."""

from __future__ import annotations

import pytest
import tokens

from secretscan.images.instructions import instructions, outline


@pytest.mark.parametrize(
    ("created_by", "shown"),
    [
        ("/bin/sh -c #(nop) ADD file:" + "0a" * 32 + " in / ", "ADD file:… in /"),
        ("COPY app /srv/ # buildkit", "COPY app /srv/"),
        ("/bin/sh -c apt-get update &&     apt-get install -y curl", "RUN apt-get update && apt-get install -y curl"),
        ("RUN /bin/sh -c make # buildkit", "RUN make"),
        ("RUN |1 TOKEN=hunter2 /bin/sh -c make # buildkit", "RUN TOKEN=… make"),
        ("|2 A=x B='y z' /bin/sh -c make", "RUN A=… B=… make"),
        ("ENV PASSWORD=hunter2", "ENV PASSWORD=…"),
        ("/bin/sh -c cp /root/example/really/nested/file3.txt /tmp", "RUN cp /root/example/really/nested/file3.txt /tmp"),
        ("RUN cat <<EOF\nline\nEOF", "RUN cat <<EOF line EOF"),
        (None, ""),
    ],
)
def test_an_instruction_is_one_line_without_its_values(created_by, shown):
    assert outline(created_by) == shown


@pytest.mark.parametrize("secret", [tokens.aws_secret(1), tokens.aws_secret(2), tokens.github_pat(1), tokens.hex(32), tokens.npm_token()])
def test_long_values_are_left_out(secret):
    assert secret[-12:] not in outline(f"/bin/sh -c login --key {secret} && rm -rf /tmp/x")


def test_a_long_instruction_is_cut():
    assert len(outline("RUN " + "word " * 1000)) == 160


def test_steps_without_a_layer_are_passed_over_and_a_history_that_does_not_fit_is_not_used():
    history = [{"created_by": "ADD a /"}, {"created_by": "ENV A=b", "empty_layer": True}, {"created_by": "COPY b /"}]
    assert instructions(history, 2) == ["ADD a /", "COPY b /"]
    assert instructions(history, 3) == ["", "", ""]
