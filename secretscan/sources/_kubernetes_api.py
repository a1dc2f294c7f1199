"""GET requests to an API server, each bounded in time and bytes, and what it serves: groups, versions, resources."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import quote, urlencode

from secretscan.model import Reason

_CONNECT = 10.0  # seconds
_SILENCE = 30.0  # seconds without a byte
_MOST_TIME = 120.0  # seconds for one answer, however it trickles
_MOST_BYTES = 64 << 20  # of one answer
_CHUNK = 256 << 10
_REASONS = {
    401: (Reason.UNREADABLE, "it does not know us (401); log in as for kubectl"),
    403: (Reason.UNREADABLE, "this account may not list it (403)"),
    404: (Reason.VANISHED, "not there any more (404)"),
    405: (Reason.UNSUPPORTED, "it cannot be listed (405)"),
    410: (Reason.TRUNCATED, "the list ended before its end: it took so long that the server forgot it (410)"),
}


class ApiError(Exception):
    """An answer that did not come, or said no. The message holds nothing of its body."""

    def __init__(self, path: str, reason: Reason, detail: str, status: int = 0) -> None:
        super().__init__(detail)
        self.path = path
        self.reason = reason
        self.status = status


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of object that the server knows, as its discovery tells it."""

    group: str
    version: str
    name: str
    kind: str
    namespaced: bool
    listable: bool

    @property
    def core(self) -> bool:
        """Whether the kind's name alone says which it is: of Kubernetes itself."""
        return "." not in self.group or self.group.endswith(".k8s.io")

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None) -> str:
        """Where its objects are listed: of a namespace, or all of them."""
        base = f"/apis/{quote(self.group, safe='')}" if self.group else "/api"
        inside = f"namespaces/{quote(namespace, safe='')}/" if namespace and self.namespaced else ""
        return f"{base}/{quote(self.version, safe='')}/{inside}{quote(self.name, safe='')}"


class Api:
    """One API server. `name` is the context's, or the server's address."""

    def __init__(self, pool: Any, host: str, headers: dict[str, str], name: str) -> None:
        self._pool = pool
        self._host = host.rstrip("/")
        self._headers = {"Accept": "application/json", "User-Agent": "secretscan", **headers}
        self.name = name

    @classmethod
    def of_context(cls, context: str | None) -> Api:
        """The server of a context of the kubeconfig; without a kubeconfig, the one that the pod around us runs under."""
        client, config = (import_module(f"kubernetes.{name}") for name in ("client", "config"))  # its types differ by version
        configuration = client.Configuration()
        name = context or ""
        try:
            config.load_kube_config(context=context, client_configuration=configuration)
            if not name:
                name = str(config.list_kube_config_contexts()[1].get("name", ""))
        except config.ConfigException as error:
            try:
                if context:
                    raise
                config.load_incluster_config(client_configuration=configuration)
            except config.ConfigException:
                why = "there is no such context in the kubeconfig" if context else "there is no kubeconfig that can be used"
                raise ApiError("", Reason.MISSING, f"{why}; see kubectl config get-contexts") from error
        headers = {each["key"]: each["value"] for each in configuration.auth_settings().values() if each.get("in") == "header"}
        api = cls(client.ApiClient(configuration).rest_client.pool_manager, configuration.host, headers, name or configuration.host)
        api.get("/version")
        return api

    def resources(self) -> Iterator[Resource | ApiError]:
        """All kinds, each in the version that the server prefers; what of the discovery failed comes as errors."""
        for group, version in self._versions():
            if isinstance(version, ApiError):
                yield version
                continue
            path = f"/apis/{quote(group, safe='')}/{quote(version, safe='')}" if group else f"/api/{quote(version, safe='')}"
            try:
                listed = self.get(path).get("resources")
            except ApiError as error:
                yield error
                continue
            for each in listed if isinstance(listed, list) else []:
                if isinstance(each, dict) and "/" not in str(each.get("name", "/")) and each.get("kind"):
                    verbs = each.get("verbs")
                    listable = isinstance(verbs, list) and "list" in verbs
                    yield Resource(group, version, str(each["name"]), str(each["kind"]), each.get("namespaced") is True, listable)

    def _versions(self) -> Iterator[tuple[str, str | ApiError]]:
        for path in ("/api", "/apis"):
            try:
                page = self.get(path)
            except ApiError as error:
                yield "", error
                continue
            versions = page.get("versions")
            if path == "/api":
                yield from (("", str(version)) for version in (versions if isinstance(versions, list) else [])[:1])
            groups = page.get("groups")
            for group in groups if isinstance(groups, list) else []:
                preferred = group.get("preferredVersion") if isinstance(group, dict) else None
                if isinstance(preferred, dict) and preferred.get("version") and group.get("name"):
                    yield str(group["name"]), str(preferred["version"])

    def get(self, path: str, *, limit: int = 0, token: str = "") -> dict[str, Any]:
        """One answer as JSON. ApiError if it does not come, says no, is too long or is none."""
        query = {**({"limit": str(limit)} if limit else {}), **({"continue": token} if token else {})}
        url = f"{self._host}{path}{'?' + urlencode(query) if query else ''}"
        body = self._read(path, url)
        try:
            page = json.loads(body)
        except (ValueError, RecursionError):
            raise ApiError(path, Reason.CORRUPT, "the server's answer is not JSON") from None
        if not isinstance(page, dict):
            raise ApiError(path, Reason.CORRUPT, "the server's answer is no object")
        return page

    def _read(self, path: str, url: str) -> bytes:
        urllib3 = import_module("urllib3")

        timeout = urllib3.Timeout(connect=_CONNECT, read=_SILENCE)
        end = time.monotonic() + _MOST_TIME
        response: Any = None
        try:
            response = self._pool.request(
                "GET", url, headers=self._headers, timeout=timeout, preload_content=False, retries=False, redirect=False
            )
            if response.status != 200:
                reason, detail = _REASONS.get(response.status, (Reason.UNREADABLE, f"the server says {response.status}"))
                raise ApiError(path, reason, detail, response.status)
            body = bytearray()
            for chunk in response.stream(_CHUNK, decode_content=True):
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise ApiError(path, Reason.CAP, f"an answer of more than {_MOST_BYTES >> 20} MB")
                if time.monotonic() > end:
                    raise ApiError(path, Reason.TRUNCATED, f"an answer that had not ended after {_MOST_TIME:.0f} s")
            return bytes(body)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ApiError(path, Reason.UNREADABLE, f"the server does not answer ({_why(error)})") from None
        finally:
            if response is not None:
                response.close()


def _why(error: Exception) -> str:
    """What failed, without the address and whatever else a message may quote."""
    name = type(error).__name__
    known = {
        "NewConnectionError": "connection refused",
        "ConnectTimeoutError": "timed out",
        "ReadTimeoutError": "timed out",
        "SSLError": "TLS failed",
        "ProtocolError": "the connection broke",
        "NameResolutionError": "no such host",
        "IncompleteRead": "the connection broke",
    }
    return known.get(name, name)
