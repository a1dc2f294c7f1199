"""What objects say of each other, and what is wrong with one of them: the nouns that checks and joins go by."""

from __future__ import annotations

from typing import NamedTuple

from secretscan.model import Severity

Labels = frozenset[tuple[str, str]]


class Evidence(NamedTuple):
    """One thing that a check looks for. Its mark is `here`; `also` are names of further marks."""

    check: str
    severity: Severity
    note: str


class Use(NamedTuple):
    """A Secret or ConfigMap that a workload reads. `key` is empty where it reads all of it; `how` says as what. `mark`: its mark's name."""

    kind: str
    name: str
    key: str
    how: str
    mark: str


class Workload(NamedTuple):
    """An object that runs pods. Marks: `name`, `account` if one is named, and one for each use."""

    labels: Labels
    account: str
    automount: bool
    uses: tuple[Use, ...]
    dashboard: str
    """The image of a Kubernetes dashboard in it, or nothing."""


class Service(NamedTuple):
    """`outside` says how it is reached from outside of the cluster, or is empty. Marks: `name`, `outside`."""

    selector: Labels
    outside: str


class Route(NamedTuple):
    """An Ingress, HTTPRoute, VirtualService or the like: `services` are the names behind it. Marks: `name`, and `to NAME` for each."""

    services: tuple[str, ...]
    guarded: bool
    """Whether something before it asks who is there."""


class Subject(NamedTuple):
    """Whom a binding binds. `kind` is User, Group or ServiceAccount; the mark's name is `mark`."""

    kind: str
    namespace: str
    name: str
    mark: str


class Binding(NamedTuple):
    """A RoleBinding or ClusterRoleBinding. Marks: `role`, and one for each subject."""

    role_kind: str
    role: str
    cluster: bool
    subjects: tuple[Subject, ...]


class Role(NamedTuple):
    """A Role or ClusterRole. Mark: `rules`, the first that lets it read secrets."""

    reads_secrets: bool
    everything: bool
    urls_only: bool
    """Whether it speaks of no resources at all."""


class Bucket(NamedTuple):
    """An S3 bucket that an object names. `address`: by a URL or ARN, not only by a key that speaks of a bucket. Mark: `here`."""

    name: str
    address: bool
