"""From an object's tree to what checks ask for: its pods, its containers, whom it names.

Field names are those of the Kubernetes API reference (https://kubernetes.io/docs/reference/kubernetes-api/); the others are named where
they are read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property

from secretscan._core import Map
from secretscan.exposure.facts import Binding, Labels, Role, Route, Service, Use, Workload
from secretscan.exposure.facts import Subject as Bound
from secretscan.exposure.tree import Cursor, true
from secretscan.model import Fact, Identity, Mark, View
from secretscan.readers.kubernetes.objects import Object

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_TEMPLATES = (("spec", "template"), ("spec", "jobTemplate", "spec", "template"), ("template",))
_NESTS = frozenset({"template", "jobTemplate"})
_ROUTES = frozenset({"Ingress", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "VirtualService", "IngressRoute", "HTTPProxy", "Route"})
_GUARDS = ("auth-url", "auth-type", "auth-signin", "oauth2", "auth-tls-secret", "whitelist-source-range", "allowlist-source-range")
_INTERNAL = (
    "load-balancer-internal", "load-balancer-scheme", "internal-load-balancer", "load-balancer-type", "loadbalancer-internal",
)  # fmt: skip
_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
_MAX_USES = 1_000
_MAX_SUBJECTS = 10_000


class Container:
    """One container of a pod."""

    def __init__(self, at: Cursor) -> None:
        self.at = at
        self.image = at.get("image").value
        self.name = at.get("name").value

    @cached_property
    def words(self) -> list[tuple[str, Cursor]]:
        """`command` and `args`, a word an entry, each with where it stands."""
        return [(item.value, item) for key in ("command", "args") for item in self.at.get(key).items()]

    @cached_property
    def flags(self) -> dict[str, tuple[str, Cursor]]:
        """Command line flags without their dashes, and values: `--x=y`, `--x y`, and `--x` alone, which means true.

        A script that is one word of a command line is taken apart at blanks.
        """
        found: dict[str, tuple[str, Cursor]] = {}
        words = [(part, at) for word, at in self.words for part in (word.split() if " --" in word else [word])]
        for number, (word, at) in enumerate(words):
            if not word.startswith("--"):
                continue
            name, equals, value = word.strip("\"'").lstrip("-").partition("=")
            if not equals:
                following = words[number + 1][0] if number + 1 < len(words) else ""
                value = following if following and not following.startswith("-") else "true"
            found.setdefault(name, (value.strip("\"'"), at))
        return found

    @property
    def repository(self) -> str:
        """The image without registry tag and digest, in lower case."""
        name = self.image.partition("@")[0].lower()
        head, colon, tail = name.rpartition(":")
        return head if colon and "/" not in tail else name

    @property
    def basename(self) -> str:
        return self.repository.rpartition("/")[2]


class Subject:
    """One object under examination. What is costly is worked out when a check first asks for it."""

    def __init__(self, found: Object) -> None:
        self.identity: Identity = found.identity
        self.kind = found.identity.kind
        self.view: View | None = found.view
        self.root = Cursor(found.node, found.text)

    @cached_property
    def pod(self) -> Cursor:
        """The pod template or Pod: what holds `metadata` and `spec`. Empty if the object runs none."""
        if self.kind == "Pod":
            return self.root
        spec = self.root.get("spec")
        spare = type(spec.node) is not Map or not any(key in _NESTS for key, _ in spec.node.entries)  # most objects: cheap to tell
        for keys in () if spare and self.kind != "PodTemplate" else _TEMPLATES:
            found = self.root.get(*keys)
            if found.get("spec", "containers") or found.get("spec", "initContainers"):
                return found
        return Cursor(None, self.root.text)

    @cached_property
    def containers(self) -> list[Container]:
        spec = self.pod.get("spec")
        return [Container(item) for key in _CONTAINERS for item in spec.get(key).items()] if spec else []

    def shown(self, start: int, end: int) -> Mark:
        """Where a stretch of the object's view stands in the text that was read."""
        segments = self.view.segments if self.view is not None else ()
        number = bisect_right(segments, start, key=lambda segment: segment.start) - 1
        if number < 0:
            return self.root.mark
        segment = segments[number]
        pointer = str(segment.facts.get("pointer", ""))
        if not segment.exact:
            return Mark(segment.source_start, segment.source_end, pointer)
        first = segment.source_start + start - segment.start
        return Mark(first, max(first, min(first + end - start, segment.source_end)), pointer)

    @property
    def name(self) -> Mark:
        """Where the object's name stands; its beginning if it has none."""
        name = self.root.get("metadata", "name")
        return name.mark if name else self.root.mark


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


def is_dashboard(container: Container) -> bool:
    """Whether a container is the Kubernetes dashboard: https://github.com/kubernetes-retired/dashboard, under all its image names."""
    name = container.repository
    if "dashboard" not in name:
        return False
    base = container.basename
    return base.startswith("kubernetes-dashboard") or name.endswith(("kubernetesui/dashboard", "kubernetes-dashboard/dashboard"))


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


def flagged(flags: dict[str, tuple[str, Cursor]], name: str) -> Cursor | None:
    """Where a flag is switched on."""
    found = flags.get(name)
    return found[1] if found is not None and true(found[0]) else None
