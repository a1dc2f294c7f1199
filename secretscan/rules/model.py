"""What a rule is. Rules are data: frozen, comparable, picklable; regexes are compiled when first asked."""

from __future__ import annotations

import zlib
from functools import cached_property
from typing import Any, NamedTuple

from secretscan._core import Program
from secretscan.model import Confidence, Severity
from secretscan.rules.matching import Pattern, Words
from secretscan.shapes import UNBOUNDED, Shape, analyse, encode_program, public_prefix

NO_WORDS = Words()
TARGETS = ("secret", "match", "line")


class Allowlist(NamedTuple):
    """What is no finding after all. `match_all` (condition AND) asks for every kind of criterion that is given, else any one will do.

    Contents are judged once per text, places once per place, so the answer comes in two steps: `content_verdict`, and where that
    leaves it open, `allows_place`.
    """

    description: str = ""
    match_all: bool = False
    regexes: tuple[Pattern, ...] = ()
    regex_target: str = "secret"
    stopwords: Words = NO_WORDS
    paths: tuple[Pattern, ...] = ()
    commits: frozenset[str] = frozenset()
    target_rules: tuple[str, ...] = ()
    """Ids of the only rules it speaks for; empty: for all."""

    @property
    def empty(self) -> bool:
        return not (self.regexes or self.stopwords or self.paths or self.commits)

    def content_verdict(self, secret: bytes, match: bytes, line: bytes) -> bool | None:
        """True: allowed wherever it stands. False: not allowed anywhere by this list. None: `allows_place` decides.

        Stop words are looked for in the secret, regexes in what `regex_target` names.
        """
        placed = bool(self.paths or self.commits)
        kinds: list[bool] = []
        if self.stopwords:
            kinds.append(self.stopwords.found_in(secret))
        if self.regexes and not (kinds and kinds[0] != self.match_all):
            target = secret if self.regex_target == "secret" else match if self.regex_target == "match" else line
            kinds.append(any(regex.found_in(target) for regex in self.regexes))
        if self.match_all:
            if not all(kinds):
                return False
            return None if placed else bool(kinds)
        if any(kinds):
            return True
        return None if placed else False

    def allows_place(self, path: bytes, commit: str) -> bool:
        """The second half, where `content_verdict` said None. `commit` is a hex id, or empty outside of a history."""
        kinds: list[bool] = []
        if self.paths:
            kinds.append(self.allows_path(path))
        if self.commits:
            kinds.append(self.allows_commit(commit))
        return bool(kinds) and (all(kinds) if self.match_all else any(kinds))

    def allows_path(self, path: bytes) -> bool:
        return any(regex.found_in(path) for regex in self.paths)

    def allows_commit(self, commit: str) -> bool:
        return commit.lower() in self.commits


class Required(NamedTuple):
    """Another rule that must match too: in the same text, and within so many lines or columns if they are given."""

    id: str
    within_lines: int | None = None
    within_columns: int | None = None


class Rule(NamedTuple):
    """One kind of secret. Field names are the schema's, in Python's spelling; a pack's own keys are described in the packs.

    `secret_group` 0: the first capture that took part, else the whole match. `entropy`: least Shannon entropy of the secret in bits a
    byte. `near`: bytes on either side of a keyword within which a match must lie. `silent`: no finding by itself. `pack` is the file
    it came from.
    """

    id: str
    description: str = ""
    regex: Pattern | None = None
    path: Pattern | None = None
    secret_group: int = 0
    entropy: float = 0.0
    keywords: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    allowlists: tuple[Allowlist, ...] = ()
    required: tuple[Required, ...] = ()
    severity: Severity = Severity.MEDIUM
    confidence: Confidence = Confidence.MEDIUM
    checksum: str = ""
    family: str = ""
    label: str = ""
    silent: bool = False
    near: int | None = None
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    reason: str = ""
    """Why a literal shorter than three bytes, or none, is all there is."""
    pack: str = ""

    @property
    def shape(self) -> Shape:
        """What the core can check. Analysed once per regex, keywords and `near`."""
        return _shape(self.regex.source if self.regex is not None else "", self.keywords, self.near)

    @property
    def path_shape(self) -> Shape:
        """The same of the regex that a path must match, for paths with a slash before them: so where a name begins there is a word."""
        source = rooted(self.path.source if self.path is not None else "")
        return UNTOLD if source is None else _shape(source, (), None, short=True)

    @property
    def program(self) -> Program | None:
        """The regex for the core; None where it is RE2's alone."""
        source = self.regex.source if self.regex is not None else ""
        if source not in _READY:
            packed = PROGRAMS.get(source)
            encoded = encode_program(source) if packed is None else zlib.decompress(packed)
            _READY[source] = Program(encoded) if encoded else None
        return _READY[source]

    @property
    def public_prefix(self) -> int:
        """Leading bytes of the secret that only say its kind."""
        key = (self.regex.source if self.regex is not None else "", self.secret_group)
        prefix = PREFIXES.get(key)
        if prefix is None:
            PREFIXES[key] = prefix = public_prefix(*key)
        return prefix

    def search(self, text: bytes | memoryview, pos: int = 0, endpos: int | None = None) -> Any:
        """The first match in text[pos:endpos] (assertions see the text around it), or None. The rule must have a regex."""
        assert self.regex is not None
        return self.regex.search(text, pos, endpos)

    def group_of(self, match: Any) -> int:
        """Which group of a match is the secret."""
        if self.secret_group:
            return self.secret_group
        for group in range(1, match.re.groups + 1):
            if match.start(group) < match.end(group):
                return group
        return 0

    def path_matches(self, path: bytes) -> bool:
        return self.path is None or self.path.found_in(path)


UNTOLD = Shape((), UNBOUNDED, UNBOUNDED, True)
_BEGINS = "(?:^|[/!])"


def rooted(path: str) -> str | None:
    """A path's regex as it finds the same in a path with a slash before it; None if that cannot be said."""
    said = path.replace(_BEGINS, "[/!]")
    return None if "^" in said.replace("[^", "") or "\\A" in said else said


def _shape(regex: str, keywords: tuple[str, ...], near: int | None, short: bool = False) -> Shape:
    key = (regex, keywords, near)
    shape = SHAPES.get(key)
    if shape is None:
        SHAPES[key] = shape = analyse(*key, short=short)
    return shape


PROGRAMS: dict[str, bytes] = {}
"""The programs of regexes, compressed, because a scan needs few of them; of nothing where there is none."""
SHAPES: dict[tuple[str, tuple[str, ...], int | None], Shape] = {}
PREFIXES: dict[tuple[str, int], int] = {}
_READY: dict[str, Program | None] = {}
"""What has been derived from regexes, by what it depends on alone; the compiled form of the built-in rules fills them in advance."""


class Pair(NamedTuple):
    """Two halves that are one credential. Each of `parts` names the rules a half may come from, the preferred first."""

    id: str
    parts: tuple[tuple[str, ...], tuple[str, ...]]
    description: str = ""
    severity: Severity = Severity.CRITICAL
    confidence: Confidence = Confidence.HIGH
    within_lines: int = 12
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    family: str = ""
    pack: str = ""


class Check(NamedTuple):
    """An exposure that is looked for in Kubernetes objects: no text matches it, a module of secretscan.exposure finds it.

    `severity` is what it is by itself; what it stands beside may raise it. `optional`: only asked for by name or all at once.
    """

    id: str
    description: str
    severity: Severity
    family: str
    references: tuple[str, ...]
    confidence: Confidence = Confidence.HIGH
    optional: bool = False
    tags: tuple[str, ...] = ("exposure", "kubernetes")
    pack: str = "exposure"


class _Parts(NamedTuple):
    rules: tuple[Rule, ...]
    pairs: tuple[Pair, ...] = ()
    allowlists: tuple[Allowlist, ...] = ()
    notices: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()


class RuleSet(_Parts):
    """All the rules of a scan. `allowlists` speak for every rule that they do not exclude; `notices` are for the user, one line each."""

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def digest(self) -> str:
        """Hex BLAKE2b of everything that decides what is found, in no particular order of rules."""
        from secretscan.rules.plain import digest

        return digest(self)

    def select(self, enable: tuple[str, ...] = (), disable: tuple[str, ...] = ()) -> RuleSet:
        """The rules that are wanted: ids, families and tags, of rules, pairs or checks. RuleError on an unknown name, or if none is left.

        Rules that a wanted one needs (`required`, the parts of a pair) stay, silent, if they are not wanted themselves.
        """
        if not enable and not disable:
            return self
        from secretscan.rules.selection import select

        return select(self, enable, disable)
