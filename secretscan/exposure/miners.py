"""Cryptominers: programs, their arguments and configurations, the protocol of pools, wallets.

MITRE ATT&CK T1496; arguments and configuration as in https://xmrig.com/docs/miner. Ports and pools are the weakest signs, for whoever hides
uses none that is known, and a low share of the processor: that a miner is throttled is told with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from secretscan import lazy_re
from secretscan._core import Check as Core
from secretscan._core import Matcher
from secretscan.exposure.facts import Evidence
from secretscan.exposure.monero import is_address
from secretscan.exposure.objects import Container, Subject
from secretscan.model import Fact, Mark, Severity, View
from secretscan.rules import Check, Pattern

_FAMILY = "cryptominer"
_XMRIG = "https://xmrig.com/docs/miner/command-line-options"
_HIJACKING = "https://attack.mitre.org/techniques/T1496/"

CHECKS = (
    Check("miner-image", "Cryptominer by its name", Severity.HIGH, _FAMILY, (_HIJACKING,)),
    Check("miner-stratum", "Address of a mining pool", Severity.HIGH, _FAMILY, (_HIJACKING,)),
    Check("miner-args", "Cryptominer by its arguments", Severity.HIGH, _FAMILY, (_XMRIG, _HIJACKING)),
    Check(
        "miner-config", "Configuration of a cryptominer", Severity.HIGH, _FAMILY, ("https://xmrig.com/docs/miner/config/pool", _HIJACKING)
    ),
    Check(
        "miner-wallet",
        "Wallet of a cryptocurrency that is mined on processors",
        Severity.HIGH,
        _FAMILY,
        ("https://docs.getmonero.org/public-address/standard-address/", _HIJACKING),
    ),
    Check("miner-pool-list", "Domain of a well-known mining pool", Severity.INFO, _FAMILY, (_HIJACKING,), optional=True),
    Check("miner-port", "Port that mining pools like to use", Severity.INFO, _FAMILY, (_HIJACKING,), optional=True),
)

_TELLING = (
    b"stratum", b"xmr", b"miner", b"t-rex", b"moneroocean", b"donate-level", b"randomx", b"kawpow", b"nicehash", b"rig-id",
    b"threads-hint", b"cpu-priority", b"max-cpu-usage", b"cn/", b"rx/", b"pool", b"hashvault", b"unmineable",
    b":3333", b":4444", b":5555", b":7777", b":14444", b":45700",
)  # fmt: skip
_SHORTEST = 91  # characters of an address
_ADDRESS = Pattern(r"\b(?:[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}(?:[1-9A-HJ-NP-Za-km-z]{11})?|(?:ZEPH|ar4)[1-9A-HJ-NP-Za-km-z]{88,140})\b")
_STRATUM = lazy_re.compile(
    rb"stratum2?(?:\+(?:tcp|ssl|tls|udp))?://(?:[^\s@/'\"]{0,128}@)?([A-Za-z0-9\[$][A-Za-z0-9.:_-]{2,128})", re.IGNORECASE
)
_NAMES = (
    r"(?:[a-z0-9_-]*xmrig[a-z0-9_-]*|xmr-stak[a-z0-9_-]*|cpuminer[a-z0-9_-]*|minerd|ccminer[a-z0-9_-]*|srbminer[a-z0-9_-]*|t-rex"
    r"|minergate[a-z0-9_-]*|[a-z0-9_-]*moneroocean[a-z0-9_-]*)"
)
_IMAGE = lazy_re.compile(rf"{_NAMES}|[a-z0-9_-]*miner", re.IGNORECASE)
_PROGRAM = lazy_re.compile(rf"(?:^|[\s;&|(\"'`/])({_NAMES})(?=$|[\s;&|)\"'`])", re.IGNORECASE)
_NO_MINERS = ("dataminer", "determiner", "textminer", "processminer", "exporter", "webhook")
_POOLS = lazy_re.compile(rb"[\"']?\bpools[\"']?\s*:")
_URL, _USER = lazy_re.compile(rb"[\"']?\burl[\"']?\s*:"), lazy_re.compile(rb"[\"']?\buser[\"']?\s*:")
_CONFIG = lazy_re.compile(rb"[\"']?\b(?:donate-level|randomx|algo|coin|rig-id|nicehash|max-threads-hint)[\"']?\s*:")
_NEAR = 3000  # bytes around `pools` that are one configuration
_STRONG = {
    "--donate-level": lazy_re.compile(r"--donate-level\b"),
    "an algorithm": lazy_re.compile(r"(?:--algo|-a)[= ]+(?:rx/|cn|randomx|kawpow|argon2/|ghostrider|gr\b|astrobwt)"),
    "--nicehash": lazy_re.compile(r"--nicehash\b"),
    "--rig-id": lazy_re.compile(r"--rig-id\b"),
    "--randomx-…": lazy_re.compile(r"--randomx-[a-z]"),
    "--cpu-max-threads-hint": lazy_re.compile(r"--cpu-max-threads-hint\b"),
    "--max-cpu-usage": lazy_re.compile(r"--max-cpu-usage\b"),
    "--cpu-priority": lazy_re.compile(r"--cpu-priority\b"),
    "a wallet": lazy_re.compile(r"(?:-u|--user)[= ]+[A-Za-z0-9]{90,110}\b"),
}
_WEAK = {
    "a pool": lazy_re.compile(r"(?:^|\s)(?:-o|--url)[= ]+\S*[A-Za-z0-9\])}]:\d{2,5}\b"),
    "-k --tls": lazy_re.compile(r"(?:^|\s)-k\s(?:.*\s)?--tls\b|--tls\s(?:.*\s)?-k(?:\s|$)"),
    "--threads": lazy_re.compile(r"--threads\b"),
}
_POOL_NAMES = lazy_re.compile(
    rb"\b(?:[a-z0-9-]+\.)*(?:minexmr\.com|supportxmr\.com|nanopool\.org|minergate\.com|moneroocean\.stream|hashvault\.pro|2miners\.com"
    rb"|f2pool\.com|nicehash\.com|dwarfpool\.com|crypto-pool\.fr|monerohash\.com|xmrpool\.eu|c3pool\.com|unmineable\.com|herominers\.com)\b",
    re.IGNORECASE,
)
_PORT = lazy_re.compile(rb"[A-Za-z0-9]:(3333|4444|5555|7777|14444|45700)\b")
_THROTTLES = (
    ("nice -n 19", lazy_re.compile(r"\bnice\s+(?:-n\s*)?-?1\d\b")),
    ("ionice", lazy_re.compile(r"\bionice\b")),
    ("a hint of few threads", lazy_re.compile(r"threads-hint[\"']?[=:\s]+[1-9]?\d\b(?!\d)")),
    ("--max-cpu-usage", lazy_re.compile(r"--max-cpu-usage\b")),
)


def examine(subject: Subject) -> Iterator[Fact]:
    view = subject.view
    if view is None or not (_telling().scan([view.text]).candidates or _has_address(view.text)):
        return
    found = [*_programs(subject), *_texts(subject, view)]
    if not found:
        return
    throttled = _throttled(subject, view) if any(check not in ("miner-pool-list", "miner-port") for check, _, _ in found) else ""
    severity = {check.id: check.severity for check in CHECKS}
    for check, note, mark in found:
        yield Fact(Evidence(check, severity[check], note + throttled), subject.identity, {"here": mark})


def _has_address(text: bytes) -> bool:
    return max(map(len, text.split(b"\n"))) >= _SHORTEST and _ADDRESS.found_in(text)


@cache
def _telling() -> Matcher:
    """Finds the words faster than any regex does, and without letting go of the interpreter's lock for a text of an object's size."""
    return Matcher([Core(word, caseless=True, once=True) for word in _TELLING])


def _programs(subject: Subject) -> Iterator[tuple[str, str, Mark]]:
    for container in subject.containers:
        name = container.basename
        if _IMAGE.fullmatch(name) and not any(word in name for word in _NO_MINERS):
            yield "miner-image", f"the image is {name}", container.at.get("image").mark
        else:
            for word, at in container.words:
                if found := _PROGRAM.search(word):
                    yield "miner-image", f"it runs {found[1]}", at.mark
                    break
        line = " ".join(word for word, _ in container.words)
        strong = [name for name, pattern in _STRONG.items() if pattern.search(line)]
        weak = [name for name, pattern in _WEAK.items() if pattern.search(line)]
        if strong and len(strong) + len(weak) > 1:
            yield "miner-args", f"its command line has {', '.join([*strong, *weak])}", _first(container)


def _first(container: Container) -> Mark:
    for word, at in container.words:
        if any(pattern.search(f"{word} ") for pattern in _STRONG.values()):
            return at.mark
    return container.words[0][1].mark


def _texts(subject: Subject, view: View) -> Iterator[tuple[str, str, Mark]]:
    text = view.text
    for found in _once(_STRATUM, text):
        yield "miner-stratum", f"the pool is {found[1].decode(errors='replace')}", subject.shown(*found.span(1))
    for found in _POOLS.finditer(text):
        near = text[max(0, found.start() - _NEAR) : found.end() + _NEAR]
        after = text[found.end() : found.end() + _NEAR]
        if _URL.search(after) and _USER.search(after) and _CONFIG.search(near):
            yield "miner-config", "pools with an address and a user, as miners read them", subject.shown(*found.span())
            break
    seen = set()
    for match in _ADDRESS.finditer(text):
        wallet = match.group()
        if wallet not in seen and is_address(wallet.decode("latin-1")):
            seen.add(wallet)
            coin = "Monero" if wallet[:1] in b"48" else "a kin of Monero"
            yield "miner-wallet", f"an address of {coin} whose checksum holds", subject.shown(match.start(), match.end())
    for found in _once(_POOL_NAMES, text):
        yield "miner-pool-list", found[0].decode(), subject.shown(*found.span())
    for found in _once(_PORT, text):
        yield "miner-port", f"port {found[1].decode()}", subject.shown(*found.span(1))


def _once(pattern: re.Pattern[bytes], text: bytes) -> Iterator[re.Match[bytes]]:
    seen: set[bytes] = set()
    for found in pattern.finditer(text):
        if found[found.lastindex or 0] not in seen and len(seen) < 16:
            seen.add(found[found.lastindex or 0])
            yield found


def _throttled(subject: Subject, view: View) -> str:
    """What keeps it from being noticed, as half a sentence."""
    text = view.text.decode(errors="replace")
    signs = [name for name, pattern in _THROTTLES if pattern.search(text)]
    for container in subject.containers:
        limit = container.at.get("resources", "limits", "cpu").value
        if _millicores(limit) <= 500:
            signs.append(f"a limit of {limit} on its processor time")
            break
    if "low" in subject.pod.get("spec", "priorityClassName").value.lower():
        signs.append("a low priority class")
    return f"; throttled so as not to be noticed: {', '.join(signs)}" if signs else ""


def _millicores(quantity: str) -> float:
    try:
        return float(quantity[:-1]) if quantity.endswith("m") else float(quantity) * 1000
    except ValueError:
        return float("inf")
