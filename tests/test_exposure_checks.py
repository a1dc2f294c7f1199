"""Every other check: what it finds, and what it must not take for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from exposures import exposed, one, pod, told, write

from secretscan.exposure import checks
from secretscan.exposure.monero import encode, keccak_256


def binding(role: str, subject: str, kind: str = "ClusterRoleBinding", more: str = "") -> str:
    return (
        f"apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: b{more}}}\n"
        f"roleRef: {{kind: ClusterRole, name: '{role}'}}\nsubjects: [{subject}]\n"
    )


def role(name: str, rule: str) -> str:
    return f"apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: '{name}'}}\nrules: [{rule}]\n"


def account(name: str, namespace: str = "ci") -> str:
    return f"{{kind: ServiceAccount, name: {name}, namespace: {namespace}}}"


def wallet(network: int = 18, extra: int = 0) -> str:
    raw = bytes([network]) + bytes(range(64 + extra))
    return encode(raw + keccak_256(raw)[:4])


ANONYMOUS = "{kind: User, name: 'system:anonymous'}"
UNAUTHENTICATED = "{kind: Group, name: 'system:unauthenticated'}"
READS = "{apiGroups: [''], resources: [secrets], verbs: [get, list]}"
KUBELET = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
CLUSTER = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n"


def volume(path: str) -> str:
    return f"volumes: [{{name: v, hostPath: {{path: '{path}'}}}}]"


POSITIVE = {
    "sa-cluster-admin": [
        (binding("cluster-admin", account("runner")), "MEDIUM"),
        (binding("cluster-admin", account("default")), "HIGH"),
        (binding("cluster-admin", "{kind: Group, name: 'system:serviceaccounts'}"), "HIGH"),
    ],
    "anon-binding": [
        (binding("cluster-admin", ANONYMOUS), "CRITICAL"),
        (binding("view", UNAUTHENTICATED), "MEDIUM"),
        (binding("r", ANONYMOUS) + "---\n" + role("r", READS), "CRITICAL"),
        (binding("edit", ANONYMOUS, "RoleBinding", ", namespace: x"), "CRITICAL"),
        (binding("r", ANONYMOUS) + "---\n" + role("r", "{apiGroups: [''], resources: [pods], verbs: [list]}"), "MEDIUM"),
    ],
    "role-reads-secrets": [
        (
            binding("r", account("default")) + "---\n" + role("r", READS) + "---\n" + pod(spec="automountServiceAccountToken: false"),
            "MEDIUM",
        ),
    ],
    "sa-automount-powerful": [
        (binding("cluster-admin", account("strong", "kube-system")) + "---\n" + pod(spec="serviceAccountName: strong"), "MEDIUM"),
    ],
    "kubelet-anon": [
        (KUBELET + "authentication: {anonymous: {enabled: true}}\n", "HIGH"),
        (pod("command: [/usr/bin/kubelet, --anonymous-auth=true]"), "HIGH"),
        (
            "apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\nnodeRegistration: {kubeletExtraArgs: {anonymous-auth: 'true'}}\n",
            "HIGH",
        ),
        ("apiVersion: kops.k8s.io/v1alpha2\nkind: Cluster\nspec: {kubelet: {anonymousAuth: true}}\n", "HIGH"),
    ],
    "kubelet-readonly": [(KUBELET + "readOnlyPort: 10255\n", "MEDIUM"), (pod("command: [kubelet, --read-only-port=10255]"), "MEDIUM")],
    "apiserver-insecure-port": [
        (pod("command: [kube-apiserver, --insecure-port=8080]"), "HIGH"),
        (CLUSTER + "apiServer: {extraArgs: [{name: insecure-port, value: '8080'}]}\n", "HIGH"),
    ],
    "apiserver-basic-auth": [(pod("command: [kube-apiserver, --basic-auth-file=/etc/users.csv]"), "HIGH")],
    "apiserver-token-file": [(pod("command: [kube-apiserver, --token-auth-file, /etc/tokens.csv]"), "MEDIUM")],
    "apiserver-anon": [(pod("command: [kube-apiserver, --anonymous-auth=true, --authorization-mode=AlwaysAllow]"), "HIGH")],
    "hostpath-cloud-creds": [
        (pod(spec=volume(path)), "HIGH")
        for path in (
            "/root/.aws",
            "/home/ec2-user/.aws/credentials",
            "/root/.kube/config",
            "/root/.config/gcloud",
            "/etc/kubernetes",
            "/var/lib/kubelet",
        )
    ],
    "hostpath-runtime-sock": [
        (pod(spec=volume(path)), "HIGH") for path in ("/var/run/docker.sock", "/run/containerd/containerd.sock", "/run/crio/crio.sock")
    ],
    "hostpath-root": [(pod(spec=volume("/")), "MEDIUM")],
    "imds-reach": [(pod("args: ['curl http://169.254.169.254/latest/']"), "LOW")],
    "miner-image": [
        (pod(image="docker.io/some/xmrig:6.2"), "HIGH"),
        (pod(image="some/ethminer"), "HIGH"),
        (pod("command: [/tmp/xmrig]"), "HIGH"),
        (pod("command: [sh, -c, 'nice -n 19 ./minerd -c x']"), "HIGH"),
    ],
    "miner-stratum": [
        (pod("args: [-o, 'stratum+tcp://pool.example.com:443']"), "HIGH"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {u: 'stratum2+ssl://10.0.0.1:99'}\n", "HIGH"),
    ],
    "miner-args": [
        (pod("args: [--donate-level, '1', -o, 'pool.example.com:443']"), "HIGH"),
        (pod("command: [./app, --algo=rx/0, --threads=2]"), "HIGH"),
        (pod("command: [sh, -c, './app --cpu-max-threads-hint=25 --nicehash']"), "HIGH"),
    ],
    "miner-config": [
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n  c.json: |\n"
            '    {"donate-level": 1,\n     "pools": [{"url": "x.example.com:443", "user": "me"}],}\n',
            "HIGH",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {name: m}\nspec:\n  containers:\n  - name: c\n    image: alpine\n    args:\n    - |\n"
            '      cat >c <<EOF\n      {"algo": "rx/0", "pools": [{"url": "x.example.com:443", "user": "me"}],}\n      EOF\n',
            "HIGH",
        ),
    ],
    "miner-wallet": [
        (pod(f"env: [{{name: W, value: {wallet(network, extra)}}}]"), "HIGH") for network, extra in ((18, 0), (42, 0), (19, 8))
    ],
    "miner-pool-list": [(pod("env: [{name: HOST, value: 'de.minexmr.com'}]"), "INFO")],
    "miner-port": [(pod("env: [{name: HOST, value: 'a.example.com:14444'}]"), "INFO")],
    "console-no-auth": [
        (pod("args: [server, --auth-mode=server]", image="quay.io/argoproj/argocli:v3.4"), "HIGH"),
        (pod("command: [argocd-server, --disable-auth]", image="quay.io/argoproj/argocd:v2.9"), "HIGH"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cmd-params-cm}\ndata: {server.disable.auth: 'true'}\n", "HIGH"),
        (pod("env: [{name: GF_AUTH_ANONYMOUS_ENABLED, value: 'true'}, {name: GF_AUTH_ANONYMOUS_ORG_ROLE, value: Admin}]"), "HIGH"),
        (pod("args: [\"--NotebookApp.token=''\"]"), "HIGH"),
        (pod("env: [{name: MINIO_ROOT_PASSWORD, value: minioadmin}]"), "HIGH"),
    ],
    "s3-public": [
        ("apiVersion: s3.services.k8s.aws/v1alpha1\nkind: Bucket\nmetadata: {name: x}\nspec: {acl: public-read}\n", "MEDIUM"),
        (
            "apiVersion: s3.aws.crossplane.io/v1beta1\nkind: Bucket\nmetadata: {name: x}\nspec: {forProvider: {acl: public-read-write}}\n",
            "MEDIUM",
        ),
    ],
}

NEGATIVE = {
    "sa-cluster-admin": [
        binding("cluster-admin", account("x", "kube-system")),
        binding("cluster-admin", "{kind: Group, name: 'system:masters'}"),
        binding("cluster-admin", "{kind: User, name: jane}"),
        binding("view", account("default")),
        binding("cluster-admin", account("x"), "RoleBinding"),
    ],
    "anon-binding": [
        *(
            binding(name, UNAUTHENTICATED)
            for name in ("system:public-info-viewer", "system:discovery", "kubeadm:bootstrap-signer-clusterinfo")
        ),
        binding("r", UNAUTHENTICATED) + "---\n" + role("r", "{nonResourceURLs: [/healthz], verbs: [get]}"),
        binding("view", "{kind: Group, name: 'system:authenticated'}"),
    ],
    "role-reads-secrets": [
        binding("r", account("own")) + "---\n" + role("r", READS) + "---\n" + pod(spec="serviceAccountName: own"),
        binding("r", account("default")) + "---\n" + role("r", "{apiGroups: [''], resources: [pods], verbs: [get]}") + "---\n" + pod(),
    ],
    "sa-automount-powerful": [
        binding("cluster-admin", account("s", "kube-system"))
        + "---\n"
        + pod(spec="serviceAccountName: s, automountServiceAccountToken: false"),
    ],
    "kubelet-anon": [
        KUBELET + "authentication: {anonymous: {enabled: false}}\n",
        KUBELET + "authentication: {}\n",
        pod("command: [kubelet]"),
    ],
    "kubelet-readonly": [KUBELET + "readOnlyPort: 0\n", pod("command: [kubelet, --read-only-port=0]"), pod("args: [--read-only-port=1]")],
    "apiserver-insecure-port": [pod("command: [kube-apiserver, --insecure-port=0]"), pod("args: [--insecure-port=8080]")],
    "apiserver-basic-auth": [pod("command: [nginx, --basic-auth-file=/x]")],
    "apiserver-token-file": [pod("command: [kube-apiserver, --service-account-key-file=/x]")],
    "apiserver-anon": [pod("command: [kube-apiserver, --anonymous-auth=true, --authorization-mode=RBAC]")],
    "hostpath-cloud-creds": [
        pod(spec=volume("/etc/kubernetes/pki"), name="kube-apiserver-node"),
        pod(spec=volume("/var/lib/etcd"), image="registry.k8s.io/etcd:3.5"),
        pod(spec=volume("/etc/kubernetes"), image="aquasec/kube-bench"),
        pod(spec=volume("/var/lib/kubelet/pods"), image="registry.k8s.io/sig-storage/csi-node-driver-registrar:v2"),
        pod(spec=volume("/var/log")),
        pod(spec="volumes: [{name: v, emptyDir: {}}]"),
    ],
    "hostpath-runtime-sock": [
        pod(spec=volume("/var/run/docker.sock"), image="falcosecurity/falco:0.36"),
        pod(spec=volume("/var/run/x.sock")),
    ],
    "hostpath-root": [pod("volumeMounts: [{name: v, mountPath: /host, readOnly: true}]", volume("/"))],
    "imds-reach": [pod("args: ['curl http://169.254.1.1/']")],
    "miner-image": [pod(image="example/determiner:1"), pod(image="example/prometheus-miner-exporter"), pod("args: ['--mode=miner']")],
    "miner-stratum": ["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: falco}\ndata:\n  r: 'proc.cmdline contains \"stratum+tcp\"'\n"],
    "miner-args": [
        pod("command: [curl, -o, 'x.example.com:443', -u, user]"),
        pod("args: [--threads=4, -o, 'file:443']"),
        pod("args: [--cpu-priority=2]"),
    ],
    "miner-config": ['apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {c: \'{"pools": [{"url": "x", "user": "y"}]}\'}\n'],
    "miner-wallet": [pod(f"env: [{{name: W, value: {wallet()[:-1] + '1'}}}]"), pod(f"env: [{{name: W, value: {wallet(53)}}}]")],
    "miner-pool-list": [pod("env: [{name: HOST, value: 'minexmr.example.org'}]")],
    "miner-port": [pod("env: [{name: HOST, value: 'a.example.com:443'}]")],
    "console-no-auth": [
        pod("args: [server, --auth-mode=sso]", image="quay.io/argoproj/argocli:v3.4"),
        pod("env: [{name: GF_AUTH_ANONYMOUS_ENABLED, value: 'true'}, {name: GF_AUTH_ANONYMOUS_ORG_ROLE, value: Viewer}]"),
        pod("env: [{name: MINIO_ROOT_PASSWORD, valueFrom: {secretKeyRef: {name: m, key: p}}}]"),
    ],
    "s3-public": ["apiVersion: s3.services.k8s.aws/v1alpha1\nkind: Bucket\nmetadata: {name: x}\nspec: {acl: private}\n"],
}
ELSEWHERE = {"attack-path", "bucket-beside-key"}
"""Checks with tests of their own, beside the dashboard's."""


@pytest.mark.parametrize(
    ("check", "text", "severity"), [(check, text, severity) for check, cases in POSITIVE.items() for text, severity in cases]
)
def test_it_is_found(tmp_path: Path, check: str, text: str, severity: str) -> None:
    result = exposed(write(tmp_path, m=text))
    assert told(result).get(check) == severity
    finding = one(result, check)
    assert finding.note and finding.references and finding.places[0].line > 0
    assert finding.places[0].origin.facts["kind"]


@pytest.mark.parametrize(("check", "text"), [(check, text) for check, cases in NEGATIVE.items() for text in cases])
def test_what_looks_like_it_is_not_taken_for_it(tmp_path: Path, check: str, text: str) -> None:
    assert check not in told(exposed(write(tmp_path, m=text)))


def test_every_check_has_its_truth_on_both_sides() -> None:
    ours = {check.id for check in checks() if not check.id.startswith("dash-")} - ELSEWHERE
    assert ours == set(POSITIVE) == set(NEGATIVE)


def test_what_keeps_a_miner_quiet_is_told_beside_it(tmp_path: Path) -> None:
    text = pod("command: [sh, -c, 'nice -n 19 xmrig'], resources: {limits: {cpu: 200m}}")
    note = one(exposed(write(tmp_path, m=text)), "miner-image").note
    assert "nice -n 19" in note and "200m" in note


def test_keccak_is_the_one_before_the_standard() -> None:
    assert keccak_256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak_256(b"abc").hex() == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
    assert keccak_256(b"a" * 136).hex() == "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e"
