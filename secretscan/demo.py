"""Builds something to scan: a repository, an image and manifests that leak made-up keys the way real ones do.

Every key is made here, at build time, and opens nothing. The same folder comes out each time.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import NamedTuple

from secretscan.errors import ScanError, UsageError
from secretscan.redaction import printable
from secretscan.templates import expand

_WHO = {
    "GIT_AUTHOR_NAME": "Demo",
    "GIT_AUTHOR_EMAIL": "demo@example.com",
    "GIT_COMMITTER_NAME": "Demo",
    "GIT_COMMITTER_EMAIL": "demo@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


class Planted(NamedTuple):
    """A key pair that a scan of `target` (of kind `kind`) must find. `key_id` is its access key id."""

    kind: str
    target: str
    what: str
    key_id: bytes


def build(folder: Path) -> tuple[Planted, ...]:
    """Build the demo in `folder`, which must be empty or absent. Gives what was planted, one for each target."""
    name = printable(os.fsencode(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"{name}: is not empty; name a new or empty folder")
        return (_repository(folder / "repo"), _image(folder / "image.tar"), *_manifests(folder / "manifests"))
    except OSError as error:
        raise ScanError(f"{name}: the demo cannot be built there: {(error.strerror or 'failed').lower()}") from None


def _pair(seed: int) -> tuple[str, str]:
    """(access key id, secret access key) of a made-up user."""
    return expand("AKIA{aws_id:123456789012}", seed), expand("{b64:40}", seed)


def _env_file(key_id: str, secret: str) -> bytes:
    return f"AWS_ACCESS_KEY_ID={key_id}\nAWS_SECRET_ACCESS_KEY={secret}\nAWS_REGION=eu-west-1\n".encode()


def _repository(repo: Path) -> Planted:
    """Two commits: the second takes out the file that the first should not have held."""
    key_id, secret = _pair(1)
    readme = b"# A service\n\nIts settings are in the environment.\n"
    _git(repo.parent, "init", "-q", "--template=", "--initial-branch=main", repo.name)
    readme_id = _git(repo, "hash-object", "-w", "--stdin", stdin=readme)
    env_id = _git(repo, "hash-object", "-w", "--stdin", stdin=_env_file(key_id, secret))
    with_key = _git(repo, "mktree", stdin=f"100644 blob {env_id}\t.env\n100644 blob {readme_id}\tREADME.md\n".encode())
    without = _git(repo, "mktree", stdin=f"100644 blob {readme_id}\tREADME.md\n".encode())
    first = _git(repo, "commit-tree", with_key, "-m", "Add the service", day=1)
    second = _git(repo, "commit-tree", without, "-p", first, "-m", "Take out the settings", day=2)
    _git(repo, "update-ref", "refs/heads/main", second)
    _git(repo, "read-tree", "main")
    (repo / "README.md").write_bytes(readme)
    return Planted("git", str(repo), "a key pair that a later commit removed", key_id.encode())


def _git(folder: Path, *args: str, stdin: bytes = b"", day: int = 1) -> str:
    date = f"2024-01-{day:02d}T12:00:00 +0000"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env = {**kept, **_WHO, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    try:
        done = subprocess.run(["git", *args], cwd=folder, input=stdin, env=env, capture_output=True, check=True)
    except FileNotFoundError:
        raise ScanError("git: not found; the demo builds a repository with it, install git") from None
    except subprocess.CalledProcessError as error:
        raise ScanError(f"git {args[0]}: failed while building the demo: {printable(error.stderr.strip())}") from None
    return done.stdout.decode().strip()


def _image(path: Path) -> Planted:
    """What `docker save` writes: one layer with a key file, and one above it that deletes the file."""
    key_id, secret = _pair(2)
    layers = [
        _tar({"etc/os-release": b"ID=demo\n", "srv/app/.env": _env_file(key_id, secret)}),
        _tar({"srv/app/.wh..env": b""}),
    ]
    digests = [hashlib.sha256(layer).hexdigest() for layer in layers]
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Env": ["PATH=/usr/bin:/bin"], "Cmd": ["/srv/app/run"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
            "history": [{"created_by": "COPY . /srv/app"}, {"created_by": "RUN rm /srv/app/.env"}],
        }
    ).encode()
    config_name = f"{hashlib.sha256(config).hexdigest()}.json"
    names = [f"{digest}/layer.tar" for digest in digests]
    manifest = json.dumps([{"Config": config_name, "RepoTags": ["demo:latest"], "Layers": names}]).encode()
    path.write_bytes(_tar({**dict(zip(names, layers, strict=True)), config_name: config, "manifest.json": manifest}))
    return Planted("image", str(path), "a key pair that a later layer deleted", key_id.encode())


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _manifests(folder: Path) -> tuple[Planted, ...]:
    """A Deployment with the pair as env names and values, and a Secret with another in base64, a half under each key."""
    folder.mkdir()
    env_id, env_secret = _pair(3)
    secret_id, secret_secret = _pair(4)
    (folder / "deployment.yaml").write_text(
        f"""apiVersion: apps/v1
kind: Deployment
metadata:
  name: telemetry
  namespace: default
spec:
  selector:
    matchLabels: {{app: telemetry}}
  template:
    metadata:
      labels: {{app: telemetry}}
    spec:
      containers:
        - name: agent
          image: registry.example.com/telemetry:1.0
          env:
            - name: AWS_ACCESS_KEY_ID
              value: {env_id}
            - name: AWS_SECRET_ACCESS_KEY
              value: "{env_secret}"
"""
    )
    (folder / "secret.yaml").write_text(
        f"""apiVersion: v1
kind: Secret
metadata:
  name: backup
  namespace: default
type: Opaque
data:
  accessKey: {base64.b64encode(secret_id.encode()).decode()}
  secretKey: {base64.b64encode(secret_secret.encode()).decode()}
"""
    )
    return (
        Planted("manifest", str(folder), "a key pair in a Deployment's environment", env_id.encode()),
        Planted("manifest", str(folder), "a key pair in a Secret, in base64", secret_id.encode()),
    )
