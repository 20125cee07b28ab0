"""Makes rows of the data model: fields, relation pairs, indexes, and the system fields of new
objects."""

from __future__ import annotations

import uuid
from typing import Any

from twentysync.sandbox.state.shape import UNIQUE_SUB_FIELDS, join_column
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.text import capitalize, name_from_label
from twentysync.sandbox.state.workspace import Workspace

_NOW: dict[str, Any] = {"type": "DATE_TIME", "defaultValue": "now", "isNullable": False}
_ACTOR: dict[str, Any] = {
    "type": "ACTOR",
    "isNullable": False,
    "defaultValue": {"name": "''", "source": "'MANUAL'"},
}
# The fields every new object gets, in this order (observed on 2.21.0).
SYSTEM_FIELDS: dict[str, dict[str, Any]] = {
    "id": {
        "type": "UUID",
        "defaultValue": "uuid",
        "isNullable": False,
        "label": "Id",
        "icon": "Icon123",
    },
    "createdAt": _NOW | {"label": "Creation date", "icon": "IconCalendar"},
    "createdBy": _ACTOR
    | {
        "label": "Created by",
        "description": "The creator of the record",
        "icon": "IconCreativeCommonsSa",
    },
    "deletedAt": {
        "type": "DATE_TIME",
        "label": "Deleted at",
        "description": "Deletion date",
        "icon": "IconCalendarClock",
    },
    "position": {
        "type": "POSITION",
        "defaultValue": 0,
        "isNullable": False,
        "label": "Position",
        "icon": "IconHierarchy2",
    },
    "updatedAt": _NOW
    | {
        "label": "Last update",
        "description": "Last time the record was changed",
        "icon": "IconCalendarClock",
    },
    "updatedBy": _ACTOR
    | {
        "label": "Updated by",
        "description": "The workspace member who last updated the record",
        "icon": "IconUserCircle",
    },
    "searchVector": {"type": "TS_VECTOR", "label": "Search vector", "icon": "IconSearch"},
}


def stamp(workspace: Workspace) -> Row:
    """Id and times of a new row."""
    now = workspace.now()
    return {"id": workspace.new_id(), "createdAt": now, "updatedAt": now}


def derived_identifier(workspace: Workspace, value: str) -> str:
    """A universal identifier that depends on what it identifies only."""
    return str(uuid.uuid5(uuid.UUID(workspace.custom_application), value))


def field_row(workspace: Workspace, obj: Row, **attributes: Any) -> Row:
    """A field row of ``obj`` that the customer owns, with the defaults of a create."""
    return {
        **stamp(workspace),
        "universalIdentifier": workspace.new_id(),
        "objectMetadataId": obj["id"],
        "applicationId": workspace.custom_application,
        "description": None,
        "icon": None,
        "isActive": True,
        "isSystem": False,
        "isUIEditable": True,
        "isNullable": True,
        "isUnique": False,
        "defaultValue": None,
        "options": None,
        "settings": None,
        "isLabelSyncedWithName": False,
        "morphId": None,
        "relationTargetObjectMetadataId": None,
        "relationTargetFieldMetadataId": None,
        **attributes,
    }


def system_field_rows(workspace: Workspace, obj: Row, *, with_name: bool) -> list[Row]:
    """The name field, if wanted, and the system fields of a new object."""
    rows = []
    if with_name:
        text = {"type": "TEXT", "label": "Name", "description": "Name", "icon": "IconAbc"}
        rows.append(field_row(workspace, obj, name="name", **text))
    for name, attributes in SYSTEM_FIELDS.items():
        fixed = {"description": attributes["label"], "isSystem": True, "isUIEditable": False}
        rows.append(field_row(workspace, obj, name=name, **fixed | attributes))
    for row in rows:
        if workspace.is_v1:
            row["isCustom"] = False
        value = f"fieldMetadata:{obj['universalIdentifier']}:{row['name']}"
        row["universalIdentifier"] = derived_identifier(workspace, value)
    return rows


def relation_settings(kind: str, name: str, junction: str | None = None) -> Row:
    """Settings of one side of a relation."""
    if kind == "MANY_TO_ONE":
        return {"relationType": kind, "onDelete": "SET_NULL", "joinColumnName": f"{name}Id"}
    return {"relationType": kind} | ({"junctionTargetFieldId": junction} if junction else {})


def relation_pair(
    workspace: Workspace,
    source: Row,
    target: Row,
    payload: Row,
    attributes: Row,
    *,
    target_attributes: Row | None = None,
) -> tuple[Row, Row]:
    """Both sides of a relation, from the side that was asked for and its creation payload."""
    kind = payload["type"]
    other = "ONE_TO_MANY" if kind == "MANY_TO_ONE" else "MANY_TO_ONE"
    described = attributes.get("description")
    junction = (attributes.get("settings") or {}).get("junctionTargetFieldId")
    near = field_row(
        workspace,
        source,
        **attributes
        | {
            "icon": attributes.get("icon") or "IconRelationOneToMany",
            "description": _or(
                described,
                f"{capitalize(source['namePlural'])} tied to the {target['labelSingular']}",
            ),
            "settings": relation_settings(kind, attributes["name"], junction),
            "defaultValue": None,
            "options": None,
            "relationTargetObjectMetadataId": target["id"],
        },
    )
    label = payload["targetFieldLabel"]
    far_name: str = (target_attributes or {}).get("name") or name_from_label(label)
    far = field_row(
        workspace,
        target,
        **{
            "type": "RELATION",
            "name": far_name,
            "label": label,
            "icon": payload.get("targetFieldIcon") or "Icon123",
            "description": _or(
                described, f"{capitalize(target['namePlural'])} {source['labelSingular']}"
            ),
            "settings": relation_settings(other, far_name),
            "isSystem": near["isSystem"],
            "relationTargetObjectMetadataId": source["id"],
            "relationTargetFieldMetadataId": near["id"],
        }
        | (target_attributes or {}),
    )
    near["relationTargetFieldMetadataId"] = far["id"]
    return near, far


def _or(value: Any, fallback: str) -> Any:
    return fallback if value is None else value


def index_row(
    workspace: Workspace, obj: Row, fields: list[tuple[Row, str | None]], **attributes: Any
) -> Row:
    """An index over fields of an object; its name follows from its columns."""
    unique = bool(attributes.get("isUnique"))
    columns = [column for row, sub in fields for column in index_columns(row, sub, unique=unique)]
    parts = [
        {
            **stamp(workspace),
            "fieldMetadataId": row["id"],
            "order": order,
            "subFieldName": sub,
        }
        for order, (row, sub) in enumerate(fields)
    ]
    return {
        **stamp(workspace),
        "objectMetadataId": obj["id"],
        "name": workspace.index_name(obj, columns, unique=unique),
        "isCustom": True,
        "isUnique": False,
        "indexWhereClause": None,
        "indexType": "BTREE",
        "fields": parts,
        **attributes,
    }


def index_columns(row: Row, sub_field: str | None, *, unique: bool) -> list[str]:
    """Names of the table columns behind an indexed field."""
    if row["type"] in ("RELATION", "MORPH_RELATION"):
        return [join_column(row)]
    if row["type"] not in UNIQUE_SUB_FIELDS:
        return [row["name"]]
    subs = [sub_field] if sub_field else list(UNIQUE_SUB_FIELDS[row["type"]] if unique else ())
    return [f"{row['name']}{capitalize(sub)}" for sub in subs]
