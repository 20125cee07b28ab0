"""Creating, changing and deleting objects."""

from __future__ import annotations

from typing import Any

from twentysync.sandbox.metadata.fields import drop_field, related_rows, write_fields
from twentysync.sandbox.metadata.layout_rows import (
    create_object_page,
    drop_object_pages,
    follow_object,
)
from twentysync.sandbox.metadata.object_report import report_new_object
from twentysync.sandbox.metadata.report import Report, fault
from twentysync.sandbox.metadata.side_effects import (
    NEW_COLUMN_SIZE,
    create_navigation_item,
    create_object_views,
    drop_view,
    view_field_row,
)
from twentysync.sandbox.metadata.validation import object_faults
from twentysync.sandbox.state.errors import Refusal
from twentysync.sandbox.state.rows import (
    derived_identifier,
    index_row,
    relation_pair,
    stamp,
    system_field_rows,
)
from twentysync.sandbox.state.shape import join_column
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.text import capitalize, collapse
from twentysync.sandbox.state.workspace import Workspace

_TEXTS = (
    "description",
    "icon",
    "labelPlural",
    "labelSingular",
    "namePlural",
    "nameSingular",
    "shortcut",
)
_STANDARD_MAY = (
    "color",
    "description",
    "icon",
    "isActive",
    "isSearchable",
    "labelPlural",
    "labelSingular",
    # Of newer versions: an older one's schema takes neither.
    "openRecordIn",
    "readability",
)
_CUSTOM_MAY = (
    *_STANDARD_MAY,
    "isLabelSyncedWithName",
    "namePlural",
    "nameSingular",
    "labelIdentifierFieldMetadataId",
)
# Where every object can be attached: label and icon on the new object, icon over there (2.21.0).
_ATTACHABLE = {
    "timelineActivity": ("Timeline Activities", "IconTimelineEvent", "IconTimelineEvent"),
    "attachment": ("Attachments", "IconFileImport", "IconFileImport"),
    "noteTarget": ("Notes", "IconNotes", "IconCheckbox"),
    "taskTarget": ("Tasks", "IconCheckbox", "IconCheckbox"),
    "favorite": ("Favorites", "IconHeart", "IconHeart"),
}


def create_object(workspace: Workspace, given: Row) -> Row:
    """``createOneObject`` with all that the server makes beside it."""
    obj = _new_object(workspace, given)
    rows = system_field_rows(workspace, obj, with_name=not given.get("skipNameField"))
    obj["labelIdentifierFieldMetadataId"] = rows[0]["id"]
    relations = _attach(workspace, obj)
    report_new_object(workspace, obj, rows, relations, object_faults(workspace, obj))
    workspace.store.put("object", obj)
    create_object_views(workspace, obj, rows)
    for row in rows:
        workspace.store.put("field", row)
    write_fields(workspace, [row for pair in relations for row in pair], columns=False)
    _index_search(workspace, obj, rows)
    create_navigation_item(workspace, obj)
    create_object_page(workspace, obj)
    return obj


def _new_object(workspace: Workspace, given: Row) -> Row:
    given = {
        key: collapse(value) if key in _TEXTS and isinstance(value, str) else value
        for key, value in given.items()
    }
    return {
        **stamp(workspace),
        "universalIdentifier": workspace.new_id(),
        "applicationId": workspace.custom_application,
        "nameSingular": given["nameSingular"],
        "namePlural": given["namePlural"],
        "labelSingular": capitalize(given["labelSingular"]),
        "labelPlural": capitalize(given["labelPlural"]),
        "description": given.get("description"),
        "icon": given.get("icon"),
        "shortcut": given.get("shortcut"),
        "color": given.get("color"),
        "isActive": True,
        "isSystem": False,
        "isRemote": False,
        "isUIEditable": True,
        "isUICreatable": True,
        "isSearchable": True,
        "isLabelSyncedWithName": bool(given.get("isLabelSyncedWithName")),
        "duplicateCriteria": None,
        "labelIdentifierFieldMetadataId": None,
        "imageIdentifierFieldMetadataId": None,
        "search": [],
    }


def _attach(workspace: Workspace, obj: Row) -> list[tuple[Row, Row]]:
    """The relations to notes, tasks, attachments and timeline activities."""
    pairs = []
    for name, (label, icon, target_icon) in _ATTACHABLE.items():
        target = workspace.object_named(name)
        if target is None:
            continue
        morph = next((row for row in workspace.fields_of(target["id"]) if row["morphId"]), None)
        title = capitalize(obj["nameSingular"])
        far = (
            {"type": "MORPH_RELATION", "name": f"target{title}", "morphId": morph["morphId"]}
            if morph
            else {}
        )
        payload = {
            "type": "ONE_TO_MANY",
            "targetFieldLabel": title,
            "targetFieldIcon": target_icon,
        }
        attributes = {
            "type": "RELATION",
            "name": target["namePlural"],
            "label": label,
            "icon": icon,
        }
        far.setdefault("name", obj["nameSingular"])
        near_side, far_side = relation_pair(
            workspace, obj, target, payload, attributes, target_attributes=far
        )
        for owner, row in ((obj, near_side), (target, far_side)):
            value = f"fieldMetadata:{owner['universalIdentifier']}:{row['name']}"
            row["universalIdentifier"] = derived_identifier(workspace, value)
            row["isSystem"] = row["isSystem"] or workspace.is_v1  # 1.11 and 1.17; not 2.4 to 2.22
        pairs.append((near_side, far_side))
    return pairs


def _index_search(workspace: Workspace, obj: Row, rows: list[Row]) -> None:
    vector = next(row for row in rows if row["name"] == "searchVector")
    index = index_row(workspace, obj, [(vector, None)], isCustom=False, indexType="GIN")
    workspace.store.put("index", index)
    if rows[0]["name"] == "name":
        workspace.store.change(
            "object", obj["id"], search=[search_row(workspace, rows[0]["id"], vector["id"])]
        )


def search_row(workspace: Workspace, field_id: str, vector_id: str, position: int = 0) -> Row:
    """One searched field of an object."""
    return {
        **stamp(workspace),
        "fieldMetadataId": field_id,
        "tsVectorFieldMetadataId": vector_id,
        "position": position,
    }


def update_object(workspace: Workspace, ident: str, update: Row) -> Row:
    """``updateOneObject``; attributes that cannot be changed are ignored or refused as 2.21.0
    does."""
    obj = workspace.object(ident)
    if obj is None:
        raise Refusal("Object to update not found", code="NOT_FOUND")
    changes = {key: _clean(key, value) for key, value in update.items() if key in _CUSTOM_MAY}
    if workspace.is_standard(obj):
        refused = [key for key in changes if key not in _STANDARD_MAY]
        if refused:
            message = f"Cannot edit standard object metadata properties: {', '.join(refused)}"
            raise Refusal(message, sub_code="INVALID_OBJECT_INPUT")
    new = {**obj, **changes}
    _check_update(workspace, obj, new, changes)
    new["updatedAt"] = workspace.now()
    workspace.store.put("object", new)
    _after_update(workspace, obj, new)
    workspace.touch()
    return new


def _clean(key: str, value: Any) -> Any:
    return collapse(value) if key in _TEXTS and isinstance(value, str) else value


def _check_update(workspace: Workspace, obj: Row, new: Row, changes: Row) -> None:
    report = Report("updating object")
    faults = []
    if obj["isSystem"] and "isSearchable" in changes and obj["isSearchable"] != new["isSearchable"]:
        message = "System objects cannot be updated directly. Use overrides for cosmetic changes."
        faults.append(fault("INVALID_OBJECT_INPUT", message, "System objects cannot be updated"))
    faults += object_faults(workspace, new)
    faults += _identifier_faults(workspace, new, changes)
    info = {
        "universalIdentifier": obj["universalIdentifier"],
        "namePlural": obj["namePlural"],
        "nameSingular": obj["nameSingular"],
    }
    report.add("objectMetadata", faults, info, action="update")
    report.refuse()


def _identifier_faults(workspace: Workspace, new: Row, changes: Row) -> list[Row]:
    key = "labelIdentifierFieldMetadataId"
    if key not in changes:
        return []
    code = "INVALID_OBJECT_INPUT"
    if changes[key] is None:
        return [
            fault(
                code,
                "labelIdentifierFieldMetadataId cannot be null",
                "Field label identifier is required",
            )
        ]
    row = workspace.field(changes[key])
    prefix = "labelIdentifierFieldMetadataUniversalIdentifier validation failed:"
    if row is None or row["objectMetadataId"] != new["id"]:
        message = f"{prefix} related field metadata not found"
        return [fault(code, message, "Field declared as label identifier not found")]
    if row["type"] not in ("TEXT", "FULL_NAME", "UUID"):
        friendly = (
            "Field cannot be used as label identifier due to its type: should be of "
            "type UUID, text or full name"
        )
        return [fault(code, f"{prefix} field type not compatible", friendly)]
    return []


def _after_update(workspace: Workspace, old: Row, new: Row) -> None:
    if new["nameSingular"] != old["nameSingular"]:
        _rename_morph_rows(workspace, old, new)
    if new["labelIdentifierFieldMetadataId"] != old["labelIdentifierFieldMetadataId"]:
        _put_label_first(workspace, new)
    follow_object(workspace, old, new)


def _rename_morph_rows(workspace: Workspace, old: Row, new: Row) -> None:
    """The rows of morph relations that point at a renamed object carry its name."""
    for row in workspace.store.rows("field"):
        if not row["morphId"] or row["relationTargetObjectMetadataId"] != new["id"]:
            continue
        key = "nameSingular" if row["settings"]["relationType"] == "MANY_TO_ONE" else "namePlural"
        base = row["name"].removesuffix(capitalize(old[key]))
        renamed = {**row, "name": base + capitalize(new[key])}
        if key == "nameSingular":
            renamed["settings"] = {**row["settings"], "joinColumnName": join_column(renamed)}
            workspace.store.rename_key(
                row["objectMetadataId"], join_column(row), join_column(renamed)
            )
        workspace.store.put("field", renamed)


def _put_label_first(workspace: Workspace, obj: Row) -> None:
    label = obj["labelIdentifierFieldMetadataId"]
    for view in workspace.children("view", "objectMetadataId", obj["id"]):
        columns = workspace.children("viewField", "viewId", view["id"])
        first = min((column["position"] for column in columns), default=1) - 1
        own = next((column for column in columns if column["fieldMetadataId"] == label), None)
        if own:
            workspace.store.change("viewField", own["id"], position=first, isVisible=True)
        elif view["type"] != "FIELDS_WIDGET":
            row = view_field_row(workspace, view["id"], label, position=first, size=NEW_COLUMN_SIZE)
            workspace.store.put("viewField", row)


def delete_object(workspace: Workspace, ident: str) -> Row:
    """``deleteOneObject``: the table, its fields on both sides, its views and sidebar entries
    go."""
    obj = workspace.object(ident)
    if obj is None:
        raise Refusal("Object to delete not found", code="NOT_FOUND")
    report = Report("deleting object")
    faults = []
    if obj["isSystem"]:
        faults.append(fault("INVALID_OBJECT_INPUT", "System objects cannot be deleted"))
    if workspace.is_standard(obj):
        faults.append(fault("INVALID_OBJECT_INPUT", "Standard objects cannot be deleted"))
    info = {key: obj[key] for key in ("universalIdentifier", "namePlural", "nameSingular")}
    report.add("objectMetadata", faults, info, action="delete")
    report.refuse()
    _drop(workspace, obj)
    return obj


def _drop(workspace: Workspace, obj: Row) -> None:
    ident = obj["id"]
    for view in workspace.children("view", "objectMetadataId", ident):
        drop_view(workspace, view["id"])
    for item in workspace.children("navigationMenuItem", "targetObjectMetadataId", ident):
        workspace.store.drop("navigationMenuItem", item["id"])
    drop_object_pages(workspace, ident)
    for row in workspace.fields_of(ident):
        for each in related_rows(workspace, row):
            if workspace.field(each["id"]):
                drop_field(workspace, each)
    for index in workspace.children("index", "objectMetadataId", ident):
        workspace.store.drop_constraint(index["id"])
        workspace.store.drop("index", index["id"])
    workspace.store.drop_object(ident)
    workspace.store.drop("object", ident)
    workspace.touch()
