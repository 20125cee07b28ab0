"""Invitations and roles of members: what a key may read, and a person do.

Sources: metadata-api reference 8.4, 5.8; observed, "What an API key may do".
"""

from __future__ import annotations

from dataclasses import dataclass

from twentysync.errors import ServerRefused, Unsupported
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.metadata.schema import selection
from twentysync.twenty.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that was sent and not yet accepted."""

    email: str
    role_id: str | None
    expires: str


def invitations(workspace: Workspace) -> list[Invitation]:
    """The open invitations. Raises NotPermitted when the key may not see them."""
    query = workspace.schema.query("findWorkspaceInvitations")
    if query is None:
        return []
    document = workspace.schema.read(query, selection("id", "email", "roleId", "expiresAt"))
    data = workspace.transport.graphql(Endpoint.METADATA, document, operation=query)
    return [
        Invitation(row["email"], row.get("roleId"), str(row.get("expiresAt") or ""))
        for row in data[query] or []
    ]


def invitation_link(workspace: Workspace) -> str | None:
    """The link by which people join; None while the workspace does not use one."""
    wanted = selection(
        "inviteHash",
        "isPublicInviteLinkEnabled",
        workspaceUrls=selection("subdomainUrl", "customUrl"),
    )
    document = workspace.schema.read("currentWorkspace", wanted)
    data = workspace.transport.graphql(
        Endpoint.METADATA, document, operation="currentWorkspace", partial_ok=True
    )
    row = data.get("currentWorkspace") or {}
    if not row.get("inviteHash") or row.get("isPublicInviteLinkEnabled") is False:
        return None
    urls = row.get("workspaceUrls") or {}
    home = urls.get("customUrl") or urls.get("subdomainUrl") or workspace.url
    return f"{home.rstrip('/')}/invite/{row['inviteHash']}"


def invite(workspace: Workspace, emails: list[str], role_id: str | None) -> list[str]:
    """Send invitations; needs a signed-in person. Returns what could not be sent, and why."""
    mutation = _need(workspace, "sendInvitations")
    arguments = {"emails": "$emails"}
    variables: dict[str, object] = {"emails": emails}
    if role_id and "roleId" in workspace.schema.arguments(mutation):
        arguments["roleId"], variables["roleId"] = "$roleId", role_id
    document = workspace.schema.write(mutation, selection("success", "errors"), arguments)
    data = workspace.transport.graphql(
        Endpoint.METADATA, document, variables, operation=mutation, write=True
    )
    return [str(error) for error in (data.get(mutation) or {}).get("errors") or []]


def give_role(workspace: Workspace, member_id: str, role_id: str) -> None:
    """Give a member a role; needs a signed-in person."""
    mutation = _need(workspace, "updateWorkspaceMemberRole")
    document = workspace.schema.write(
        mutation,
        selection("id"),
        {"workspaceMemberId": "$workspaceMemberId", "roleId": "$roleId"},
    )
    data = workspace.transport.graphql(
        Endpoint.METADATA,
        document,
        {"workspaceMemberId": member_id, "roleId": role_id},
        operation=mutation,
        write=True,
    )
    if not data.get(mutation):
        raise ServerRefused(mutation, ["the server said nothing"])


def _need(workspace: Workspace, name: str) -> str:
    found = workspace.schema.mutation(name)
    if found is None:
        raise Unsupported(f"{workspace.name}: this server has no {name}")
    return found
