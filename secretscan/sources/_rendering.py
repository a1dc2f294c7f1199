"""Charts and kustomizations as the real tools write them out: `helm template` and `kustomize build`.

Asked for by the user, for it runs a program on what is scanned (https://helm.sh/docs/helm/helm_template/). The tool gets an environment
of its own: nothing on its PATH, an empty home, and a proxy that nobody answers at, so that neither a remote base nor a chart is fetched.
"""

from __future__ import annotations

import os
import select
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from typing import IO

_PATIENCE = 60.0  # seconds for one chart
_MOST = 64 << 20  # bytes that one may become
_KUSTOMIZATIONS = (b"kustomization.yaml", b"kustomization.yml", b"Kustomization")
_NOWHERE = "http://127.0.0.1:9"  # the port that discards


class NotRendered(Exception):
    """A tool that is not there, failed, or did not end. The message holds nothing of what it wrote."""


def tool_for(path: bytes) -> str:
    """The tool that renders the folder (or archive) which a file stands for; none for other files."""
    name = os.path.basename(path)
    return "helm" if name == b"Chart.yaml" else "kustomize" if name in _KUSTOMIZATIONS else ""


def rendered(tool: str, tools: Mapping[str, str], folder: bytes) -> Iterator[bytes]:
    """What the tool writes out of a folder, in parts. NotRendered when it is known that it did not, which may be after parts."""
    program = tools.get(tool)
    if program is None:
        raise NotRendered(f"{tool} is not on PATH")
    target = os.path.abspath(folder)
    arguments = ["template", "release", os.fsdecode(target)] if tool == "helm" else ["build", os.fsdecode(target)]
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "PATH": "",
            "HOME": home,
            "HELM_PLUGINS": home,
            "HTTP_PROXY": _NOWHERE,
            "HTTPS_PROXY": _NOWHERE,
            "ALL_PROXY": _NOWHERE,
        }
        try:
            process = subprocess.Popen(
                [program, *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise NotRendered(f"{tool} does not start ({(error.strerror or 'unknown').lower()})") from None
        try:
            assert process.stdout is not None
            yield from _parts(tool, process.stdout)
            if process.wait(_PATIENCE):
                raise NotRendered(f"{tool} failed on it (exit code {process.returncode})")
        except subprocess.TimeoutExpired:
            raise NotRendered(f"{tool} had not ended after {_PATIENCE:.0f} s") from None
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _parts(tool: str, out: IO[bytes]) -> Iterator[bytes]:
    end = time.monotonic() + _PATIENCE
    size = 0
    while True:
        if not select.select([out], [], [], max(0.0, end - time.monotonic()))[0]:
            raise NotRendered(f"{tool} had not ended after {_PATIENCE:.0f} s")
        part = os.read(out.fileno(), 1 << 20)
        if not part:
            return
        size += len(part)
        if size > _MOST:
            raise NotRendered(f"{tool} writes more than {_MOST >> 20} MB")
        yield part
