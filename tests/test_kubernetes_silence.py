"""What must stay silent: sealed, encrypted, references, schemas, public halves. It is left out of the view, and silenced in the text."""

from __future__ import annotations

import pytest
from manifests import b64, read


def _pod(value: str, name: str = "API_PASSWORD") -> str:
    return f"""
        apiVersion: v1
        kind: Pod
        spec:
          containers:
          - env:
            - name: {name}
              value: {value}
    """


@pytest.mark.parametrize(
    "value",
    [
        "$(OTHER_VARIABLE)",
        "${OTHER_VARIABLE}",
        "$OTHER_VARIABLE",
        "'{{ .Values.password }}'",
        "op://vault/item/field",
        "vault:secret/data/app#password",
        "ref+awssecrets://path#/key",
        "<path:secret/data/app#password>",
        "<your-password-here>",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:app-AbCdEf",
        "awssm://app/password",
        "gcpsm://projects/p/secrets/s",
        "'ENC[AES256_GCM,data:p673w==,iv:YY=,tag:UQ==,type:str]'",
    ],
)
def test_a_value_that_only_stands_for_one_is_silent(value: str) -> None:
    found = read(_pod(value))
    assert not found.lines()
    assert found.silences == [value]


@pytest.mark.parametrize(
    "value", ["${VARIABLE:-a-real-default}", "'{{ .Values.x | default \"a-real-default\" }}'", "$eCret-that-is-none", "vault-is-no-url"]
)
def test_a_value_that_holds_one_is_not_silent(value: str) -> None:
    found = read(_pod(value))
    assert found.lines() == [f"API_PASSWORD={value.strip(chr(39))}"]
    assert not found.silences


def test_an_argument_that_only_passes_a_variable_on_is_silent() -> None:
    found = read("""
        apiVersion: v1
        kind: Pod
        spec: {containers: [{args: ["--user=admin", "--password=$(ADMIN_PASSWORD)", "$(OTHER)"]}]}
    """)
    assert found.lines() == ["--user=admin"]
    assert found.silences == ['"--password=$(ADMIN_PASSWORD)"', '"$(OTHER)"']


def test_references_to_secrets_are_the_remedy_and_never_the_fault() -> None:
    found = read("""
        apiVersion: v1
        kind: Pod
        spec:
          imagePullSecrets:
          - name: registry-credentials-prod
          containers:
          - env:
            - name: DB_PASSWORD
              valueFrom: {secretKeyRef: {name: database-credentials, key: database-password}}
            - name: SECRET_NAME_IN_USE
              value: database-credentials
            envFrom:
            - secretRef: {name: all-the-secrets}
            - configMapRef: {name: all-the-config}
          volumes:
          - secret: {secretName: mounted-secret-name}
    """)
    assert not {"registry-credentials-prod", "database-password", "all-the-secrets"} & {shown.text for shown in found.shown}
    assert "text=database-credentials" in found.lines()
    assert "text=mounted-secret-name" in found.lines()
    for reference in ("registry-credentials-prod", "database-credentials", "database-password", "all-the-secrets", "mounted-secret-name"):
        assert reference in found.silences


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("existingSecret", "name-of-a-secret"),
        ("passwordSecretName", "name-of-a-secret"),
        ("adminPasswordKey", "admin-password"),
        ("tokenPath", "some/where/else"),
        ("TOKEN_FILE", "token.txt"),
        ("PASSWORD", "/run/secrets/password"),
        ("secretKey", "redis-password"),
        ("useAuthToken", "sometimes"),
    ],
)
def test_a_key_that_names_a_credential_gives_a_neutral_line(key: str, value: str) -> None:
    found = read(f"apiVersion: v1\nkind: Values\nauth:\n  {key}: {value}\n")
    assert found.lines() == [f"text={value}"]
    assert found.silences == [value]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("AWS_ACCESS_KEY_ID", "abcdefgh"),
        ("secretKey", "aB3dE6gH9"),
        ("secretAccessKey", "/aB3+dE6gH9"),
        ("VAULT_SECRET_ID", "abcdefgh"),
        ("userPassword", "abcdefgh"),
        ("password", "/Ab1+Cd2/Ef3="),
    ],
)
def test_a_key_that_holds_a_credential_keeps_its_line(key: str, value: str) -> None:
    found = read(f"apiVersion: v1\nkind: Values\nauth:\n  {key}: {value}\n")
    assert found.lines() == [f"{key}={value}"]
    assert not found.silences


@pytest.mark.parametrize("value", ["true", "false", "null", "12345678", "''", "yes"])
def test_switches_numbers_and_nothing_are_no_values(value: str) -> None:
    assert not read(f"apiVersion: v1\nkind: Values\npassword: {value}\n").lines()


def test_sealed_secrets_are_silent_but_their_templates_are_not() -> None:
    found = read("""
        apiVersion: bitnami.com/v1alpha1
        kind: SealedSecret
        spec:
          encryptedData:
            password: AgBcOnPurposeNotRandom
            token: AgAcOnPurposeNotRandom
          template:
            data:
              url: http://user:pass-word@host/
    """)
    assert len(found.silences) == 1
    assert "AgBcOnPurposeNotRandom" in found.silences[0] and "AgAcOnPurposeNotRandom" in found.silences[0]
    assert found.lines() == ["url=http://user:pass-word@host/"]


def test_sops_silences_values_and_its_own_map_but_not_the_plain_values_beside() -> None:
    found = read("""
        apiVersion: v1
        kind: Secret
        stringData:
          password: ENC[AES256_GCM,data:abcd,iv:abcd,tag:abcd,type:str]
          left_unencrypted: a-plain-value
        sops:
          age:
          - enc: |
              -----BEGIN AGE ENCRYPTED FILE-----
              abcd
          mac: ENC[AES256_GCM,data:abcd,iv:abcd,tag:abcd,type:str]
          lastmodified: "2024-01-01T00:00:00Z"
    """)
    assert found.lines() == ["left_unencrypted=a-plain-value"]
    assert any("AGE ENCRYPTED FILE" in silence for silence in found.silences)


@pytest.mark.parametrize("kind", ["ExternalSecret", "PushSecret"])
def test_external_secrets_refer_and_only_literals_in_their_template_count(kind: str) -> None:
    found = read(f"""
        apiVersion: external-secrets.io/v1
        kind: {kind}
        spec:
          secretStoreRef: {{name: the-secret-store, kind: ClusterSecretStore}}
          target:
            template:
              data:
                url: "https://{{{{ .user }}}}@host"
                password: "{{{{ .password }}}}"
                literal: a-real-literal
          data:
          - secretKey: password-in-here
            remoteRef: {{key: prod/app/database, property: database-password}}
          dataFrom:
          - extract: {{key: prod/app/everything}}
    """)
    assert found.lines() == ["url=https://{{ .user }}@host", "literal=a-real-literal"]
    for reference in ("the-secret-store", "password-in-here", "prod/app/database", "database-password", "prod/app/everything"):
        assert any(reference in silence for silence in found.silences)


def test_a_literal_in_a_fake_store_is_real() -> None:
    found = read("""
        apiVersion: external-secrets.io/v1
        kind: SecretStore
        spec:
          provider:
            fake:
              data:
              - {key: password, value: a-real-literal}
    """)
    assert found.lines() == ["password=a-real-literal"]


def test_what_a_store_driver_mounts_is_a_reference() -> None:
    found = read("""
        apiVersion: secrets-store.csi.x-k8s.io/v1
        kind: SecretProviderClass
        spec:
          parameters:
            objects: |
              - objectName: "prod/database-password"
    """)
    assert not found.lines() and len(found.silences) == 1


def test_the_schema_of_a_custom_resource_is_silent() -> None:
    found = read("""
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: x}
        spec:
          versions:
          - schema: {properties: {password: {description: "password: something like a-secret-value"}}}
        status:
          stored: [v1]
        ---
        apiVersion: v1
        kind: ConfigMap
        data: {key: seen-again}
    """)
    assert found.lines() == ["key=seen-again"]
    assert len(found.silences) == 1 and found.silences[0].startswith("spec:") and "a-secret-value" in found.silences[0]
    assert "status" not in found.silences[0]


def test_the_schema_is_silent_in_json_too() -> None:
    definition = '{"apiVersion":"v1","kind":"CustomResourceDefinition","spec":{"a":"password: bcdefgh"}}'
    found = read(f'{{"apiVersion":"v1","kind":"List","items":[{definition}]}}'.encode())
    assert not found.lines()
    assert found.silences == ['{"a":"password: bcdefgh"}']


def test_certificates_are_public() -> None:
    found = read(f"""
        apiVersion: v1
        kind: Secret
        type: kubernetes.io/tls
        data:
          ca.crt: {b64("a certificate of somebody")}
          tls.crt: {b64("a certificate of mine")}
          tls.key: {b64("a key of mine")}
    """)
    assert found.lines() == ["type=kubernetes.io/tls", "tls.key=a key of mine"]
    assert set(found.silences) == {b64("a certificate of somebody"), b64("a certificate of mine"), b64("a key of mine")}


def test_bookkeeping_of_the_api_server_is_no_value() -> None:
    found = read("""
        apiVersion: v1
        kind: Pod
        metadata:
          uid: 3b9c1c2e-0000-0000-0000-000000000000
          resourceVersion: "123456789"
          managedFields:
          - manager: kubectl
            fieldsV1: {"f:data": {"f:password": {}}}
    """)
    assert not found.lines()
