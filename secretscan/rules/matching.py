"""Regexes and word lists of rules: cheap to hold, built at first use, by any thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


class Pattern:
    """A regex in RE2's dialect over bytes (Latin-1). The source is taken as its UTF-8. Compiled at first use; error says why not."""

    __slots__ = ("_compiled", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self._compiled: Any = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"Pattern({self.source!r})"

    def __reduce__(self) -> tuple[type[Pattern], tuple[str]]:
        return Pattern, (self.source,)

    @property
    def compiled(self) -> Any:
        """The re2 object. ValueError with RE2's message if it is no regex. Two threads at once may both compile; one result stays."""
        if self._compiled is None:
            import re2

            options = re2.Options()
            options.encoding = re2.Options.Encoding.LATIN1
            options.log_errors = False
            try:
                self._compiled = re2.compile(self.source.encode("utf-8", "surrogateescape"), options)
            except re2.error as error:
                said = error.args[0] if error.args else "not a regex"
                raise ValueError(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from None
        return self._compiled

    @property
    def groups(self) -> int:
        """How many captures it has."""
        return int(self.compiled.groups)

    def search(self, text: bytes | memoryview, pos: int = 0, endpos: int | None = None) -> Any:
        """The first match in text[pos:endpos], or None. Assertions see the text around it."""
        return self.compiled.search(text, pos, endpos)

    def finditer(self, text: bytes | memoryview, pos: int = 0, endpos: int | None = None) -> Iterator[Any]:
        """Matches in text[pos:endpos] that do not overlap."""
        return iter(self.compiled.finditer(text, pos, endpos))

    def found_in(self, text: bytes) -> bool:
        return self.compiled.search(text) is not None


class PatternSet:
    """Regexes searched for all at once: many cost little more than one. Compiled when it is made."""

    __slots__ = ("_set",)

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._set: Any = None
        sources = [pattern.source for pattern in patterns]
        if sources:
            import re2

            options = re2.Options()
            options.encoding = re2.Options.Encoding.LATIN1
            options.log_errors = False
            self._set = re2.Set.SearchSet(options)
            for source in sources:
                try:
                    self._set.Add(source.encode("utf-8", "surrogateescape"))
                except re2.error as error:
                    raise ValueError(str(error.args[0] if error.args else "not a regex")) from None
            self._set.Compile()

    def found_in(self, text: bytes) -> list[int]:
        """The numbers of those that match anywhere in the text, in order."""
        return sorted(self._set.Match(text) or ()) if self._set is not None else []


class Words:
    """Words looked for inside short texts, whatever the case. Many words cost no more than few: they become one automaton."""

    __slots__ = ("_automaton", "words")

    _FEW = 8

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.words = tuple(dict.fromkeys(_flat(word.encode("utf-8", "surrogateescape")) for word in words if word))
        self._automaton: Any = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Words) and other.words == self.words

    def __hash__(self) -> int:
        return hash(self.words)

    def __bool__(self) -> bool:
        return bool(self.words)

    def __repr__(self) -> str:
        return f"Words of {len(self.words)}"

    def __reduce__(self) -> tuple[Any, tuple[tuple[str, ...]]]:
        return restore_words, (self.words,)

    def found_in(self, text: bytes) -> bool:
        """Whether any of the words stands anywhere in the text."""
        flat = _flat(text)
        if len(self.words) <= self._FEW:
            return any(word in flat for word in self.words)
        if self._automaton is None:
            import ahocorasick

            automaton = ahocorasick.Automaton(ahocorasick.STORE_LENGTH)
            for word in self.words:
                automaton.add_word(word)
            automaton.make_automaton()
            self._automaton = automaton
        return next(self._automaton.iter(flat), None) is not None


def _flat(text: bytes) -> str:
    """Bytes as characters of the same number, ASCII letters in lower case."""
    return text.lower().decode("latin-1")


def restore_words(words: tuple[str, ...]) -> Words:
    """Words from another's `words`, which are in their final form."""
    made = Words()
    made.words = words
    return made
