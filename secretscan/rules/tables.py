"""TOML tables read into fields, with errors that name file, rule and key.

The schema is gitleaks' (https://github.com/gitleaks/gitleaks, README, "Configuration") with our own keys beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from secretscan.errors import RuleError
from secretscan.model import Confidence, Severity
from secretscan.rules.matching import Pattern, Words
from secretscan.rules.model import TARGETS, Allowlist, Pair, Required

Table: TypeAlias = Mapping[str, Any]
Fields: TypeAlias = dict[str, Any]
Reader: TypeAlias = "Callable[[Any, Place], Any]"


class Wrong(ValueError):
    """A value is not what its key asks for. The message says what is asked."""


@dataclass(frozen=True)
class Place:
    """Where in which file we are reading. `strict`: a pack of our own, where an unknown key is an error and no regex is compiled."""

    file: str
    strict: bool = False
    what: str = ""
    notices: list[str] = field(default_factory=list)

    def inside(self, what: str) -> Place:
        return Place(self.file, self.strict, what, self.notices)

    def error(self, said: str) -> RuleError:
        return RuleError(self._line(said))

    def notice(self, said: str) -> None:
        self.notices.append(self._line(said))

    def _line(self, said: str) -> str:
        said = f"{self.file}: {self.what}: {said}" if self.what else f"{self.file}: {said}"
        return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in said)

    def pattern(self, source: str, key: str) -> Pattern:
        """A regex; a user's own is compiled now, so that what is wrong with it is said now."""
        pattern = Pattern(source)
        if not self.strict:
            try:
                pattern.groups  # noqa: B018 - compiles
            except ValueError as error:
                raise self.error(f"{key}: {error}") from None
        return pattern


def text(value: Any, _: Place) -> str:
    if not isinstance(value, str):
        raise Wrong("must be a string")
    return value


def flag(value: Any, _: Place) -> bool:
    if not isinstance(value, bool):
        raise Wrong("must be true or false")
    return value


def count(value: Any, _: Place) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Wrong("must be a whole number, 0 or more")
    return value


def measure(value: Any, _: Place) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 8:
        raise Wrong("must be a number from 0 to 8")
    return float(value)


def texts_or_one(value: Any, place: Place) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else texts(value, place)


def texts(value: Any, _: Place) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Wrong("must be a list of strings")
    return tuple(value)


def tables(value: Any, _: Place) -> list[Table]:
    if isinstance(value, dict):
        return [value]  # the older spelling, [rules.allowlist]
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Wrong("must be a table or a list of tables")
    return value


def level(kind: type[Severity] | type[Confidence]) -> Reader:
    def read(value: Any, _: Place) -> Any:
        if not isinstance(value, str) or value.upper() not in kind.__members__:
            raise Wrong(f"must be one of {', '.join(kind.__members__).lower()}")
        return kind[value.upper()]

    return read


def regex(value: Any, place: Place) -> Pattern | None:
    source = text(value, place)
    return Pattern(source) if source else None


def words(value: Any, place: Place) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.lower() for word in texts(value, place) if word))


def allowlists(value: Any, place: Place) -> tuple[Allowlist, ...]:
    made = [allowlist(table, place) for table in tables(value, place)]
    return tuple(item for item in made if item is not None)


def allowlist(table: Table, place: Place) -> Allowlist | None:
    """None, with a notice, for one that would allow nothing."""
    fields = read(table, ALLOWLIST, place)
    condition = fields.pop("condition", "OR").upper()
    if condition not in ("OR", "AND", "||", "&&", ""):
        raise place.error("condition: must be OR or AND")
    target = fields.get("regex_target") or "secret"
    if target not in TARGETS:
        raise place.error(f"regexTarget: must be one of {', '.join(TARGETS)}")
    made = Allowlist(
        fields.get("description", ""),
        condition in ("AND", "&&"),
        tuple(place.pattern(source, "regexes") for source in fields.get("regexes", ())),
        target,
        Words(fields.get("stopwords", ())),
        tuple(place.pattern(source, "paths") for source in fields.get("paths", ())),
        frozenset(commit.lower() for commit in fields.get("commits", ())),
        fields.get("target_rules", ()),
    )
    if made.empty:
        if place.strict:
            raise place.error("allowlist: gives nothing to allow: commits, paths, regexes or stopwords")
        place.notice("allowlist: gives nothing to allow, so it has no effect")
        return None
    return made


def required(value: Any, place: Place) -> tuple[Required, ...]:
    made: list[Required] = []
    for table in tables(value, place):
        fields = read(table, REQUIRED, place)
        if not fields.get("id"):
            raise place.error("required: id: is missing")
        made.append(Required(fields["id"], fields.get("within_lines"), fields.get("within_columns")))
    return tuple(made)


def parts(value: Any, place: Place) -> tuple[tuple[str, ...], tuple[str, ...]]:
    sides = [(side,) if isinstance(side, str) else texts(side, place) for side in value] if isinstance(value, list) else []
    if len(sides) != 2 or not all(sides):
        raise Wrong("must be a list of two rule ids, or of two lists of them")
    return sides[0], sides[1]


def read(table: Table, keys: Mapping[str, tuple[str, Reader]], place: Place) -> Fields:
    """The fields that a table gives. Unknown keys are an error in our own packs, a notice elsewhere."""
    fields: Fields = {}
    for key, value in table.items():
        if key not in keys:
            if place.strict:
                raise place.error(f"{key}: unknown key")
            place.notice(f"{key}: is not understood and has no effect")
            continue
        name, reader = keys[key]
        try:
            fields[name] = reader(value, place)
        except Wrong as error:
            raise place.error(f"{key}: {error}") from None
    return fields


def pair(table: Table, number: int, place: Place, family: str) -> Pair:
    place = place.inside(f"pair {table.get('id') or f'number {number}'}")
    fields = read(table, PAIR, place)
    for name in ("id", "parts"):
        if not fields.get(name):
            raise place.error(f"{name}: is missing")
    return Pair(**{"family": family, **fields, "pack": place.file})


ALLOWLIST: dict[str, tuple[str, Reader]] = {
    "description": ("description", text),
    "condition": ("condition", text),
    "regexTarget": ("regex_target", text),
    "regexes": ("regexes", texts),
    "stopwords": ("stopwords", texts),
    "paths": ("paths", texts),
    "commits": ("commits", texts),
    "targetRules": ("target_rules", texts),
}
REQUIRED: dict[str, tuple[str, Reader]] = {
    "id": ("id", text),
    "withinLines": ("within_lines", count),
    "withinColumns": ("within_columns", count),
}
RULE: dict[str, tuple[str, Reader]] = {
    "id": ("id", text),
    "description": ("description", text),
    "regex": ("regex", regex),
    "path": ("path", regex),
    "secretGroup": ("secret_group", count),
    "entropy": ("entropy", measure),
    "keywords": ("keywords", words),
    "tags": ("tags", texts),
    "allowlist": ("allowlist", allowlists),
    "allowlists": ("allowlists", allowlists),
    "required": ("required", required),
    "skipReport": ("silent", flag),
    "severity": ("severity", level(Severity)),
    "confidence": ("confidence", level(Confidence)),
    "checksum": ("checksum", text),
    "family": ("family", text),
    "label": ("label", text),
    "silent": ("silent", flag),
    "near": ("near", count),
    "examples": ("examples", texts),
    "counterexamples": ("counterexamples", texts),
    "references": ("references", texts_or_one),
    "reason": ("reason", text),
}
PAIR: dict[str, tuple[str, Reader]] = {
    "id": ("id", text),
    "description": ("description", text),
    "parts": ("parts", parts),
    "severity": ("severity", level(Severity)),
    "confidence": ("confidence", level(Confidence)),
    "withinLines": ("within_lines", count),
    "tags": ("tags", texts),
    "references": ("references", texts_or_one),
    "family": ("family", text),
}
EXTEND: dict[str, tuple[str, Reader]] = {
    "useDefault": ("use_default", flag),
    "path": ("path", text),
    "url": ("url", text),
    "disabledRules": ("disabled", texts),
}
