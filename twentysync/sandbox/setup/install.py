"""Turns the standard model into rows of a fresh workspace."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from twentysync.sandbox.metadata.objects import search_row
from twentysync.sandbox.metadata.side_effects import view_field_row, view_row
from twentysync.sandbox.state.inserting import complete, save
from twentysync.sandbox.state.rows import stamp
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import STANDARD_APPLICATION, Workspace
from twentysync.standard import (
    FIELD_DEFAULTS,
    INDEX_DEFAULTS,
    OBJECT_DEFAULTS,
    VIEW_DEFAULTS,
    VIEW_FIELD_DEFAULTS,
    with_defaults,
)
from twentysync.standard.layouts import load_layouts

#: What every agent that Twenty ships has (2.21.0).
_AGENT: Row = {
    "modelId": "default-smart-model",
    "responseFormat": {"type": "text"},
    "modelConfiguration": {},
    "evaluationInputs": [],
    "roleId": None,
}
ADMIN_ROLE = "20202020-02c2-43f2-b94d-cab1f2b532eb"


def make_key(workspace_id: str, key_id: str) -> str:
    """A key that looks like the server's own: a JWT whose subject is the workspace."""
    header = {"alg": "HS256", "typ": "JWT"}
    payload = {"sub": workspace_id, "type": "API_KEY", "workspaceId": workspace_id, "jti": key_id}
    parts = [_part(json.dumps(each, separators=(",", ":")).encode()) for each in (header, payload)]
    signature = _part(hashlib.sha256(".".join(parts).encode()).digest())
    return ".".join([*parts, signature])


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def install_workspace(workspace: Workspace, name: str) -> Row:
    """The workspace's own row, with its two applications and its roles."""
    ident, custom, standard = (workspace.new_id() for _ in range(3))
    now = workspace.now()
    subdomain = "".join(char for char in name.lower() if char.isalnum()) or "sandbox"
    custom_application = {
        "id": custom,
        "universalIdentifier": custom,
        "name": "Custom",
        "version": "1.0.1",
    }
    row = {
        "id": ident,
        "displayName": name,
        "subdomain": subdomain,
        "customDomain": None,
        "inviteHash": workspace.new_id(),
        "isPublicInviteLinkEnabled": True,
        "activationStatus": "ACTIVE",
        "trashRetentionDays": 14,
        "metadataVersion": 3,
        "databaseSchema": f"workspace_{ident[:8]}",
        "createdAt": now,
        "updatedAt": now,
        "deletedAt": None,
        "allowImpersonation": True,
        "workspaceUrls": {"customUrl": None, "subdomainUrl": "http://127.0.0.1/"},
        "featureFlags": [{"key": "IS_REST_METADATA_API_NEW_FORMAT_DIRECT", "value": True}],
        "workspaceCustomApplicationId": custom,
        "workspaceCustomApplication": custom_application,
        "standardApplicationId": standard,
        "installedApplications": [
            {
                "id": standard,
                "universalIdentifier": STANDARD_APPLICATION,
                "name": "Standard",
                "version": "1.0.1",
            },
            custom_application,
        ],
        "apiKeyName": "sandbox",
        "defaultRole": None,
    }
    workspace.store.put("workspace", row)
    return row


def install_roles(workspace: Workspace) -> None:
    """Admin and Member, the second the default, and the key that is in use."""
    switches = (
        "UpdateAllSettings AccessAllTools ReadAllObjectRecords UpdateAllObjectRecords "
        "SoftDeleteAllObjectRecords DestroyAllObjectRecords"
    ).split()
    common: Row = {
        "canBeAssignedToUsers": True,
        "canBeAssignedToAgents": False,
        "permissionFlags": None,
        "objectPermissions": None,
        "fieldPermissions": None,
        "rowLevelPermissionPredicates": [],
        "rowLevelPermissionPredicateGroups": [],
        "workspaceMembers": [],
        "agents": [],
        "apiKeys": [],
    }
    admin = {
        **stamp(workspace),
        **common,
        **{f"can{switch}": True for switch in switches},
        "universalIdentifier": ADMIN_ROLE,
        "label": "Admin",
        "description": "Admin role",
        "icon": "IconUserCog",
        "isEditable": False,
        "canBeAssignedToApiKeys": True,
    }
    member = {
        **admin,
        **stamp(workspace),
        "universalIdentifier": workspace.new_id(),
        "label": "Member",
        "description": "Member role",
        "icon": "IconUser",
        "isEditable": True,
        "canUpdateAllSettings": False,
        "canBeAssignedToApiKeys": False,
    }
    workspace.store.put("role", admin)
    workspace.store.put("role", member)
    row = workspace.row
    workspace.store.change("workspace", row["id"], defaultRole=member)
    key = {
        **stamp(workspace),
        "name": row["apiKeyName"],
        "expiresAt": "2099-01-01T00:00:00.000Z",
        "revokedAt": None,
        "role": admin,
    }
    workspace.store.put("apiKey", key)
    shown = {name: key[name] for name in ("id", "name", "expiresAt", "revokedAt")}
    workspace.store.change("role", admin["id"], apiKeys=[shown])


def install_automation(workspace: Workspace) -> None:
    """The skills and agents that Twenty ships. Facts know their names; the texts stand for them."""
    facts = load_layouts(workspace.version)
    for family, column in (("skill", "content"), ("agent", "prompt")):
        for name in facts.get(f"{family}s", ()):
            own = {"isActive": True} if family == "skill" else _AGENT
            workspace.store.put(
                family,
                {
                    **stamp(workspace),
                    "applicationId": workspace.standard_application,
                    "isCustom": False,
                    "name": name,
                    "label": name.replace("-", " ").title(),
                    "icon": None,
                    "description": None,
                    column: f"What {name} does.",
                    **own,
                },
            )


class ModelInstaller:
    """Writes the rows of a standard model."""

    def __init__(self, workspace: Workspace, model: dict[str, Any]) -> None:
        self._workspace = workspace
        self._model = model
        self._objects = {name: workspace.new_id() for name in model["objects"]}
        self._fields = {
            (name, field): workspace.new_id()
            for name, obj in model["objects"].items()
            for field in obj["fields"]
        }

    def install(self) -> None:
        """Objects, fields, indexes and views."""
        for name, obj in self._model["objects"].items():
            self._object(name, obj)
            for field, attributes in obj["fields"].items():
                self._field(name, field, attributes)
            for index in obj["indexes"]:
                self._index(name, index)
        for view in self._model["views"]:
            self._view(view)

    def _owned(self) -> Row:
        return {**stamp(self._workspace), "applicationId": self._workspace.standard_application}

    def _field_id(self, name: str, field: str | None) -> str | None:
        return self._fields[name, field] if field else None

    def _object(self, name: str, attributes: Row) -> None:
        row = with_defaults(attributes, OBJECT_DEFAULTS)
        vector = self._fields.get((name, "searchVector"), "")
        search = [
            search_row(self._workspace, self._fields[name, field], vector, position)
            for position, field in enumerate(row["search"])
        ]
        kept = {
            key: value
            for key, value in row.items()
            if key not in ("fields", "indexes", "search", "labelIdentifier", "imageIdentifier")
        }
        identifiers = {
            "labelIdentifierFieldMetadataId": self._field_id(name, row["labelIdentifier"]),
            "imageIdentifierFieldMetadataId": self._field_id(name, row["imageIdentifier"]),
        }
        ident = {"id": self._objects[name], "nameSingular": name}
        uid = {"universalIdentifier": row.get("universalIdentifier") or self._workspace.new_id()}
        self._workspace.store.put(
            "object", {**self._owned(), **kept, **identifiers, **ident, **uid, "search": search}
        )

    def _field(self, name: str, field: str, attributes: Row) -> None:
        row = with_defaults(attributes, FIELD_DEFAULTS)
        target, _, other = (row.pop("relation", None) or "").partition(".")
        row["settings"] = self._settings(row["settings"])
        if row["options"]:
            row["options"] = [
                {"id": self._workspace.new_id(), **option} for option in row["options"]
            ]
        self._workspace.store.put(
            "field",
            {
                **self._owned(),
                "universalIdentifier": self._workspace.new_id(),
                **row,
                "id": self._fields[name, field],
                "name": field,
                "objectMetadataId": self._objects[name],
                "relationTargetObjectMetadataId": self._objects.get(target),
                "relationTargetFieldMetadataId": self._fields.get((target, other)),
            },
        )

    def _settings(self, settings: Row | None) -> Row | None:
        owner, _, field = (settings or {}).get("junctionTargetFieldId", "").partition(".")
        if not field:
            return settings
        return {**(settings or {}), "junctionTargetFieldId": self._fields[owner, field]}

    def _index(self, name: str, attributes: Row) -> None:
        parts = []
        for order, path in enumerate(attributes["fields"]):
            field, _, sub = path.partition(".")
            part = {
                "fieldMetadataId": self._fields[name, field],
                "order": order,
                "subFieldName": sub or None,
            }
            parts.append({**stamp(self._workspace), **part})
        row = with_defaults(attributes, INDEX_DEFAULTS) | {"fields": parts}
        self._workspace.store.put(
            "index", {**stamp(self._workspace), "objectMetadataId": self._objects[name], **row}
        )

    def _view(self, attributes: Row) -> None:
        workspace, name = self._workspace, attributes["object"]
        row = with_defaults(attributes, VIEW_DEFAULTS)
        kept = {
            key: row[key]
            for key in (*VIEW_DEFAULTS, "name")
            if key not in ("mainGroupByField", "kanbanAggregateOperationField", "calendarField")
        }
        for key in ("mainGroupByField", "kanbanAggregateOperationField", "calendarField"):
            kept[f"{key}MetadataId"] = self._field_id(name, row[key])
        if kept["key"] == "INDEX" and kept["name"] == f"All {self._label(name)}":
            kept["name"] = "All {objectLabelPlural}"
        owner = {"applicationId": workspace.standard_application, "isSystemSideEffect": False}
        view = workspace.store.put(
            "view", view_row(workspace, self._objects[name], **kept, **owner)
        )
        groups = {
            group["name"]: self._child("viewFieldGroup", view, group)
            for group in row.get("fieldGroups", ())
        }
        for column in row.get("fields", ()):
            self._column(view, name, with_defaults(column, VIEW_FIELD_DEFAULTS), groups)
        for condition in row.get("filters", ()):
            self._filter(view, name, condition)
        for group in row.get("groups", ()):
            self._child("viewGroup", view, group)

    def _label(self, name: str) -> str:
        return str(self._model["objects"][name]["labelPlural"])

    def _child(self, family: str, view: Row, attributes: Row) -> str:
        row = {
            **stamp(self._workspace),
            **attributes,
            "viewId": view["id"],
            "isActive": True,
            "deletedAt": None,
        }
        return str(self._workspace.store.put(family, row)["id"])

    def _column(self, view: Row, name: str, column: Row, groups: dict[str, str]) -> None:
        kept = {key: column[key] for key in (*VIEW_FIELD_DEFAULTS, "position") if key != "group"}
        kept["viewFieldGroupId"] = groups.get(column["group"] or "")
        row = view_field_row(
            self._workspace, view["id"], self._fields[name, column["field"]], **kept
        )
        self._workspace.store.put("viewField", row)

    def _filter(self, view: Row, name: str, condition: Row) -> None:
        attributes = {
            **{key: condition.get(key) for key in ("operand", "value", "subFieldName")},
            "fieldMetadataId": self._fields[name, condition["field"]],
            "viewFilterGroupId": None,
            "positionInViewFilterGroup": None,
            "relationTargetFieldMetadataId": None,
        }
        self._child("viewFilter", view, attributes)


def insert_record(workspace: Workspace, object_name: str, given: Row) -> Row:
    """Put a record in without the rules of the API (as a seed does)."""
    obj = workspace.object_named(object_name)
    if obj is None:
        raise KeyError(object_name)
    shape = workspace.shape(obj["id"])
    row = complete(workspace, shape, given)
    save(workspace, shape, row, new=True, batch=frozenset())
    return row


def add_member(workspace: Workspace, email: str, first: str = "", last: str = "") -> Row:
    """Somebody who has accepted an invitation."""
    given: Row = {
        "name": {"firstName": first or None, "lastName": last or None},
        "userEmail": email,
        "userId": workspace.new_id(),
        "colorScheme": "System",
        "locale": "en",
        "timeZone": "system",
        "dateFormat": "SYSTEM",
        "timeFormat": "SYSTEM",
        "numberFormat": "SYSTEM",
        "calendarStartDay": 7,
        "position": 0,
        "createdBy": {"source": "MANUAL", "name": "System"},
        "updatedBy": {"source": "MANUAL", "name": "System"},
    }
    member = workspace.object_named("workspaceMember") or {}
    known = workspace.shape(member["id"]).fields
    return insert_record(
        workspace, "workspaceMember", {key: value for key, value in given.items() if key in known}
    )
