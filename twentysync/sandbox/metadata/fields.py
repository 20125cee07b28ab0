"""Creating and deleting fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twentysync.sandbox.metadata.report import Fault, Report, fault, refuse_input
from twentysync.sandbox.metadata.side_effects import add_view_fields, column_views, forget_field
from twentysync.sandbox.metadata.validation import field_faults
from twentysync.sandbox.state.columns import add_constraint, add_field_values, drop_field_values
from twentysync.sandbox.state.defaults import nullify
from twentysync.sandbox.state.errors import PlainError
from twentysync.sandbox.state.rows import field_row, index_row, relation_pair
from twentysync.sandbox.state.shape import SUB_FIELDS, UNIQUE_SUB_FIELDS, is_many_to_one
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.text import capitalize, collapse
from twentysync.sandbox.state.workspace import Workspace

_ACTOR_DEFAULT = {"source": "'MANUAL'", "name": "'System'", "workspaceMemberId": None}
_CREATING = "creating field"
_KEPT = (
    "name",
    "label",
    "description",
    "icon",
    "type",
    "isUnique",
    "isNullable",
    "isLabelSyncedWithName",
    # Of newer versions: an older one's schema takes neither.
    "isAuditLogged",
    "isSearchable",
)


def create_field(workspace: Workspace, given: Row) -> Row:
    """``createOneField``: validate, write both sides if it is a relation, and do the side
    effects."""
    return create_fields(workspace, [given])[0]


def create_fields(workspace: Workspace, inputs: list[Row]) -> list[Row]:
    """Several fields in one migration; the fields asked for, in order."""
    report = Report("creating fields")
    asked: list[Row] = []
    created: list[Row] = []
    for given in inputs:
        rows, faults = build_fields(workspace, given, beside=created)
        _report_fields(workspace, report, rows, faults)
        asked.append(rows[0])
        created += rows
    report.refuse()
    write_fields(workspace, created)
    return asked


def write_fields(workspace: Workspace, created: list[Row], *, columns: bool = True) -> None:
    """Store new field rows with their indexes and columns."""
    for row in created:
        workspace.store.put("field", row)
    for row in created:
        if is_many_to_one(row):
            _add_index(workspace, row)
        elif row["isUnique"]:
            index = _add_index(workspace, row, isUnique=True)
            add_constraint(workspace, row["objectMetadataId"], index["id"])
        add_field_values(workspace, row)
    if columns:
        add_view_fields(workspace, created)
    workspace.touch()


def _add_index(workspace: Workspace, row: Row, **attributes: Any) -> Row:
    obj = workspace.object(row["objectMetadataId"])
    assert obj is not None
    return workspace.store.put("index", index_row(workspace, obj, [(row, None)], **attributes))


def build_fields(
    workspace: Workspace, given: Row, *, beside: Iterable[Row] = ()
) -> tuple[list[Row], dict[str, list[Fault]]]:
    """The rows a create would make, and the faults of each by row id; refuses unusable input at
    once."""
    obj = workspace.object(given["objectMetadataId"])
    if obj is None:
        message = "Provided object metadata id does not exist"
        friendly = "Created field metadata, parent object metadata not found"
        refuse_input(_CREATING, "OBJECT_METADATA_NOT_FOUND", message, friendly)
        raise AssertionError
    attributes = _attributes(workspace, given)
    created = _rows(workspace, obj, given, attributes)
    faults: dict[str, list[Fault]] = {}
    for row in created:
        others = [
            other
            for other in [*workspace.fields_of(row["objectMetadataId"]), *beside, *created]
            if other["objectMetadataId"] == row["objectMetadataId"] and other["id"] != row["id"]
        ]
        faults[row["id"]] = field_faults(others, row)
    return created, faults


def _attributes(workspace: Workspace, given: Row) -> Row:
    kept = {key: given[key] for key in _KEPT if given.get(key) is not None}
    for key in ("name", "label", "description", "icon"):
        if key in kept:
            kept[key] = collapse(kept[key])
    editable = given.get("isUIEditable")
    if editable is None and given.get("isUIReadOnly") is not None:
        editable = not given["isUIReadOnly"]
    kept["isUIEditable"] = True if editable is None else editable
    kept["isSystem"] = bool(given.get("isSystem"))
    default = sanitize(given.get("defaultValue"))
    if default is None and given["type"] == "ACTOR":
        default = _ACTOR_DEFAULT
    _check_amount(workspace, default)
    kept["defaultValue"] = nullify(given["type"], default)
    kept["settings"] = sanitize(given.get("settings"))
    kept["options"] = _options(workspace, given)
    if given["type"] in ("SELECT", "MULTI_SELECT", "RATING"):
        kept["settings"] = None
    return kept


def _check_amount(workspace: Workspace, default: Any) -> None:
    """An amount of money as a text without quotes breaks the migration (observed 3)."""
    amount = default.get("amountMicros") if isinstance(default, dict) else None
    if isinstance(amount, str) and not amount.startswith("'"):
        message = (
            "Migration action 'create' for 'fieldMetadata' (universalIdentifier: "
            f"{workspace.new_id()}) failed"
        )
        raise PlainError(message, "Migration execution failed.")


def sanitize(value: Any) -> Any:
    """Every string inside a default value or settings loses its surplus white space."""
    if isinstance(value, str):
        return collapse(value)
    if isinstance(value, list):
        return [sanitize(item) for item in value]
    if isinstance(value, dict):
        return {key: sanitize(item) for key, item in value.items()}
    return value


def _options(workspace: Workspace, given: Row) -> list[Row] | None:
    if given["type"] == "RATING":
        return [
            {"id": workspace.new_id(), "label": str(n), "value": f"RATING_{n}", "position": n - 1}
            for n in range(1, 6)
        ]
    if given["type"] not in ("SELECT", "MULTI_SELECT"):
        options: list[Row] | None = given.get("options")
        return options
    return [
        {"id": workspace.new_id(), **{key: sanitize(value) for key, value in option.items()}}
        for option in given.get("options") or []
    ]


def _rows(workspace: Workspace, obj: Row, given: Row, attributes: Row) -> list[Row]:
    kind = given["type"]
    if given.get("isRemoteCreation"):
        refuse_input(_CREATING, "INVALID_FIELD_INPUT", "Remote fields aren't supported")
    if kind == "TS_VECTOR":
        refuse_input(
            _CREATING, "INVALID_FIELD_INPUT", "TS Vector is not supported for field creation"
        )
    if kind == "RELATION":
        payload, target = _payload(workspace, given.get("relationCreationPayload"))
        return list(relation_pair(workspace, obj, target, payload, attributes))
    if kind == "MORPH_RELATION":
        return _morph_rows(workspace, obj, given, attributes)
    return [field_row(workspace, obj, **attributes)]


def _payload(workspace: Workspace, raw: Any) -> tuple[Row, Row]:
    if raw is None:
        refuse_input(_CREATING, "INVALID_FIELD_INPUT", "Relation creation payload is required")
    payload: Row = sanitize(raw)
    missing = [
        key
        for key in ("type", "targetObjectMetadataId", "targetFieldLabel", "targetFieldIcon")
        if not isinstance(payload.get(key), str)
        or (not payload[key] and key != "targetFieldIcon")  # an empty icon passes (2.21.0)
    ]
    if missing or payload["type"] not in ("MANY_TO_ONE", "ONE_TO_MANY"):
        message = "Relation creation payload is invalid"
        friendly = "Invalid relation creation payload"
        refuse_input(
            _CREATING, "FIELD_METADATA_RELATION_MALFORMED", message, friendly, value=payload
        )
    target = workspace.object(payload["targetObjectMetadataId"])
    if target is None:
        message = "Object metadata relation target not found for relation creation payload"
        friendly = "Object targeted by field to create not found"
        refuse_input(
            _CREATING, "FIELD_METADATA_RELATION_MALFORMED", message, friendly, value=payload
        )
        raise AssertionError
    return payload, target


def _morph_rows(workspace: Workspace, obj: Row, given: Row, attributes: Row) -> list[Row]:
    raw = given.get("morphRelationsCreationPayload")
    if not isinstance(raw, list):
        refuse_input(_CREATING, "INVALID_FIELD_INPUT", "Relation creation payload is required")
        raise AssertionError
    _check_morph(raw)
    morph_id = workspace.new_id()
    rows: list[Row] = []
    for item in raw:
        payload, target = _payload(workspace, item)
        name = morph_name(attributes["name"], payload["type"], target)
        rows.extend(
            relation_pair(
                workspace, obj, target, payload, attributes | {"name": name, "morphId": morph_id}
            )
        )
    return sorted(rows, key=lambda row: row["objectMetadataId"] != obj["id"])


def _check_morph(payloads: list[Row]) -> None:
    targets = [item.get("targetObjectMetadataId") for item in payloads]
    message = None
    if not payloads:
        message = "Morph relation creation payloads are empty"
    elif len({item.get("type") for item in payloads}) > 1:
        message = "Morph relation creation payloads must have the same relation type"
    elif len(set(targets)) != len(targets):
        message = (
            "Morph relation creation payloads must have only relation to the same object metadata"
        )
    if message:
        refuse_input(_CREATING, "FIELD_METADATA_RELATION_MALFORMED", message, "An error occurred.")


def morph_name(base: str, kind: str, target: Row) -> str:
    """Name of the row of a morph relation that points at ``target``."""
    return base + capitalize(target["nameSingular" if kind == "MANY_TO_ONE" else "namePlural"])


def _unique_faults(row: Row) -> list[Fault]:
    """A unique index takes no field with a default, and only types with a column to compare."""
    if not row["isUnique"]:
        return []
    kind = row["type"]
    message = f"Unique index cannot be created for field {row['name']} of type {kind}"
    found = []
    if row["defaultValue"] is not None:
        friendly = f"{kind} fields cannot have a default value."
        found.append(fault("INDEX_FIELD_INVALID_DEFAULT_VALUE", message, friendly))
    unindexable = kind == "MORPH_RELATION" or (kind == "RELATION" and not is_many_to_one(row))
    if unindexable or (kind in SUB_FIELDS and not UNIQUE_SUB_FIELDS[kind]):
        found.append(
            fault(
                "INDEX_FIELD_INVALID_TYPE_FOR_UNIQUE", message, f"{kind} fields cannot be unique."
            )
        )
    return found


def _report_fields(
    workspace: Workspace, report: Report, created: list[Row], faults: dict[str, list[Fault]]
) -> None:
    for row in created:
        report.add("fieldMetadata", faults[row["id"]], field_info(workspace, row))
    for row in created:
        if not faults[row["id"]]:
            continue
        for view in column_views(workspace, row["objectMetadataId"]):
            info = {
                "universalIdentifier": workspace.new_id(),
                "viewUniversalIdentifier": view["universalIdentifier"],
                "fieldMetadataUniversalIdentifier": row["universalIdentifier"],
            }
            report.add("viewField", [fault("INVALID_VIEW_DATA", "Field metadata not found")], info)
    for row in created:
        report.add("index", _unique_faults(row), {"name": row["name"]})


def field_info(workspace: Workspace, row: Row) -> Row:
    """How a report identifies a field."""
    obj = workspace.object(row["objectMetadataId"]) or {}
    return {
        "universalIdentifier": row["universalIdentifier"],
        "name": row["name"],
        "objectMetadataUniversalIdentifier": obj.get("universalIdentifier"),
    }


def delete_field(workspace: Workspace, ident: str) -> Row:
    """``deleteOneField``: both sides of a relation go, all rows of a morph relation."""
    row = workspace.field(ident)
    if row is None:
        refuse_input("deleting field", "FIELD_METADATA_NOT_FOUND", "Field to delete not found")
        raise AssertionError
    doomed = related_rows(workspace, row)
    report = Report("deleting fields")
    for each in doomed:
        report.add(
            "fieldMetadata",
            _delete_faults(workspace, each),
            field_info(workspace, each),
            action="delete",
        )
    report.refuse()
    for each in doomed:
        drop_field(workspace, each)
    workspace.touch()
    return row


def _delete_faults(workspace: Workspace, row: Row) -> list[Fault]:
    code = "FIELD_MUTATION_NOT_ALLOWED"
    found = []
    if row["isSystem"]:
        found.append(fault(code, "System fields cannot be deleted"))
    elif workspace.is_standard(row):
        found.append(fault(code, "Standard fields cannot be deleted"))
    obj = workspace.object(row["objectMetadataId"])
    if obj and obj["labelIdentifierFieldMetadataId"] == row["id"]:
        found.append(fault(code, "Cannot delete, please update the label identifier field first"))
    return found


def related_rows(workspace: Workspace, row: Row) -> list[Row]:
    """``row``, its siblings of one morph relation, and the other side of each."""
    rows = [row]
    if row["morphId"]:
        rows += [
            other
            for other in workspace.children("field", "morphId", row["morphId"])
            if other["id"] != row["id"] and other["objectMetadataId"] == row["objectMetadataId"]
        ]
    other_ids = [each["relationTargetFieldMetadataId"] for each in rows]
    return rows + [other for ident in other_ids if ident and (other := workspace.field(ident))]


def drop_field(workspace: Workspace, row: Row) -> None:
    """Remove one field row with everything that hangs on it."""
    forget_field(workspace, row["id"])
    for index in workspace.children("index", "objectMetadataId", row["objectMetadataId"]):
        if any(part["fieldMetadataId"] == row["id"] for part in index["fields"]):
            workspace.store.drop_constraint(index["id"])
            workspace.store.drop("index", index["id"])
    drop_field_values(workspace, row)
    workspace.store.drop("field", row["id"])
