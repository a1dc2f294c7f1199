"""Whether a secret stands only where tests and examples keep what they made up, and what that makes of a finding.

A key pair in a test suite was made for it, and is by far the most that a scan of sound code finds. A provider's own token is
another matter: tests are where people paste working ones, so where it stands says nothing against it.
"""

from __future__ import annotations

from secretscan import lazy_re
from secretscan.model import Confidence, Finding
from secretscan.rules import Rule

_FOLDER = lazy_re.compile(
    rb"""(?xi) (?:^|[/!]) (?:
      (?:[a-z0-9]+[_-])* (?:tests?|testing|testdata|test[_-]?(?:data|keys|certs|suite|cases|resources|files|assets|utils?|helpers?)
        |testhelpers?|unittests?|integration[_-]?tests?|e2e|fixtures?|specs?|mocks?|mirage|molecule|examples?|samples?|demos?|snapshots?)
        (?:[_-][a-z0-9]+)*
    | __(?:tests|mocks|fixtures|snapshots)__
    ) [/!]"""
)
_FILE = lazy_re.compile(
    rb"""(?x) (?:^|[/!]) (?:
      (?:[^/!]*[_.-])?(?i:tests?|testing|spec|fixtures?|examples?|samples?)(?:[_-][^/!.]*)?\.[A-Za-z]+   # x_test.go, x.spec.ts
    | (?i:test|tests|spec|mock|fixtures?)[_-][^/!]*                      # test_x.py
    | \w*[a-z0-9](?:Tests?|Spec|IT|TestCase)\.(?:java|kt|cs|swift|php|scala|groovy|m)
    | conftest\.py
    ) $"""
)
_MADE_FOR_TESTS = frozenset({"private-key"})
_GUESSED = frozenset({"generic", "url"})
"""Families of rules that know a secret by its name or its place alone."""
NOTE = "stands among tests or examples only"


def is_sample_path(path: bytes) -> bool:
    """Whether a path within a target says test, fixture or example: a folder's name, or how a language names its tests."""
    return _FOLDER.search(path) is not None or _FILE.search(path) is not None


def weigh(finding: Finding, rule: Rule | None) -> Finding:
    """The finding as it is, or less sure if every place of it is a sample's: a private key is then a sample, a guess one level less.

    `rule` is the finding's own; of a pair or an exposure there is none, and nothing changes.
    """
    if rule is None or rule.family not in _MADE_FOR_TESTS | _GUESSED:
        return finding
    if not all(is_sample_path(place.origin.path) for place in finding.places):
        return finding
    least = Confidence.SAMPLE
    confidence = least if rule.family in _MADE_FOR_TESTS else Confidence(max(least, finding.confidence - 1))
    return finding._replace(confidence=confidence, note=f"{finding.note}; {NOTE}" if finding.note else NOTE)
