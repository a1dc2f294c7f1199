"""What an object says of others: whom it selects, runs as, binds, reads. Joins connect objects by it.

Field names are those of the Kubernetes API reference (https://kubernetes.io/docs/reference/kubernetes-api/); the others are named where
they are read.
"""

from __future__ import annotations

from collections.abc import Iterator

from secretscan._core import Map
from secretscan.exposure.facts import Binding, Labels, Role, Route, Service, Use, Workload
from secretscan.exposure.facts import Subject as Bound
from secretscan.exposure.objects import Subject, is_dashboard
from secretscan.exposure.tree import Cursor
from secretscan.model import Fact, Mark

_ROUTES = frozenset({"Ingress", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "VirtualService", "IngressRoute", "HTTPProxy", "Route"})
_GUARDS = ("auth-url", "auth-type", "auth-signin", "oauth2", "auth-tls-secret", "whitelist-source-range", "allowlist-source-range")
_INTERNAL = (
    "load-balancer-internal", "load-balancer-scheme", "internal-load-balancer", "load-balancer-type", "loadbalancer-internal",
)  # fmt: skip
_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
_MAX_USES = 1_000
_MAX_SUBJECTS = 10_000


def relations(subject: Subject) -> Iterator[Fact]:
    """What the object says of others: whom it selects, runs as, binds, reads."""
    kind = subject.kind
    marks: dict[str, Mark] = {}
    about: object = None
    if kind == "Service":
        about = _service(subject, marks)
    elif kind in ("RoleBinding", "ClusterRoleBinding"):
        about = _binding(subject, marks)
    elif kind in ("Role", "ClusterRole"):
        about = _role(subject, marks)
    elif kind in _ROUTES:
        about = _route(subject, marks)
    elif subject.pod:
        about = _workload(subject, marks)
    if about is not None:
        yield Fact(about, subject.identity, marks)


def labels(at: Cursor) -> Labels:
    return frozenset((key, child.value) for key, child in at.entries() if child.value)


def _workload(subject: Subject, marks: dict[str, Mark]) -> Workload:
    spec = subject.pod.get("spec")
    marks["name"] = subject.name
    account = spec.get("serviceAccountName")
    if not account.value:
        account = spec.get("serviceAccount")
    if account.value:
        marks["account"] = account.mark
    uses = []
    for number, (use, at) in enumerate(_uses(subject)):
        if number == _MAX_USES:
            break
        name = f"use {number}"
        marks[name] = at.mark
        uses.append(use._replace(mark=name))
    automount = spec.get("automountServiceAccountToken").value.lower() != "false"
    dashboard = next((each.image for each in subject.containers if is_dashboard(each)), "")
    return Workload(labels(subject.pod.get("metadata", "labels")), account.value or "default", automount, tuple(uses), dashboard)


def _uses(subject: Subject) -> Iterator[tuple[Use, Cursor]]:
    for container in subject.containers:
        for item in container.at.get("envFrom").items():
            for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
                name = item.get(field, "name")
                if name.value:
                    yield Use(kind, name.value, "", "as its environment", ""), name
        for item in container.at.get("env").items():
            source = item.get("valueFrom")
            for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")) if source else ():
                name = source.get(field, "name")
                if name.value:
                    yield Use(kind, name.value, source.get(field, "key").value, f"as {item.get('name').value}", ""), name
    for volume in subject.pod.get("spec", "volumes").items():
        for held in (volume, *(each for each in volume.get("projected", "sources").items())):
            for field, called, kind in (("secret", "secretName", "Secret"), ("configMap", "name", "ConfigMap")):
                at = held.get(field, called)
                if not at.value and held is not volume:
                    at = held.get(field, "name")
                if at.value:
                    yield Use(kind, at.value, "", f"as volume {volume.get('name').value}", ""), at


def _service(subject: Subject, marks: dict[str, Mark]) -> Service:
    spec = subject.root.get("spec")
    outside = ""
    kind = spec.get("type")
    marks["name"] = subject.name
    if kind.value == "NodePort" or (kind.value == "LoadBalancer" and not _internal(subject)):
        outside = f"type {kind.value}"
        marks["outside"] = kind.mark
    elif addresses := [each for each in spec.get("externalIPs").items() if each.value]:
        outside = "externalIPs"
        marks["outside"] = addresses[0].mark
    return Service(labels(spec.get("selector")), outside)


def _internal(subject: Subject) -> bool:
    """Whether a load balancer is for the inside only: an annotation of the cloud's, or addresses that it lets in."""
    ranges = [each.value for each in subject.root.get("spec", "loadBalancerSourceRanges").items()]
    if ranges and not _ANYWHERE.intersection(ranges):
        return True
    for key, child in subject.root.get("metadata", "annotations").entries():
        said = child.value.lower()
        if any(word in key for word in _INTERNAL) and (said in ("true", "internal", "intranet", "private") or said == "0.0.0.0/0"):
            return True
    return False


def _route(subject: Subject, marks: dict[str, Mark]) -> Route | None:
    """Gateway API: https://gateway-api.sigs.k8s.io/reference/spec/; Istio, Traefik, Contour and OpenShift have their own."""
    if subject.kind == "Route" and "openshift" not in subject.identity.api_version:
        return None
    marks["name"] = subject.name
    services: dict[str, None] = {}
    for at in _backends(subject.root.get("spec")):
        name = at.value.partition(".")[0]  # Istio names hosts: name.namespace.svc
        if name:
            services[name] = None
            marks.setdefault(f"to {name}", at.mark)
    guards = [key for key, _ in subject.root.get("metadata", "annotations").entries() if any(word in key for word in _GUARDS)]
    return Route(tuple(services), bool(guards))


def _backends(spec: Cursor) -> Iterator[Cursor]:
    for backend in (spec.get("backend"), spec.get("defaultBackend")):
        yield from _ingress_backend(backend)
    if spec.get("to", "kind").value in ("Service", ""):
        yield spec.get("to", "name")
    for rule in spec.get("rules").items():
        for path in rule.get("http", "paths").items():
            yield from _ingress_backend(path.get("backend"))
        for reference in rule.get("backendRefs").items():
            yield reference.get("name")
    for group in ("http", "tls", "tcp", "routes"):
        for rule in spec.get(group).items():
            for target in rule.get("route").items():
                yield target.get("destination", "host")
            for target in rule.get("services").items():
                yield target.get("name")


def _ingress_backend(backend: Cursor) -> Iterator[Cursor]:
    if backend:
        yield backend.get("service", "name")
        yield backend.get("serviceName")


def _binding(subject: Subject, marks: dict[str, Mark]) -> Binding:
    role = subject.root.get("roleRef", "name")
    marks["role"] = role.mark if role else subject.name
    bound = []
    for number, at in enumerate(subject.root.get("subjects").items()):
        if number == _MAX_SUBJECTS:
            break
        name = f"subject {number}"
        called = at.get("name")
        marks[name] = called.mark if called else at.mark
        kind = at.get("kind").value
        namespace = at.get("namespace").value
        if kind == "ServiceAccount" and not namespace:
            namespace = subject.identity.namespace
        bound.append(Bound(kind, namespace, called.value, name))
    return Binding(subject.root.get("roleRef", "kind").value, role.value, subject.kind == "ClusterRoleBinding", tuple(bound))


def _role(subject: Subject, marks: dict[str, Mark]) -> Role:
    reads, everything, resources = False, False, False
    marks["rules"] = subject.name
    for rule in subject.root.get("rules").items():
        verbs = {each.value for each in rule.get("verbs").items()}
        named = {each.value for each in rule.get("resources").items()}
        groups = {each.value for each in rule.get("apiGroups").items()}
        resources = resources or bool(named)
        if named & {"secrets", "*"} and groups & {"", "*"} and verbs & {"get", "list", "watch", "*"} and not rule.get("resourceNames"):
            if not reads:
                marks["rules"] = next(each.mark for each in rule.get("resources").items() if each.value in ("secrets", "*"))
            reads = True
            everything = everything or ("*" in named and "*" in groups and "*" in verbs)
    aggregated = type(subject.root.get("aggregationRule").node) is Map
    return Role(reads, everything, not resources and not aggregated and not subject.root.template)
