"""Reading the data model: objects with their lists, fields raw and collapsed, paging and
filters."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from twentysync.sandbox.metadata.validation import is_uuid
from twentysync.sandbox.state.errors import PlainError, not_found
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.text import capitalize
from twentysync.sandbox.state.workspace import Workspace

DEFAULT_PAGE = 10
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: left == right,
    "neq": lambda left, right: left != right,
    "is": lambda left, right: left is right,
    "isNot": lambda left, right: left is not right,
    "in": lambda left, right: left in right,
    "notIn": lambda left, right: left not in right,
}


def _cursor(offset: int) -> str:
    return base64.b64encode(f"arrayconnection:{offset}".encode()).decode()


def _offset(cursor: str) -> int:
    return int(base64.b64decode(cursor).decode().rpartition(":")[2])


def _matches(row: Row, condition: Row) -> bool:
    for key, comparison in condition.items():
        if key == "and":
            matched = all(_matches(row, each) for each in comparison)
        elif key == "or":
            matched = any(_matches(row, each) for each in comparison)
        else:
            value = not row["isUIEditable"] if key == "isUIReadOnly" else row.get(key)
            known = {op: given for op, given in comparison.items() if op in _COMPARISONS}
            matched = all(_COMPARISONS[op](value, given) for op, given in known.items())
        if not matched:
            return False
    return True


def connection(rows: list[Row], paging: Row, condition: Row) -> Row:
    """A page of ``rows`` by id, descending, with the offset cursors of the metadata API."""
    found = sorted(
        (row for row in rows if _matches(row, condition)), key=lambda row: row["id"], reverse=True
    )
    start = _offset(paging["after"]) + 1 if paging.get("after") else 0
    size = paging.get("first", DEFAULT_PAGE if not paging.get("last") else paging["last"])
    page = found[start : start + (DEFAULT_PAGE if size is None else size)]
    edges = [{"node": row, "cursor": _cursor(start + index)} for index, row in enumerate(page)]
    return {
        "edges": edges,
        "pageInfo": {
            "hasNextPage": start + len(page) < len(found),
            "hasPreviousPage": start > 0,
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        },
    }


def list_objects(workspace: Workspace, paging: Row, condition: Row) -> Row:
    """``objects``."""
    return connection(workspace.objects(), paging, condition)


def list_fields(workspace: Workspace, paging: Row, condition: Row) -> Row:
    """``fields``: raw rows, whose uniqueness reads null (observed on 2.21.0)."""
    rows = [{**row, "isUnique": None} for row in workspace.store.rows("field")]
    return connection(rows, paging, condition)


def get_object(workspace: Workspace, ident: str) -> Row:
    """``object(id)``."""
    return _get(workspace.object(ident), "ObjectMetadataEntity", ident)


def get_field(workspace: Workspace, ident: str) -> Row:
    """``field(id)``: the raw row."""
    return {**_get(workspace.field(ident), "FieldMetadataEntity", ident), "isUnique": None}


def _get(row: Row | None, entity: str, ident: str) -> Row:
    if not is_uuid(ident):
        raise PlainError(f'invalid input syntax for type uuid: "{ident}"', "An error occurred.")
    if row is None:
        raise not_found(entity, ident)
    return row


def fields_list(workspace: Workspace, obj: Row) -> list[Row]:
    """``fieldsList``: the rows of a morph relation are one field, named as the relation."""
    return [
        {**row, "name": morph_base(workspace, row)} if row["morphId"] else row
        for row in workspace.fields_of(obj["id"])
        if listed_row(workspace, row)["id"] == row["id"]
    ]


def listed_row(workspace: Workspace, row: Row) -> Row:
    """The row that stands for a morph relation in lists, also as the other side of a relation."""
    if not row["morphId"]:
        return row
    siblings = workspace.children("field", "morphId", row["morphId"])
    return min(
        (each for each in siblings if each["objectMetadataId"] == row["objectMetadataId"]),
        key=_preference,
    )


def _preference(row: Row) -> tuple[bool, bool, str]:
    return not row["isActive"], bool(row["isSystem"]), row["id"]


def morph_base(workspace: Workspace, row: Row) -> str:
    """The name of a morph relation, without the target's."""
    name = str(row["name"])
    if not row["morphId"]:
        return name
    target = workspace.object(row["relationTargetObjectMetadataId"] or "") or {}
    key = "nameSingular" if row["settings"]["relationType"] == "MANY_TO_ONE" else "namePlural"
    return name.removesuffix(capitalize(target.get(key, "")))


def _side(workspace: Workspace, row: Row) -> Row | None:
    target = workspace.field(row["relationTargetFieldMetadataId"] or "")
    if target is None:
        return None
    target = listed_row(workspace, target)
    return {
        "type": row["settings"]["relationType"],
        "sourceObjectMetadata": workspace.object(row["objectMetadataId"]),
        "targetObjectMetadata": workspace.object(target["objectMetadataId"]),
        "sourceFieldMetadata": {**row, "name": morph_base(workspace, row)},
        "targetFieldMetadata": {**target, "name": morph_base(workspace, target)},
    }


def relation(workspace: Workspace, row: Row) -> Row | None:
    """``field.relation``: null on morph relations and on fields that are none."""
    return _side(workspace, row) if row["type"] == "RELATION" else None


def morph_relations(workspace: Workspace, row: Row) -> list[Row] | None:
    """``field.morphRelations``: this row's own target first, then its siblings'."""
    if row["type"] != "MORPH_RELATION":
        return None
    siblings = [
        other
        for other in workspace.children("field", "morphId", row["morphId"])
        if other["objectMetadataId"] == row["objectMetadataId"]
    ]
    siblings.sort(key=lambda other: other["id"] != row["id"])
    return [side for other in siblings if (side := _side(workspace, other))]


def index_list(workspace: Workspace, obj: Row) -> list[Row]:
    """``indexMetadataList``."""
    return workspace.children("index", "objectMetadataId", obj["id"])


def record_counts(workspace: Workspace) -> list[Row]:
    """``objectRecordCounts``. The real server estimates; this one counts."""
    return [
        {"objectNamePlural": obj["namePlural"], "totalCount": workspace.store.count(obj["id"])}
        for obj in workspace.objects()
        if obj["isActive"]
    ]
