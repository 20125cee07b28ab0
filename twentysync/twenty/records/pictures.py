"""The pictures that are no record's: of people who are members, and of the workspace itself.

A key may upload both (2.21.0). A member's is then named by `avatarUrl`, which the server reads as
the id of a picture of its own: 2.x shows nothing else there, not even a picture elsewhere.
"""

from __future__ import annotations

from typing import Any

from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.metadata.schema import selection
from twentysync.twenty.records.files import FileApi
from twentysync.twenty.workspace import Workspace

#: The server takes no more in one request of this kind (record-api 7.8).
MOST_BYTES = 10_000_000
_PATH = "/file/core-picture/"
_LOGO = "mutation Twentysync($file: Upload!) { uploadWorkspaceLogo(file: $file) { id } }"
_FACE = """mutation Twentysync($file: Upload!) {
  uploadWorkspaceMemberProfilePicture(file: $file) { id } }"""
_NAME = """mutation Twentysync($input: UpdateWorkspaceMemberSettingsInput!) {
  updateWorkspaceMemberSettings(input: $input) }"""


def logo_of(workspace: Workspace) -> str | None:
    """The address of the workspace's logo, which is fresh; None where it has none."""
    document = workspace.schema.read("currentWorkspace", selection("logo"))
    data = workspace.transport.graphql(
        Endpoint.METADATA, document, operation="currentWorkspace", partial_ok=True
    )
    found = (data.get("currentWorkspace") or {}).get("logo")
    return str(found) if found else None


class PictureApi:
    """Gives members and the workspace their pictures. Raises the errors of the transport."""

    def __init__(self, workspace: Workspace, files: FileApi) -> None:
        self._workspace = workspace
        self._files = files

    @property
    def can_face(self) -> bool:
        """Whether the server has what a member's picture needs."""
        return all(
            self._workspace.schema.has_field("Mutation", name)
            for name in ("uploadWorkspaceMemberProfilePicture", "updateWorkspaceMemberSettings")
        )

    def give_logo(self, name: str, data: bytes) -> str:
        """Make a picture the logo of the workspace; its id."""
        return self._upload(_LOGO, "uploadWorkspaceLogo", name, data)

    def give_face(self, member_id: str, name: str, data: bytes) -> str:
        """Make a picture a member's; its id."""
        found = self._upload(_FACE, "uploadWorkspaceMemberProfilePicture", name, data)
        update = {"avatarUrl": f"{self._workspace.url}{_PATH}{found}"}
        self._workspace.transport.graphql(
            Endpoint.METADATA,
            _NAME,
            {"input": {"workspaceMemberId": member_id, "update": update}},
            operation="updateWorkspaceMemberSettings",
            write=True,
        )
        return found

    def _upload(self, document: str, operation: str, name: str, data: bytes) -> str:
        answer: dict[str, Any] = self._files.form(document, {}, operation, name, data)
        return str(answer["id"])
