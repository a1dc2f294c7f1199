"""Telling made-up values from random ones: placeholders, references, words.

Used where a rule knows a credential by its surroundings only, so that the value itself must speak for being one.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter

from secretscan import lazy_re

REFERENCE = lazy_re.compile(
    rb"""(?xi)
      ^\$\{.* | ^\$\(.* | ^\{\{.* | ^\{%.* | ^\#\{.* | ^<[^>]*>?$ | ^\[[^\]]*\]?$ | ^\{[^}]*\}?$ | ^%[({].* | ^%[a-z_]+%?$
    | ^\.(?:Values|Release|Chart)\..*
    | ^@[\w.({@].* | ^\$[a-z_][\w.:\[\]'"-]*$ | ^\\?\$.* | .*\(.*\)$ | ^!(?:ref|sub|getatt|secret|env_var|vault)\b.*
    | ^(?:process\.env|os\.environ|os\.getenv|env|getenv|environ|config|settings|secrets?|vars?|data|local|module|params?|options?)[.\[(].*
    | ^(?:self|this|args?|request|req|ctx)[.\[(].*
    | ^ref\+\w+:// .* | ^(?:ref|vault|op|aws-?sm|ssm|arn|file|env|keyring|sops|enc|secret|projects)[:/].*
    """
)
"""Values that name the place of a value: templates, variables, environment look-ups, vault paths, calls."""

PLACEHOLDER = lazy_re.compile(
    rb"""(?xi)
      example | open.{0,3}sesame | very_?long
    | change[\W_]?(?:me|it|this) | replace[\W_]?(?:me|with|this) | place[\W_]?holder | dummy | fake | sample
    | ^your | your[\W_]?(?:\w*[\W_])?(?:key|token|secret|pass|pwd|api|user|id|account|client|org|app|domain)
    | ^my[\W_]?(?:secret|pass|token|key|api|super|sql|app) | insert[\W_]?(?:your|here)
    | (?:goes|put|enter|type|paste|set)[\W_]?(?:your|here|it)
    | redacted | removed | masked | hidden | censored | obfuscated | todo | fixme | t[\W_]?b[\W_]?d$ | lorem | ipsum
    | xxxx | ^x+$ | \*{3,} | \.{3} | ^-+$ | ^_+$ | ^\.+$ | foo_?bar | ^foo | ^bar$ | ^baz | deadbeef | cafebabe | c0ffee | baadf00d
    | not[\W_]?(?:a[\W_]?)?(?:real|secret|set|used|needed|valid)
    | ^(?:no|some|any|a|the|this|that|bad|wrong|good|new|old|super|very|top|invalid|valid|correct|incorrect|test|testing|secure|strong|weak
        |default|random|real|mock|user|admin|root|db|database|null)[\W_]?(?:password|passwd|pass|secret|token|key|value)
    | ^(?:password|passwd|passw0rd|pass|pwd|secret|token|key|apikey|api_key|value|string)
        [\W_]?(?:here|goes|value|name|field|string|\d{0,4})?$
    | blabla | 1234qwer | zyxwvu
    | qwert | asdf | zxcv | abcdef | abc123 | 123abc | a1b2c3 | 1q2w3e | 12345 | 54321 | 987654 | 00000 | 11111 | 99999 | aaaaa
    """
)
"""Values that stand for a value. Matched anywhere unless anchored."""

_NOTHING = frozenset(
    b"""
    none null nil undefined true false yes no on off empty void any string str bool boolean int integer number object optional
    required unknown disabled enabled default test tests testing guest user username admin administrator root postgres postgresql
    mysql mariadb redis mongo mongodb rabbitmq rabbit oracle elastic kibana grafana minio minioadmin sa system public private
    hunter2 letmein welcome monkey password passwd pass pwd secret token key hash salt plain plaintext basic bearer digest hello
    world demo dev prod local anonymous pw pass1 pass2 passwd1 test1 test2 s3cr3t p4ssw0rd p@ssw0rd p@ssword pa55word passw0rd
    changeit bitnami docker vagrant travis ubuntu postgres1 foo bar baz qux quux spam eggs alice bob anything something nothing
    whatever myuser mypass anoncvs 1password tiger opensesame info scott open%20sesame opensesame1 mellon swordfish sesame
    """.split()
)

_PAIRS = frozenset(
    b"""
    th he in er an re nd at on nt ha es st en ed to it ou ea hi is or ti as te et ng of al de se le sa si ar ve ra ld ur ly ta ri ne
    me ro li ll io ic co ma ec ce om ca tr ch ns us ad di ho la el na ee un mo so pe wi il ss no em ge ot be ac ke ut ct pr lo su po
    wa sh up op pl ts ul id ap ai ag cl cr da do ef ex fi fo ga gr ht ia ie im ir iv ki mp mi nc ni ob ol ow pa pt qu rd rs rt ru sc
    sp tt tu ty ue ui um vi wh wo ye ay ey ck ub oo ew ev ep au ab av ak am bl br bu by dr du eq fe ff fr fu ft gi gh gn gu ip if ig
    ik iz ja jo ju ks lt lu mb my nn nu og ok os ov pi ps rc rg rk rl rm rn rr sk sl sm sw sy tl ua uc ug va wn ws xt
    """.split()
)


_LEET = bytes.maketrans(b"0134578@$!|", b"oieastbasil")
_WORN = lazy_re.compile(
    rb"""(?x)
    (?: my|your|the|this|is|a|an|new|old|some|super|very|top|strong|secure|simple|good|bad|wrong|test|admin|root|user|db|default|initial
      | temp|temporary|postgres|mysql|mongo|redis|example|another|other|first|second|invalid|correct|incorrect|not|no|our|random|dummy
      | fake|just|use|changed?|set
    )*[-_.]?
    (?: pass(?:word|wd|wort|phrase|code)?|pwd|pw|secret|token|key|apikey|credentials?|string|value|hash|test(?:ing)?|admin|root|user|guest
      | demo|hello|welcome|letmein|changeme|hunter|trustno|qwerty|foo|bar|baz|foobar|dragon|monkey|sample|example|hello_?world|docker
      | postgres|mysql|oracle|sqlserver|strong
    )
    (?: [-_.]?(?:pass(?:word|wd|phrase)?|pwd|secret|token|key|string|value|user|test|one|two|three|here|for|is|me|it|this|bar|baz|safe
      | secure|strong|word)
    )*
    """
)
STALE = lazy_re.compile(rb"password|passwort|secret|letmein")


def is_worn(text: bytes, disguised: bool = True) -> bool:
    """Whether a value is `password` and its like with a few digits or one sign behind; `disguised`: also as `p@ssw0rd`."""
    plain = text.lower()
    for stem in (plain, re.sub(rb"(?:[0-9]{1,4}[!@#$.*?]?|[!@#$.*?]{1,3}|[_-][a-z0-9]{1,2})$", b"", plain)):
        bare = stem.translate(_LEET) if disguised else stem
        if len(stem) >= 3 and (_WORN.fullmatch(stem) or _WORN.fullmatch(bare) or (stem.isalpha() and STALE.search(bare))):
            return True
    return False


LOOKUP = lazy_re.compile(
    rb"""(?xi)
    \b(?: getenv|environ|env|env_var|getproperty|get|get_?(?:string|config|header|cookie|param(?:eter)?|option|attribute|item|value|message)
      | get_?text|fetch|lookup|config|param|header|cookie|require|import|select|queryselector|find|gettext|ngettext|translate|trans
      | i18n|intl|t|_|__
      | tr|format|sprintf|printf|log|print|println|echo|includes|startswith|endswith|equals|indexof|contains|match|test|replace|split
      | join|has
      | register|getelementbyid|by|id|label|name|describe|it|assert\w*|expect|raise|error|errorf|newerror|errors?\.new|throw
    )[ \t]{0,2}[(\[]{1,2}[ \t]{0,2}[a-z@]{0,2}["'`]?$
    """
)
"""Before a value: it is handed to a function that looks something up or says something, so it is a name or a text."""


NAMED = lazy_re.compile(
    rb"""(?x)
      https?://[\w./-]* | /(?:[\w.-]+/)+[\w.-]+ | [a-z]+/[a-z.+-]+ | [a-z]{3,}(?:[A-Z][a-z]{2,}){2,} | [a-z]{3,}(?:[A-Z][a-z]+){3,}
    | (?:[A-Za-z_][\w-]*\.){2,}[A-Za-z_]\w* | [A-Z][A-Z0-9]*(?:_[A-Z0-9]+){2,} | (?i:incorrect|required|optional)
    """
)
"""Addresses, paths, types and names of code: in a password's place, but none."""
SEALED = lazy_re.compile(rb"U2FsdGVkX1[89+/].*|vault:v\d+:.*|ENC\[.*|hmac-sha256:[0-9a-f]{64}|AQICAH[A-Za-z0-9+/=]{60,}|\$ANSIBLE_VAULT.*")
"""What a cipher or a keyed hash made of a secret: OpenSSL's "Salted__", Vault's transit and audit devices, SOPS, AWS KMS, Ansible."""


def entropy(text: bytes) -> float:
    """Shannon entropy in bits a byte; 0.0 of nothing."""
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())


def is_placeholder(text: bytes) -> bool:
    """Whether a value plainly stands for another: a reference, a placeholder, a word of no secrecy, too few different characters."""
    lowered = text.lower()
    return bool(
        lowered in _NOTHING
        or len(set(text)) < 4
        or REFERENCE.match(text)
        or PLACEHOLDER.search(text)
        or (len(text) >= 12 and len(set(text)) <= 5)
    )


def wordiness(text: bytes) -> float:
    """The share of neighbouring characters that are a pair common in English and of one word: random text has under 0.2, names over 0.5."""
    if len(text) < 2:
        return 0.0
    lowered = text.lower()
    common = 0
    for at in range(len(text) - 1):
        # Upper case after lower case begins a new word; a lower-case letter after an upper-case one continues it.
        if lowered[at : at + 2] in _PAIRS and not (text[at : at + 1].islower() and text[at + 1 : at + 2].isupper()):
            common += 1
    return common / (len(text) - 1)


def decoded_text(text: bytes) -> bytes:
    """What base64 hides, if that is text; else nothing."""
    try:
        raw = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_" if b"-" in text or b"_" in text else None, validate=True)
    except binascii.Error:
        return b""
    return raw.strip() if raw.isascii() and raw.decode().strip().isprintable() else b""
