"""What a key may do: the role that the server says it has.

Source: metadata-api reference 1.2, 5.1: a key's `jti` is the id under which its role lists it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twentysync.errors import TwentysyncError
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.identity import claim_of_key
from twentysync.twenty.metadata.schema import selection
from twentysync.twenty.workspace import Workspace

_ROLE = selection(
    *(
        "label canUpdateAllSettings canAccessAllTools canReadAllObjectRecords "
        "canUpdateAllObjectRecords canSoftDeleteAllObjectRecords canDestroyAllObjectRecords"
    ).split(),
    permissionFlags=selection("flag"),
    apiKeys=selection("id", "name", "expiresAt", "revokedAt"),
)


@dataclass(frozen=True, slots=True)
class Access:
    """The role of a key, and what that role is allowed. `expires` is a date."""

    role: str
    key_name: str
    expires: str | None
    data_model: bool
    views: bool
    read_records: bool
    write_records: bool


def read_access(workspace: Workspace, api_key: str) -> Access | None:
    """What this key may do; None where the server does not tell. One request."""
    key_id = claim_of_key(api_key, "jti")
    query = workspace.schema.query("getRoles")
    if key_id is None or query is None:
        return None
    try:
        document = workspace.schema.read(query, _ROLE)
        data = workspace.transport.graphql(
            Endpoint.METADATA, document, operation=query, partial_ok=True
        )
    except TwentysyncError:  # a key without the permission to read roles still works otherwise
        return None
    for role in data.get(query) or []:
        for key in role.get("apiKeys") or []:
            if key["id"] == key_id:
                return _access(role, key)
    return None


def _access(role: Mapping[str, Any], key: Mapping[str, Any]) -> Access:
    flags = {row["flag"] for row in role.get("permissionFlags") or []}
    every = bool(role.get("canUpdateAllSettings"))
    return Access(
        role=role["label"],
        key_name=key.get("name") or "",
        expires=(key.get("expiresAt") or "")[:10] or None,
        data_model=every or "DATA_MODEL" in flags,
        views=bool(role.get("canAccessAllTools")) or "VIEWS" in flags,
        read_records=bool(role.get("canReadAllObjectRecords")),
        write_records=bool(role.get("canUpdateAllObjectRecords")),
    )
