"""Who a workspace is, as its server says, and as a key tells without asking."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from twentysync.documents.paths import is_id
from twentysync.errors import Unreachable
from twentysync.twenty.metadata.schema import selection

#: The application that owns what Twenty ships, the same in every workspace (metadata-api 0.3).
STANDARD_APPLICATION = "20202020-64aa-4b6f-b003-9c74b97cee20"

IDENTITY = selection(
    "id",
    "displayName",
    "subdomain",
    "metadataVersion",
    "workspaceMembersCount",
    "workspaceCustomApplicationId",
    workspaceUrls=selection("subdomainUrl", "customUrl"),
    installedApplications=selection("id", "name", "universalIdentifier", "version"),
)


@dataclass(frozen=True, slots=True)
class Application:
    """An application installed in a workspace."""

    id: str
    name: str
    universal_identifier: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a workspace is: what the plan file remembers of it."""

    id: str
    name: str
    version: str | None
    custom_application: str | None
    applications: tuple[Application, ...]
    members: int | None
    urls: tuple[str, ...] = ()
    front: str | None = None

    @property
    def is_v1(self) -> bool:
        """Whether this is a server of the 1.x line."""
        return bool(self.version and self.version.startswith("1."))

    @property
    def standard_application(self) -> str | None:
        """The id that Twenty's own application has in this workspace."""
        for application in self.applications:
            if application.universal_identifier == STANDARD_APPLICATION:
                return application.id
        return None

    @property
    def installed(self) -> tuple[Application, ...]:
        """Applications that somebody installed: neither Twenty's own nor the workspace's."""
        own = {self.custom_application, self.standard_application}
        return tuple(app for app in self.applications if app.id not in own)


def identity_of(row: Mapping[str, Any], version: str | None) -> Identity:
    """The identity that a `currentWorkspace`, asked for `IDENTITY`, tells.

    Raises Unreachable for an id that is none: files of the project are named by it.
    """
    if not is_id(row.get("id")):
        raise Unreachable(f"the workspace says that its id is {row.get('id')!r}, which is none")
    urls = row.get("workspaceUrls") or {}
    applications = [
        Application(app["id"], app["name"], app["universalIdentifier"], app.get("version"))
        for app in row.get("installedApplications") or []
    ]
    return Identity(
        id=row["id"],
        name=row.get("displayName") or row.get("subdomain") or row["id"],
        version=version,
        custom_application=row.get("workspaceCustomApplicationId"),
        applications=tuple(applications),
        members=row.get("workspaceMembersCount"),
        urls=tuple(url for url in urls.values() if url),
        front=urls.get("customUrl") or urls.get("subdomainUrl"),
    )


def same_workspace(one: str | None, at: str, other: str | None, there: str) -> bool:
    """Whether two ids of workspaces and the addresses of their servers mean one workspace.

    A staging server restored from a production dump has the workspaces of the other, ids and keys
    and all, so the address counts: two servers are never one workspace. An id that nobody knows is
    no other's.
    """
    return one is not None and one == other and _place(at) == _place(there)


def _place(url: str) -> tuple[str | None, int | None]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def workspace_of_key(api_key: str) -> str | None:
    """The workspace id inside an API key, unverified; None when it is no such key."""
    return claim_of_key(api_key, "sub")


def claim_of_key(api_key: str, name: str) -> str | None:
    """One claim of an API key (a JWT: `sub` is the workspace, `jti` the key), unverified.

    None when the text is no such key. Nothing is sent anywhere.
    """
    parts = api_key.split(".")
    if len(parts) != 3:
        return None
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    found = payload.get(name) if isinstance(payload, Mapping) else None
    return found if isinstance(found, str) else None
