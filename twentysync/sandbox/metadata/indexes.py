"""Custom indexes: ``createOneIndex`` and ``deleteOneIndex`` (2.x)."""

from __future__ import annotations

from twentysync.sandbox.metadata.report import Report, fault
from twentysync.sandbox.state.errors import Refusal
from twentysync.sandbox.state.rows import index_row
from twentysync.sandbox.state.shape import SUB_FIELDS, is_many_to_one
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

MOST = 10
_GIN = ("ARRAY", "MULTI_SELECT", "RAW_JSON", "TS_VECTOR")
_COMPOSITE = "INDEX_NOT_SUPPORTED_FOR_COMPOSITE_FIELD"


def create_index(workspace: Workspace, given: Row) -> Row:
    """Never unique, at most ten an object; the name follows from the columns."""
    obj = workspace.object(given["objectMetadataId"])
    if obj is None:
        message = f"Object metadata {given['objectMetadataId']} not found"
        raise Refusal(message, code="NOT_FOUND", sub_code="INDEX_OBJECT_NOT_FOUND")
    if not given["fields"]:
        message = "At least one field is required to create an index"
        raise Refusal(message, sub_code="INDEX_FIELDS_REQUIRED")
    parts = [(_field(workspace, obj, part), part.get("subFieldName")) for part in given["fields"]]
    if len({(row["id"], sub) for row, sub in parts}) != len(parts):
        message = "Duplicate field+sub-field in index field list"
        raise Refusal(message, sub_code="DUPLICATE_INDEX_FIELDS")
    kind = given.get("indexType") or "BTREE"
    if kind == "GIN" and any(row["type"] not in _GIN for row, _ in parts):
        raise Refusal(
            "GIN index is not supported", sub_code="INDEX_TYPE_NOT_SUPPORTED_FOR_FIELD_TYPE"
        )
    existing = workspace.children("index", "objectMetadataId", obj["id"])
    # Those of relations and unique fields count, too (seen on 2.21.0).
    if sum(bool(index["isCustom"]) for index in existing) >= MOST:
        message = f"Custom index limit of {MOST} reached for object {obj['id']}"
        raise Refusal(message, code="CONFLICT", sub_code="CUSTOM_INDEX_LIMIT_REACHED")
    row = index_row(workspace, obj, parts, indexType=kind)
    _check_name(row, existing)
    return workspace.store.put("index", row)


def _field(workspace: Workspace, obj: Row, part: Row) -> Row:
    row = workspace.field(part["fieldMetadataId"])
    if row is None or row["objectMetadataId"] != obj["id"]:
        message = f"Field {part['fieldMetadataId']} not found on object {obj['id']}"
        raise Refusal(message, sub_code="INDEX_FIELD_NOT_FOUND_ON_OBJECT")
    sub = part.get("subFieldName")
    if row["relationTargetObjectMetadataId"] and not is_many_to_one(row):
        message = (
            f"Field {row['name']} is a non-MANY_TO_ONE relation and has no join column to index"
        )
        code = "INDEX_NOT_SUPPORTED_FOR_MORH_RELATION_FIELD_AND_RELATION_FIELD"
        raise Refusal(message, sub_code=code)
    subs = SUB_FIELDS.get(row["type"])
    if subs and not sub:
        raise Refusal(
            f"Composite field {row['name']} requires a sub-field selection", sub_code=_COMPOSITE
        )
    if subs and sub not in subs:
        raise Refusal(
            f"Unknown sub-field {sub} on composite field {row['name']}", sub_code=_COMPOSITE
        )
    if sub and not subs:
        message = f"Field {row['name']} is not composite — subFieldName must not be set"
        raise Refusal(message, sub_code=_COMPOSITE)
    return row


def _check_name(row: Row, existing: list[Row]) -> None:
    report = Report("creating index")
    if any(index["name"] == row["name"] for index in existing):
        twin = fault("INDEX_ALREADY_EXISTS", "Index with same name already exists")
        report.add("index", [twin], {"name": row["name"]})
    report.refuse()


def delete_index(workspace: Workspace, ident: str) -> Row:
    """Only custom indexes can be deleted."""
    index = workspace.store.find("index", ident)
    if index is None:
        raise Refusal(f"Index {ident} not found", code="NOT_FOUND", sub_code="INDEX_NOT_FOUND")
    if not index["isCustom"]:
        message = f"Index {ident} is a system index and cannot be deleted"
        raise Refusal(message, code="FORBIDDEN", sub_code="CANNOT_DELETE_SYSTEM_INDEX")
    workspace.store.drop("index", ident)
    return index
