"""An API server for the cluster source: the paths, shapes and manners of a real one, over plain HTTP on loopback.

Shapes are those of a kube-apiserver 1.33: discovery (APIVersions, APIGroupList, APIResourceList), typed lists whose items say neither kind
nor apiVersion, `continue` tokens, Status objects with their codes.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = Callable[[BaseHTTPRequestHandler], None]


class ApiServer:
    """Objects by (group/version, plural name). `answers` overrides a path; `requests` are those that came: (method, path)."""

    def __init__(self) -> None:
        self.resources: dict[tuple[str, str], tuple[str, bool, list[dict[str, Any]]]] = {}
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, str]] = []
        self.largest_page = 0

    def add(self, api_version: str, plural: str, kind: str, items: list[dict[str, Any]], namespaced: bool = True) -> None:
        self.resources[api_version, plural] = kind, namespaced, items

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        url = urlsplit(handler.path)
        self.requests.append((handler.command, url.path))
        if url.path in self.answers:
            self.answers[url.path](handler)
            return
        found = self._discovery(url.path) or self._list(url.path, {key: value[0] for key, value in parse_qs(url.query).items()})
        send(handler, *(found or (404, status(404, "NotFound"))))

    def _discovery(self, path: str) -> tuple[int, Any] | None:
        groups = sorted({version for version, _ in self.resources if "/" in version})
        if path == "/version":
            return 200, {"major": "1", "minor": "33", "gitVersion": "v1.33.1"}
        if path == "/api":
            return 200, {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            listed = [
                {"name": version.split("/")[0], "preferredVersion": {"groupVersion": version, "version": version.split("/")[1]}}
                for version in groups
            ]
            return 200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}
        version = path.removeprefix("/apis/").removeprefix("/api/")
        named = [
            {"name": plural, "kind": kind, "namespaced": namespaced, "verbs": ["create", "delete", "get", "list", "watch"]}
            for (own, plural), (kind, namespaced, _) in self.resources.items()
            if own == version
        ]
        if not named:
            return None
        named.append({"name": "pods/log", "kind": "Pod", "namespaced": True, "verbs": ["get"]})
        named.append({"name": "tokenreviews", "kind": "TokenReview", "namespaced": False, "verbs": ["create"]})
        return 200, {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": named}

    def _list(self, path: str, query: dict[str, str]) -> tuple[int, Any] | None:
        for (version, plural), (kind, _, items) in self.resources.items():
            base = f"/apis/{version}/" if "/" in version else f"/api/{version}/"
            if not path.startswith(base) or not path.endswith(plural):
                continue
            inside = path[len(base) : -len(plural)]
            namespace = inside.removeprefix("namespaces/").rstrip("/")
            chosen = [item for item in items if not namespace or item["metadata"].get("namespace") == namespace]
            start, limit = int(query.get("continue", "0")), int(query.get("limit", len(chosen) or 1))
            page = chosen[start : start + limit]
            self.largest_page = max(self.largest_page, len(page))
            more = {"continue": str(start + limit)} if start + limit < len(chosen) else {}
            return 200, {"kind": f"{kind}List", "apiVersion": version, "metadata": {"resourceVersion": "9", **more}, "items": page}
        return None


def status(code: int, reason: str) -> dict[str, Any]:
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": reason, "code": code}


def send(handler: BaseHTTPRequestHandler, code: int, body: Any) -> None:
    data = json.dumps(body).encode()
    handler.send_response(code)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def forbid(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 403, status(403, "Forbidden"))


def stall(handler: BaseHTTPRequestHandler) -> None:
    """A promise of bytes that never come."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    handler.wfile.write(b'{"kind":')
    handler.wfile.flush()
    time.sleep(3)


def flood(handler: BaseHTTPRequestHandler) -> None:
    """A gigabyte."""
    handler.send_response(200)
    handler.end_headers()
    piece = b" " * (1 << 20)
    try:
        for _ in range(1024):
            handler.wfile.write(piece)
    except OSError:
        pass


@contextmanager
def serving(server: ApiServer, folder: Path) -> Iterator[Path]:
    """Serve on loopback; gives a kubeconfig whose current context, `here`, leads there with a token."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.answer(self)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    config = folder / "kubeconfig"
    config.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "here",
                "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{http.server_address[1]}"}}],
                "users": [{"name": "u", "user": {"token": "t" * 8}}],
                "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
            }
        )
    )
    try:
        yield config
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def secret(name: str, namespace: str, **data: str) -> dict[str, Any]:
    """A Secret as a list gives it."""
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    managed = [{"manager": "kubectl", "fieldsV1": {"f:data": {}}}]
    return {"metadata": {"name": name, "namespace": namespace, "managedFields": managed}, "data": encoded, "type": "Opaque"}
