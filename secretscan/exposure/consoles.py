"""Other consoles that let anybody in, where their settings say so in the manifest. All optional: test clusters are full of them."""

from __future__ import annotations

from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.exposure.facts import Evidence
from secretscan.exposure.objects import Container, Subject, flagged
from secretscan.exposure.tree import true
from secretscan.model import Fact, Mark, Severity
from secretscan.rules import Check

CONSOLE = "console-no-auth"
CHECKS = (
    Check(
        CONSOLE,
        "Console that lets anybody in",
        Severity.HIGH,
        "kubernetes-console",
        ("https://microsoft.github.io/Threat-Matrix-for-Kubernetes/techniques/exposed%20sensitive%20interfaces/",),
        optional=True,
    ),
)
# Each from its own documentation: argo-workflows.readthedocs.io (argo-server-auth-mode), argo-cd.readthedocs.io (argocd-cmd-params-cm),
# grafana.com/docs (auth.anonymous), jupyter-server.readthedocs.io (security), min.io/docs, airflow.apache.org (docker-compose).
_JUPYTER = lazy_re.compile(r"--(?:NotebookApp|ServerApp|IdentityProvider)\.(?:token|password)=(?:''|\"\")?$")
_TELLING = (b"NotebookApp", b"ServerApp", b"IdentityProvider", b"GF_AUTH_ANONYMOUS_ORG_ROLE", b"MINIO_", b"_AIRFLOW_")
_DEFAULTS = {
    "MINIO_ROOT_PASSWORD": ("minioadmin", "minio123"),
    "MINIO_SECRET_KEY": ("minioadmin", "minio123"),
    "_AIRFLOW_WWW_USER_PASSWORD": ("airflow",),
}


def examine(subject: Subject) -> Iterator[Fact]:
    for note, mark in _found(subject):
        yield Fact(Evidence(CONSOLE, Severity.HIGH, note), subject.identity, {"here": mark})


def _found(subject: Subject) -> Iterator[tuple[str, Mark]]:
    if subject.kind == "ConfigMap":
        auth = subject.root.get("data", "server.disable.auth")
        if true(auth.value):
            yield "Argo CD with server.disable.auth", auth.mark
    told = subject.view.text if subject.view is not None else b""
    tells = any(word in told for word in _TELLING)
    for container in subject.containers:
        yield from _argo(container)
        if tells:
            yield from _container(container)


def _argo(container: Container) -> Iterator[tuple[str, Mark]]:
    if "argo" not in container.image + container.name:
        return
    flags = container.flags
    if flags.get("auth-mode", ("",))[0] == "server":
        yield "Argo server with --auth-mode=server acts as its own account for everybody", flags["auth-mode"][1].mark
    if "argocd" in container.image + container.name and (at := flagged(flags, "disable-auth")) is not None:
        yield "Argo CD with --disable-auth", at.mark


def _container(container: Container) -> Iterator[tuple[str, Mark]]:
    for word, at in container.words:
        if _JUPYTER.search(word):
            yield "Jupyter without a token", at.mark
    env = {item.get("name").value: item.get("value") for item in container.at.get("env").items()}
    anonymous, role = env.get("GF_AUTH_ANONYMOUS_ENABLED"), env.get("GF_AUTH_ANONYMOUS_ORG_ROLE")
    if anonymous is not None and true(anonymous.value) and role is not None and role.value == "Admin":
        yield "Grafana where anybody is Admin", role.mark
    for name, values in _DEFAULTS.items():
        if name in env and env[name].value in values:
            yield f"{name} is the default that everybody knows", env[name].mark
