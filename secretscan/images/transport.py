"""HTTP as registries need it, and no more: GET and a token's POST, redirects without credentials, answers that cannot last for ever.

No address is quoted in an error beyond its host: a redirect's query is a signature.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

from secretscan import __version__
from secretscan.images.access import Limits
from secretscan.model import Reason
from secretscan.readers.compression import Damaged

_REDIRECTS = 5
_TRIES = 4
_LONGEST_WAIT = 60  # seconds that a registry may ask us to wait before the next try
_PATIENCE = 4  # timeouts that what comes line by line may take in all: each byte of it starts the socket's own anew
_SLOWEST = 64 << 10, 60  # bytes that must come within so many seconds
_REDIRECTED = (301, 302, 303, 307, 308)
_BUSY = (429, 500, 502, 503, 504)


class Answer:
    """An answer whose body is read as it comes."""

    def __init__(self, connection: http.client.HTTPConnection, host: str, patience: float) -> None:
        self._connection = connection
        self._socket = connection.sock  # http.client forgets it as soon as the headers are read
        self._patience = patience
        self._response = _in_time(connection.getresponse, lambda: self._socket, patience)
        self._host = host
        self._since = time.monotonic()
        self._got = 0
        self.status = self._response.status

    def header(self, name: str) -> str:
        return self._response.getheader(name) or ""

    def headers(self, name: str) -> list[str]:
        return self._response.headers.get_all(name) or []

    def read(self, size: int) -> bytes:
        """Some bytes, at most `size`; none at the end. Damaged if the connection breaks or nearly stands still."""
        try:
            if self._response.chunked:
                data = _in_time(lambda: self._response.read1(size), lambda: self._socket, self._patience)
            else:
                data = self._response.read1(size)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise Damaged(Reason.UNREADABLE, f"{self._host}: {_words(error)}") from None
        least, seconds = _SLOWEST
        self._got += len(data)
        if time.monotonic() - self._since > seconds:
            if self._got < least and data:
                raise Damaged(Reason.UNREADABLE, f"{self._host}: sends less than {least >> 10} KiB a minute")
            self._since, self._got = time.monotonic(), 0
        return data

    def body(self, most: int) -> bytes:
        """All of it. Damaged if it is longer than `most` bytes."""
        parts = []
        left = most
        while part := self.read(1 << 16):
            parts.append(part)
            left -= len(part)
            if left < 0:
                raise Damaged(Reason.CAP, f"{self._host}: an answer of more than {most:,} bytes")
        self.close()
        return b"".join(parts)

    def close(self) -> None:
        self._response.close()
        self._connection.close()
        if self._socket is not None:
            self._socket.close()


class Transport:
    """Opens addresses. Plain HTTP only where `plain` allows it, or to this machine; `proxies` by scheme, as the environment names them."""

    def __init__(self, proxies: Mapping[str, str], limits: Limits, *, plain: bool) -> None:
        self._plain = plain
        self._proxies = proxies
        self._limits = limits
        self._tls: ssl.SSLContext | None = None

    def allows(self, url: str) -> bool:
        """Whether an address may be asked: https, or http to this machine or by the user's leave. Nothing else is an address."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and (self._plain or is_loopback(host))))

    def open(self, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """The answer, whatever its status, redirects followed: what of `headers` is Authorization goes to the first host only.

        A registry that is busy is asked again, after as long as it says. Damaged if there is no answer.
        """
        first = urlsplit(url)
        for _ in range(_REDIRECTS + 1):
            parts = urlsplit(url)
            own = (parts.scheme, parts.netloc) == (first.scheme, first.netloc)
            sent = {name: value for name, value in headers.items() if own or name != "Authorization"}
            answer = self._insist(parts, sent, body)
            if answer.status not in _REDIRECTED or not answer.header("Location"):
                return answer
            answer.close()
            url = _joined(url, answer.header("Location"))
            if not self.allows(url) or (first.scheme == "https" and urlsplit(url).scheme != "https"):
                raise Damaged(Reason.UNREADABLE, f"{first.netloc}: redirects to an address that is not https; it is not followed")
            if body is not None and urlsplit(url).netloc != first.netloc:  # a login's token stands in it
                raise Damaged(Reason.UNREADABLE, f"{first.netloc}: sends a login on to another host; it is not followed")
        raise Damaged(Reason.UNREADABLE, f"{first.netloc}: redirects more than {_REDIRECTS} times")

    def pause(self, number: int) -> None:
        """Wait before try `number`, counted from 1: each time twice as long."""
        time.sleep(min(self._limits.pause * 2 ** (number - 1), _LONGEST_WAIT))

    def _insist(self, parts: SplitResult, headers: Mapping[str, str], body: bytes | None) -> Answer:
        for number in range(1, _TRIES):
            answer = self._once(parts, headers, body)
            if answer.status not in _BUSY:
                return answer
            answer.close()
            asked = answer.header("Retry-After")
            if asked.isdecimal() and len(asked) < 10:
                time.sleep(min(int(asked), _LONGEST_WAIT))
            else:
                self.pause(number)
        return self._once(parts, headers, body)

    def _once(self, parts: SplitResult, headers: Mapping[str, str], body: bytes | None) -> Answer:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection: http.client.HTTPConnection | None = None
        try:
            connection = self._connect(parts)
            about = {"User-Agent": f"secretscan/{__version__}", "Accept-Encoding": "identity", "Connection": "close"}
            asking = connection
            method = "GET" if body is None else "POST"
            patience = _PATIENCE * self._limits.timeout
            _in_time(lambda: asking.request(method, path, body, about | dict(headers)), lambda: asking.sock, patience)
            return Answer(connection, parts.netloc.rpartition("@")[2], patience)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if connection is not None:
                connection.close()
            raise Damaged(Reason.UNREADABLE, f"{parts.netloc.rpartition('@')[2]}: {_words(error)}") from None

    def _connect(self, parts: SplitResult) -> http.client.HTTPConnection:
        host, port = parts.hostname or "", parts.port
        proxy = None if is_loopback(host) or self._direct(host) else self._proxies.get(parts.scheme)
        through = urlsplit(proxy if "://" in proxy else f"http://{proxy}") if proxy else None
        if parts.scheme != "https":
            target = through if through is not None else parts
            return http.client.HTTPConnection(target.hostname or "", target.port, timeout=self._limits.timeout)
        if self._tls is None:
            self._tls = ssl.create_default_context()
        to, at = ((through.hostname or ""), through.port) if through is not None else (host, port)
        connection = http.client.HTTPSConnection(to, at, timeout=self._limits.timeout, context=self._tls)
        if through is not None:
            connection.set_tunnel(host, port)
        return connection

    def _direct(self, host: str) -> bool:
        """Whether `no_proxy` names a host, or a domain around it."""
        named = [name.strip().lstrip(".").lower() for name in self._proxies.get("no", "").split(",")]
        return any(name == "*" or (name and (host == name or host.endswith("." + name))) for name in named)


_T = TypeVar("_T")


def _in_time(wait: Callable[[], _T], socket_now: Callable[[], socket.socket | None], seconds: float) -> _T:
    """What `wait` gives. TimeoutError if that takes longer: the connection is hung up then, from a thread of its own."""
    late = threading.Event()

    def hang_up() -> None:
        late.set()
        held = socket_now()
        if held is not None:
            with suppress(OSError):
                socket.socket.shutdown(held, socket.SHUT_RDWR)  # the plain one's: that of TLS would say goodbye first

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        given = wait()
    except (OSError, http.client.HTTPException, ValueError):
        if not late.is_set():
            raise
    finally:
        timer.cancel()
    if late.is_set():  # also where what came until then looks like an end
        raise TimeoutError
    return given


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name or address alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def _words(error: Exception) -> str:
    """What went wrong, without what the other side said."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not trusted"
    if isinstance(error, TimeoutError):
        return "does not answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower() if not isinstance(error, ssl.SSLError) else "no TLS is spoken there"
    return "the connection broke"
