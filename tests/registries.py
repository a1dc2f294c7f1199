"""A registry on this machine: Debian's docker-registry, without a login, with one, with a token server; and a proxy that misbehaves."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import images

USER, PASSWORD = "reader", "not a secret"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def registry(folder: Path, auth: dict[str, object] | None = None) -> Iterator[str]:
    """`127.0.0.1:port` of a running registry that keeps its files in `folder`."""
    port = free_port()
    config = {
        "version": 0.1,
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder)}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    images.tool("docker-registry", "--version")
    path = folder.parent / f"{folder.name}.{port}.yml"
    path.write_text(json.dumps(config | ({"auth": auth} if auth else {})))
    with subprocess.Popen(["docker-registry", "serve", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            _wait(port, process)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.communicate()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the registry does not start")


def basic(folder: Path) -> dict[str, object]:
    """An auth section: one user in an htpasswd file."""
    salt = "$2b$04$" + "a" * 21 + "u"
    hashed = images.tool("perl", "-e", "print crypt($ARGV[0], $ARGV[1])", PASSWORD, salt)
    (folder / "htpasswd").write_text(f"{USER}:{hashed}\n")
    return {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}


class TokenServer:
    """Signs what docker's token.md asks for, for whoever logs in. `refresh` is an identity token that it takes as well."""

    def __init__(self, folder: Path) -> None:
        self.key, self.certificate = folder / "key.pem", folder / "certificate.pem"
        images.tool(
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-days", "2"),
            *("-keyout", self.key, "-out", self.certificate),
        )
        self.asked: list[str] = []
        self.refresh = "an identity"
        self.server = _serve(self._handle)
        self.realm = f"http://127.0.0.1:{self.server.server_port}/token?more=1"

    def auth(self) -> dict[str, object]:
        return {"token": {"realm": self.realm, "service": "test", "issuer": "test", "rootcertbundle": str(self.certificate)}}

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if request.command == "POST":
            form = parse_qs(request.rfile.read(int(request.headers["Content-Length"])).decode())
            known = form.get("refresh_token") == [self.refresh] and form["grant_type"] == ["refresh_token"]
        else:
            form = parse_qs(urlsplit(request.path).query)
            known = request.headers["Authorization"] == f"Basic {login}" and form["more"] == ["1"]
        self.asked.append(f"{request.command} {form['service'][0]} {form['scope'][0]}")
        if not known:
            _answer(request, 401, b"{}")
            return
        _, repository, actions = form["scope"][0].split(":")
        access = [{"type": "repository", "name": repository, "actions": actions.split(",")}]
        _answer(request, 200, json.dumps({"token": self._signed(access), "expires_in": 60}).encode())

    def _signed(self, access: list[dict[str, object]]) -> str:
        now = int(time.time())
        certificate = "".join(self.certificate.read_text().split("\n")[1:-2])
        claims = {
            "iss": "test",
            "sub": USER,
            "aud": "test",
            "exp": now + 60,
            "nbf": now - 10,
            "iat": now,
            "jti": str(now),
            "access": access,
        }
        text = ".".join(_urlsafe(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT", "x5c": [certificate]}, claims))
        signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=text.encode(), capture_output=True, check=True)
        return f"{text}.{_urlsafe(signed.stdout)}"


def _urlsafe(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Proxy:
    """Stands before a registry. `alter` is asked for each answer: it gives status, headers and body, after how many bytes to hang up."""

    def __init__(
        self, host: str, alter: Callable[[BaseHTTPRequestHandler, int, dict[str, str], bytes], tuple[int, dict[str, str], bytes, int]]
    ) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        self._host = host
        self._alter = alter
        self.server = _serve(self._handle)
        self.host = f"127.0.0.1:{self.server.server_port}"

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        self.requests.append((request.path, dict(request.headers)))
        connection = http.client.HTTPConnection(self._host)
        connection.request("GET", request.path, headers={name: value for name, value in request.headers.items() if name != "Host"})
        response = connection.getresponse()
        body = response.read()
        status, headers, body, end = self._alter(request, response.status, dict(response.getheaders()), body)
        connection.close()
        request.send_response(status)
        for name, value in headers.items():
            if name not in ("Content-Length", "Transfer-Encoding", "Connection"):
                request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[:end])


def _answer(request: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    request.send_response(status)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def _serve(handle: Callable[[BaseHTTPRequestHandler], None]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            handle(self)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return server
