"""Names of images in registries: `registry.example[:port]/repository[:tag][@digest]`.

Facts: OCI distribution-spec (repository and tag grammar), distribution/reference (Docker Hub's short names).
"""

from __future__ import annotations

from typing import NamedTuple

from secretscan import lazy_re

HUB = "docker.io"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE = lazy_re.compile(
    r"(?P<host>(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?)/"
    rf"(?P<repository>{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}))?"
)


class Reference(NamedTuple):
    """`host` is as named, with its port; `reference` is a digest or else a tag."""

    host: str
    repository: str
    reference: str


def parse(name: str) -> Reference | None:
    """What a name stands for. None if it names no registry: what stands before the first slash has a dot or a port, or is `localhost`."""
    match = _REFERENCE.fullmatch(name.removeprefix("docker://"))
    if match is None:
        return None
    host, repository = match["host"], match["repository"]
    if not ("." in host or ":" in host or host == "localhost"):
        return None
    if host in (HUB, "index.docker.io"):
        host = HUB
        repository = repository if "/" in repository else f"library/{repository}"
    return Reference(host, repository, match["digest"] or match["tag"] or "latest")
