"""Doors of the control plane: the kubelet's and the API server's, where a flag or a configuration file opens them.

CIS Kubernetes Benchmark 1.2 and 4.2; https://kubernetes.io/docs/reference/command-line-tools-reference/. What is not said is no evidence:
defaults differ by version.
"""

from __future__ import annotations

from collections.abc import Iterator

from secretscan.exposure.facts import Evidence
from secretscan.exposure.objects import Container, Subject
from secretscan.exposure.tree import Cursor, true
from secretscan.model import Fact, Mark, Severity
from secretscan.rules import Check

_FAMILY = "kubernetes-control-plane"
_KUBELET = "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/"
_API = "https://kubernetes.io/docs/concepts/security/controlling-access/"
_STATIC = "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file"

CHECKS = (
    Check("kubelet-anon", "Kubelet that answers anybody", Severity.HIGH, _FAMILY, (_KUBELET,)),
    Check("kubelet-readonly", "Kubelet's port that tells everything of its pods without a login", Severity.MEDIUM, _FAMILY, (_KUBELET,)),
    Check("apiserver-insecure-port", "API server's port without TLS and without a login", Severity.HIGH, _FAMILY, (_API,)),
    Check("apiserver-basic-auth", "API server that takes passwords from a file", Severity.HIGH, _FAMILY, (_STATIC,)),
    Check("apiserver-token-file", "API server that takes tokens from a file", Severity.MEDIUM, _FAMILY, (_STATIC,)),
    Check("apiserver-anon", "API server that lets in anybody and allows everything", Severity.HIGH, _FAMILY, (_API,), optional=True),
)

_Flags = dict[str, tuple[str, Cursor]]


def examine(subject: Subject) -> Iterator[Fact]:
    for evidence, mark in _found(subject):
        yield Fact(evidence, subject.identity, {"here": mark})


def _found(subject: Subject) -> Iterator[tuple[Evidence, Mark]]:
    root = subject.root
    if subject.kind == "KubeletConfiguration":
        yield from _kubelet(
            {"anonymous-auth": _said(root.get("authentication", "anonymous", "enabled")), "read-only-port": _said(root.get("readOnlyPort"))}
        )
    elif subject.kind in ("InitConfiguration", "JoinConfiguration", "NodeConfiguration", "MasterConfiguration"):
        yield from _kubelet(_extra(root.get("nodeRegistration", "kubeletExtraArgs")))
        yield from _api_server(_extra(root.get("apiServerExtraArgs")))
    elif subject.kind == "ClusterConfiguration":
        yield from _api_server(_extra(root.get("apiServer", "extraArgs")))
    elif subject.kind in ("KubeadmControlPlane", "KubeadmControlPlaneTemplate", "KubeadmConfig", "KubeadmConfigTemplate"):
        yield from _cluster_api(root)
    elif subject.kind == "Cluster" and "kops" in subject.identity.api_version:
        kubelet = root.get("spec", "kubelet")
        yield from _kubelet({"anonymous-auth": _said(kubelet.get("anonymousAuth")), "read-only-port": _said(kubelet.get("readOnlyPort"))})
    for container in subject.containers:
        runs = _runs(container)
        if runs == "kubelet":
            yield from _kubelet(container.flags)
        elif runs == "kube-apiserver":
            yield from _api_server(container.flags)


def _cluster_api(root: Cursor) -> Iterator[tuple[Evidence, Mark]]:
    """Cluster API: https://cluster-api.sigs.k8s.io/reference/glossary."""
    for spec in (
        root.get("spec", "kubeadmConfigSpec"),
        root.get("spec", "template", "spec", "kubeadmConfigSpec"),
        root.get("spec", "template", "spec"),
        root.get("spec"),
    ):
        for stage in ("initConfiguration", "joinConfiguration"):
            yield from _kubelet(_extra(spec.get(stage, "nodeRegistration", "kubeletExtraArgs")))
        yield from _api_server(_extra(spec.get("clusterConfiguration", "apiServer", "extraArgs")))


def _runs(container: Container) -> str:
    for word, _ in container.words[:3]:
        program = word.split(" ", 1)[0].rpartition("/")[2]
        if program in ("kubelet", "kube-apiserver", "apiserver"):
            return "kubelet" if program == "kubelet" else "kube-apiserver"
    if container.basename.startswith(("kube-apiserver", "hyperkube")) and container.name in ("kube-apiserver", "apiserver", ""):
        return "kube-apiserver"
    return ""


def _extra(at: Cursor) -> _Flags:
    """kubeadm's extra arguments: a map, or since v1beta4 a list of names and values."""
    found = {key: _said(child) for key, child in at.entries()}
    found.update((item.get("name").value, _said(item.get("value"))) for item in at.items())
    return found


def _said(at: Cursor) -> tuple[str, Cursor]:
    return at.value, at


def _kubelet(flags: _Flags) -> Iterator[tuple[Evidence, Mark]]:
    value, at = flags.get("anonymous-auth", ("", None))
    if at is not None and true(value):
        yield (
            Evidence("kubelet-anon", Severity.HIGH, "anonymous requests are answered: who reaches the node runs commands in its pods"),
            at.mark,
        )
    value, at = flags.get("read-only-port", ("", None))
    if at is not None and value.isdigit() and int(value):
        yield Evidence("kubelet-readonly", Severity.MEDIUM, f"port {value} shows all pods of the node with their environments"), at.mark


def _api_server(flags: _Flags) -> Iterator[tuple[Evidence, Mark]]:
    value, at = flags.get("insecure-port", ("", None))
    if at is not None and value.isdigit() and int(value):
        yield Evidence("apiserver-insecure-port", Severity.HIGH, f"port {value} takes any request as cluster-admin's"), at.mark
    for flag, check, severity in (
        ("basic-auth-file", "apiserver-basic-auth", Severity.HIGH),
        ("token-auth-file", "apiserver-token-file", Severity.MEDIUM),
    ):
        value, at = flags.get(flag, ("", None))
        if at is not None and value:
            yield Evidence(check, severity, f"--{flag} names a file of credentials that never change"), at.mark
    value, at = flags.get("anonymous-auth", ("", None))
    if at is not None and true(value) and "AlwaysAllow" in flags.get("authorization-mode", ("",))[0]:
        yield Evidence("apiserver-anon", Severity.HIGH, "anonymous requests are let in and AlwaysAllow allows them all"), at.mark
