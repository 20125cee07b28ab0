"""Webhooks: where the workspace tells whom of what. Their secrets are never read into anything."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from twentysync.errors import Blocked
from twentysync.kinds.base import secrets as workflow_secrets
from twentysync.kinds.base.home_url import HOME, Homes
from twentysync.kinds.base.resources import Attribute, Attributes, Finding, Resource, Risk, State
from twentysync.kinds.base.row_kind import RowKind
from twentysync.kinds.base.schemas import STRING, TEXT
from twentysync.twenty.metadata.operations import WEBHOOK, Operations
from twentysync.twenty.metadata.schema import selection

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace


class WebhookKind(RowKind):
    """A webhook."""

    name: ClassVar[str] = "webhook"
    plural: ClassVar[str] = "webhooks"
    operations: ClassVar[Operations] = WEBHOOK
    file: ClassVar[str | None] = "webhooks.yaml"
    listed: ClassVar[bool] = True
    key: ClassVar[str] = "targetUrl"
    required: ClassVar[tuple[str, ...]] = ("targetUrl", "operations")
    extra: ClassVar[tuple[str, ...]] = ("applicationId", "deletedAt", "createdAt")
    doc: ClassVar[str] = (
        "A webhook. Its secret is never carried: the target makes a new one, which `apply` shows "
        "once, or takes it from the environment variable that `secret` names."
    )
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute(name="targetUrl", doc="URL that receives events.", schema=STRING),
        Attribute(
            name="occurrence",
            doc="Number that tells apart webhooks with the same URL.",
            schema={"type": "integer", "minimum": 2},
            immutable=True,
        ),
        Attribute(
            name="operations",
            doc="Events to send: `company.created`, `person.*`, `*.*`; none if the list is empty.",
            schema={"type": "array", "items": STRING},
            risk=Risk.BEHAVIOUR,
        ),
        Attribute(name="description", doc="Description.", schema=TEXT, text=True),
        Attribute(
            name="secret",
            doc="`${VARIABLE}`, read from the environment: a secret does not belong in a file",
            schema={
                "type": "string",
                "pattern": r"^\$\{[A-Za-z_][A-Za-z0-9_]*\}$",
                "writeOnly": True,
            },
            unmanaged=True,
            manual=True,
        ),
    )

    def order(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """Those of one address by what they tell."""
        return (
            normal_url(str(row["targetUrl"])),
            " ".join(sorted(row["operations"] or ())),
            str(row.get("description") or ""),
        )

    def normal(self, attributes: Mapping[str, Any], *, partial: bool = False) -> Attributes:
        """The address as the server writes it, the operations in order."""
        found = super().normal(attributes, partial=partial)
        if "targetUrl" in found:
            found["targetUrl"] = _told(found["targetUrl"])
        if "operations" in attributes:
            found["operations"] = sorted(set(attributes["operations"] or ()))
        return found

    def from_manifest(
        self, given: Attributes, *, name: str = "", parent: Resource | None = None
    ) -> Resource:
        """The webhook that goes to this address."""
        url = _told(str(given.get("targetUrl") or name))
        return super().from_manifest({**given, "targetUrl": url}, parent=parent)

    def decode(self, workspace: Workspace, state: State, row: Mapping[str, Any]) -> Attributes:
        """The workspace's own address is told as such, a secret in one by a variable's name."""
        found = super().decode(workspace, state, row)
        return {**found, "targetUrl": Homes(workspace).inward(normal_url(found["targetUrl"]))}

    def notices(self, thing: Resource, actual: Resource | None) -> list[str]:
        """Where the secret of a new one will come from."""
        if actual is not None:
            return []
        unset = [v for v in workflow_secrets.variables(thing.name) if not os.environ.get(v)]
        found = [f"a secret in its address is not set: export {v}=..." for v in unset]
        variable = _variable(thing.attributes)
        if variable is None:
            return [*found, "its secret will be a new one, which apply shows once"]
        there = "" if os.environ.get(variable) else f", which is not set: export {variable}=..."
        return [*found, f"its secret comes from {variable}{there}"]

    def check(self, thing: Resource) -> Iterator[Finding]:
        """An address of the web."""
        if thing.attributes["targetUrl"].startswith(HOME):
            return
        parts = urlsplit(thing.attributes["targetUrl"])
        if parts.scheme not in ("http", "https") or not parts.hostname:
            yield Finding("targetUrl", "the server takes addresses of http and https only")

    def encode(self, writer: Writer, thing: Resource, given: Attributes) -> dict[str, Any]:
        """With the secret of the environment variable, if one is named."""
        row = dict(given)
        if "targetUrl" in row:
            row["targetUrl"] = _address(writer.workspace, row["targetUrl"])
        variable = _variable(row)
        if variable is not None:
            row["secret"] = os.environ.get(variable)
            if not row["secret"]:
                raise Blocked(f"its secret is not set: export {variable}=...")
        del thing
        return row


def secrets_of(workspace: Workspace, things: Iterable[Resource]) -> dict[str, str]:
    """The secrets of webhooks, by address, as the server tells them. One request."""
    ids = {thing.ids[""]: thing.address for thing in things}
    rows = workspace.metadata.rows(WEBHOOK, selection("id", "secret"))
    return {ids[row["id"]]: row["secret"] for row in rows if row["id"] in ids and row["secret"]}


def _told(url: str) -> str:
    """The address as a manifest says it: secrets in it as variables, named after where it goes.

    So one that goes elsewhere on the target is known again when it is read back there.
    """
    url = normal_url(url)
    parts = urlsplit(url)
    prefix = f"webhook {parts.hostname or ''} {parts.path}"
    return str(workflow_secrets.hidden({"url": url}, prefix, anew=True)["url"])


def _address(workspace: Workspace, told: str) -> str:
    """The address as it is on the wire. Raises Blocked when a secret in it is not set."""
    url = str(workflow_secrets.shown({"url": told})["url"])
    unset = list(workflow_secrets.variables(url))
    if unset:
        raise Blocked(f"a secret in its address is not set: export {'=... '.join(unset)}=...")
    return Homes(workspace).outward(url)


def _variable(given: Mapping[str, Any]) -> str | None:
    """The environment variable that `secret: ${VARIABLE}` names."""
    secret = given.get("secret")
    return str(secret)[2:-1] if secret else None


def normal_url(url: str) -> str:
    """An address as the server stores it (`new URL().toString()`): `https://a.example/`."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url
    if not parts.scheme or not parts.hostname:
        return url
    usual = {"http": 80, "https": 443}.get(parts.scheme.lower())
    user = parts.netloc.rpartition("@")[0]
    host = parts.hostname.lower() + (f":{port}" if port and port != usual else "")
    netloc = f"{user}@{host}" if user else host
    path, query = (part.replace(" ", "%20") for part in (parts.path or "/", parts.query))
    return urlunsplit((parts.scheme.lower(), netloc, path, query, parts.fragment))
