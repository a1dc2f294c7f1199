"""Credentials within a pod's reach: folders of the node that hold some, the container runtime's socket, the cloud's metadata address.

https://kubernetes.io/docs/concepts/storage/volumes/#hostpath; MITRE ATT&CK T1552.001, T1611, T1552.005.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secretscan import lazy_re
from secretscan.exposure.facts import Evidence
from secretscan.exposure.objects import Subject
from secretscan.exposure.tree import true
from secretscan.model import Fact, Mark, Severity
from secretscan.rules import Check

_FAMILY = "kubernetes-reach"
_HOST_PATH = "https://kubernetes.io/docs/concepts/storage/volumes/#hostpath"

CHECKS = (
    Check("hostpath-cloud-creds", "Pod that sees the node's own credentials", Severity.HIGH, _FAMILY, (_HOST_PATH,)),
    Check("hostpath-runtime-sock", "Pod that commands the node's container runtime", Severity.HIGH, _FAMILY, (_HOST_PATH,)),
    Check("hostpath-root", "Pod that sees all of the node's files", Severity.MEDIUM, _FAMILY, (_HOST_PATH,), optional=True),
    Check(
        "imds-reach",
        "Pod told of the cloud's metadata address, which hands out the node's credentials",
        Severity.LOW,
        _FAMILY,
        ("https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html",),
        optional=True,
    ),
)

_CREDENTIALS = lazy_re.compile(
    r"(?:/root|/home/[^/]+|~|\$HOME|\$\{HOME\})/\.(?:aws|kube|docker|azure|config/gcloud)(?:/.*)?|/var/lib/kubelet(?:/pods)?|/var/lib/etcd|/etc/kubernetes(?:/pki|/admin\.conf)?"
)
_SOCKET = lazy_re.compile(r"(?:/var)?/run/(?:.*/)?(?:docker|containerd|crio|cri-dockerd)\.sock")
_METADATA = lazy_re.compile(r"169\.254\.169\.254|fd00:ec2::254", re.IGNORECASE)
# They are the control plane, or look at it by trade; a CSI driver mounts volumes into the folders of pods.
_CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "controller-manager", "kube-scheduler", "scheduler", "etcd", "kube-bench")
_DRIVERS = ("csi", "node-driver-registrar", "secrets-store", "kubelet")
_WATCHERS = (
    "falco",
    "datadog",
    "sysdig",
    "cadvisor",
    "tetragon",
    "tracee",
    "newrelic",
    "metricbeat",
    "filebeat",
    "signalfx",
    "sematext",
    "logdna",
)


def examine(subject: Subject) -> Iterator[Fact]:
    for evidence, mark in _found(subject) if subject.pod else ():
        yield Fact(evidence, subject.identity, {"here": mark})


def _found(subject: Subject) -> Iterator[tuple[Evidence, Mark]]:
    names = [each for container in subject.containers for each in (container.basename, container.name)] + [subject.identity.name]
    for volume in subject.pod.get("spec", "volumes").items():
        at = volume.get("hostPath", "path")
        path = at.value.rstrip("/") or at.value
        if not path:
            continue
        if _CREDENTIALS.fullmatch(path):
            spared = _CONTROL_PLANE + (_DRIVERS if path.startswith("/var/lib/kubelet") else ())
            if not _any(names, spared):
                yield Evidence("hostpath-cloud-creds", Severity.HIGH, f"hostPath {path} lies open to the pod"), at.mark
        elif _SOCKET.fullmatch(path) and not _any(names, _WATCHERS):
            yield (
                Evidence("hostpath-runtime-sock", Severity.HIGH, f"through {path} a pod starts containers with any of the node's files"),
                at.mark,
            )
        elif path == "/" and not _read_only(subject, volume.get("name").value):
            yield Evidence("hostpath-root", Severity.MEDIUM, "hostPath / with no readOnly mount"), at.mark
    for container in subject.containers:
        for word, at in container.words:
            if found := _METADATA.search(word):
                yield Evidence("imds-reach", Severity.LOW, f"{found[0]} in its command line"), at.mark
                break


def _any(names: list[str], spared: tuple[str, ...]) -> bool:
    return any(word in name for name in names for word in spared)


def _read_only(subject: Subject, volume: str) -> bool:
    mounts = [
        mount for container in subject.containers for mount in container.at.get("volumeMounts").items() if mount.get("name").value == volume
    ]
    return bool(mounts) and all(true(mount.get("readOnly").value) for mount in mounts)
