"""A live cluster, through its API and the context that kubectl would use. Nothing but GET is sent; what may not be listed is incomplete.

Every kind that the API server lists is read, custom ones too, in pages, an object a unit: https://kubernetes.io/docs/reference/using-api/api-concepts/.
The official client (the extra `cluster`) reads the kubeconfig and speaks TLS; the pages are taken raw.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from secretscan.config import Settings
from secretscan.errors import SourceError
from secretscan.model import Finding, Gap, Json, Origin, Reason, Skipped, Unit, Wants, unasked
from secretscan.redaction import printable
from secretscan.sources._kubernetes_api import Api, ApiError, Resource

KIND = "cluster"
_PAGE = 100  # objects asked for at once
_PAGES = 100_000  # of one resource: more is a server that never ends
_PASSED_OVER = frozenset({"events", "endpoints", "endpointslices", "leases", "componentstatuses", "podmetrics", "nodemetrics"})
"""What the cluster writes about itself all the time, and no person writes anything into."""


class ClusterSource:
    """The objects of one cluster, or of one of its namespaces. Ids are their paths: namespace/kind/name, with the group of custom kinds."""

    kind = KIND
    supplies_suppressions = False
    empty_is_clean = False

    def __init__(self, api: Api, namespace: str | None) -> None:
        self.root = api.name.encode("utf-8", "surrogateescape")
        self._api = api
        self._namespace = namespace

    def units(self, wants: Wants = unasked) -> Iterator[Unit | Finding | Skipped | Gap]:
        del wants  # names are known when contents are
        read = 0
        for found in self._api.resources():
            if isinstance(found, ApiError):
                yield self._skip(found.path, found.reason, str(found))
            elif found.listable and found.name not in _PASSED_OVER and (found.namespaced or not self._namespace):
                for unit in self._objects(found):
                    read += isinstance(unit, Unit)
                    yield unit
        if not read:
            where = f"namespace {self._namespace}" if self._namespace else "the cluster"
            yield self._skip("", Reason.MISSING, f"no object could be read of {where}")

    def places(self, ids: Iterable[Hashable]) -> Iterator[tuple[Hashable, Origin] | Skipped]:
        for id in ids:
            if isinstance(id, bytes):
                *namespace, kind, name = id.decode(errors="replace").rsplit("/", 2)
                facts: dict[str, Json] = {"kind": kind.partition(".")[0], "name": name}
                yield id, Origin(KIND, self.root, id, {**facts, "namespace": namespace[0]} if namespace else facts)

    def _objects(self, resource: Resource) -> Iterator[Unit | Skipped]:
        path = resource.path(self._namespace)
        token, seen = "", set[str]()
        for _ in range(_PAGES):
            try:
                page = self._api.get(path, limit=_PAGE, token=token)
            except ApiError as error:
                yield self._skip(path, error.reason, str(error))
                return
            listed = page.get("items")
            for item in listed if isinstance(listed, list) else []:
                if isinstance(item, dict):
                    yield _unit(resource, item)
            metadata = page.get("metadata")
            token = str(metadata.get("continue") or "") if isinstance(metadata, dict) else ""
            if not token:
                return
            if token in seen:
                yield self._skip(path, Reason.TRUNCATED, "the server gives the same page again and again")
                return
            seen.add(token)
        yield self._skip(path, Reason.CAP, f"more than {_PAGES} pages")

    def _skip(self, path: str, reason: Reason, detail: str) -> Skipped:
        return Skipped(Origin(KIND, self.root, path.encode("utf-8", "surrogateescape")), reason, detail)


def _unit(resource: Resource, item: dict[str, Any]) -> Unit:
    """One object as a text of its own. Items of a list do not say what they are: their list does."""
    given = item.get("metadata")
    metadata = {key: value for key, value in given.items() if key != "managedFields"} if isinstance(given, dict) else {}
    rest = {key: value for key, value in item.items() if key not in ("apiVersion", "kind", "metadata")}
    whole = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata, **rest}
    kind = resource.kind if resource.core else f"{resource.kind}.{resource.group}"
    parts = (str(metadata.get("namespace") or ""), kind, str(metadata.get("name") or "(no name)"))
    path = "/".join(part for part in parts if part).encode("utf-8", "replace")
    return Unit(path, json.dumps(whole, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass"), path + b".json")


def open_source(target: str, settings: Settings, *, namespace: str | None = None) -> ClusterSource:
    """The cluster of the context `target`, or of the current one if that is empty. SourceError if it cannot be reached or refuses us."""
    del settings
    try:
        api = Api.of_context(target or None)
    except ImportError:
        raise SourceError("the Kubernetes client is not installed; pip install 'secretscan[cluster]'") from None
    except ApiError as error:
        raise SourceError(f"{printable(target or 'the current context')}: {error}") from None
    return ClusterSource(api, namespace)
