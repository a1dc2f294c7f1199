"""The Kubernetes dashboard, and the ways in which it lets anybody in.

Its login is decided in code (src/app/backend/client/manager.go, v1.10.1 and v2.7.0): there is one if the request came by TLS or if
--enable-insecure-login is given; without one every request runs as the dashboard's own ServiceAccount. Until 1.6 there was none at all;
from 1.7 to 1.10.0 it could always be skipped (CVE-2018-18264); 3 and later, behind Kong, know only tokens. It speaks TLS only if it was
given certificates or makes its own (https://github.com/kubernetes/dashboard/blob/v2.7.0/docs/common/arguments.md).
"""

from __future__ import annotations

from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.exposure.connections import Objects, origin, said
from secretscan.exposure.facts import Evidence
from secretscan.exposure.judging import Judged
from secretscan.exposure.objects import Container, Subject, flagged, is_dashboard
from secretscan.exposure.tree import true
from secretscan.model import Fact, Identity, Mark, Placed, Severity
from secretscan.rules import Check

_ARGUMENTS = "https://github.com/kubernetes/dashboard/blob/v2.7.0/docs/common/arguments.md"
_LOGIN = "https://github.com/kubernetes/dashboard/blob/v2.7.0/src/app/backend/client/manager.go"
_MATRIX = "https://microsoft.github.io/Threat-Matrix-for-Kubernetes/techniques/exposed%20sensitive%20interfaces/"
_FAMILY = "kubernetes-dashboard"

NO_LOGIN, HTTP, SKIP, EXPOSED, ADMIN = (
    "dash-no-login-version",
    "dash-http-no-login",
    "dash-skip-login",
    "dash-exposed",
    "dash-sa-cluster-admin",
)
OPEN = frozenset({NO_LOGIN, HTTP, SKIP})
"""What lets somebody in without a login."""

CHECKS = (
    Check(NO_LOGIN, "Kubernetes dashboard of a version without a login", Severity.HIGH, _FAMILY, (_LOGIN, _MATRIX)),
    Check(HTTP, "Kubernetes dashboard over HTTP, where it asks for no login", Severity.MEDIUM, _FAMILY, (_LOGIN, _MATRIX)),
    Check(SKIP, "Kubernetes dashboard whose login can be skipped", Severity.HIGH, _FAMILY, (_ARGUMENTS, _MATRIX)),
    Check(EXPOSED, "Kubernetes dashboard reachable from outside of the cluster", Severity.MEDIUM, _FAMILY, (_MATRIX,)),
    Check(
        ADMIN,
        "Kubernetes dashboard as cluster-admin",
        Severity.HIGH,
        _FAMILY,
        ("https://github.com/kubernetes/dashboard/blob/v2.7.0/docs/user/access-control/README.md",),
    ),
    Check("dash-insecure-login", "Kubernetes dashboard that takes logins over HTTP", Severity.LOW, _FAMILY, (_ARGUMENTS,), optional=True),
    Check("dash-insecure-bind", "Kubernetes dashboard that listens without TLS", Severity.MEDIUM, _FAMILY, (_ARGUMENTS,), optional=True),
    Check(
        "dash-settings-open",
        "Kubernetes dashboard whose settings anybody changes, or whose tokens never end",
        Severity.LOW,
        _FAMILY,
        (_ARGUMENTS,),
        optional=True,
    ),
)

_VERSION = lazy_re.compile(r":v?(\d+)\.(\d+)(?:\.(\d+))?")
_TLS = ("auto-generate-certificates", "tls-cert-file", "tls-key-file")
_ON = (
    ("dash-insecure-login", "enable-insecure-login", Severity.LOW, "a login whose token goes over the wire in clear"),
    ("dash-settings-open", "disable-settings-authorizer", Severity.LOW, "anybody may change the settings"),
)


def examine(subject: Subject) -> Iterator[Fact]:
    for container in subject.containers:
        if is_dashboard(container):
            for check, severity, note, mark in _container(container):
                yield Fact(Evidence(check, severity, note), subject.identity, {"here": mark})
    if subject.kind == "Helm values":
        for check, severity, note, mark in _values(subject):
            yield Fact(Evidence(check, severity, note), subject.identity, {"here": mark})


def _values(subject: Subject) -> Iterator[tuple[str, Severity, str, Mark]]:
    """The chart's values, at the top or under the name of a dependency."""
    for at in (subject.root, *(child for _, child in subject.root.entries())):
        skip = at.get("enableSkipLogin")
        if true(skip.value):
            yield SKIP, Severity.HIGH, "enableSkipLogin: a button leads past the login", skip.mark
        for argument in at.get("extraArgs").items():
            if argument.value in ("--enable-skip-login", "--enable-skip-login=true"):
                yield SKIP, Severity.HIGH, "--enable-skip-login: a button leads past the login", argument.mark
        admin = at.get("rbac", "clusterAdminRole")
        if true(admin.value):
            yield ADMIN, Severity.HIGH, "rbac.clusterAdminRole: the dashboard acts as cluster-admin", admin.mark


def _container(container: Container) -> Iterator[tuple[str, Severity, str, Mark]]:
    flags = container.flags
    image = container.at.get("image").mark
    found = _VERSION.search(container.image.rpartition("/")[2])
    version = tuple(int(part or 0) for part in found.groups()) if found else None
    if version is not None and version < (1, 7, 0):
        yield NO_LOGIN, Severity.HIGH, f"version {_dotted(version)} has no login at all: it came with 1.7", image
        return
    skip = flagged(flags, "enable-skip-login")
    tls = any(flag in flags and flags[flag][0].lower() != "false" for flag in _TLS)
    insecure = flagged(flags, "enable-insecure-login")
    # A template may be given its arguments when it is rendered: what it lacks says nothing.
    whole = not (container.at.template and any(not each for each in (container.at.get("args"), container.at.get("command"))))
    if version is None or version < (3, 0, 0):
        if skip is not None:
            yield SKIP, Severity.HIGH, "--enable-skip-login: a button leads past the login", skip.mark
        elif version is not None and version < (1, 10, 1) and tls:
            yield SKIP, Severity.MEDIUM, f"version {_dotted(version)} always shows Skip beside its login (CVE-2018-18264)", image
        if not tls and insecure is None and whole:
            port = next(
                (each for each in container.at.get("ports").items() if _is_http(each.get("containerPort").value, each.get("name").value)),
                None,
            )
            where = "port 9090" if port is not None else "no --auto-generate-certificates and no --tls-cert-file"
            at = port.get("containerPort").mark if port is not None else image
            yield HTTP, Severity.MEDIUM, f"it serves HTTP ({where}) without --enable-insecure-login, and then asks nobody who they are", at
    for check, flag, severity, note in _ON:
        if (given := flagged(flags, flag)) is not None:
            yield check, severity, f"--{flag}: {note}", given.mark
    if flags.get("insecure-bind-address", ("",))[0] in ("0.0.0.0", "::"):  # noqa: S104 - what is looked for
        yield "dash-insecure-bind", Severity.MEDIUM, "it listens on every address without TLS", flags["insecure-bind-address"][1].mark
    if flags.get("token-ttl", ("",))[0] == "0":
        yield "dash-settings-open", Severity.LOW, "--token-ttl=0: a login never ends", flags["token-ttl"][1].mark


def _is_http(port: str, name: str) -> bool:
    return port == "9090" or name.lower() == "http"


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def judge(objects: Objects) -> Iterator[Judged]:
    """How bad an open door is depends on who can reach it and as whom it acts."""
    open_at: dict[tuple[object, Identity], list[Placed]] = {}
    for fact in objects.evidence:
        if fact.about.check in OPEN:
            open_at.setdefault((origin(fact).path, fact.identity), []).append(fact)
    admins: set[int] = set()
    raised: dict[int, tuple[Severity, str]] = {}
    exposed: dict[int, Judged] = {}
    granted: dict[int, Judged] = {}
    for workload in objects.workloads:
        if not workload.about.dashboard:
            continue
        doors = open_at.get((origin(workload).path, workload.identity), [])
        ways = list(objects.doors(workload))
        given = objects.grants(workload)
        grants = [grant for grant in given if grant.everything]
        more = [grant for grant in given if grant.reads_secrets and not grant.everything and grant.cluster]
        for door in doors:
            raised[id(door)] = _raised(door, bool(ways), bool(grants), bool(more))
        for object, mark, words in ways:
            severity = Severity.CRITICAL if doors else Severity.MEDIUM
            note = f"{words}; behind it is {said(workload.identity)}" + (", which lets anybody in" if doors else "")
            _worse(exposed, object, Judged(EXPOSED, severity, note, object, mark))
        for grant in grants:
            admins.add(id(grant.binding))
            severity = Severity.CRITICAL if doors else Severity.HIGH
            note = f"{said(grant.binding.identity)} makes the account of {said(workload.identity)} cluster-admin"
            _worse(
                granted, grant.binding, Judged(ADMIN, severity, note + (", and it lets anybody in" if doors else ""), grant.binding, "role")
            )
    for service in objects.services:
        if id(service) not in exposed and any("kubernetes-dashboard" in value for _, value in service.about.selector):
            for object, mark, words in objects.ways(service):
                if id(object) not in exposed:
                    exposed[id(object)] = Judged(EXPOSED, Severity.MEDIUM, f"{words}; it selects dashboards", object, mark)
    for binding in objects.bindings:
        for account in binding.about.subjects if id(binding) not in admins else ():
            if account.kind == "ServiceAccount" and "dashboard" in account.name and objects.grant(binding, account).everything:
                note = f"it binds ServiceAccount {account.name}"
                granted[id(binding)] = Judged(ADMIN, Severity.HIGH, note, binding, "role")
    for fact in objects.evidence:
        if fact.about.check.startswith("dash-"):
            severity, note = raised.get(id(fact), (fact.about.severity, ""))
            yield Judged(fact.about.check, severity, fact.about.note + note, fact)
    yield from exposed.values()
    yield from granted.values()


def _raised(door: Placed, reachable: bool, admin: bool, more: bool) -> tuple[Severity, str]:
    severity: Severity = door.about.severity
    if door.about.check == HTTP and (admin or more):
        severity = Severity.HIGH
    elif admin or (reachable and door.about.check == NO_LOGIN):
        severity = Severity.CRITICAL
    words = [word for word, holds in (("it is reachable from outside", reachable), ("it acts as cluster-admin", admin)) if holds]
    return severity, "".join(f"; {word}" for word in words)


def _worse(found: dict[int, Judged], object: Placed, judged: Judged) -> None:
    known = found.get(id(object))
    if known is None or judged.severity > known.severity:
        found[id(object)] = judged
