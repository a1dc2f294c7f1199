"""The built-in rules in a form that loads in a few milliseconds: plain values and what was derived from the regexes.

It is made once, when the package is built (`python -m secretscan.rules FOLDER`), lies beside the packs, and is keyed by all that it
depends on; if any of that changed, it is passed over and the packs are read. Packs change where they are written: in a source tree
they are compared whole, in an installation by their sizes (4 ms of every start). Nothing is written at run time. The shapes' DFAs,
most of it, are not compressed: to inflate them took 15 ms of every start. What has words is, so that no scan of an environment reads it.
Examples, which no scan needs, are packed apart: they are a third of the words.
"""

from __future__ import annotations

import marshal
import os
import zlib
from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from secretscan import __version__
from secretscan.rules.model import PREFIXES, PROGRAMS, SHAPES, Allowlist, Pair, Rule, RuleSet, rooted
from secretscan.rules.plain import from_row, row
from secretscan.shapes import Check, Shape, encode_program

if TYPE_CHECKING:
    from mmap import mmap

_HEAD = b"secretscan rules\n"
_MARSHAL = 4  # the oldest version that every supported Python writes and reads


def key(packs: Iterable[tuple[str, bytes]]) -> str:
    """Hex digest of the packs and of the code that reads and analyses them."""
    state = blake2b(__version__.encode(), digest_size=32)
    here = os.path.dirname(__file__)
    for folder in (here, os.path.join(os.path.dirname(here), "shapes")):
        for name in sorted(os.listdir(folder)):
            if name.endswith(".py"):
                with open(os.path.join(folder, name), "rb") as file:
                    _add(state, name.encode(), file.read())
    for pack, data in packs:
        _add(state, pack.encode(), data)
    return state.hexdigest()


def outline(folder: str) -> str:
    """Hex digest of the names and sizes of the packs in a folder."""
    packs = sorted((entry.name, entry.stat().st_size) for entry in os.scandir(folder) if entry.name.endswith(".toml"))
    return blake2b(repr((__version__, packs)).encode(), digest_size=32).hexdigest()


def _add(state: blake2b, name: bytes, data: bytes) -> None:
    state.update(b"%d %d " % (len(name), len(data)) + name + data)


def dump(rules: RuleSet, *sources: str) -> bytes:
    """The compiled form of a set, under the keys of what it was made from."""
    dfas: dict[bytes | None, int] = {}

    def plain(check: Check) -> tuple[bytes, bool, int, int, bool]:
        before, after = (dfas.setdefault(dfa, len(dfas)) for dfa in (check.before, check.after))
        return check.literal, check.caseless, before, after, check.once

    def flat(shape: Shape) -> tuple[int, int, bool, bool, list[tuple[bytes, bool, int, int, bool]]]:
        return shape.before, shape.after, shape.whole_text, shape.dull, [plain(check) for check in shape.checks]

    shapes = [(flat(rule.shape), flat(rule.path_shape) if rule.path is not None else None) for rule in rules.rules]
    regexes = [rule.regex.source for rule in rules.rules if rule.regex is not None and not rule.shape.whole_text]
    programs = {regex: zlib.compress(encode_program(regex) or b"", 9) for regex in regexes}
    prefixes = [rule.public_prefix for rule in rules.rules]
    plain_rules = [row(rule._replace(examples=(), counterexamples=())) for rule in rules.rules]
    groups = [plain_rules, *([row(item) for item in group] for group in (rules.pairs, rules.allowlists))]
    values = _pack((rules.digest, groups, shapes, prefixes))
    examples = _pack([(rule.examples, rule.counterexamples) for rule in rules.rules])
    return _HEAD + marshal.dumps((sources, values, examples, list(dfas), programs), _MARSHAL)


def _pack(values: Any) -> bytes:
    return zlib.compress(marshal.dumps(values, _MARSHAL), 9)


def _unpack(packed: bytes) -> Any:
    return marshal.loads(zlib.decompress(packed))  # noqa: S302 - our own package's data


def load_compiled(data: bytes | mmap, source: str, *, examples: bool = True) -> RuleSet | None:
    """The set that `dump` was given, its shapes and prefixes known; None if `source` is none of its keys, or the data is something else.

    Without `examples` its rules have neither examples nor counterexamples.
    """
    if data[: len(_HEAD)] != _HEAD:
        return None
    try:
        made_from, values, packed, dfas, programs = marshal.loads(memoryview(data)[len(_HEAD) :])  # noqa: S302
        if source not in made_from:
            return None
        digest, groups, shapes, prefixes = _unpack(values)
        kinds = (Rule, Pair, Allowlist)
        rules, pairs, allowlists = (tuple(from_row(kind, item) for item in group) for kind, group in zip(kinds, groups, strict=True))
        PROGRAMS.update(programs)
        for rule, (shape, path_shape), prefix in zip(rules, shapes, prefixes, strict=True):
            source_regex = rule.regex.source if rule.regex is not None else ""
            SHAPES[source_regex, rule.keywords, rule.near] = _shape(shape, dfas)
            path = rooted(rule.path.source) if rule.path is not None else None
            if path is not None:
                SHAPES[path, (), None] = _shape(path_shape, dfas)
            PREFIXES[source_regex, rule.secret_group] = prefix
        if examples:
            both = zip(rules, _unpack(packed), strict=True)
            rules = tuple(rule._replace(examples=good, counterexamples=bad) for rule, (good, bad) in both)
    except (zlib.error, ValueError, TypeError, EOFError, LookupError, AttributeError):
        return None
    made = RuleSet(rules, pairs, allowlists)
    vars(made)["digest"] = digest
    return made


def _shape(flat: tuple[int, int, bool, bool, list[tuple[bytes, bool, int, int, bool]]], dfas: list[bytes | None]) -> Shape:
    before, after, whole_text, dull, checks = flat
    made = (Check(literal, caseless, dfas[left], dfas[right], once) for literal, caseless, left, right, once in checks)
    return Shape(tuple(made), before, after, whole_text, dull)
