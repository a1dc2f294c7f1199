"""A value known as a password only by the name in front of it: whatever is not a reference, a placeholder, a type or a sentence."""

from __future__ import annotations

import re

from secretscan.checksums import DROP, Verdict
from secretscan.checksums._wording import decoded_text, is_placeholder, wordiness
from secretscan.model import Confidence

CODE = re.compile(
    rb"""(?xi)
      [a-z_$][\w$]*(?:(?:\.|->|::)[a-z_$][\w$]*)+(?:\(.*)?      # attribute access
    | [a-z_$][\w$]*(?:\[.*|\(.*)                             # indexing, calls
    | (?:[a-z]+[0-9]*[-_.])+[a-z]+ | (?:[a-z]+-)+[0-9]+      # words with separators
    | [\w.-]+:\d+ | .*:.*:.* | [a-z_]+=[\w.]+                     # host and port, lists, settings
    | \d{4}-\d\d-\d\d(?:[T ].*)?                             # dates
    | \w*(?:password|passwd|secret|token|credential|passphrase|pwd)\w*
    | [a-z]+ | [\d.,:]+ | .*[\s<>].* | (?:\.{0,2}/|~/|[a-z]:\\|https?:|[a-z]+://).* | [\w.-]+/[\w./-]+
    | \W+ | .*;.* | .*\{[\w.$]*(?:[:|][^{}]*)?\}.*
    """
)
CASED = re.compile(rb"[a-z]+(?:[A-Z][a-z]+)+|(?:[A-Z][a-z]+){2,}|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")


PASSWORD = re.compile(rb"(?i)p[a@]ss?w[o0]r[dt]|passphrase|secret")


def check(secret: bytes) -> Verdict:
    if is_placeholder(secret) or _means_nothing(decoded_text(secret)) or CODE.fullmatch(secret) or CASED.fullmatch(secret):
        return DROP
    if PASSWORD.search(secret) or wordiness(secret) > 0.6:
        return Verdict(confidence=Confidence.LOW, note="made of words")
    kinds = sum(bool(re.search(kind, secret)) for kind in (rb"[a-z]", rb"[A-Z]", rb"[0-9]", rb"[^A-Za-z0-9]"))
    if kinds >= 3 and len(secret) >= 10:
        return Verdict(confidence=Confidence.MEDIUM, note="mixes letters, digits and signs as passwords do")
    return Verdict()


def _means_nothing(text: bytes) -> bool:
    return len(text) > 4 and (is_placeholder(text) or PASSWORD.search(text) is not None)
