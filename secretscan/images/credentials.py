"""Who a user is to a registry: ~/.docker/config.json, its credential helpers, and podman's auth.json.

Facts: docker/cli docs (config.json: `auths`, `credHelpers`, `credsStore`), docker-credential-helpers README (protocol),
containers-auth.json(5) (places, keys with repositories).
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from secretscan import lazy_re
from secretscan.images.reference import HUB, Reference
from secretscan.model import Json, Secret

_HUB_KEY = "https://index.docker.io/v1/"
_HELPER = lazy_re.compile(r"[A-Za-z0-9._-]+")
_HELPER_SECONDS = 30
_MOST = 1 << 20  # bytes of a file, and of what a helper says


class Login(NamedTuple):
    """`identity` is a token that stands for name and password; then those are empty."""

    user: str
    password: Secret
    identity: Secret

    def basic(self) -> Secret:
        """The value of an Authorization header."""
        return Secret(b"Basic " + base64.b64encode(self.user.encode() + b":" + self.password))


def login(reference: Reference, environment: Mapping[str, str]) -> Login | None:
    """The login for a registry and repository, from the first file that tells of one. None if none does, or a helper fails."""
    for path in _files(environment):
        told = _read(path)
        for key in _keys(reference):
            helper = _dict(told.get("credHelpers")).get(key)
            entry = _dict(told.get("auths")).get(key)
            found = _from_helper(helper, key) if isinstance(helper, str) else _from_entry(_dict(entry))
            if found is None and isinstance(entry, dict) and isinstance(store := told.get("credsStore"), str):
                found = _from_helper(store, key)
            if found is not None:
                return found
    return None


def _files(environment: Mapping[str, str]) -> Iterator[str]:
    home = environment.get("HOME", "")
    if environment.get("REGISTRY_AUTH_FILE"):
        yield environment["REGISTRY_AUTH_FILE"]
    if environment.get("XDG_RUNTIME_DIR"):
        yield os.path.join(environment["XDG_RUNTIME_DIR"], "containers", "auth.json")
    if home:
        yield os.path.join(environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "containers", "auth.json")
    if environment.get("DOCKER_CONFIG"):
        yield os.path.join(environment["DOCKER_CONFIG"], "config.json")
    elif home:
        yield os.path.join(home, ".docker", "config.json")


def _keys(reference: Reference) -> Iterator[str]:
    """From the most exact on: podman's keys may hold the repository, docker's may be addresses."""
    path = f"{reference.host}/{reference.repository}"
    while path:
        yield path
        path = path.rpartition("/")[0]
    if reference.host == HUB:
        yield from (_HUB_KEY, "index.docker.io")
    yield from (f"https://{reference.host}", f"https://{reference.host}/v1/", f"https://{reference.host}/v2/")


def _read(path: str) -> Mapping[str, Json]:
    try:
        with open(path, "rb") as file:
            return _dict(json.loads(file.read(_MOST)))
    except (OSError, ValueError, RecursionError):
        return {}


def _from_entry(entry: Mapping[str, Json]) -> Login | None:
    identity = entry.get("identitytoken")
    if isinstance(identity, str) and identity:
        return Login("", Secret(), Secret(identity.encode()))
    user, password, auth = (entry.get(key) for key in ("username", "password", "auth"))
    if isinstance(auth, str) and auth:
        try:
            user, _, password = base64.b64decode(auth).rstrip(b"\0").decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
    if isinstance(user, str) and user and isinstance(password, str):
        return Login(user, Secret(password.encode()), Secret())
    return None


def _from_helper(helper: str, key: str) -> Login | None:
    """What `docker-credential-HELPER get` says of a registry. It is the user's own program, from the user's own configuration."""
    if not _HELPER.fullmatch(helper):
        return None
    try:
        done = subprocess.run(
            [f"docker-credential-{helper}", "get"], input=key.encode(), capture_output=True, timeout=_HELPER_SECONDS, check=False
        )
        told = _dict(json.loads(done.stdout[:_MOST])) if done.returncode == 0 else {}
    except (OSError, subprocess.SubprocessError, ValueError, RecursionError):
        return None
    user, secret = told.get("Username"), told.get("Secret")
    if not isinstance(user, str) or not isinstance(secret, str) or not secret:
        return None
    if user == "<token>":
        return Login("", Secret(), Secret(secret.encode()))
    return Login(user, Secret(secret.encode()), Secret())


def _dict(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}
