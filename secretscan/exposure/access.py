"""Who was given too much: ServiceAccounts that are cluster-admin, and rights of those who say no name.

CIS Kubernetes Benchmark 5.1; https://kubernetes.io/docs/concepts/security/rbac-good-practices/.
"""

from __future__ import annotations

from collections.abc import Iterator

from secretscan.exposure.connections import CLUSTER_ADMIN, Grant, Objects, said
from secretscan.exposure.facts import Subject
from secretscan.exposure.judging import Judged
from secretscan.model import Placed, Severity
from secretscan.rules import Check

_GOOD_PRACTICE = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/"
_DISCOVERY = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles"
_FAMILY = "kubernetes-access"
ANONYMOUS = "anon-binding"

CHECKS = (
    Check("sa-cluster-admin", "ServiceAccount bound to cluster-admin", Severity.MEDIUM, _FAMILY, (_GOOD_PRACTICE,)),
    Check(ANONYMOUS, "Rights for everybody who reaches the API server, without a name", Severity.MEDIUM, _FAMILY, (_DISCOVERY,)),
    Check(
        "role-reads-secrets",
        "Secrets readable by a pod that is reachable from outside, or by the default account",
        Severity.MEDIUM,
        _FAMILY,
        (_GOOD_PRACTICE,),
        optional=True,
    ),
    Check(
        "sa-automount-powerful",
        "Token of a powerful ServiceAccount mounted into a pod",
        Severity.MEDIUM,
        _FAMILY,
        ("https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/",),
        optional=True,
    ),
)

_NOBODY = frozenset({("User", "system:anonymous"), ("Group", "system:unauthenticated")})
_EVERY_ACCOUNT = "system:serviceaccounts"
# What a cluster gives to nobody by itself, and kubeadm for joining nodes.
_PUBLIC_ROLES = frozenset(
    {
        "system:public-info-viewer", "system:discovery", "system:basic-user", "system:service-account-issuer-discovery",
        "kubeadm:bootstrap-signer-clusterinfo",
    }
)  # fmt: skip


def judge(objects: Objects) -> Iterator[Judged]:
    dashboards = {id(grant.binding) for workload in objects.workloads if workload.about.dashboard for grant in objects.grants(workload)}
    for binding in objects.bindings:
        for subject in binding.about.subjects:
            if (subject.kind, subject.name) in _NOBODY:
                yield from _nobody(objects, binding, subject)
            elif binding.about.role == CLUSTER_ADMIN and binding.about.cluster and id(binding) not in dashboards:
                yield from _admin(binding, subject)
    for workload in objects.workloads:
        yield from _holders(objects, workload)


def _admin(binding: Placed, subject: Subject) -> Iterator[Judged]:
    if subject.kind == "ServiceAccount" and subject.namespace != "kube-system" and "dashboard" not in subject.name:
        severity = Severity.HIGH if subject.name == "default" else Severity.MEDIUM
        who = f"ServiceAccount {subject.namespace + '/' if subject.namespace else ''}{subject.name}"
        why = ", which every pod of the namespace runs as that names no other" if subject.name == "default" else ""
        yield Judged("sa-cluster-admin", severity, f"{who}{why}", binding, subject.mark)
    elif subject.kind == "Group" and subject.name.startswith(_EVERY_ACCOUNT) and subject.name != f"{_EVERY_ACCOUNT}:kube-system":
        yield Judged("sa-cluster-admin", Severity.HIGH, f"Group {subject.name}: every pod of it is cluster-admin", binding, subject.mark)


def _nobody(objects: Objects, binding: Placed, subject: Subject) -> Iterator[Judged]:
    if binding.about.role in _PUBLIC_ROLES:
        return
    grant = objects.grant(binding, subject)
    if grant.role is not None and grant.role.about.urls_only:
        return
    everything = " and may do everything" if grant.everything else ""
    what = f"{subject.name} reads Secrets{everything}" if grant.reads_secrets else f"{subject.name} is given {binding.about.role}"
    yield Judged(ANONYMOUS, Severity.CRITICAL if grant.reads_secrets else Severity.MEDIUM, what, binding, subject.mark)


def _holders(objects: Objects, workload: Placed) -> Iterator[Judged]:
    grants: list[Grant] = [grant for grant in objects.grants(workload) if grant.reads_secrets]
    if not grants:
        return
    binding = grants[0].binding
    reachable = next(iter(objects.doors(workload)), None)
    if reachable is not None or workload.about.account == "default":
        why = reachable[2] if reachable is not None else "it runs as the default account"
        note = f"{said(workload.identity)} reads Secrets through {said(binding.identity)}, and {why}"
        yield Judged("role-reads-secrets", Severity.MEDIUM, note, binding, grants[0].subject.mark)
    if workload.about.automount:
        note = f"its token is mounted, and {said(binding.identity)} lets it read Secrets"
        yield Judged("sa-automount-powerful", Severity.MEDIUM, note, workload, "account" if "account" in workload.places else "name")
