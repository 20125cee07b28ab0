"""Roles with their permissions, skills' switch, agents, and logic functions with their code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twentysync.sandbox.state.errors import Refusal, forbidden
from twentysync.sandbox.state.rows import stamp
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.text import collapse, name_from_label
from twentysync.sandbox.state.workspace import Workspace

_OBJECT_RIGHTS = (
    "canReadObjectRecords",
    "canUpdateObjectRecords",
    "canSoftDeleteObjectRecords",
    "canDestroyObjectRecords",
)
_FIELD_RIGHTS = ("canReadFieldValue", "canUpdateFieldValue")
_FUNCTION: Row = {
    "description": None,
    "runtime": "nodejs22.x",
    "timeoutSeconds": 300,
    "executionMode": "LIVE",
    "handlerName": "main",
    "cronTriggerSettings": None,
    "databaseEventTriggerSettings": None,
    "httpRouteTriggerSettings": None,
    "toolTriggerSettings": None,
    "workflowActionTriggerSettings": None,
}
PLACEHOLDER = "export const main = async (params: object) => {\n  return params;\n};\n"


def _role(workspace: Workspace, ident: str) -> Row:
    row = workspace.store.find("role", ident)
    if row is None:
        raise Refusal("Role not found", code="NOT_FOUND")
    if not row["isEditable"]:
        raise forbidden()
    return row


def update_role(workspace: Workspace, given: Row) -> Row:
    """``updateOneRole``."""
    row = _role(workspace, given["id"])
    changes = {key: _tidy(key, value) for key, value in given["update"].items()}
    after = {**row, **changes}
    writes = [key for key in after if key.startswith("can") and key.endswith("AllObjectRecords")]
    if not after["canReadAllObjectRecords"] and any(after[key] for key in writes):
        raise Refusal("Cannot give writing permission without reading permission")
    return workspace.store.change("role", row["id"], **changes, updatedAt=workspace.now())


def _tidy(key: str, value: Any) -> Any:
    text = key in ("label", "description") and isinstance(value, str)
    return collapse(value) if text else value


def upsert_flags(workspace: Workspace, given: Row) -> list[Row]:
    """``upsertPermissionFlags``: what is not named goes."""
    row = _role(workspace, given["roleId"])
    flags = [
        {"id": workspace.new_id(), "roleId": row["id"], "flag": flag}
        for flag in given["permissionFlagKeys"]
    ]
    workspace.store.change("role", row["id"], permissionFlags=flags)
    return flags


def upsert_objects(workspace: Workspace, given: Row) -> list[Row]:
    """``upsertObjectPermissions``: what is not named goes; a right that is not named stays."""
    row = _role(workspace, given["roleId"])
    before = {item["objectMetadataId"]: item for item in row["objectPermissions"] or []}
    rows = []
    for item in given["objectPermissions"]:
        obj = workspace.object(item["objectMetadataId"])
        if obj is None or obj["isSystem"]:
            raise Refusal("You cannot set permissions on system objects")
        old = before.get(item["objectMetadataId"], {})
        rights = {right: item.get(right, old.get(right)) for right in _OBJECT_RIGHTS}
        _refuse_blind_writing(row, rights)
        rows.append({"objectMetadataId": obj["id"], **rights})
    workspace.store.change("role", row["id"], objectPermissions=rows)
    return rows


def _refuse_blind_writing(role: Row, rights: Row) -> None:
    """What holds in effect counts; ``updateOneRole`` does not look at it afterwards."""
    holds = {
        right: role[right.replace("Object", "AllObject")] if value is None else value
        for right, value in rights.items()
    }
    if not holds["canReadObjectRecords"] and any(holds.values()):
        raise Refusal(
            "Cannot give update permission to non-readable object",
            code="BAD_USER_INPUT",
            sub_code="CANNOT_GIVE_WRITING_PERMISSION_ON_NON_READABLE_OBJECT",
            friendly="You cannot grant edit permissions without also granting read permissions. "
            "Please enable read access first.",
        )


def upsert_fields(workspace: Workspace, given: Row) -> list[Row]:
    """``upsertFieldPermissions``: restrictions only; the other side of a relation gets the same."""
    row = _role(workspace, given["roleId"])
    kept = {item["fieldMetadataId"]: item for item in row["fieldPermissions"] or []}
    for item in given["fieldPermissions"]:
        if any(item.get(right) is True for right in _FIELD_RIGHTS):
            raise Refusal("Only field restriction is allowed")
        for field_id in _both_sides(workspace, item["fieldMetadataId"]):
            field = workspace.field(field_id) or {}
            rights = {right: item.get(right) for right in _FIELD_RIGHTS}
            if all(value is None for value in rights.values()):
                kept.pop(field_id, None)
                continue
            kept[field_id] = {
                "id": workspace.new_id(),
                "roleId": row["id"],
                "objectMetadataId": field["objectMetadataId"],
                "fieldMetadataId": field_id,
                **rights,
            }
    rows = list(kept.values())
    workspace.store.change("role", row["id"], fieldPermissions=rows)
    return rows


def _both_sides(workspace: Workspace, field_id: str) -> list[str]:
    field = workspace.field(field_id)
    if field is None:
        raise Refusal("Field not found", code="NOT_FOUND")
    other = field.get("relationTargetFieldMetadataId")
    return [field_id, other] if other else [field_id]


def switch_skill(workspace: Workspace, ident: str, active: bool) -> Row:
    """``activateSkill`` and ``deactivateSkill``, which Twenty's own skills take too."""
    return workspace.store.change("skill", ident, isActive=active, updatedAt=workspace.now())


def create_agent(workspace: Workspace, given: Row) -> Row:
    """``createOneAgent``: the name is made of the label where none is given."""
    label = collapse(given["label"])
    row: Row = {
        **stamp(workspace),
        "applicationId": workspace.custom_application,
        "isCustom": True,
        "icon": None,
        "description": None,
        "roleId": None,
        "responseFormat": {"type": "text"},
        "modelConfiguration": {},
        "evaluationInputs": [],
        **{key: value for key, value in given.items() if value is not None},
        "label": label,
        "prompt": collapse(given["prompt"]),
        "name": given.get("name") or name_from_label(str(label)),
    }
    return workspace.store.put("agent", row)


def update_agent(workspace: Workspace, given: Row) -> Row:
    """``updateOneAgent``."""
    changes = {key: value for key, value in given.items() if key != "id"}
    for key in ("label", "prompt", "description"):
        if isinstance(changes.get(key), str):
            changes[key] = collapse(changes[key])
    if changes.get("label") and not changes.get("name"):
        changes["name"] = name_from_label(changes["label"])
    return workspace.store.change("agent", given["id"], **changes, updatedAt=workspace.now())


def delete_agent(workspace: Workspace, ident: str) -> Row:
    """``deleteOneAgent``."""
    row = workspace.store.find("agent", ident)
    if row is None:
        raise Refusal("Agent not found", code="NOT_FOUND")
    workspace.store.drop("agent", ident)
    return row


def create_function(workspace: Workspace, given: Row) -> Row:
    """``createOneLogicFunction``: an id is taken once on a whole server."""
    if given.get("id") and workspace.store.find("logicFunction", given["id"]):
        raise Refusal("Migration action 'create' for 'logicFunction' failed")
    source = given.get("source") or {}
    row: Row = {
        **stamp(workspace),
        "universalIdentifier": workspace.new_id(),
        "applicationId": workspace.custom_application,
        **_FUNCTION,
        **{key: value for key, value in given.items() if key != "source" and value is not None},
        "source": source.get("sourceHandlerCode", PLACEHOLDER),
    }
    row["handlerName"] = source.get("handlerName") or "main"
    row["sourceHandlerPath"] = f"{row['id']}/src/index.ts"
    row["name"] = collapse(row["name"])
    return workspace.store.put("logicFunction", row)


def update_function(workspace: Workspace, given: Row) -> bool:
    """``updateOneLogicFunction``."""
    changes = dict(given["update"])
    if "sourceHandlerCode" in changes:
        changes["source"] = changes.pop("sourceHandlerCode")
    if workspace.store.find("logicFunction", given["id"]) is None:
        raise Refusal("Logic function not found", code="NOT_FOUND")
    workspace.store.change("logicFunction", given["id"], **changes, updatedAt=workspace.now())
    return True


def delete_function(workspace: Workspace, ident: str) -> Row:
    """``deleteOneLogicFunction``."""
    row = workspace.store.find("logicFunction", ident)
    if row is None:
        raise Refusal("Logic function not found", code="NOT_FOUND")
    workspace.store.drop("logicFunction", ident)
    return row


def source_of(workspace: Workspace, ident: str) -> str | None:
    """``getLogicFunctionSourceCode``."""
    row = workspace.store.find("logicFunction", ident)
    return str(row.get("source", PLACEHOLDER)) if row else None


ROOTS: dict[str, Callable[[Workspace, Row], Any]] = {
    "updateOneRole": lambda ws, args: update_role(ws, args["updateRoleInput"]),
    "upsertPermissionFlags": lambda ws, args: upsert_flags(ws, args["upsertPermissionFlagsInput"]),
    "upsertObjectPermissions": lambda ws, args: upsert_objects(
        ws, args["upsertObjectPermissionsInput"]
    ),
    "upsertFieldPermissions": lambda ws, args: upsert_fields(
        ws, args["upsertFieldPermissionsInput"]
    ),
    "activateSkill": lambda ws, args: switch_skill(ws, args["id"], True),
    "deactivateSkill": lambda ws, args: switch_skill(ws, args["id"], False),
    "createOneAgent": lambda ws, args: create_agent(ws, args["input"]),
    "updateOneAgent": lambda ws, args: update_agent(ws, args["input"]),
    "deleteOneAgent": lambda ws, args: delete_agent(ws, args["input"]["id"]),
    "createOneLogicFunction": lambda ws, args: create_function(ws, args["input"]),
    "updateOneLogicFunction": lambda ws, args: update_function(ws, args["input"]),
    "deleteOneLogicFunction": lambda ws, args: delete_function(ws, args["input"]["id"]),
    "getLogicFunctionSourceCode": lambda ws, args: source_of(ws, args["input"]["id"]),
}
