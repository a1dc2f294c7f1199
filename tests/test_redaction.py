"""What may be shown: of a secret, of a name, of a line."""

import base64
import re
from urllib.parse import quote

import pytest
import tokens
from hypothesis import given
from hypothesis import strategies as st
from report_samples import password, token

from secretscan.model import Context, Secret
from secretscan.redaction import MASK, Redactor, context_line, printable, redact


def test_shows_the_public_prefix_and_a_mask_that_hides_the_length() -> None:
    key, _ = tokens.aws_pair()
    assert redact(key.encode(), 4) == "AKIA" + MASK
    assert redact(tokens.private_key_pem().encode(), 0) == MASK == redact(b"x" * 16, 0)


@pytest.mark.parametrize(("secret", "prefix"), [(b"a" * 15, 4), (b"a" * 20, 11), (b"a" * 20, -4), (b"a" * 20, 20), (b"a" * 20, 99)])
def test_shows_nothing_of_a_short_value_or_under_an_impossible_prefix(secret: bytes, prefix: int) -> None:
    assert redact(secret, prefix) == MASK


def test_an_exposure_has_nothing_to_redact() -> None:
    assert redact(b"", 4) == ""


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"src/main.py", "src/main.py"),
        ("größe.txt".encode(), "größe.txt"),
        (b"a\xffb", r"a\xffb"),
        (b"\x1b[2J", r"\x1b[2J"),
        ("a\u202eb\u200bc\u00a0d\u0085".encode(), r"a\u202eb\u200bc\u00a0d\u0085"),
        ("\U000e0041".encode(), r"\U000e0041"),
        (b"a\tb\nc\r", r"a\tb\nc\r"),
        (rb"C:\dir\xyz", r"C:\dir\\xyz"),
        (b"\\\x1b", r"\\\x1b"),
    ],
)
def test_strangers_bytes_become_printable_text(data: bytes, shown: str) -> None:
    assert printable(data) == shown


def _read_back(text: str) -> bytes:
    def one(found: re.Match[str]) -> str:
        escape = found[1]
        if escape in "\\tnr":
            return {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}[escape]
        code = int(escape[1:], 16)
        return chr(code + 0xDC00 if escape[0] == "x" and code >= 0x80 else code)

    text = re.sub(r"\\(\\|t|n|r|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})", one, text)
    return text.encode("utf-8", "surrogateescape")


ANYTHING = st.one_of(
    st.binary(),
    st.text("\\xuUtnr0a\x1b\x85\u202e", max_size=12).map(str.encode),
    st.text().map(lambda text: text.encode("utf-8", "replace")),
)


@given(ANYTHING)
def test_printable_text_is_printable_and_means_one_thing(data: bytes) -> None:
    text = printable(data)
    assert text.isprintable()
    assert _read_back(text) == data


def _context(text: bytes, *secrets: bytes) -> Context:
    spans = tuple(sorted((text.index(secret), text.index(secret) + len(secret)) for secret in secrets))
    start = text.index(secrets[0])
    return Context(Secret(text), spans, (start, start + len(secrets[0])))


def test_every_secret_on_the_line_is_masked_and_the_focus_marked() -> None:
    mine, other = tokens.github_pat().encode(), tokens.password(1).encode()
    text, (start, end) = context_line(_context(b"\tp=%s t=%s;\x07" % (other, mine), mine, other), mine, 4)
    assert text == f" p={MASK} t=ghp_{MASK};\\x07"
    assert text[start:end] == "ghp_" + MASK


def test_secrets_that_overlap_are_masked_as_one_without_a_prefix() -> None:
    mine = tokens.github_pat().encode()
    line = b"x%sy" % mine
    context = Context(Secret(line), ((1, 20), (10, len(line) - 1)), (1, len(line) - 1))
    assert context_line(context, mine, 4)[0] == f"xghp_{MASK}y"
    context = Context(Secret(line), ((0, 20), (10, len(line))), (1, len(line) - 1))
    assert context_line(context, mine, 4) == (MASK, (0, len(MASK)))


def test_a_focus_that_no_span_names_is_masked_too() -> None:
    assert context_line(Context(Secret(b"p=hunter22!"), (), (2, 11)), b"hunter22!")[0] == "p=" + MASK


def test_spans_beyond_the_text_do_no_harm() -> None:
    assert context_line(Context(Secret(b"abcdef"), ((-3, 2), (4, 99)), (4, 99)), b"efgh") == (f"{MASK}cd{MASK}", (10, 18))


def test_a_prefix_is_shown_only_where_it_stands() -> None:
    secret = tokens.github_pat().encode()
    cut = secret[8:]  # a context that begins within the secret
    assert context_line(Context(Secret(cut), ((0, len(cut)),), (0, len(cut))), secret, 4)[0] == MASK


def test_an_exposure_marks_its_focus_and_hides_nothing() -> None:
    assert context_line(Context(Secret(b"privileged: true"), (), (12, 16)), b"") == ("privileged: true", (12, 16))


def test_shown_secrets_are_whole_and_still_printable() -> None:
    line = b"p=s\x1becret-of-many-bytes"
    text, (start, end) = context_line(_context(line, line[2:]), line[2:], show_secrets=True)
    assert text == r"p=s\x1becret-of-many-bytes"
    assert text[start:end] == r"s\x1becret-of-many-bytes"


def test_a_secret_is_masked_in_any_text_in_every_usual_form() -> None:
    finding = token()
    secret, redactor = bytes(finding.secret), Redactor([finding])
    assert redactor.text(b"RUN t=%s x" % secret) == f"RUN t=ghp_{MASK} x"
    for lead in (b"", b"u", b"u:", b"user:"):
        encoded = base64.b64encode(lead + secret + b"\n").decode()
        shown = redactor.text(f"auth {encoded}.")
        assert MASK in shown
        assert not any(encoded[at : at + 12] in shown for at in range(len(encoded) - 11))
    assert redactor.text(f"{secret.hex()} {secret.hex().upper()}") == f"{MASK} {MASK}"
    assert redactor.text(f"cut off {secret[:20].decode()}") == f"cut off {MASK}"


def test_specials_are_masked_in_json_and_percent_encoding() -> None:
    secret = Secret(b'a"b\\c/d+e=f g\xff0123456789')
    finding = token()._replace(secret=secret)
    redactor = Redactor([finding])
    assert redactor.text(rb'{"p": "a\"b\\c/d+e=f g' + b'\xff0123456789"}') == f'{{"p": "{MASK}"}}'
    assert redactor.text(quote(bytes(secret), safe="")) == MASK


def test_a_short_value_is_masked_as_a_word_and_never_in_a_path() -> None:
    finding = password()
    word = finding.secret.decode()
    redactor = Redactor([finding])
    assert redactor.text(f"x={word}; x{word}") == f"x={MASK}; x{word}"
    assert redactor.path(word.encode()) == word


def test_a_long_secret_is_masked_in_a_path() -> None:
    finding = token()
    assert Redactor([finding]).path(b"keys/%s.txt" % finding.secret) == f"keys/ghp_{MASK}.txt"


def test_forms_that_begin_alike_are_all_masked() -> None:
    """Many secrets of one long public prefix share the beginning of their encoded forms."""
    secrets = [b"a-long-public-prefix-%02d-" % number + b"x%dy" % number * 6 for number in range(50)]
    redactor = Redactor(hidden=secrets)
    for secret in secrets:
        for form in (secret.decode(), secret.hex(), base64.b64encode(secret).decode()):
            assert redactor.text(f"in {form} it") == f"in {MASK} it"
            assert redactor.text(f"in {form} it") == f"in {MASK} it"
