"""A value known as a password only by the name in front of it: whatever is not a reference, a placeholder, a type or a sentence."""

from __future__ import annotations

from secretscan import lazy_re
from secretscan.checksums import DROP, Around, Verdict
from secretscan.checksums._naming import Kind, kind, name_of, words
from secretscan.checksums._randomness import surprise
from secretscan.checksums._wording import LOOKUP, SEALED, decoded_text, is_placeholder, is_worn
from secretscan.model import Confidence, Severity

CODE = lazy_re.compile(
    rb"""(?xi)
      [a-z_$&*][\w$]*(?:\[.*|\(.*) | [a-z_$][\w$]*(?:->|::).*        # indexing, calls, members
    | .*:.*:.* | [\w.-]+:\d+ | [\w-]+:[\w-]*[a-z]{3}[\w-]*  # settings, lists, host and port
    | \d{4}-\d\d-\d\d(?:[T ].*)? | [\d.,:+-]+                      # dates, numbers
    | (?:\.{0,2}/|~/|[a-z]:\\|https?:|[a-z]+://|[/^].*[$/]).* | [\w.@-]+/[\w./-]+ | [\w.+-]+@[\w-]+\.[\w.-]+
    | \W+ | .*[;,\s<>].* | .*\{.*\}.* | .*%(?-i:[sdqv](?![A-Za-z0-9])|\(\w+\)[sd]).* | \#[0-9a-f]{3,8} | \\.*
    | [\w()+*/^-]*\([\d+*/-]+\)[\w()+*/^-]*                        # arithmetic
    | --?[a-z][a-z-]* | [\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io) | &\w+\.\w+
    | .*\.(?:txt|pem|key|json|ya?ml|php|html?|py|js|ts) | \[.*\]? | .*[|&]{2}.* | .*\w[.,:?]+ | [a-z_$][\w.$]*[ ]?\(.*
    | v?\d+\.\d+\.\d+.* | (?:[0-9a-f]{2}:){3}.* | (?:0x)?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64})
    """
)
"""What is code, a path, a list or a format, however it is spelled."""
NAMES = lazy_re.compile(
    rb"""(?x)
      \#[\w-]+ | [.&*-]+[\w-]+ | [A-Za-z_]+=[\w.]+                 # selectors, options, settings
    | (?i:[a-z_$][\w$]*(?:\.[a-z_$][\w$]*)+)                        # attribute access
    | (?i:(?:[a-z]+[0-9]*[-_.:])+[a-z]+) | (?i:(?:[a-z]+[-_])+[0-9]+) | (?i:_?[a-z]+_ | [a-z]+)    # words with separators
    | _*[a-z]+[0-9]?(?:[A-Z][a-z]*[0-9]?)+ | (?:[A-Z][a-z]+){2,}[0-9]? | [A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+ | [A-Z]+ | [A-Z][a-z]+
    """
)
TECHNICAL = lazy_re.compile(
    rb"""(?xi)
      (?:sha|md|aes|base|utf|x|oauth|pkcs|rsa|ed|secp|curve|int|uint|float|http|ipv|argon|bcrypt|pbkdf|scrypt|hmac|win|arg|iso|p|v|k8s|i18n|l10n
        |mysql|test|user|pass|param|key|value|option|line|step|level|part|type|field|column|digest|crypt|tls|ssl|des|alpha|beta|rc|latin|len|cp
        |str|string|var|val|tmp|num|node|page|section|chapter|figure|table|phase|pass|stage|round|case|example|version|item|index|row|col|idx|win
        |ascii|unicode|windows|python|java|html|css|es|h|s|t|n|i|j|a|b|r)[-_]?v?\d{1,6}(?:[-_]?[a-z]+)?
    | [a-z]{3,}\d{0,2}[-_][a-z]+\d{1,3}
    """
)
HASHED = lazy_re.compile(rb"\*[0-9A-F]{40}|md5[0-9a-f]{32}")
"""MySQL's and PostgreSQL's own."""
PARTS = lazy_re.compile(rb"(?:[A-Za-z0-9]+[-_./:]){2,}[A-Za-z0-9]+")
NAMELIKE = 6.5
"""Bits a character up to which letters that could be a name are one."""
KINDS = (lazy_re.compile(rb"[a-z]"), lazy_re.compile(rb"[A-Z]"), lazy_re.compile(rb"[0-9]"), lazy_re.compile(rb"[^A-Za-z0-9]"))


BARE = lazy_re.compile(rb"(?i)^pass(?:es|ed|word)?[ \t]+[\"'`]*$|^pass\([\"'`]*$")


LISTED = lazy_re.compile(rb"[\"'`][ \t]*,[ \t]*[\"'`]$")
"""Name and value are neighbours in a list: so are names with names."""


def kinds(secret: bytes) -> int:
    """How many of lower case, upper case, digits and signs a value has."""
    return sum(bool(found.search(secret)) for found in KINDS)


def check(secret: bytes) -> Verdict:
    if not secret.isascii() or is_placeholder(secret) or is_worn(secret) or _means_nothing(decoded_text(secret)) or CODE.fullmatch(secret):
        return DROP
    if SEALED.fullmatch(secret):
        return DROP
    if HASHED.fullmatch(secret):
        return Verdict(confidence=Confidence.LOW, severity=Severity.LOW, note="a database's hash of a password")
    if NAMES.fullmatch(secret) and surprise(secret) < NAMELIKE:
        return DROP
    mixed = kinds(secret)
    if mixed < 2 and surprise(secret) < 7.0:
        return DROP
    if not KINDS[2].search(secret) and mixed < 3 and surprise(secret) < 6.5:
        return DROP  # words with a sign between
    if TECHNICAL.fullmatch(secret) or (PARTS.fullmatch(secret) and surprise(secret) < NAMELIKE):
        return DROP
    if mixed >= 3 and len(secret) >= 10:
        return Verdict(confidence=Confidence.MEDIUM, note="mixes letters, digits and signs as passwords do")
    return Verdict()


def check_within(secret: bytes, around: Around) -> Verdict:
    lead = around.lead
    name = name_of(lead)
    if len(words(name)) == 1 and BARE.search(lead):
        return DROP  # `pass "x"` is a verb as often as a name
    if LOOKUP.search(lead) or kind(name) is not Kind.PASSWORD or secret.lower() in words(name):
        return DROP
    if LISTED.search(lead) and kinds(secret) < 4 and surprise(secret) < NAMELIKE:
        return DROP
    return check(secret)


def _means_nothing(text: bytes) -> bool:
    return len(text) > 4 and (is_placeholder(text) or is_worn(text))
