"""Plain lists: families of rows that the sandbox keeps and hands out as they are.

One entry of the table describes a family: its queries, and its mutations if it has any. What a
mutation takes and returns is in the schema already, so an entry is all a further family needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from twentysync.sandbox.metadata.report import Report, fault
from twentysync.sandbox.state.errors import Refusal
from twentysync.sandbox.state.rows import stamp
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.text import collapse
from twentysync.sandbox.state.workspace import Workspace


@dataclass(frozen=True)
class Family:
    """A family of rows and the operations on it; `made` is random where a caller leaves it out."""

    store: str
    many: str
    one: str | None = None
    create: str | None = None
    update: str | None = None
    delete: str | None = None
    argument: str = "input"
    defaults: dict[str, Any] = field(default_factory=dict)
    filters: dict[str, str] = field(default_factory=dict)
    collapsed: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    unique: tuple[str, str] | None = None
    missing: tuple[str, str] | None = None


_ROLE_SWITCHES = (
    "canUpdateAllSettings canAccessAllTools canReadAllObjectRecords canUpdateAllObjectRecords "
    "canSoftDeleteAllObjectRecords canDestroyAllObjectRecords"
).split()
_ROLE_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(_ROLE_SWITCHES, False),
    **dict.fromkeys(
        ("canBeAssignedToUsers", "canBeAssignedToAgents", "canBeAssignedToApiKeys"), True
    ),
    **dict.fromkeys(("permissionFlags", "objectPermissions", "fieldPermissions")),
    **dict.fromkeys(("description", "icon")),
    "isEditable": True,
    "rowLevelPermissionPredicates": [],
    "rowLevelPermissionPredicateGroups": [],
    "workspaceMembers": [],
    "agents": [],
    "apiKeys": [],
}
_LAYOUTS = {"objectMetadataId": "objectMetadataId", "pageLayoutType": "type"}

FAMILIES = (
    Family(
        "role",
        "getRoles",
        create="createOneRole",
        delete="deleteOneRole",
        argument="createRoleInput",
        defaults=_ROLE_DEFAULTS,
        collapsed=("label", "description"),
        unique=("label", "ROLE_LABEL_ALREADY_EXISTS"),
    ),
    Family(
        "webhook",
        "webhooks",
        "webhook",
        create="createWebhook",
        update="updateWebhook",
        delete="deleteWebhook",
        defaults={"operations": ["*.*"], "description": None, "deletedAt": None},
        collapsed=("description",),
        made=("secret",),
    ),
    Family(
        "skill",
        "skills",
        "skill",
        create="createSkill",
        update="updateSkill",
        delete="deleteSkill",
        defaults={"description": None, "icon": None, "isActive": True, "isCustom": True},
        collapsed=("label", "description"),
    ),
    Family("apiKey", "apiKeys", "apiKey"),
    Family(
        "usageLimit",
        "usageLimits",
        create="createUsageLimit",
        update="updateUsageLimit",
        delete="deleteUsageLimit",
        defaults={"spenderId": None, "burstValue": None},
    ),
    Family("pageLayout", "getPageLayouts", "getPageLayout", filters=_LAYOUTS),
    Family("navigationMenuItem", "navigationMenuItems", "navigationMenuItem"),
    Family("commandMenuItem", "commandMenuItems", "commandMenuItem"),
    Family("agent", "findManyAgents", "findOneAgent", missing=("Agent", "AGENT_NOT_FOUND")),
    Family("logicFunction", "findManyLogicFunctions", "findOneLogicFunction"),
    Family("serverlessFunction", "findManyServerlessFunctions", "findOneServerlessFunction"),
    Family("frontComponent", "frontComponents", "frontComponent"),
    Family("invitation", "findWorkspaceInvitations"),
)


def list_rows(workspace: Workspace, family: Family, arguments: Row) -> list[Row]:
    """All rows of a family, narrowed by its arguments."""
    wanted = {
        key: arguments[name]
        for name, key in family.filters.items()
        if arguments.get(name) is not None
    }
    return [
        row
        for row in workspace.store.rows(family.store)
        if row.get("deletedAt") is None
        and all(row.get(key) == value for key, value in wanted.items())
    ]


def get_row(workspace: Workspace, family: Family, arguments: Row) -> Row | None:
    """One row of a family by id."""
    ident = arguments.get("id") or (arguments.get("input") or {}).get("id")
    row = workspace.store.find(family.store, str(ident))
    if row is None and family.missing:
        name, code = family.missing
        message = f"{name} not found"
        raise Refusal(message, code="NOT_FOUND", sub_code=code, friendly=f"{message}.")
    return row


def create_row(workspace: Workspace, family: Family, arguments: Row) -> Row:
    """Add a row; ids may be chosen by the caller."""
    given = {
        key: collapse(value) if key in family.collapsed and isinstance(value, str) else value
        for key, value in arguments[family.argument].items()
        if value is not None
    }
    row = {
        **stamp(workspace),
        "universalIdentifier": workspace.new_id(),
        "applicationId": workspace.custom_application,
        **family.defaults,
        **{name: workspace.new_id().replace("-", "") * 2 for name in family.made},
        **given,
    }
    _check_new(workspace, family, row)
    return workspace.store.put(family.store, row)


def _check_new(workspace: Workspace, family: Family, row: Row) -> None:
    info = {"universalIdentifier": row["universalIdentifier"], "label": row.get("label")}
    report = Report(f"creating {family.store}")
    faults = []
    if family.unique:
        key, code = family.unique
        taken = any(other.get(key) == row.get(key) for other in workspace.store.rows(family.store))
        if taken:
            message = f"A {family.store} with this {key} already exists"
            faults.append(fault(code, message, f"{message}."))
    if family.store == "role" and not row["canReadAllObjectRecords"] and _writes(row):
        friendly = (
            "You cannot grant edit permissions without also granting read permissions. "
            "Please enable read access first."
        )
        code = "CANNOT_GIVE_WRITING_PERMISSION_WITHOUT_READING_PERMISSION"
        faults.append(
            fault(code, "Cannot give writing permission without reading permission", friendly)
        )
    report.add(family.store, faults, info)
    report.refuse()


def _writes(row: Row) -> bool:
    return any(row[switch] for switch in _ROLE_SWITCHES[3:])


def update_row(workspace: Workspace, family: Family, arguments: Row) -> Row:
    """Change a row; the input is ``{id, update or payload}`` or the id beside the changes."""
    given = dict(arguments["input"])
    ident = arguments.get("id") or given.pop("id")
    changes = given.get("update", given.get("payload", given))
    _must_have(workspace, family, ident)
    return workspace.store.change(family.store, ident, **changes, updatedAt=workspace.now())


def delete_row(workspace: Workspace, family: Family, arguments: Row) -> Row | str:
    """Remove a row."""
    given = arguments.get("input") or {}
    named = (arguments.get(name) for name in ("id", "roleId", "usageLimitId"))
    ident = next((found for found in named if found), given.get("id"))
    row = _must_have(workspace, family, str(ident))
    workspace.store.drop(family.store, row["id"])
    return str(row["id"]) if family.store == "role" else row


def _must_have(workspace: Workspace, family: Family, ident: str) -> Row:
    row = workspace.store.find(family.store, ident)
    if row is None:
        raise Refusal(f"{family.store} not found", code="NOT_FOUND")
    return row
