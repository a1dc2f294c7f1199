"""A provider's token without a prefix is found in whatever form the assignment takes, and not where the provider is not named."""

from __future__ import annotations

import re

import pytest

from secretscan.judge import confirm, judge
from secretscan.rules import Rule, load_builtin
from secretscan.templates import expand

RULES = load_builtin()
NAME = re.compile(r"([A-Z0-9]+)_([A-Z0-9_]+)=(.+)")
SHARED = "(?:value|val|default|"
"""What the gap between name and value of all such rules has in common."""
FORMS = {
    "environment": "{NAME}={value}",
    "camel case": '{camel}: "{value}"',
    "json": '"{name}": "{value}"',
    "object of the provider": '"{provider}": {{\n    "{rest}": "{value}"\n}}',
    "yaml section": "{provider}:\n  enabled: true\n  {rest}: {value}",
    "ini section": "[{provider}]\n{rest} = {value}",
    "setter": "{provider}.set{Rest}('{value}')",
    "keyword argument": '{Provider}({rest}="{value}")',
    "query of an address": "https://api.{provider}.com/v1/items?{rest}={value}",
    "header": "X-{Provider}-{Rest}: {value}",
    "sibling elements": "<property>\n <name>{provider}.{rest}</name>\n <value>{value}</value>",
    "attributes": '<add key="{Provider}{Rest}" value="{value}" />',
    "property list": "<key>{Provider}{Rest}</key>\n<string>{value}</string>",
    "php array": "'{name}' => '{value}',",
    "php constant": "define('{NAME}', '{value}');",
    "go field": '{Provider}{Rest}: "{value}",',
    "java constant": 'private static final String {NAME} = "{value}";',
    "rust constant": 'const {NAME}: &str = "{value}";',
    "option": "--{dashed} {value}",
    "default of a look-up": 'os.getenv("{NAME}", "{value}")',
    "fallback": "process.env.{NAME} || '{value}'",
    "comment": "# {provider} {spoken}: {value}",
    "sentence": "our {provider} {spoken} is {value}",
    "escaped json": '{{\\"{name}\\":\\"{value}\\"}}',
    "kubernetes": '- name: {NAME}\n  value: "{value}"',
}
LEAST = 0.9
"""Providers that ask for `secret` or the like by name, or write their word in another way, are allowed to miss a form."""


def _cases() -> list[tuple[Rule, str, str, str]]:
    cases = []
    for rule in RULES.rules:
        if rule.regex is not None and SHARED in rule.regex.source and not rule.silent:
            example = NAME.fullmatch(rule.examples[0])
            if example is not None:
                cases.append((rule, example[1].lower(), example[2].lower(), expand(example[3])))
    return cases


CASES = _cases()


def _found(rule: Rule, text: bytes, value: bytes) -> bool:
    spans = confirm(rule, text, [(0, len(text))])
    return any(text[slice(*span)] == value and judge(rule, RULES, text, outer, span) is not None for outer, span in spans)


@pytest.mark.parametrize("form", FORMS)
def test_nearly_every_provider_is_known_in_every_form(form: str) -> None:
    missed = []
    for rule, provider, rest, value in CASES:
        title = "".join(word.capitalize() for word in rest.split("_"))
        name = f"{provider}_{rest}"
        words = {
            "NAME": name.upper(),
            "name": name,
            "camel": provider + title,
            "dashed": name.replace("_", "-"),
            "provider": provider,
            "Provider": provider.capitalize(),
            "rest": rest,
            "Rest": title,
            "spoken": rest.replace("_", " "),
            "value": value,
        }
        if not _found(rule, FORMS[form].format(**words).encode(), value.encode()):
            missed.append(rule.id)
    assert len(CASES) > 300
    assert len(missed) <= (1 - LEAST) * len(CASES), missed


@pytest.mark.parametrize("lead", ["COMMIT_SHA=", "sha256:", "build id ", "unrelated_key: "])
def test_a_value_alone_is_no_providers(lead: str) -> None:
    wrong = [rule.id for rule, _, _, value in CASES if _found(rule, (lead + value).encode(), value.encode())]
    assert wrong == []
