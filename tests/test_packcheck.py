"""What `rules check` says of packs, and that the shapes of our own rules lead to their examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from secretscan._core import Matcher
from secretscan.packcheck import check_pack
from secretscan.rules import load_builtin, load_config
from secretscan.rules.load import load_packs
from secretscan.templates import expand

GOOD = (
    "[[rules]]\nid = 'good'\ndescription = 'd'\nregex = 'good_([a-z0-9]{16})'\nkeywords = ['good_']\nentropy = 2\nreferences = ['unread']\n"
    "examples = ['x good_{alnum:16}', 'good_{alnum:16}']\ncounterexamples = ['good_{alnum:10}', 'good_aaaaaaaaaaaaaaaa']\n"
)


def check(pack: str) -> list[str]:
    return check_pack(load_packs([("a.toml", pack.encode())]))


def test_a_good_rule_has_no_problems() -> None:
    assert check(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("good_([a-z0-9]{16})", "good_([a-z0-9]{16}", "regex: missing ): good_([a-z0-9]{16}"),
        ("good_([a-z0-9]{16})", "good_([a-z0-9]{8})", "counterexamples 1: is found: good_{alnum:10}"),
        ("entropy = 2", "entropy = 0", "counterexamples 2: is found: good_aaaaaaaaaaaaaaaa"),
        ("entropy = 2", "secretGroup = 2", "secretGroup: is 2, but the regex has 1 groups"),
        ("entropy = 2", "checksum = 'nothing_of_the_kind'", "checksum: no checksum of that name: 'nothing_of_the_kind'"),
        ("'x good_{alnum:16}'", "'x good_{alnum:15}'", "examples 1: is not found: x good_{alnum:15}"),
        ("'x good_{alnum:16}'", "'x good_{alnum'", "examples 1: not a placeholder at 7: double the brace for a literal one"),
        ("'x good_{alnum:16}', ", "", "examples: 1 given, 2 asked"),
        ("'good_{alnum:10}', ", "", "counterexamples: 1 given, 2 asked"),
        ("references = ['unread']", "", "references: are missing"),
        ("description = 'd'", "", "description: is missing"),
        ("good_([a-z0-9]{16})", "(?:good|fine)_([a-z0-9]{16})", "keywords: a match need not hold any, so the regex runs over whole texts"),
        ("good_([a-z0-9]{16})", "(?:x_|)good_([a-z0-9]{16})", None),
        (
            "regex = 'good_([a-z0-9]{16})'\nkeywords = ['good_']",
            "regex = '([a-z0-9]{16})'",
            "regex: has no literal, and there are no keywords",
        ),
        ("keywords = ['good_']", "keywords = ['q']", "regex: is searched for by 'q', under 3 bytes"),
        ("keywords = ['good_']", "keywords = ['q']\nreason = 'none'", "examples 1: is not found"),
        ("keywords = ['good_']", "keywords = ['good_']\n[[rules.allowlists]]\nregexes = ['(']", "allowlists: regexes: missing ): ("),
    ],
)
def test_a_rule_that_breaks_a_promise_is_named(old: str, new: str, said: str | None) -> None:
    assert old in GOOD
    pack = GOOD.replace(old, new)
    if "[[rules.allowlists]]" in new:
        head, tail = pack.split(new)
        table = new.removeprefix("keywords = ['good_']\n")
        pack = head + "keywords = ['good_']" + tail + table + "\n"
    problems = check(pack)
    if said is None:
        assert problems == []
    else:
        assert any(problem.startswith(f"a.toml: rule good: {said}") for problem in problems), problems


def test_near_is_measured_from_the_keywords() -> None:
    pack = GOOD.replace("entropy = 2", "near = 30").replace("'good_aaaaaaaaaaaaaaaa'", "'other'")
    assert check(pack) == []
    far = pack.replace("regex = 'good_([a-z0-9]{16})'", "regex = 'have_([a-z0-9]{16})'").replace(
        "'x good_{alnum:16}'", "'good_ {times:40| |} have_{alnum:16}'"
    )
    assert any("examples 1: is not found" in problem for problem in check(far))


def test_a_stop_word_and_the_callers_own_judgement_count() -> None:
    stopped = GOOD + "[[rules.allowlists]]\nregexTarget = 'line'\nregexes = ['^x ']\n"
    assert any("examples 1: is not found" in problem for problem in check(stopped))
    rules = load_packs([("a.toml", GOOD.encode())])
    assert len(check_pack(rules, finds=lambda rule, text: False)) == 2
    assert len(check_pack(rules, finds=lambda rule, text: True)) == 2


def test_users_rules_need_no_examples(tmp_path: Path) -> None:
    config = tmp_path / "rules.toml"
    config.write_text("[[rules]]\nid = 'one'\nregex = 'one_[a-z]{8}'\n")
    rules = load_config(str(config))
    assert check_pack(rules, ours=False) == []
    assert check_pack(rules) != []


def test_a_shape_of_a_built_in_rule_leads_to_its_own_examples() -> None:
    """The core's own matcher, given a rule's checks, sees every example that the rule's regex matches."""
    seen = 0
    for rule in load_builtin().rules:
        if rule.regex is None or not rule.shape.checks:
            continue
        texts = [expand(template, seed).encode() for template in rule.examples for seed in range(2)]
        candidates = Matcher(rule.shape.checks).scan(texts).candidates
        for number, text in enumerate(texts):
            match = rule.search(text)
            if match is None:
                continue
            offsets = [offset for item, _, offset in candidates if item == number]
            before = rule.shape.before if rule.shape.before >= 0 else len(text)
            after = rule.shape.after if rule.shape.after >= 0 else len(text)
            reached = any(offset - before <= match.start() and match.end() <= offset + after for offset in offsets)
            assert offsets if rule.shape.whole_text else reached, (rule.id, number)
            seen += 1
    assert seen > 100
