"""Images from a registry, over the distribution API: documents first, then each layer once, streamed, every digest verified.

Facts: OCI distribution-spec; distribution docs/spec/auth (token.md, oauth.md); Docker Hub answers on registry-1.docker.io.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from secretscan import lazy_re
from secretscan.images.credentials import Login
from secretscan.images.documents import MOST
from secretscan.images.reference import HUB, Reference
from secretscan.images.transport import Answer, Transport, is_loopback
from secretscan.model import Json, Reason, Secret
from secretscan.readers.compression import Chunks, Damaged

_ACCEPT = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        *("oci.image.index.v1", "oci.image.manifest.v1"),
        *("docker.distribution.manifest.list.v2", "docker.distribution.manifest.v2"),
    )
)
_DIGEST = lazy_re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_CHALLENGE = lazy_re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"|(\w+)=([^\s",]+)')
_BLOCK = 1 << 20
_TOKEN = 1 << 20  # bytes of a token server's answer
_RESUMED = 200  # times that one blob is resumed, and
_IN_VAIN = 5  # of those without a byte in between


class Endpoint(NamedTuple):
    """Where to ask: a registry or its mirror, the repository's name there, whether plain HTTP alone is spoken."""

    host: str
    repository: str
    plain: bool


class Registry:
    """One repository at one endpoint. What goes wrong is a Damaged whose detail begins with the host."""

    def __init__(self, endpoint: Endpoint, transport: Transport, login: Login | None) -> None:
        self._transport = transport
        self._login = login
        self._repository = endpoint.repository
        self._authorization: Secret | None = None
        self._base = self._reach(endpoint)

    def manifest(self, reference: str) -> bytes:
        """The raw bytes that a tag or a digest names; those of a digest are verified."""
        answer = self._get(f"manifests/{quote(reference, safe=':')}", {"Accept": _ACCEPT})
        self._expect(answer, 200, "no such image")
        data = answer.body(MOST)
        if _DIGEST.fullmatch(reference):
            verify(data, reference)
        return data

    def document(self, digest: str) -> bytes:
        """A small blob, verified."""
        answer = self._get(f"blobs/{digest}", {})
        self._expect(answer, 200, "no such blob")
        data = answer.body(MOST)
        verify(data, digest)
        return data

    def blob(self, digest: str, size: int) -> Chunks:
        """A blob of `size` bytes as it comes; a broken connection is resumed where it broke. Whoever reads it verifies its digest."""
        at = resumed = in_vain = 0
        while at < size:
            began = at
            try:
                for part in self._stretch(digest, at):
                    at += len(part)
                    if at > size:
                        raise Damaged(Reason.CORRUPT, f"longer than the {size:,} bytes that its manifest tells")
                    yield part
                wrong = Damaged(Reason.TRUNCATED, f"ends after {at:,} of {size:,} bytes")
            except Damaged as damage:
                if damage.reason is not Reason.UNREADABLE:
                    raise
                wrong = damage
            resumed += 1
            in_vain = 0 if at > began else in_vain + 1
            if at < size:
                if resumed > _RESUMED or in_vain >= _IN_VAIN:
                    raise wrong
                if in_vain:
                    self._transport.pause(in_vain)

    def _stretch(self, digest: str, start: int) -> Chunks:
        answer = self._get(f"blobs/{digest}", {"Range": f"bytes={start}-"} if start else {})
        try:
            ranged = answer.status == 206 and answer.header("Content-Range").startswith(f"bytes {start}-")
            self._expect(answer, 206 if ranged else 200, "no such blob")
            ahead = 0 if ranged else start  # whoever ignores a range sends all of it again
            held: list[bytes] = []
            count = 0
            while True:
                wrong: Damaged | None = None
                try:
                    part = answer.read(_BLOCK)
                except Damaged as damage:
                    part, wrong = b"", damage
                if ahead:
                    part, ahead = part[ahead:], max(0, ahead - len(part))
                    if not part and wrong is None and ahead:
                        continue
                held.append(part)
                count += len(part)
                if count and (count >= _BLOCK or not part):
                    yield b"".join(held)
                    held, count = [], 0
                if wrong is not None:
                    raise wrong
                if not part and not ahead:
                    return
        finally:
            answer.close()

    def _reach(self, endpoint: Endpoint) -> str:
        """The address of the repository. https first; where that may be, http if no TLS is spoken."""
        host = "registry-1.docker.io" if endpoint.host == HUB else endpoint.host
        loopback = is_loopback(urlsplit(f"//{host}").hostname or "")
        schemes = ("http",) if endpoint.plain else ("https", "http") if loopback else ("https",)
        for scheme in schemes:
            try:
                answer = self._transport.open(f"{scheme}://{host}/v2/", {})
            except Damaged:
                if scheme == schemes[-1]:
                    raise
                continue
            answer.close()
            return f"{scheme}://{host}/v2/{endpoint.repository}/"
        raise AssertionError

    def _get(self, path: str, headers: Mapping[str, str]) -> Answer:
        answer = self._ask(path, headers)
        if answer.status == 401:
            answer.close()
            self._authorization = self._authorize(answer.headers("WWW-Authenticate"))
            answer = self._ask(path, headers)
        return answer

    def _ask(self, path: str, headers: Mapping[str, str]) -> Answer:
        own = {} if self._authorization is None else {"Authorization": bytes(self._authorization).decode("latin-1")}
        return self._transport.open(self._base + path, {**headers, **own})

    def _expect(self, answer: Answer, status: int, missing: str) -> None:
        if answer.status == status:
            return
        answer.close()
        host = urlsplit(self._base).netloc
        if answer.status == 404:
            raise Damaged(Reason.MISSING, f"{host}: {missing}")
        if answer.status in (401, 403):
            with_login = "the login that is configured is refused" if self._login else "asks for a login; run docker login or podman login"
            raise Damaged(Reason.UNREADABLE, f"{host}: {with_login}")
        raise Damaged(Reason.UNREADABLE, f"{host}: answers with status {answer.status}")

    def _authorize(self, challenges: list[str]) -> Secret | None:
        """The header that a registry's challenge asks for."""
        for challenge in challenges:
            scheme, _, rest = challenge.strip().partition(" ")
            if scheme.lower() == "bearer":
                told = {(a or c).lower(): b or d for a, b, c, d in _CHALLENGE.findall(rest)}
                return self._token(told.get("realm", ""), told.get("service", ""))
        for challenge in challenges:
            if challenge.strip().lower().startswith("basic") and self._login is not None and self._login.user:
                return self._login.basic()
        return None

    def _token(self, realm: str, service: str) -> Secret:
        host = urlsplit(self._base).netloc
        if not self._transport.allows(realm) or (self._base.startswith("https:") and not realm.startswith("https:")):
            raise Damaged(Reason.UNREADABLE, f"{host}: sends us to an address that is not https for a token; it is not asked")
        asked = {"scope": f"repository:{self._repository}:pull"} | ({"service": service} if service else {})
        login = self._login
        if login is not None and login.identity:
            form = asked | {"grant_type": "refresh_token", "refresh_token": login.identity.decode("latin-1"), "client_id": "secretscan"}
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = self._transport.open(realm, headers, urlencode(form).encode())
        else:
            headers = {"Authorization": login.basic().decode("latin-1")} if login is not None else {}
            answer = self._transport.open(f"{realm}{'&' if urlsplit(realm).query else '?'}{urlencode(asked)}", headers)
        if answer.status != 200:
            answer.close()
            with_login = "refuses the login that is configured" if login else "asks for a login; run docker login or podman login"
            raise Damaged(Reason.UNREADABLE, f"{host}: its token server {with_login} (status {answer.status})")
        try:
            told: Json = json.loads(answer.body(_TOKEN))
        except (ValueError, RecursionError):
            told = None
        token = (told.get("token") or told.get("access_token")) if isinstance(told, dict) else None
        if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]+", token):
            raise Damaged(Reason.UNREADABLE, f"{host}: its token server gave no token")
        return Secret(b"Bearer " + token.encode())


def verify(data: bytes, digest: str) -> None:
    """Damaged if a digest is not that of the bytes."""
    algorithm, _, value = digest.partition(":")
    if algorithm not in ("sha256", "sha512") or hashlib.new(algorithm, data).hexdigest() != value:
        raise Damaged(Reason.CORRUPT, "its bytes do not match its digest; it is refused")


def endpoint(reference: Reference, mirror: str, *, plain: bool) -> Endpoint:
    """The registry of a reference, or a mirror of it: `host[:port][/prefix]`."""
    if not mirror:
        return Endpoint(reference.host, reference.repository, plain)
    host, _, prefix = mirror.partition("/")
    return Endpoint(host, f"{prefix.strip('/')}/{reference.repository}" if prefix.strip("/") else reference.repository, plain)
