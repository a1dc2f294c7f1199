"""The dashboard's doors, by version and flags, and what stands behind them."""

from __future__ import annotations

from pathlib import Path

import pytest
from exposures import exposed, one, pod, told, write

from secretscan.exposure import checks

OLD = "gcr.io/google_containers/kubernetes-dashboard-amd64:v1.6.3"
NEW = "kubernetesui/dashboard:v2.7.0"
TLS = "args: [--auto-generate-certificates]"


def dashboard(image: str, container: str = TLS) -> str:
    return f"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {{name: dash, namespace: ops}}
        spec:
          template:
            metadata: {{labels: {{app: dash}}}}
            spec:
              serviceAccountName: dash-sa
              containers:
              - name: dash
                image: {image}
                {container}
        """


ADMIN = """
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRoleBinding
    metadata: {name: all}
    roleRef: {kind: ClusterRole, name: cluster-admin}
    subjects: [{kind: ServiceAccount, name: dash-sa, namespace: ops}]
    """


def service(more: str = "type: NodePort", namespace: str = "ops", annotations: str = "") -> str:
    return f"""
        apiVersion: v1
        kind: Service
        metadata: {{name: dash, namespace: {namespace}, annotations: {{{annotations}}}}}
        spec: {{selector: {{app: dash}}, {more}}}
        """


@pytest.mark.parametrize(
    ("image", "container", "found"),
    [
        (OLD, TLS, {"dash-no-login-version": "HIGH"}),
        ("kubernetes-dashboard:1.4", "", {"dash-no-login-version": "HIGH"}),
        (NEW, TLS, {}),
        (NEW, "args: [--tls-cert-file=/c/tls.crt, --tls-key-file=/c/tls.key]", {}),
        (NEW, "args: [--namespace=x]", {"dash-http-no-login": "MEDIUM"}),
        (NEW, "ports: [{containerPort: 9090}]", {"dash-http-no-login": "MEDIUM"}),
        (NEW, "args: [--enable-insecure-login]", {"dash-insecure-login": "LOW"}),
        (NEW, "args: [--auto-generate-certificates, --enable-skip-login]", {"dash-skip-login": "HIGH"}),
        (NEW, "args: [--auto-generate-certificates, --enable-skip-login=false]", {}),
        (NEW, "args: [--auto-generate-certificates, '--enable-skip-login', 'true']", {"dash-skip-login": "HIGH"}),
        ("k8s.gcr.io/kubernetes-dashboard-amd64:v1.8.3", TLS, {"dash-skip-login": "MEDIUM"}),
        ("k8s.gcr.io/kubernetes-dashboard-amd64:v1.10.1", TLS, {}),
        ("docker.io/kubernetesui/dashboard-web:1.4.0", "args: [--enable-skip-login]", {}),
        ("kubernetesui/metrics-scraper:v1.0.8", "", {}),
        (NEW, "args: [--auto-generate-certificates, --insecure-bind-address=0.0.0.0]", {"dash-insecure-bind": "MEDIUM"}),
        (NEW, "args: [--auto-generate-certificates, --token-ttl=0]", {"dash-settings-open": "LOW"}),
        (NEW, "args: [--auto-generate-certificates, --disable-settings-authorizer]", {"dash-settings-open": "LOW"}),
    ],
)
def test_version_and_flags_decide_whether_there_is_a_login(tmp_path: Path, image: str, container: str, found: dict[str, str]) -> None:
    assert told(exposed(write(tmp_path, d=dashboard(image, container)))) == found


def test_an_exposure_names_its_object_line_and_path(tmp_path: Path) -> None:
    finding = one(exposed(write(tmp_path, d=dashboard(OLD))), "dash-no-login-version")
    (place,) = finding.places
    assert (place.line, place.column) == (11, 16)
    facts = place.origin.facts
    assert (facts["kind"], facts["namespace"], facts["name"]) == ("Deployment", "ops", "dash")
    assert facts["pointer"] == "spec.template.spec.containers[0].image"
    assert finding.references and "1.6.3" in finding.note and not finding.secret


def test_a_template_that_lacks_arguments_says_nothing_of_them(tmp_path: Path) -> None:
    text = dashboard(NEW, "args:\n                {{- range .Values.args }}\n                - {{ . }}\n                {{- end }}")
    assert told(exposed(write(tmp_path, d=text))) == {}


@pytest.mark.parametrize(
    ("more", "annotations", "reached"),
    [
        ("type: NodePort", "", True),
        ("type: LoadBalancer", "", True),
        ("externalIPs: [203.0.113.7]", "", True),
        ("type: ClusterIP", "", False),
        ("type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]", "", False),
        ("type: LoadBalancer, loadBalancerSourceRanges: [0.0.0.0/0]", "", True),
        ("type: LoadBalancer", "service.beta.kubernetes.io/aws-load-balancer-internal: 'true'", False),
    ],
)
def test_a_service_that_leads_outside_exposes_the_dashboard_it_selects(tmp_path: Path, more: str, annotations: str, reached: bool) -> None:
    result = exposed(write(tmp_path, d=dashboard(NEW), s=service(more, annotations=annotations)))
    assert told(result) == ({"dash-exposed": "MEDIUM"} if reached else {})


def test_an_exposed_dashboard_without_a_login_is_critical(tmp_path: Path) -> None:
    assert told(exposed(write(tmp_path, d=dashboard(OLD), s=service()))) == {
        "dash-no-login-version": "CRITICAL",
        "dash-exposed": "CRITICAL",
    }


def test_a_service_of_another_namespace_or_other_labels_exposes_nothing(tmp_path: Path) -> None:
    other = service().replace("{app: dash}", "{app: other}")
    assert told(exposed(write(tmp_path, d=dashboard(NEW), s=service(namespace="elsewhere"), o=other))) == {}


@pytest.mark.parametrize("guard", ["", "nginx.ingress.kubernetes.io/auth-url: https://login.example.com"])
def test_an_ingress_exposes_unless_something_before_it_asks_who_is_there(tmp_path: Path, guard: str) -> None:
    ingress = f"""
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {{name: i, namespace: ops, annotations: {{{guard}}}}}
        spec: {{rules: [{{http: {{paths: [{{path: /, backend: {{service: {{name: dash, port: {{number: 80}}}}}}}}]}}}}]}}
        """
    found = told(exposed(write(tmp_path, d=dashboard(NEW), s=service("type: ClusterIP"), i=ingress)))
    assert found == ({} if guard else {"dash-exposed": "MEDIUM"})


@pytest.mark.parametrize(
    "route",
    [
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\nspec: {rules: [{backendRefs: [{name: dash}]}]}",
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: r}\n"
        "spec: {http: [{route: [{destination: {host: dash.ops.svc.cluster.local}}]}]}",
        "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: r}\nspec: {backend: {serviceName: dash}}",
    ],
)
def test_other_routes_lead_to_a_service_too(tmp_path: Path, route: str) -> None:
    result = exposed(write(tmp_path, d=dashboard(NEW), s=service("type: ClusterIP"), r=route))
    assert told(result) == {"dash-exposed": "MEDIUM"}


def test_cluster_admin_makes_it_worse_and_is_a_finding_of_its_own(tmp_path: Path) -> None:
    default = {check.id for check in checks() if not check.optional}

    def found(container: str) -> dict[str, str]:
        result = told(exposed(write(tmp_path, d=dashboard(NEW, container), a=ADMIN)))
        return {rule: severity for rule, severity in result.items() if rule in default}

    assert found(TLS) == {"dash-sa-cluster-admin": "HIGH"}
    skip = "args: [--auto-generate-certificates, --enable-skip-login]"
    assert found(skip) == {"dash-sa-cluster-admin": "CRITICAL", "dash-skip-login": "CRITICAL"}
    assert found("args: [--port=1]") == {"dash-sa-cluster-admin": "CRITICAL", "dash-http-no-login": "HIGH"}


def test_a_binding_alone_tells_of_a_dashboard_by_the_name_of_the_account(tmp_path: Path) -> None:
    alone = ADMIN.replace("dash-sa", "kubernetes-dashboard")
    assert told(exposed(write(tmp_path, a=alone))) == {"dash-sa-cluster-admin": "HIGH"}


def test_of_two_sets_in_one_tree_each_is_joined_with_its_own(tmp_path: Path) -> None:
    write(tmp_path, prod__d=dashboard(NEW), prod__s=service("type: ClusterIP"), dev__d=dashboard(NEW), dev__s=service())
    finding = one(exposed(tmp_path), "dash-exposed")
    assert [place.origin.path for place in finding.places] == [b"dev/s.yaml"]


def test_a_comment_beside_the_line_allows_it_and_is_counted(tmp_path: Path) -> None:
    text = dashboard(OLD).replace(OLD, f"{OLD}  # secretscan:allow")
    result = exposed(write(tmp_path, d=text))
    assert told(result) == {} and result.coverage.suppressed == {"inline allow": 1}


def test_a_history_exposes_nothing_that_stands_no_more(tmp_path: Path) -> None:
    from command_line import git, new_repository

    repo = new_repository(tmp_path / "repo")
    write(repo, gone=dashboard(OLD), stays=pod("args: [--enable-skip-login, --auto-generate-certificates]", image=NEW))
    git(repo, "add", ".")
    git(repo, "commit", "-q", "-m", "both")
    (repo / "gone.yaml").unlink()
    git(repo, "commit", "-q", "-a", "-m", "one")
    assert told(exposed(repo, "git")) == {"dash-skip-login": "HIGH"}
