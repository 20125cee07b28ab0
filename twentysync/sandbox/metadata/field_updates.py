"""Changing fields, and what changes with them."""

from __future__ import annotations

import json
from typing import Any

from twentysync.sandbox.metadata.fields import (
    build_fields,
    field_info,
    related_rows,
    sanitize,
    write_fields,
)
from twentysync.sandbox.metadata.report import Fault, Report, fault, refuse_input
from twentysync.sandbox.metadata.side_effects import forget_field
from twentysync.sandbox.metadata.validation import availability_faults, name_faults, type_faults
from twentysync.sandbox.state.columns import add_constraint, rename_option_values
from twentysync.sandbox.state.defaults import nullify
from twentysync.sandbox.state.errors import Refusal
from twentysync.sandbox.state.rows import index_row, stamp
from twentysync.sandbox.state.shape import is_many_to_one, join_column
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.text import name_from_label
from twentysync.sandbox.state.workspace import Workspace

_STANDARD_MAY = (
    "defaultValue",
    "description",
    "icon",
    "isActive",
    "label",
    "options",
    "settings",
    "isUnique",
    "isAuditLogged",
    "isSearchable",
)
_CUSTOM_MAY = (*_STANDARD_MAY, "isLabelSyncedWithName", "name")
_SIBLINGS_TOO = ("defaultValue", "description", "icon", "isActive", "label", "options", "isUnique")
_SYSTEM_MAY = ("settings", "isActive")
_RELATION_MAY = ("label", "description", "isActive", "icon", "name", "settings", "isUIEditable")
_VISIBLE_GROUPS = 20


def update_field(workspace: Workspace, ident: str, update: Row) -> Row:
    """``updateOneField``: the field, its siblings, its other side, and the views that show it."""
    row = workspace.field(ident)
    if row is None:
        refuse_input(
            "updating field", "FIELD_METADATA_NOT_FOUND", "Field metadata to update not found"
        )
        raise AssertionError
    changes = _changes(workspace, row, update)
    new = {**row, **changes}
    report = Report("updating field")
    changed = [key for key in changes if changes[key] != row.get(key)]
    report.add(
        "fieldMetadata",
        _faults(workspace, row, new, changed),
        field_info(workspace, new),
        action="update",
    )
    report.refuse()
    for old, each in [(row, new), *_others(workspace, row, changes)]:
        _apply(workspace, old, each)
    if row["morphId"] and update.get("morphRelationsUpdatePayload"):
        _add_targets(workspace, new, update["morphRelationsUpdatePayload"])
    workspace.touch()
    return workspace.field(ident) or new


def _changes(workspace: Workspace, row: Row, update: Row) -> Row:
    changes = {key: sanitize(value) for key, value in update.items() if key in _CUSTOM_MAY}
    if changes.get("options"):
        changes["options"] = [{"id": workspace.new_id(), **option} for option in changes["options"]]
    if "defaultValue" in changes:
        changes["defaultValue"] = nullify(row["type"], changes["defaultValue"])
    if workspace.is_standard(row):
        refused = [key for key in changes if key not in _STANDARD_MAY]
        if refused:
            message = f"Cannot edit standard field metadata properties: {', '.join(refused)}"
            raise Refusal(message, code="FORBIDDEN", sub_code="FIELD_MUTATION_NOT_ALLOWED")
    return changes


def _faults(workspace: Workspace, row: Row, new: Row, changed: list[str]) -> list[Fault]:
    code = "FIELD_MUTATION_NOT_ALLOWED"
    found = []
    if row["isSystem"] and (refused := [key for key in changed if key not in _SYSTEM_MAY]):
        message = (
            "System fields only allow updating: universalSettings, isActive. "
            f"Forbidden properties: {', '.join(refused)}"
        )
        found.append(fault(code, message, "System fields cannot be updated"))
    obj = workspace.object(row["objectMetadataId"]) or {}
    if (
        obj.get("labelIdentifierFieldMetadataId") == row["id"]
        and not new["isActive"]
        and "isActive" in changed
    ):
        message = "Label identifier field metadata cannot be deactivated"
        friendly = "Label identifier field cannot be deactivated"
        found.append(fault("LABEL_IDENTIFIER_FIELD_METADATA_ID_NOT_FOUND", message, friendly))
    if row["relationTargetObjectMetadataId"]:
        refused = [key for key in changed if key not in _RELATION_MAY]
        if refused:
            message = "Forbidden updated properties for relation field metadata"
            found.append(fault(code, f"{message}: {', '.join(refused)}", message))
    return found + _name_and_value_faults(workspace, row, new, changed)


def _name_and_value_faults(
    workspace: Workspace, row: Row, new: Row, changed: list[str]
) -> list[Fault]:
    found = []
    if "name" in changed:
        beside = [
            each for each in workspace.fields_of(row["objectMetadataId"]) if each["id"] != row["id"]
        ]
        found += name_faults(new["name"], "INVALID_FIELD_INPUT") + availability_faults(
            beside, new["name"]
        )
    if new["isLabelSyncedWithName"] and new["name"] != name_from_label(new["label"]):
        friendly = "Updated field name is not synced with label"
        found.append(
            fault("FIELD_MUTATION_NOT_ALLOWED", "Name is not synced with label.", friendly)
        )
    if (
        not new["isNullable"]
        and new["defaultValue"] is None
        and not row["relationTargetObjectMetadataId"]
    ):
        message = "Default value cannot be null for non-nullable fields"
        found.append(fault("INVALID_FIELD_INPUT", message, "Default value cannot be null."))
    return found + type_faults(new)


def _others(workspace: Workspace, row: Row, changes: Row) -> list[tuple[Row, Row]]:
    """The other sides of a relation follow ``isActive``; siblings of a morph relation nearly
    everything."""
    pairs = []
    for other in related_rows(workspace, row)[1:]:
        sibling = (
            other["objectMetadataId"] == row["objectMetadataId"] and other["morphId"] is not None
        )
        follows = _SIBLINGS_TOO if sibling and row["morphId"] == other["morphId"] else ("isActive",)
        kept = {key: value for key, value in changes.items() if key in follows}
        if kept:
            pairs.append((other, {**other, **kept}))
    return pairs


def _apply(workspace: Workspace, old: Row, new: Row) -> None:
    if is_many_to_one(new) and new["name"] != old["name"]:
        workspace.store.rename_key(old["objectMetadataId"], join_column(old), join_column(new))
        new["settings"] = {**new["settings"], "joinColumnName": join_column(new)}
    elif new["name"] != old["name"]:
        workspace.store.rename_key(old["objectMetadataId"], old["name"], new["name"])
    new["updatedAt"] = workspace.now()
    workspace.store.put("field", new)
    if old["isActive"] and not new["isActive"]:
        forget_field(workspace, old["id"])
    if new["isUnique"] != old["isUnique"]:
        _change_uniqueness(workspace, new)
    if new["options"] != old["options"]:
        _follow_options(workspace, old, new)


def _change_uniqueness(workspace: Workspace, row: Row) -> None:
    obj = workspace.object(row["objectMetadataId"])
    assert obj is not None
    if row["isUnique"]:
        index = workspace.store.put(
            "index", index_row(workspace, obj, [(row, None)], isUnique=True)
        )
        add_constraint(workspace, obj["id"], index["id"])
        return
    for index in workspace.children("index", "objectMetadataId", obj["id"]):
        if index["isUnique"] and [part["fieldMetadataId"] for part in index["fields"]] == [
            row["id"]
        ]:
            workspace.store.drop_constraint(index["id"])
            workspace.store.drop("index", index["id"])


def _follow_options(workspace: Workspace, old: Row, new: Row) -> None:
    """Options are matched by id: a new value is a rename, a missing id a deletion."""
    before = {option["id"]: option["value"] for option in old["options"] or []}
    after = {option["id"]: option["value"] for option in new["options"] or []}
    renamed = {
        before[key]: after[key] for key in before if key in after and before[key] != after[key]
    }
    gone = {before[key] for key in before if key not in after}
    added = [after[key] for key in after if key not in before]
    rename_option_values(workspace, new, renamed, gone)
    for view in workspace.children("view", "mainGroupByFieldMetadataId", new["id"]):
        _follow_groups(workspace, view["id"], renamed, gone, added)
    for row in workspace.children("viewFilter", "fieldMetadataId", new["id"]):
        _follow_filter(workspace, row, renamed, gone)


def _follow_groups(
    workspace: Workspace, view_id: str, renamed: dict[str, str], gone: set[str], added: list[str]
) -> None:
    for group in workspace.children("viewGroup", "viewId", view_id):
        if group["fieldValue"] in gone:
            workspace.store.drop("viewGroup", group["id"])
        elif group["fieldValue"] in renamed:
            workspace.store.change(
                "viewGroup", group["id"], fieldValue=renamed[group["fieldValue"]]
            )
    groups = workspace.children("viewGroup", "viewId", view_id)
    last = max((group["position"] for group in groups), default=-1)
    visible = sum(group["isVisible"] for group in groups)
    for offset, value in enumerate(added):
        row = view_group_row(workspace, view_id, value, last + offset + 1)
        row["isVisible"] = visible + offset < _VISIBLE_GROUPS
        workspace.store.put("viewGroup", row)


def view_group_row(workspace: Workspace, view_id: str, value: str, position: float) -> Row:
    """One group (kanban column) of a view."""
    return {
        **stamp(workspace),
        "viewId": view_id,
        "fieldValue": value,
        "isVisible": True,
        "position": position,
        "deletedAt": None,
    }


def _follow_filter(workspace: Workspace, row: Row, renamed: dict[str, str], gone: set[str]) -> None:
    value: Any = row["value"]
    parsed = json.loads(value) if isinstance(value, str) and value.startswith("[") else value
    if not isinstance(parsed, list):
        return
    kept = [renamed.get(item, item) for item in parsed if item not in gone]
    if not kept:
        workspace.store.drop("viewFilter", row["id"])
    elif kept != parsed:
        workspace.store.change(
            "viewFilter", row["id"], value=json.dumps(kept) if isinstance(value, str) else kept
        )


def _add_targets(workspace: Workspace, row: Row, payload: list[Row]) -> None:
    """``morphRelationsUpdatePayload`` adds targets; the other side looks like that of the first
    target."""
    other = workspace.field(row["relationTargetFieldMetadataId"]) or {}
    target = workspace.object(row["relationTargetObjectMetadataId"]) or {}
    kind = row["settings"]["relationType"]
    key = "nameSingular" if kind == "MANY_TO_ONE" else "namePlural"
    base = row["name"][: len(row["name"]) - len(target[key])]
    for item in payload:
        given = {
            **{
                name: row[name]
                for name in ("type", "label", "icon", "description", "objectMetadataId")
            },
            "name": base,
            "morphRelationsCreationPayload": [
                {
                    "type": kind,
                    "targetObjectMetadataId": item["targetObjectMetadataId"],
                    "targetFieldLabel": other.get("label"),
                    "targetFieldIcon": other.get("icon"),
                }
            ],
        }
        created, faults = build_fields(workspace, given)
        report = Report("updating field")
        for each in created:
            each["morphId"] = row["morphId"] if each["type"] == "MORPH_RELATION" else None
            report.add("fieldMetadata", faults[each["id"]], field_info(workspace, each))
        report.refuse()
        write_fields(workspace, created)
