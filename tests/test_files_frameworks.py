"""Applications' and frameworks' configuration, each with its password in its place and with none."""

from __future__ import annotations

from pathlib import Path

import pytest
import tokens
from files import findings, write

PASSWORD = tokens.password(21)
HEX = tokens.hex(32, 21)
SALT = tokens.b64(60, 21) + "|@x)"

POSITIVE = [
    ("wp-config.php", f"<?php\ndefine( 'DB_USER', 'wp' );\ndefine( 'DB_PASSWORD', '{PASSWORD}' );\n", "wordpress-config", PASSWORD),
    ("wp-config.php.bak", f"define('AUTH_KEY',         '{SALT}');\n", "wordpress-config", SALT),
    (
        "configuration.php",
        f"<?php\nclass JConfig {{\n\tpublic $user = 'joomla';\n\tpublic $password = '{PASSWORD}';\n",
        "joomla-config",
        PASSWORD,
    ),
    (
        "sites/default/settings.php",
        f"$databases['default']['default'] = array (\n  'password' => '{PASSWORD}',\n);\n",
        "drupal-settings",
        PASSWORD,
    ),
    ("app/etc/env.php", f"<?php\nreturn [\n    'crypt' => [\n        'key' => '{HEX}'\n    ],\n", "magento-config", HEX),
    ("LocalSettings.php", f'$wgDBuser = "wiki";\n$wgDBpassword = "{PASSWORD}";\n', "php-app-password", PASSWORD),
    ("nextcloud/config/config.php", f"  'dbuser' => 'nc',\n  'dbpassword' => '{PASSWORD}',\n", "php-app-password", PASSWORD),
    ("etc/php.ini", f"mysqli.default_user = app\nmysqli.default_pw = {PASSWORD}\n", "php-ini-password", PASSWORD),
    (".env", f"APP_ENV=prod\nAPP_SECRET={HEX}\n", "symfony-secret", HEX),
    (
        "app/config/parameters.yml",
        f"parameters:\n    database_user: app\n    database_password: {PASSWORD}\n",
        "framework-parameters",
        PASSWORD,
    ),
    ("config/database.yml", f"production:\n  username: app\n  password: {PASSWORD}\n", "framework-parameters", PASSWORD),
    (
        "conf/tomcat-users.xml",
        f'<tomcat-users>\n<user username="deploy" password="{PASSWORD}" roles="manager-script"/>\n',
        "tomcat-user-password",
        PASSWORD,
    ),
    (
        ".m2/settings.xml",
        f"<server><id>corp</id><username>bot</username><password>{PASSWORD}</password></server>",
        "maven-settings-password",
        PASSWORD,
    ),
    (
        ".m2/settings-security.xml",
        f"<settingsSecurity><master>{{{tokens.b64(43, 5)}=}}</master></settingsSecurity>",
        "maven-master-password",
        tokens.b64(43, 5) + "=",
    ),
    ("gradle.properties", f"signing.keyId=24875D73\nsigning.password={PASSWORD}\n", "build-properties-password", PASSWORD),
    ("inventory/hosts", f"web1 ansible_host=10.0.0.1 ansible_ssh_pass={PASSWORD}\n", "ansible-password", PASSWORD),
    ("group_vars/all.yml", f"ansible_become_pass: '{PASSWORD}'\n", "ansible-password", PASSWORD),
    (
        "terraform.tfstate",
        f'{{"version": 4, "resources": [{{"type": "aws_db_instance", "instances": [{{"attributes": {{"password": "{PASSWORD}"}}}}]}}]}}',
        "terraform-state-secret",
        PASSWORD,
    ),
    ("prod.auto.tfvars", f'db_user     = "app"\ndb_password = "{PASSWORD}"\n', "tfvars-secret", PASSWORD),
]

NEGATIVE = [
    ("wp-config-sample.php", "define( 'DB_PASSWORD', 'password_here' );\ndefine( 'AUTH_KEY', 'put your unique phrase here' );\n"),
    ("wp-config.php", "define( 'DB_PASSWORD', getenv('DB_PASSWORD') );\n"),
    ("configuration.php", "class JConfig {\n\tpublic $password = '';\n\tpublic $smtppass = '';\n"),
    ("sites/default/settings.php", " *   'password' => 'sqlpassword',\n$settings['hash_salt'] = '';\n"),
    ("app/etc/env.php", "    'crypt' => [\n        'key' => ''\n    ],\n"),
    ("LocalSettings.php", '$wgDBpassword = "";\n$wgSecretKey = getenv("K");\n'),
    ("etc/php.ini", "mysqli.default_pw =\n; smtp_password = x\n"),
    (".env", "APP_ENV=prod\nAPP_SECRET=\nAPP_KEY=\n"),
    ("app/config/parameters.yml.dist", "parameters:\n    database_password: ~\n    secret: ThisTokenIsNotSoSecretChangeIt\n"),
    ("config/database.yml", "production:\n  password: <%= ENV['DB_PASSWORD'] %>\ntest:\n  password:\n"),
    ("conf/tomcat-users.xml", '<user username="admin" password="<must-be-changed>" roles="manager-gui"/>\n'),
    (
        ".m2/settings.xml",
        "<server><id>a</id><password>{COQLCE6DU6GtcS5P=}</password></server><server><password>${env.P}</password></server>",
    ),
    ("gradle.properties", "org.gradle.jvmargs=-Xmx2g\nsigning.password=\nossrhPassword=${OSSRH}\n"),
    ("group_vars/all.yml", 'ansible_become_pass: "{{ vault_become }}"\nansible_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n'),
    ("terraform.tfstate", '{"attributes": {"password": "", "manage_master_user_password": null, "name": "x"}}'),
    ("prod.tfvars", 'db_password = ""\nssh_key_name = "corp-key"\n'),
]


@pytest.mark.parametrize(("path", "text", "rule", "secret"), POSITIVE, ids=[f"{case[2]}:{case[0]}" for case in POSITIVE])
def test_a_password_is_found_in_its_place(tmp_path: Path, path: str, text: str, rule: str, secret: str) -> None:
    write(tmp_path, path, text)
    assert (rule, secret.encode(), path) in findings(tmp_path)


@pytest.mark.parametrize(("path", "text"), NEGATIVE, ids=[case[0] for case in NEGATIVE])
def test_samples_references_and_sealed_values_are_silent(tmp_path: Path, path: str, text: str) -> None:
    write(tmp_path, path, text)
    assert findings(tmp_path) == set()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env", f"APP_KEY=base64:{tokens.b64(43, 1)}=\n"),
        ("config/secrets.yml", f"production:\n  secret_key_base: {tokens.hex(128, 2)}\n"),
        ("settings.py", f"SECRET_KEY = '{tokens.b64(48, 3)}#)'\n"),
    ],
    ids=["laravel", "rails", "django"],
)
def test_framework_keys_that_other_packs_know(tmp_path: Path, path: str, text: str) -> None:
    write(tmp_path, path, text)
    assert findings(tmp_path)
