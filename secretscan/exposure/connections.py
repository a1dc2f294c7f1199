"""All that was said by the objects of a scan, and where it connects: a Service and the pods it selects, a binding and its ServiceAccount.

Folders often hold the same objects for several clusters. Of several that a name may mean, those that lie nearest are meant: in the folder
of whoever names them or below it, else in the folder above, and so on. Where an object names no namespace, any will do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from secretscan.exposure.facts import Binding, Bucket, Evidence, Labels, Role, Route, Service, Subject, Use, Workload
from secretscan.model import Finding, Identity, Origin, Place, Placed

CLUSTER_ADMIN = "cluster-admin"
WHOLE = frozenset({"cluster"})
"""Kinds of targets that are one cluster by their nature: every object of theirs lies as near as any other."""
_SECRET_READERS = frozenset({CLUSTER_ADMIN, "admin", "edit"})
"""Roles that come with every cluster and read secrets: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles."""


class Grant(NamedTuple):
    """A binding that gives an account something: which of its subjects, and the role if it lies in the scan. `cluster`: everywhere."""

    binding: Placed
    subject: Subject
    role: Placed | None
    cluster: bool
    reads_secrets: bool
    everything: bool


class Objects:
    """The facts of one scan. Lookups are by name, so a large cluster costs no more than its objects."""

    def __init__(self, facts: Iterable[Placed], findings: Sequence[Finding] = ()) -> None:
        self.findings = findings
        self._grants: dict[tuple[int, int], Grant] = {}
        self._readers: dict[int, list[tuple[Placed, Use]]] = {}  # by the place's identity: findings outlive this
        self.evidence: list[Placed] = []
        self.workloads: list[Placed] = []
        self.services: list[Placed] = []
        self.bindings: list[Placed] = []
        self.buckets: list[Placed] = []
        self.routes: dict[str, list[Placed]] = defaultdict(list)
        self._roles: dict[str, list[Placed]] = defaultdict(list)
        lists: dict[type, list[Placed]] = {
            Evidence: self.evidence,
            Workload: self.workloads,
            Service: self.services,
            Binding: self.bindings,
            Bucket: self.buckets,
        }
        for fact in facts:
            about = fact.about
            if isinstance(about, Route):
                for name in about.services:
                    self.routes[name].append(fact)
            elif isinstance(about, Role):
                self._roles[fact.identity.name].append(fact)
            else:
                lists[type(about)].append(fact)

    @cached_property
    def _by_label(self) -> dict[tuple[str, str], list[Placed]]:
        index: dict[tuple[str, str], list[Placed]] = defaultdict(list)
        for service in self.services:
            for label in service.about.selector:
                index[label].append(service)
        return index

    @cached_property
    def _by_account(self) -> dict[tuple[str, str | None], list[tuple[Placed, Subject]]]:
        """Bindings by account and its namespace, and under None by the account's name alone."""
        index: dict[tuple[str, str | None], list[tuple[Placed, Subject]]] = defaultdict(list)
        for binding in self.bindings:
            for subject in binding.about.subjects:
                if subject.kind == "ServiceAccount":
                    index[subject.name, subject.namespace].append((binding, subject))
                    index[subject.name, None].append((binding, subject))
        return index

    @cached_property
    def _by_use(self) -> dict[tuple[str, str], list[tuple[Placed, Use]]]:
        index: dict[tuple[str, str], list[tuple[Placed, Use]]] = defaultdict(list)
        for workload in self.workloads:
            for use in workload.about.uses:
                index[use.kind, use.name].append((workload, use))
        return index

    def services_of(self, workload: Placed) -> list[Placed]:
        """The Services that select a workload's pods."""
        labels: Labels = workload.about.labels
        found = {id(service): service for label in labels for service in self._by_label.get(label, ())}
        return nearest(
            [each for each in found.values() if each.about.selector <= labels and same_namespace(each.identity, workload.identity)],
            workload,
        )

    def doors(self, workload: Placed) -> Iterator[tuple[Placed, str, str]]:
        """How a workload is reached from outside: (the object, the name of its mark, a few words)."""
        for service in self.services_of(workload):
            yield from self.ways(service)

    def ways(self, service: Placed) -> Iterator[tuple[Placed, str, str]]:
        """How a Service is reached from outside."""
        if service.about.outside:
            yield service, "outside", f"{said(service.identity)} is of {service.about.outside}"
        for route in nearest(
            [each for each in self.routes[service.identity.name] if same_namespace(each.identity, service.identity)], service
        ):
            if not route.about.guarded:
                yield route, f"to {service.identity.name}", f"{said(route.identity)} leads to it"

    def grants(self, workload: Placed) -> list[Grant]:
        """What the account that a workload runs as was given, in the nearest bindings that name it."""
        namespace, name = workload.identity.namespace, workload.about.account
        keys = ((name, namespace), (name, "")) if namespace else ((name, None),)
        found = [bound for key in keys for bound in self._by_account.get(key, ())]
        near = {id(binding) for binding in nearest([binding for binding, _ in found], workload)}
        return [self.grant(binding, subject) for binding, subject in found if id(binding) in near]

    def grant(self, binding: Placed, subject: Subject) -> Grant:
        """What a binding gives to one of its subjects."""
        key = id(binding), id(subject)
        if key not in self._grants:
            self._grants[key] = self._resolved(binding, subject)
        return self._grants[key]

    def _resolved(self, binding: Placed, subject: Subject) -> Grant:
        about: Binding = binding.about
        roles = nearest(
            [
                role
                for role in self._roles.get(about.role, ())
                if role.identity.kind == about.role_kind
                and (about.role_kind == "ClusterRole" or same_namespace(role.identity, binding.identity))
            ],
            binding,
        )
        role = roles[0] if roles else None
        reads = about.role in _SECRET_READERS if role is None else role.about.reads_secrets
        everything = about.role == CLUSTER_ADMIN or (role is not None and role.about.everything)
        return Grant(binding, subject, role, about.cluster, reads or everything, everything and about.cluster)

    @cached_property
    def _buckets(self) -> dict[tuple[bytes, bytes, str, str, str], list[Placed]]:
        index: dict[tuple[bytes, bytes, str, str, str], list[Placed]] = defaultdict(list)
        for bucket in self.buckets:
            index[(*origin(bucket)[1:3], *bucket.identity[1:])].append(bucket)
        return index

    def buckets_of(self, workload: Placed) -> list[Placed]:
        """The buckets that an object names."""
        return self._buckets.get((*origin(workload)[1:3], *workload.identity[1:]), [])

    def buckets_at(self, place: Place) -> list[Placed]:
        """The buckets that the object names in which a place lies."""
        facts = place.origin.facts
        kind, namespace, name = (str(facts.get(key) or "") for key in ("kind", "namespace", "name"))
        return self._buckets.get((*place.origin[1:3], kind, namespace, name), [])

    def readers(self, place: Place) -> list[tuple[Placed, Use]]:
        """The workloads that read the Secret or ConfigMap that a place lies in, and how."""
        if id(place) not in self._readers:
            self._readers[id(place)] = self._read_by(place)
        return self._readers[id(place)]

    def _read_by(self, place: Place) -> list[tuple[Placed, Use]]:
        facts = place.origin.facts
        kind, name = facts.get("kind"), facts.get("name")
        if kind not in ("Secret", "ConfigMap") or not isinstance(name, str):
            return []
        identity = Identity("", str(kind), str(facts.get("namespace") or ""), name)
        key = _data_key(str(facts.get("pointer") or ""))
        found = [
            (workload, use)
            for workload, use in self._by_use.get((identity.kind, name), ())
            if same_namespace(workload.identity, identity) and (not use.key or not key or use.key == key)
        ]
        near = {id(each) for each in _nearest([workload for workload, _ in found], place.origin)}
        return [(workload, use) for workload, use in found if id(workload) in near]


def nearest(found: Sequence[Placed], around: Placed) -> list[Placed]:
    """Those that lie nearest to another fact's object."""
    return _nearest(found, origin(around))


def _nearest(found: Sequence[Placed], around: Origin) -> list[Placed]:
    inside = [each for each in found if origin(each)[:2] == around[:2]]
    if len(inside) < 2 or around.kind in WHOLE:
        return inside
    paths = [origin(each).path for each in inside]
    folder = around.path
    while folder:
        folder = folder.rpartition(b"/")[0]
        below = [each for each, path in zip(inside, paths, strict=True) if not folder or path.startswith(folder + b"/")]
        if below:
            return below
    return inside


def origin(fact: Placed) -> Origin:
    """The file that a fact's object lies in."""
    return next(iter(fact.places.values())).origin


def same_namespace(left: Identity, right: Identity) -> bool:
    """Whether two objects may be in one namespace: where one of them does not say, it may be any."""
    return not left.namespace or not right.namespace or left.namespace == right.namespace


def said(identity: Identity) -> str:
    """An object as people call it: `Deployment prod/web`."""
    return f"{identity.kind} {'/'.join(each for each in (identity.namespace, identity.name) if each)}".strip()


def _data_key(pointer: str) -> str:
    """The key of a Secret or ConfigMap that a pointer goes through."""
    for field in ("data", "stringData", "binaryData"):
        if pointer.startswith(f"{field}['"):
            return pointer[len(field) + 2 :].partition("']")[0]
        if pointer.startswith(f"{field}."):
            return pointer[len(field) + 1 :].partition("!")[0].partition("[")[0].partition(".")[0]
    return ""
