"""A value known as a token only by the name in front of it: it must look random, not like a name, path, version or placeholder."""

from __future__ import annotations

import re

from secretscan import lazy_re
from secretscan.checksums import DROP, Around, Verdict, url_credentials
from secretscan.checksums._naming import Kind, kind, name_of, words
from secretscan.checksums._randomness import surprise, switches
from secretscan.checksums._wording import LOOKUP, SEALED, decoded_text, is_placeholder
from secretscan.model import Confidence

HEX = lazy_re.compile(rb"(?:0x)?(?:[0-9a-f]+|[0-9A-F]+)")
HEX_LENGTHS = frozenset((32, 40, 48, 56, 64, 96, 128))
UUID = lazy_re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
SHAPES = lazy_re.compile(
    rb"""(?x)
      [0-9.,:TZ+_-]+                                             # numbers, dates, versions
    | .*(?:\.(?:com|org|net|io|ya?ml|json|js|ts|py|go|rb|java|txt|pem|crt|key|html?|css|svg|png|md|xml|sh|php|class)|/|\.|:)
    | [A-Za-z]+(?:-[A-Za-z]+)*-[A-Za-z0-9]{6}                          # as AWS names its secrets
    | v?[0-9]+\.[0-9]+\.[0-9]+[-+.].*                             # versions with a suffix
    | wJalrXUtnFEMI.* | IQoJb3JpZ2luX2Vj                         # AWS's documented key, the beginning of its session tokens
    | eyJ(?:hbGci|0eXAi|raWQi)[^.]*                              # the beginning of a JWT
    | (?:\.{1,2}/|/[a-z]+/|~/|[A-Za-z]:\\|[a-z]+://|arn:|urn:|sha(?:1|256|384|512)[-:]|\$2[aby]\$|data:|@).*
    | .*\{\w*(?:[:|!][^{}]*)?\}.* | .*\{\w+[|:].*                    # templates, our own among them
    | .*(?:\$\{|\$\(|\{\{|\}\}|%\(|<%|\#\{).*
    | (?i:(?:[0-9a-f]{2}[: ]){3}.*) | .*/aws4_request                # bytes, the scope of a signature
    | (?=[0-9a-z-]*[g-z])[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}   # a UUID with letters that no UUID has
    | [)\],;].* | [^=]*,[^,]*=.* | .*=[^,]*,.* | S-1-[\d-]+ | amzn1\.[a-z]+\..* | (?s:.*[^\x21-\x7e].*)
    | [\w.$]+(?:\(|\[).*[)\]].*                                   # calls and indexing
    """
)
LISTED = lazy_re.compile(rb"[\"'`][ \t]*,[ \t]*[\w.(\"'`]+$")
RESULT = lazy_re.compile(rb"\)[ \t]*(?:=>|->|:|={2,3}|!==?)[ \t]*[\"'`]?$")
"""Before a value: it is what a call gives."""
INSIDE = lazy_re.compile(rb"\{\s*[\"']$")
KEY = lazy_re.compile(rb"[\"']\s*:")
"""A value that is itself a key, of an object under the name."""
DOTTED = lazy_re.compile(rb"[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)+")
NEIGHBOUR = lazy_re.compile(rb"[0-9a-fA-F]{16,}")
SEQUENCE = lazy_re.compile(rb"(?i)0001020304|0123456789|1234567890|00112233|deadbeef|a0a1a2a3|fedcba98|2b7e1516|000000|ffffff")
RANDOM = 6.0
"""Bits a character from which a text of 16 is no name: 99 names in 100 lie under it, one random text in a thousand."""
CERTAIN = 7.0


def check(secret: bytes) -> Verdict:
    return judge(secret, Kind.TOKEN)


def check_within(secret: bytes, around: Around) -> Verdict:
    lead = around.lead
    if LOOKUP.search(lead) or RESULT.search(lead) or (INSIDE.search(lead) and KEY.match(around.after(40))):
        return DROP
    name = name_of(lead)
    said = kind(name)
    if said is Kind.NONE:
        return DROP
    plain = secret.rstrip(b"=")
    if UUID.fullmatch(plain):
        firm = {b"secret", b"apikey"}.intersection(words(name)) or kind(name.replace(b"token", b"").replace(b"Token", b"")) is Kind.TOKEN
        return Verdict(confidence=Confidence.LOW, note="a UUID, which is as often a name as a secret") if firm else DROP
    if HEX.fullmatch(plain):
        if len(plain) < 32 and LISTED.search(lead):
            return DROP
        nearby = NEIGHBOUR.findall(around.before(400)) + NEIGHBOUR.findall(around.after(400)[1:])
        if len(nearby) >= (5 if said >= Kind.TOKEN else 2):
            return DROP  # a table of test vectors
    return judge(secret, said)


def judge(secret: bytes, said: Kind) -> Verdict:
    """What the value itself says, given what kind of name it stands behind."""
    plain = secret.rstrip(b"=")
    hidden = decoded_text(plain)
    if _says_nothing(plain) or _hides_nothing(hidden):
        return DROP
    if UUID.fullmatch(plain):
        if said is Kind.WEAK:
            return DROP
        return Verdict(confidence=Confidence.LOW, note="a UUID, which is as often a name as a secret")
    if HEX.fullmatch(plain):
        if SEQUENCE.search(plain):
            return DROP
        if said is Kind.WEAK:
            return Verdict(confidence=Confidence.LOW, note="may be a hash") if len(plain) in HEX_LENGTHS else DROP
        return Verdict() if len(plain) >= 32 else Verdict(confidence=Confidence.LOW, note="short for a token")
    measured = surprise(plain)
    if DOTTED.fullmatch(plain) and measured < CERTAIN + 0.7:
        return DROP
    needed = RANDOM if said >= Kind.TOKEN else CERTAIN
    if not re.search(rb"[0-9]", plain):
        needed += 0.7
        if switches(plain) < len(plain) // 5:
            needed += 0.8
    if said is Kind.WEAK and len(plain) < 20:
        needed += 0.5
    if measured < needed:
        return DROP
    if said is Kind.WEAK:
        return Verdict(confidence=Confidence.LOW, note="behind a name that need not be of a secret")
    return Verdict() if measured >= CERTAIN else Verdict(confidence=Confidence.LOW, note="may be a name")


def _hides_nothing(text: bytes) -> bool:
    """Whether what base64 hides is a text, or a user with a password that is none."""
    user, colon, password = text.partition(b":")
    return url_credentials.check(password).drop if colon and user else _says_nothing(text)


def _says_nothing(text: bytes) -> bool:
    if not text:
        return False
    if SHAPES.fullmatch(text) is not None or SEALED.fullmatch(text) is not None:
        return True
    return is_placeholder(text) or (b" " in text and surprise(text) < RANDOM)
