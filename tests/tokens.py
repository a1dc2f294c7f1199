"""Fake credentials of valid form, assembled at run time so that no file of the tree holds one.

Every function is deterministic by `seed` and returns str (or a pair of str). None of them opens anything: the random parts are
random, the checksums and encodings are the vendors' own.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import hmac
import json
import random
import string

UPPER, LOWER, DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
BASE62 = DIGITS + UPPER + LOWER
BASE32 = UPPER + "234567"
BASE64 = BASE62 + "+/"
BASE64URL = BASE62 + "-_"
HEX = DIGITS + "abcdef"


def _random(kind: str, seed: int) -> random.Random:
    return random.Random(f"{kind}:{seed}")


def _pick(rng: random.Random, alphabet: str, length: int) -> str:
    """Random characters with lower, upper case and digits all among them, where the alphabet has them and the length allows."""
    classes = [set(alphabet) & set(group) for group in (LOWER, UPPER, DIGITS)]
    while True:
        text = "".join(rng.choices(alphabet, k=length))
        if length < 8 or all(not group or group & set(text) for group in classes):
            return text


def _bytes(rng: random.Random, length: int) -> bytes:
    return bytes(rng.choices(range(256), k=length))


def _crc32_base62(text: str) -> str:
    number, digits = binascii.crc32(text.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits


def hex(length: int, seed: int = 0) -> str:
    return _pick(_random("hex", seed), HEX, length)


def b64(length: int, seed: int = 0) -> str:
    """`length` characters of base64, no padding."""
    return _pick(_random("b64", seed), BASE64, length)


def password(seed: int = 0) -> str:
    """What a person makes up under a password policy: 14 characters of four classes, no dictionary word."""
    rng = _random("password", seed)
    text = _pick(rng, LOWER, 5) + _pick(rng, UPPER, 4) + _pick(rng, DIGITS, 3) + _pick(rng, "!#%+-_=", 2)
    return "".join(rng.sample(text, len(text)))


def aws_key_id(account: str = "123456789012", seed: int = 0, prefix: str = "AKIA") -> str:
    """An access key id of the scheme in use since 2019: bits 7 to 46 of the first six bytes are the account, bit 47 is set."""
    rng = _random(f"aws-id-{prefix}-{account}", seed)
    head = 1 << 47 | int(account) << 7 | rng.getrandbits(7)
    return prefix + base64.b32encode(head.to_bytes(6, "big") + _bytes(rng, 4)).decode()


def aws_secret(seed: int = 0) -> str:
    """40 characters of base64, a slash and a plus sign among them so that percent-encoding shows."""
    rng = _random("aws-secret", seed)
    text = _pick(rng, BASE62, 40)
    return text[:13] + "/" + text[14:27] + "+" + text[28:]


def aws_pair(account: str = "123456789012", seed: int = 0) -> tuple[str, str]:
    """(access key id, secret access key) of a user of `account`."""
    return aws_key_id(account, seed), aws_secret(seed)


def aws_session_token(seed: int = 0, length: int = 480) -> str:
    """What STS hands out beside a temporary key: base64 that begins with the bytes `!\\n\\torigin_ec`. `length` is a multiple of 4."""
    rng = _random("aws-session", seed)
    head = b"!\n\torigin_ec"
    return base64.b64encode(head + _bytes(rng, length // 4 * 3 - len(head))).decode()


def aws_temporary(account: str = "123456789012", seed: int = 0) -> tuple[str, str, str]:
    """(temporary access key id, secret access key, session token)."""
    return aws_key_id(account, seed, "ASIA"), aws_secret(seed + 1_000_003), aws_session_token(seed)


def aws_bedrock_long(seed: int = 0, account: str = "123456789012") -> str:
    """A long-lived Bedrock API key: base64 of `BedrockAPIKey-SUFFIX-at-ACCOUNT:` and a random secret."""
    rng = _random("aws-bedrock", seed)
    name = f"BedrockAPIKey-{_pick(rng, LOWER + DIGITS, 4)}-at-{account}:{_pick(rng, BASE64, 64)}"
    return "ABSK" + base64.b64encode(name.encode()).decode()


def aws_bedrock_short(seed: int = 0, date: str = "20250101T000000Z", expires: int = 43200) -> str:
    """A short-lived Bedrock API key: base64 of a presigned address."""
    key, _, session = aws_temporary(seed=seed)
    query = (
        f"bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key}%2F{date[:8]}"
        f"%2Fus-east-1%2Fbedrock%2Faws4_request&X-Amz-Date={date}&X-Amz-Expires={expires}&X-Amz-Security-Token={session}"
        f"&X-Amz-Signature={hex(64, seed)}&X-Amz-SignedHeaders=host&Version=1"
    )
    return "bedrock-api-key-" + base64.b64encode(query.encode()).decode()


def github_pat(seed: int = 0, prefix: str = "ghp_") -> str:
    """A classic token: 30 random characters and their CRC-32 in six base62 digits."""
    body = _pick(_random("github", seed), BASE62, 30)
    return prefix + body + _crc32_base62(body)


def github_fine_grained(seed: int = 0) -> str:
    rng = _random("github-fine", seed)
    return "github_pat_" + _pick(rng, BASE62, 22) + "_" + _pick(rng, BASE62, 59)


def npm_token(seed: int = 0) -> str:
    body = _pick(_random("npm", seed), BASE62, 30)
    return "npm_" + body + _crc32_base62(body)


def gitlab_pat(seed: int = 0) -> str:
    return "glpat-" + _pick(_random("gitlab", seed), BASE62, 20)


def slack_bot(seed: int = 0) -> str:
    rng = _random("slack", seed)
    return f"xoxb-{_digits(rng, 12)}-{_digits(rng, 13)}-{_pick(rng, BASE62, 24)}"


def slack_webhook(seed: int = 0) -> str:
    rng = _random("slack-hook", seed)
    team, hook = _pick(rng, UPPER + DIGITS, 10), _pick(rng, UPPER + DIGITS, 10)
    return f"https://hooks.slack.com/services/T{team}/B{hook}/{_pick(rng, BASE62, 24)}"


def _digits(rng: random.Random, length: int) -> str:
    return rng.choice(DIGITS[1:]) + "".join(rng.choices(DIGITS, k=length - 1))


def stripe_live(seed: int = 0) -> str:
    return "sk_live_" + _pick(_random("stripe", seed), BASE62, 24)


def google_api_key(seed: int = 0) -> str:
    return "AIza" + _pick(_random("google", seed), BASE62, 35)


def pypi_token(seed: int = 0) -> str:
    """A macaroon version 2 whose location field is `pypi.org`."""
    rng = _random("pypi", seed)
    raw = b"\x02\x01\x08pypi.org\x02\x24" + str(rng.getrandbits(128)).encode().ljust(36, b"7")[:36] + b"\x00" + _bytes(rng, 80)
    return "pypi-" + base64.urlsafe_b64encode(raw).decode().rstrip("=")


def openai_key(seed: int = 0) -> str:
    """A project key: the letters T3BlbkFJ (base64 of OpenAI) stand in the middle."""
    rng = _random("openai", seed)
    return "sk-proj-" + _pick(rng, BASE62, 74) + "T3BlbkFJ" + _pick(rng, BASE62, 74)


def anthropic_key(seed: int = 0) -> str:
    return "sk-ant-api03-" + _pick(_random("anthropic", seed), BASE62, 93) + "AA"


def sendgrid_key(seed: int = 0) -> str:
    rng = _random("sendgrid", seed)
    return "SG." + _pick(rng, BASE62, 22) + "." + _pick(rng, BASE62, 43)


def twilio_pair(seed: int = 0) -> tuple[str, str]:
    """(account SID, auth token)."""
    return "AC" + hex(32, seed + 1), hex(32, seed + 2)


def dockerhub_pat(seed: int = 0) -> str:
    return "dckr_pat_" + _pick(_random("dockerhub", seed), BASE62, 27)


def azure_storage_key(seed: int = 0) -> str:
    """64 random bytes in base64: 86 characters and two of padding."""
    return base64.b64encode(_bytes(_random("azure", seed), 64)).decode()


def azure_connection_string(seed: int = 0) -> str:
    name = "store" + _pick(_random("azure-name", seed), LOWER, 6)
    return f"DefaultEndpointsProtocol=https;AccountName={name};AccountKey={azure_storage_key(seed)};EndpointSuffix=core.windows.net"


def jwt(exp: int | None = 4102444800, seed: int = 0, alg: str = "HS256") -> str:
    """A token signed with a random key; `exp` is seconds since 1970, None leaves it out."""
    rng = _random("jwt", seed)
    claims: dict[str, object] = {"sub": str(rng.getrandbits(48)), "iss": "https://issuer.test", "iat": 1700000000}
    if exp is not None:
        claims["exp"] = exp
    text = ".".join(_urlsafe(json.dumps(part, separators=(",", ":")).encode()) for part in ({"alg": alg, "typ": "JWT"}, claims))
    return text + "." + _urlsafe(hmac.new(_bytes(rng, 32), text.encode(), hashlib.sha256).digest())


def _urlsafe(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def private_key_pem(seed: int = 0, kind: str = "rsa") -> str:
    """A private key in PEM that OpenSSL accepts. `kind`: rsa (PKCS #1), ec (SEC 1, P-256), pkcs8 (the RSA key) or openssh (Ed25519)."""
    maker = {"rsa": _rsa, "ec": _ec, "pkcs8": _pkcs8, "openssh": _openssh}[kind]
    label = {"rsa": "RSA ", "ec": "EC ", "pkcs8": "", "openssh": "OPENSSH "}[kind] + "PRIVATE KEY"
    body = base64.b64encode(maker(seed)).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def _integer(number: int) -> bytes:
    return _der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _prime(rng: random.Random, bits: int) -> int:
    """Miller-Rabin over 20 random bases: enough for a key nobody uses."""
    while True:
        number = rng.getrandbits(bits) | 3 << (bits - 2) | 1
        if any(number % small == 0 for small in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)) or number % 65537 == 1:
            continue
        odd, twos = number - 1, 0
        while odd % 2 == 0:
            odd, twos = odd // 2, twos + 1
        for _ in range(20):
            power = pow(rng.randrange(2, number - 1), odd, number)
            if power in (1, number - 1):
                continue
            if not any((power := power * power % number) == number - 1 for _ in range(twos - 1)):
                break
        else:
            return number


@functools.lru_cache
def _rsa(seed: int) -> bytes:
    rng = _random("rsa", seed)
    p, q = _prime(rng, 512), _prime(rng, 512)
    d = pow(65537, -1, (p - 1) * (q - 1))
    numbers = (0, p * q, 65537, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    return _der(0x30, *map(_integer, numbers))


def _pkcs8(seed: int) -> bytes:
    algorithm = _der(0x30, _der(6, bytes.fromhex("2a864886f70d010101")), _der(5))
    return _der(0x30, _integer(0), algorithm, _der(4, _rsa(seed)))


def _ec(seed: int) -> bytes:
    curve = _der(6, bytes.fromhex("2a8648ce3d030107"))
    return _der(0x30, _integer(1), _der(4, b"\x01" + _bytes(_random("ec", seed), 31)), _der(0xA0, curve))


def _openssh(seed: int) -> bytes:
    rng = _random("openssh", seed)

    def string(raw: bytes) -> bytes:
        return len(raw).to_bytes(4, "big") + raw

    private, public, check = _bytes(rng, 32), _bytes(rng, 32), _bytes(rng, 4)
    blob = string(b"ssh-ed25519") + string(public)
    inner = check * 2 + blob + string(private + public) + string(b"user@host")
    inner += bytes(range(1, 1 + -len(inner) % 8))
    return b"openssh-key-v1\0" + string(b"none") * 2 + string(b"") + (1).to_bytes(4, "big") + string(blob) + string(inner)
