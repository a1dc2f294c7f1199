"""The built-in rules in a form that loads in a few milliseconds: plain values and what was derived from the regexes.

It is made once, when the package is built (`python -m secretscan.rules FILE`), lies beside the packs, and is keyed by all that it
depends on; if any of that changed, it is passed over and the packs are read. Nothing is written at run time. The shapes' DFAs,
most of it, are not compressed: to inflate them took 15 ms of every start. What has words is, so that no scan of an environment reads it.
"""

from __future__ import annotations

import marshal
import os
import zlib
from collections.abc import Iterable
from hashlib import blake2b

from secretscan import __version__
from secretscan.rules.model import PREFIXES, PROGRAMS, SHAPES, Allowlist, Pair, Rule, RuleSet
from secretscan.rules.plain import build, strip
from secretscan.shapes import Check, Shape, encode_program

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


def _add(state: blake2b, name: bytes, data: bytes) -> None:
    state.update(b"%d %d " % (len(name), len(data)) + name + data)


def dump(rules: RuleSet, source: str) -> bytes:
    """The compiled form of a set, under the key of what it was made from."""
    dfas: dict[bytes | None, int] = {}

    def plain(check: Check) -> tuple[bytes, bool, int, int, bool]:
        before, after = (dfas.setdefault(dfa, len(dfas)) for dfa in (check.before, check.after))
        return check.literal, check.caseless, before, after, check.once

    shapes = [
        (shape.before, shape.after, shape.whole_text, shape.dull, [plain(check) for check in shape.checks])
        for shape in (rule.shape for rule in rules.rules)
    ]
    programs = [
        zlib.compress(encode_program(rule.regex.source) or b"", 9) if rule.regex is not None and not rule.shape.whole_text else None
        for rule in rules.rules
    ]
    prefixes = [rule.public_prefix for rule in rules.rules]
    groups = [[strip(item) for item in group] for group in (rules.rules, rules.pairs, rules.allowlists)]
    values = zlib.compress(marshal.dumps((rules.digest, groups, shapes, prefixes), _MARSHAL), 9)
    return _HEAD + marshal.dumps((source, values, list(dfas), programs), _MARSHAL)


def load_compiled(data: bytes, source: str) -> RuleSet | None:
    """The set that `dump` was given, its shapes and prefixes known; None if the data is of something else."""
    if not data.startswith(_HEAD):
        return None
    try:
        made_from, values, dfas, programs = marshal.loads(memoryview(data)[len(_HEAD) :])  # noqa: S302 - our own package's data
        if made_from != source:
            return None
        digest, groups, shapes, prefixes = marshal.loads(zlib.decompress(values))  # noqa: S302
        kinds = (Rule, Pair, Allowlist)
        rules, pairs, allowlists = (tuple(build(kind, item) for item in group) for kind, group in zip(kinds, groups, strict=True))
        for rule, (before, after, whole_text, dull, checks), prefix, program in zip(rules, shapes, prefixes, programs, strict=True):
            source_regex = rule.regex.source if rule.regex is not None else ""
            made_checks = tuple(Check(literal, caseless, dfas[left], dfas[right], once) for literal, caseless, left, right, once in checks)
            SHAPES[source_regex, rule.keywords, rule.near] = Shape(made_checks, before, after, whole_text, dull)
            PREFIXES[source_regex, rule.secret_group] = prefix
            if program is not None:
                PROGRAMS[source_regex] = program
    except (zlib.error, ValueError, TypeError, EOFError, LookupError, AttributeError):
        return None
    made = RuleSet(rules, pairs, allowlists)
    vars(made)["digest"] = digest
    return made
