"""Fingerprint v1 does not change, and gives no weak secret away."""

import tokens
from hypothesis import given
from hypothesis import strategies as st

from secretscan.triage.fingerprint import STRONG_BITS, fingerprint, strength

KEY = bytes(range(32))
STRONG = tokens.aws_secret().encode()
WEAK = tokens.password()[:10].encode()


def of(secret: bytes, *, rule: str = "r", key: bytes | None = None, path: bytes = b"a", line_key: bytes = b"k") -> str:
    return fingerprint(rule, secret, key=key, path=path, line_key=line_key)


def test_version_one_stays_as_it_is() -> None:
    plain = bytes(range(64))
    assert of(plain) == "v1:cefdd481b886992f7a5f1dda229307a6"
    assert of(plain, key=KEY) == "v1:3e9881eaa1ca1edf7b66da1f8aef9453"
    assert of(b"weak", path=b"dir/file", line_key=b"name") == "v1:5c8526804a3d6eb3f845105f74888fcd"


def test_strength_is_entropy_times_length() -> None:
    assert strength(b"") == 0.0 == strength(b"aaaa")
    assert strength(b"ab") == 2.0
    assert strength(bytes(range(64))) == 64 * 6
    assert strength(WEAK) < STRONG_BITS < strength(STRONG)


def test_a_strong_secret_is_known_wherever_it_stands() -> None:
    assert of(STRONG, path=b"a") == of(STRONG, path=b"b", line_key=b"other")
    assert of(STRONG) != of(STRONG, rule="s")
    assert of(STRONG) != of(tokens.aws_secret(1).encode())


def test_a_weak_secret_is_never_hashed_under_the_public_key() -> None:
    assert of(WEAK) == of(b"another")
    assert of(WEAK) != of(WEAK, path=b"b")
    assert of(WEAK) != of(WEAK, line_key=b"l")


def test_with_a_key_a_weak_secret_is_known_wherever_it_stands() -> None:
    assert of(WEAK, key=KEY) == of(WEAK, key=KEY, path=b"b", line_key=b"l")
    assert of(WEAK, key=KEY) != of(b"another", key=KEY) != of(b"another", key=KEY[:16])


def test_exposures_differ_by_their_object_with_a_key_too() -> None:
    assert of(b"", key=KEY, line_key=b"Pod/a") == of(b"", line_key=b"Pod/a") != of(b"", key=KEY, line_key=b"Pod/b")


FIELDS = st.tuples(st.text("ab", max_size=3), st.binary(max_size=3), st.binary(max_size=3))


@given(FIELDS, FIELDS)
def test_fields_do_not_run_into_each_other(one: tuple[str, bytes, bytes], two: tuple[str, bytes, bytes]) -> None:
    same = of(b"x", rule=one[0], path=one[1], line_key=one[2]) == of(b"x", rule=two[0], path=two[1], line_key=two[2])
    assert same == (one == two)
