"""Packs and users' configurations -> RuleSet.

How one file extends another follows gitleaks' README: the extending file's attributes override those of a rule of the same id,
its tags, keywords and allowlists are added to them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from secretscan.rules.model import Allowlist, Pair, Rule, RuleSet
from secretscan.rules.selection import without
from secretscan.rules.tables import EXTEND, RULE, Fields, Place, Table, Wrong, allowlist, pair, read, tables

MAX_BYTES = 50_000_000
_DEEPEST = 8
_ADDED = ("tags", "keywords", "allowlists")
_DERIVED = {"checksum": "", "near": None, "examples": (), "counterexamples": (), "reason": ""}
"""What was said of a rule's old regex and need not hold for the one that replaces it."""


def load_packs(packs: Iterable[tuple[str, bytes]]) -> RuleSet:
    """Our own packs, (name, TOML): strict. No regex is compiled; `rules check` does that."""
    rules: dict[str, Rule] = {}
    pairs: dict[str, Pair] = {}
    allowlists: list[Allowlist] = []
    for name, data in packs:
        place = Place(name, strict=True)
        made = _Reading(parse(data, place), place, name.removesuffix(".toml")).ruleset(RuleSet(()))
        for rule in made.rules:
            if rule.id in rules:
                raise place.inside(f"rule {rule.id}").error(f"id: is also in {rules[rule.id].pack}")
            rules[rule.id] = rule
        for item in made.pairs:
            if item.id in pairs or item.id in rules:
                raise place.inside(f"pair {item.id}").error("id: is taken")
            pairs[item.id] = item
        allowlists += made.allowlists
    ruleset = RuleSet(tuple(rules.values()), tuple(pairs.values()), tuple(allowlists))
    for rule in ruleset.rules:
        _refer(ruleset, Place(rule.pack, strict=True, what=f"rule {rule.id}"), "required", [need.id for need in rule.required])
    for item in ruleset.pairs:
        _refer(ruleset, Place(item.pack, strict=True, what=f"pair {item.id}"), "parts", [*item.parts[0], *item.parts[1]])
    return ruleset


def load_user(path: str) -> RuleSet:
    """See secretscan.rules.load_config."""
    rules, extends_default = _load(path, ())
    if not rules.rules:
        raise Place(path).error("has no rules; to refine the built-in ones, add useDefault = true under [extend]")
    place = Place(path, notices=list(rules.notices))
    if not extends_default:
        own = "1 rule applies" if len(rules.rules) == 1 else f"{len(rules.rules)} rules apply"
        place.notice(f"does not extend the built-in rules ([extend] useDefault = true), so only its own {own}")
    return rules._replace(notices=tuple(dict.fromkeys(place.notices)))


def _load(path: str, above: tuple[str, ...]) -> tuple[RuleSet, bool]:
    place = Place(path)
    data = read_file(path)
    real = os.path.realpath(path)
    if real in above:
        raise place.error("extends itself" if above[-1] == real else "extends a file that extends it")
    if len(above) >= _DEEPEST:
        raise place.error(f"is the end of a chain of more than {_DEEPEST} files that extend each other")
    reading = _Reading(parse(data, place), place, "custom")
    extend = reading.extend()
    if "url" in extend:
        raise place.inside("[extend]").error("url: nothing is fetched; save the file and name it as path")
    base, extends_default = RuleSet(()), False
    if extend.get("use_default"):
        if "path" in extend:
            raise place.inside("[extend]").error("useDefault and path exclude each other")
        from secretscan.rules import load_builtin

        base, extends_default = load_builtin(), True
    elif "path" in extend:
        base, extends_default = _load(_beside(path, extend["path"]), (*above, real))
    place.notices[:0] = base.notices
    for name in extend.get("disabled", ()):
        if name not in base.by_id:
            place.inside("[extend]").notice(f"disabledRules: there is no rule {name}")
    base = _drop(base, set(extend.get("disabled", ())))
    return reading.ruleset(base), extends_default


def _beside(path: str, extended: str) -> str:
    """gitleaks takes the path from the working directory; if nothing is there, it is looked for beside the file that names it."""
    beside = os.path.join(os.path.dirname(path), extended)
    return beside if not Path(extended).exists() and Path(beside).exists() else extended


def _drop(base: RuleSet, gone: set[str]) -> RuleSet:
    return base._replace(rules=tuple(rule for rule in base.rules if rule.id not in gone), pairs=without(base.pairs, gone))


def read_file(path: str) -> bytes:
    """A regular file's bytes. Nothing else is opened for reading: a config may be a link to a device."""
    place = Place(path)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise place.error(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise place.error("is not a regular file")
    with os.fdopen(handle, "rb") as file:
        try:
            data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise place.error(f"cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise place.error(f"is larger than {MAX_BYTES // 1_000_000} MB")
    return data


def parse(data: bytes, place: Place) -> Table:
    import tomllib

    try:
        return tomllib.loads(data.decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        raise place.error(f"is not UTF-8 (byte {error.start})") from None
    except tomllib.TOMLDecodeError as error:
        raise place.error(f"is not TOML: {error}") from None
    except RecursionError:
        raise place.error("is not TOML: nested too deep") from None


class _Reading:
    """One parsed file on its way to rules."""

    def __init__(self, table: Table, place: Place, family: str) -> None:
        self.table = table
        self.place = place
        self.family = family
        for key in table:
            if key not in ("title", "description", "minVersion", "extend", "rules", "pairs", "allowlist", "allowlists"):
                if place.strict:
                    raise place.error(f"{key}: unknown key")
                place.notice(f"{key}: is not understood and has no effect")

    def extend(self) -> Fields:
        table = self.table.get("extend", {})
        if not isinstance(table, dict):
            raise self.place.error("extend: must be a table")
        fields = read(table, EXTEND, self.place.inside("[extend]"))
        return {key: value for key, value in fields.items() if value != ""}

    def ruleset(self, base: RuleSet) -> RuleSet:
        """The base with this file's rules, pairs and allowlists laid over it."""
        rules = dict(base.by_id)
        pairs = {item.id: item for item in base.pairs}
        own: set[str] = set()
        for number, table in enumerate(self._tables("rules"), 1):
            place = self.place.inside(f"rule {table.get('id') or f'number {number}'}")
            fields = _rule_fields(table, place)
            name = fields["id"]
            if name in own:
                raise place.error("id: is there twice")
            own.add(name)
            rule = _laid_over(rules[name], fields, place) if name in rules else self._new(fields, place)
            if rule is not None:
                rules[name] = rule
        for number, table in enumerate(self._tables("pairs"), 1):
            item = pair(table, number, self.place, self.family)
            pairs[item.id] = item
        listed = [*self._tables("allowlist"), *self._tables("allowlists")]
        made = [allowlist(table, self.place.inside("[[allowlists]]")) for table in listed]
        allowlists = (*base.allowlists, *(item for item in made if item is not None))
        ruleset = RuleSet(tuple(rules.values()), tuple(pairs.values()), allowlists, tuple(self.place.notices))
        return ruleset if self.place.strict else self._referring(ruleset)

    def _tables(self, key: str) -> list[Table]:
        try:
            return tables(self.table.get(key, []), self.place)
        except Wrong as error:
            raise self.place.error(f"{key}: {error}") from None

    def _new(self, fields: Fields, place: Place) -> Rule | None:
        if fields.get("regex") is None and fields.get("path") is None:
            if place.strict or not self.table.get("extend"):
                raise place.error("has neither regex nor path")
            place.notice("refines a rule that is not among those it extends, so it has no effect")
            return None
        if "near" in fields and not (fields["near"] and fields.get("keywords")):
            raise place.error("near: needs keywords, and must be more than 0")
        rule = Rule(**{"family": self.family, **fields, "pack": self.place.file})
        _check_group(rule, place)
        return rule

    def _referring(self, ruleset: RuleSet) -> RuleSet:
        """Say which rules speak of others that are not there."""
        for rule in ruleset.rules:
            for need in rule.required:
                if need.id not in ruleset.by_id:
                    self.place.inside(f"rule {rule.id}").notice(f"required: there is no rule {need.id}, so it never reports")
        for item in ruleset.allowlists:
            for name in item.target_rules:
                if name not in ruleset.by_id:
                    self.place.inside("[[allowlists]]").notice(f"targetRules: there is no rule {name}")
        for couple in ruleset.pairs:
            _refer(ruleset, self.place.inside(f"pair {couple.id}"), "parts", [*couple.parts[0], *couple.parts[1]])
        return ruleset._replace(notices=tuple(self.place.notices))


def _rule_fields(table: Table, place: Place) -> Fields:
    fields = read(table, RULE, place)
    if not fields.get("id"):
        raise place.error("id: is missing")
    older = fields.pop("allowlist", ())
    if older:
        fields["allowlists"] = (*fields.get("allowlists", ()), *older)
    for key in ("regex", "path"):
        if fields.get(key) is not None:
            place.pattern(fields[key].source, key)
    return fields


def _laid_over(rule: Rule, fields: Fields, place: Place) -> Rule:
    given: dict[str, Any] = {key: value for key, value in fields.items() if value not in (None, "")}
    if "regex" in given and given["regex"] != rule.regex:
        given = {**_DERIVED, **given}
    for key in _ADDED:
        if key in given:
            given[key] = tuple(dict.fromkeys((*getattr(rule, key), *given[key])))
    given["pack"] = place.file
    changed = rule._replace(**given)
    if "secret_group" not in given and changed.secret_group and changed.regex is not None and changed.regex.groups < changed.secret_group:
        changed = changed._replace(secret_group=0)
    if changed.near is not None and not (changed.near and changed.keywords):
        raise place.error("near: needs keywords, and must be more than 0")
    _check_group(changed, place)
    return changed


def _check_group(rule: Rule, place: Place) -> None:
    if not place.strict and rule.regex is not None and rule.secret_group > rule.regex.groups:
        raise place.error(f"secretGroup: is {rule.secret_group}, but the regex has {rule.regex.groups} groups")


def _refer(ruleset: RuleSet, place: Place, key: str, names: list[str]) -> None:
    for name in names:
        if name not in ruleset.by_id:
            raise place.error(f"{key}: there is no rule {name}")
