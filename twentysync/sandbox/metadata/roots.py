"""Which function answers which root field of ``/metadata``, for every version the sandbox
speaks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from twentysync.sandbox.metadata import (
    automation,
    families,
    indexes,
    layouts,
    read,
    view_parts,
    views,
)
from twentysync.sandbox.metadata.field_updates import update_field
from twentysync.sandbox.metadata.fields import create_field, delete_field
from twentysync.sandbox.metadata.minimal import minimal_metadata
from twentysync.sandbox.metadata.objects import create_object, delete_object, update_object
from twentysync.sandbox.metadata.view_parts import Part
from twentysync.sandbox.state import files
from twentysync.sandbox.state.errors import Refusal, forbidden, needs_user
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

Root = Callable[[Workspace, Row], Any]

# What a key may not do (observed on 2.21.0); the first kind stops at a guard, the second needs a
# user.
_GUARDED = (
    "sendInvitations resendWorkspaceInvitation deleteWorkspaceInvitation updateWorkspace "
    "createApiKey "
    "updateApiKey revokeApiKey generateApiKeyToken assignRoleToApiKey "
    "updateWorkspaceMemberRole "
    "activateWorkspace deleteCurrentWorkspace currentUser deleteUser"
).split()
_PERSONAL = (
    "myConnectedAccounts myMessageChannels myMessageFolders myCalendarChannels chatThreads".split()
)


def _row_level(_workspace: Workspace, _arguments: Row) -> None:
    message = "Row level permission predicate feature is disabled"
    raise Refusal(
        message,
        code="FORBIDDEN",
        sub_code="ROW_LEVEL_PERMISSION_FEATURE_DISABLED",
        friendly=f"{message}.",
    )


def _refuse(make: Callable[[], Refusal]) -> Root:
    def root(_workspace: Workspace, _arguments: Row) -> None:
        raise make()

    return root


def _given_id(arguments: Row) -> str:
    return str(arguments.get("id") or arguments["input"]["id"])


def _given_update(arguments: Row) -> Row:
    given = arguments["input"]
    changes: Row = given.get("update", given)
    return changes


ROOTS: dict[str, Root] = {
    "objects": lambda ws, args: read.list_objects(ws, args["paging"], args["filter"]),
    "object": lambda ws, args: read.get_object(ws, args["id"]),
    "fields": lambda ws, args: read.list_fields(ws, args["paging"], args["filter"]),
    "field": lambda ws, args: read.get_field(ws, args["id"]),
    "currentWorkspace": lambda ws, _: {**ws.row, "logo": files.logo(ws)},
    "minimalMetadata": lambda ws, _: minimal_metadata(ws),
    "objectRecordCounts": lambda ws, _: read.record_counts(ws),
    "createOneObject": lambda ws, args: create_object(ws, args["input"]["object"]),
    "updateOneObject": lambda ws, args: update_object(ws, _given_id(args), args["input"]["update"]),
    "deleteOneObject": lambda ws, args: delete_object(ws, _given_id(args)),
    "createOneField": lambda ws, args: create_field(ws, args["input"]["field"]),
    "updateOneField": lambda ws, args: update_field(ws, _given_id(args), args["input"]["update"]),
    "deleteOneField": lambda ws, args: delete_field(ws, _given_id(args)),
    "createOneIndex": lambda ws, args: indexes.create_index(ws, args["input"]["index"]),
    "deleteOneIndex": lambda ws, args: indexes.delete_index(ws, _given_id(args)),
    "createFileUpload": files.create_upload,
    "completeFileUpload": files.complete_upload,
    "uploadFilesFieldFile": files.upload_small,
    "uploadWorkspaceLogo": files.upload_logo,
    "uploadWorkspaceMemberProfilePicture": files.upload_picture,
    "updateWorkspaceMemberSettings": files.update_member,
    "upsertRowLevelPermissionPredicates": _row_level,
    **layouts.ROOTS,
    **automation.ROOTS,
    **{name: _refuse(forbidden) for name in _GUARDED},
    **{name: _refuse(needs_user) for name in _PERSONAL},
}


def _add_views(prefix: str) -> None:
    """Views are called ``View`` in 2.x and ``CoreView`` in 1.x."""
    ROOTS.update(
        {
            f"get{prefix}View": lambda ws, args: views.get_view(ws, args["id"]),
            f"get{prefix}Views": lambda ws, args: views.list_views(
                ws, args.get("objectMetadataId"), args.get("viewTypes")
            ),
            f"create{prefix}View": lambda ws, args: views.create_view(ws, args["input"]),
            f"update{prefix}View": lambda ws, args: views.update_view(
                ws, _given_id(args), args["input"]
            ),
            f"delete{prefix}View": lambda ws, args: views.delete_view(ws, _given_id(args)),
            f"destroy{prefix}View": lambda ws, args: views.destroy_view(ws, _given_id(args)),
        }
    )
    for part in view_parts.PARTS.values():
        _add_part(prefix + part.label, part)


def _add_part(label: str, part: Part) -> None:
    ROOTS.update(
        {
            f"get{label}": lambda ws, args: ws.store.find(part.family, args["id"]),
            f"get{label}s": lambda ws, args: view_parts.list_parts(ws, part, args.get("viewId")),
            f"create{label}": lambda ws, args: view_parts.create_part(ws, part, args["input"]),
            f"createMany{label}s": lambda ws, args: [
                view_parts.create_part(ws, part, item) for item in args["inputs"]
            ],
            f"update{label}": lambda ws, args: view_parts.update_part(
                ws, part, _given_id(args), _given_update(args)
            ),
            f"updateMany{label}s": lambda ws, args: [
                view_parts.update_part(ws, part, item["id"], item["update"])
                for item in args["inputs"]
            ],
            f"delete{label}": lambda ws, args: view_parts.delete_part(ws, part, _given_id(args)),
            f"destroy{label}": lambda ws, args: view_parts.destroy_part(ws, part, _given_id(args)),
        }
    )


def _add_family(family: families.Family) -> None:
    operations: dict[str | None, Callable[..., Any]] = {
        family.many: families.list_rows,
        family.one: families.get_row,
        family.create: families.create_row,
        family.update: families.update_row,
        family.delete: families.delete_row,
    }
    for name, operation in operations.items():
        if name is not None:
            ROOTS[name] = partial(_call_family, operation, family)


def _call_family(
    operation: Callable[[Workspace, families.Family, Row], Any],
    family: families.Family,
    workspace: Workspace,
    arguments: Row,
) -> Any:
    return operation(workspace, family, arguments)


for _prefix in ("", "Core"):
    _add_views(_prefix)
for _family in families.FAMILIES:
    _add_family(_family)
