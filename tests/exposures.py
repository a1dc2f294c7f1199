"""Manifests under the checks: what a scan of them exposes, said so that tests can compare it."""

from __future__ import annotations

from pathlib import Path

from manifests import dedent
from scanning import builtin, scanned

from secretscan import exposure
from secretscan.model import Finding, ScanResult

CHECKED = builtin()._replace(checks=exposure.checks())
"""The built-in rules, and every check, the optional ones too."""
DEFAULT = CHECKED._replace(checks=tuple(check for check in CHECKED.checks if not check.optional))


def write(folder: Path, **manifests: str) -> Path:
    """One file for each manifest, `__` in a name being `/`."""
    for name, text in manifests.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return folder


def exposed(folder: Path, kind: str = "manifest") -> ScanResult:
    return scanned(kind, folder, ruleset=CHECKED)


def told(result: ScanResult) -> dict[str, str]:
    """Exposures found: check and severity. Secrets are left out, and so are attack paths."""
    return {each.rule: each.severity.name for each in result.findings if "exposure" in each.tags and not each.path}


def one(result: ScanResult, rule: str) -> Finding:
    (finding,) = [each for each in result.findings if each.rule == rule]
    return finding


def pod(container: str = "", spec: str = "", name: str = "p", image: str = "registry.example.com/app:1") -> str:
    """A Pod of one container; both arguments are YAML flow content, such as `args: [a, b]`."""
    own = f", {container}" if container else ""
    more = f", {spec}" if spec else ""
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{{name: c, image: '{image}'{own}}}]{more}}}\n"
