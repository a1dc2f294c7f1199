"""What a name says about the value behind it: a password, a token, something weaker, or no secret at all."""

from __future__ import annotations

import enum
from functools import lru_cache

from secretscan import lazy_re

WORD = lazy_re.compile(rb"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
NAME = lazy_re.compile(rb"(?:(?:ENV|ARG|set[xX]?|setenv|export|variable)[ \t]|[^\w])*([\w.\-$]*[A-Za-z][\w.\-$]*)")


FILE = lazy_re.compile(
    rb"(?i)\.(?:c|cc|cpp|h|hpp|pem|py|js|mjs|ts|tsx|go|rb|md|txt|json|html?|css|pod|in|java|rs|ya?ml|php|cs|sh|xml|svg|png|crt)$"
)

APART = lazy_re.compile(rb"(?i)\b(api|app|access|secret|private|auth) (key)\b")
"""Names told in a sentence."""


class Kind(enum.IntEnum):
    NONE = 0
    """No secret: a public key, a hash, a page token, the name of a secret."""
    WEAK = 1
    """A key, a salt, an auth: as often no secret; the value must be certain."""
    TOKEN = 2
    PASSWORD = 3


_PASSWORDS = frozenset(
    b"""
    password passwd passwort passphrase passcode pwd pass pw pswd psw passw userpass dbpass dbpassword mypassword mypass
    requirepass masterauth rootpw kennwort contrasena senha motdepasse storepass keypass sshpass pgpassword adminpw adminpass
    userpassword mysqlpassword
    """.split()
)
_TOKENS = frozenset(
    b"""
    secret secrets token tokens apikey apikeys appkey apptoken apisecret appsecret clientsecret authtoken accesstoken accesskey
    secretkey authkey privatekey privkey signingkey masterkey encryptionkey sharedkey servicekey licensekey license credential
    credentials cred creds bearer jwt refreshtoken sessiontoken bottoken webhook hook authorization secretaccesskey apipass
    """.split()
)
_KEY_OF = frozenset(
    b"""
    api app access secret auth account private priv encrypt encryption crypt cipher aes sign signing signature master license
    licence service storage shared session hmac jwt client consumer admin deploy security hook webhook integration server write
    read root subscription instrumentation functions ingest ingestion activation product dev developer rest user web bot
    """.split()
)
_WEAK = frozenset(
    b"""
    key keys auth salt nonce iv seed pin otp totp sid cookie session login seckey passkey rsa aes hmac
    """.split()
)
_NEVER = frozenset(
    b"""
    public pub pubkey publickey publishable hash hashed digest checksum fingerprint integrity thumbprint etag csrf xsrf
    cancellation continuation pagination resume marker idempotency dedup forgot forgotten reset invalid wrong missing show hide
    toggle change lexer parser syntax tokenizer tokenize tokenized monkey keyboard keyword keywords keycode author authors
    authority foreign primary partition sort cache index shortcut lookup translation i18n locale sha sha1 sha256 sha512 md5 commit
    bearertype no not special mask pad unk bos eos verify verification eof unexpected expected sibling placeholder encrypted
    sealed redacted masked revision etags guid uuid kid compass bypass surpass trespass encompass pypass byte bytes
    """.split()
)
"""Words that make of any name one of no secret, wherever they stand in it."""
_QUALIFIERS = frozenset(
    b"""
    id ids data name names alias arn path paths file files filename size type types vault uri url urls code codes ref reference
    version store count limit length len address symbol contract endpoint field fields label regex pattern policy strength prompt
    hint input error errors message messages confirm confirmation encoder algorithm alg expir expiry expires expiration expire
    placeholder title text class required mode icon rule rules min max source from param params parameter column template status
    state enabled provider manager service request response handler callback function method format prefix suffix header headers
    usage use scope scopes issuer audience kind list map set help info description desc desciption dir directory folder location
    namespace node spec schema selector selectors index offset position pos start end range ranges lifetime ttl timeout age
    duration interval created updated expiresat valid validity validator check checks changed rotation rotate policies screen page
    view dialog form button link modal widget component tooltip warning properties property attribute attributes attr option
    options env envvar variable var resource signature bits hash salt keyid grant granttype exchange context event events action
    key2id names2 accessor metadata annotation annotations domain host port region zone bucket agent generator factory loader reader writer
    storage cache repository backend frontend client controller module plugin command cmd cli exec script program binding bindings
    mount volume identity owner group role roles permission permissions data_type datatype kinds test tests testing case cases
    """.split()
)
"""Words behind the one that says secret, which make it the name of something about a secret."""
_REQUEST = frozenset(
    b"""
    next page sync start end forward backward work unit request clientrequest previous last poll change special export id
    """.split()
)


def words(name: bytes) -> list[bytes]:
    """The words of a name in any convention, lower case."""
    return [found.lower() for found in WORD.findall(name)]


@lru_cache(4096)  # the same names come again and again
def kind(name: bytes) -> Kind:
    """The best kind that a word of the name, or two together, says, if nothing in the name denies it."""
    parts = words(name)[-8:]
    if not parts or FILE.search(name) or _NEVER.intersection(parts):
        return Kind.NONE
    best, where = Kind.NONE, -1
    for at, part in enumerate(parts):
        if part.isdigit():
            continue
        if part in _PASSWORDS or part.endswith((b"password", b"passwd")) or part.startswith((b"password", b"passwd")):
            said = Kind.PASSWORD
        elif (
            part in _TOKENS
            or part.endswith((b"secret", b"token", b"apikey"))
            or (part in (b"key", b"keys") and at and (parts[at - 1] in _KEY_OF or parts[at - 1] in _TOKENS))
        ):
            said = Kind.TOKEN
        elif part in _WEAK or part.endswith(b"key"):
            said = Kind.WEAK
        else:
            continue
        if said >= best:
            best, where = said, at
    if best is Kind.NONE or _QUALIFIERS.intersection(parts[where + 1 :]):
        return Kind.NONE
    if best is Kind.TOKEN and parts[where] in (b"token", b"tokens") and where and parts[where - 1] in _REQUEST:
        return Kind.NONE
    return best


def name_of(lead: bytes) -> bytes:
    """The name at the beginning of a match."""
    found = NAME.match(APART.sub(rb"\1_\2", lead, count=1))
    return found.group(1) if found else b""
