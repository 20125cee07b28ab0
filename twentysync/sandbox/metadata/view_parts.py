"""Columns, filters, sorts and groups of views: one table of what differs, one implementation."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from twentysync.sandbox.metadata.report import Fault, Report, fault
from twentysync.sandbox.state.clock import iso
from twentysync.sandbox.state.errors import PlainError, Refusal
from twentysync.sandbox.state.rows import stamp
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.text import collapse
from twentysync.sandbox.state.workspace import Workspace

_VIEW = "INVALID_VIEW_DATA"
_FILTER = "INVALID_VIEW_FILTER_DATA"
_SORT = "INVALID_VIEW_SORT_DATA"
_EMPTY = ["IS_EMPTY", "IS_NOT_EMPTY"]
_TEXT = ["CONTAINS", "DOES_NOT_CONTAIN", *_EMPTY]
_COMPARED = ["IS", "IS_NOT", "GREATER_THAN_OR_EQUAL", "LESS_THAN_OR_EQUAL", *_EMPTY]
_DATE = [
    "IS",
    "IS_RELATIVE",
    "IS_IN_PAST",
    "IS_IN_FUTURE",
    "IS_TODAY",
    "IS_BEFORE",
    "IS_AFTER",
    *_EMPTY,
]
_CHOICE = ["IS", "IS_NOT", *_EMPTY]
OPERANDS: dict[str, list[str]] = {
    **dict.fromkeys(
        "TEXT EMAILS FULL_NAME ADDRESS LINKS PHONES RAW_JSON FILES ACTOR ARRAY".split(), _TEXT
    ),
    "MULTI_SELECT": _TEXT,
    "CURRENCY": ["GREATER_THAN_OR_EQUAL", "LESS_THAN_OR_EQUAL", *_EMPTY],
    "NUMBER": _COMPARED,
    "RATING": _COMPARED,
    "DATE": _DATE,
    "DATE_TIME": _DATE,
    "RELATION": _CHOICE,
    "SELECT": _CHOICE,
    "UUID": _CHOICE,
    "BOOLEAN": ["IS"],
    "TS_VECTOR": ["VECTOR_SEARCH"],
}
_SUB_OPERANDS: dict[str, list[str]] = {
    "currencyCode": _CHOICE,
    "amountMicros": ["GREATER_THAN_OR_EQUAL", "LESS_THAN_OR_EQUAL", "IS", "IS_NOT", *_EMPTY],
    "source": _CHOICE,
    "workspaceMemberId": _CHOICE,
}

Check = Callable[[Workspace, Row, bool], list[Fault]]


@dataclass(frozen=True)
class Part:
    """What one kind of view part has, and what the server checks."""

    family: str
    label: str
    writable: tuple[str, ...]
    defaults: dict[str, Any] = field(default_factory=dict)
    check: Check = lambda _workspace, _row, _creating: []


def _field_and_view_faults(workspace: Workspace, row: Row, code: str) -> list[Fault]:
    found = []
    if workspace.field(row["fieldMetadataId"]) is None:
        found.append(fault(code, "Field metadata not found"))
    if workspace.store.find("view", row["viewId"]) is None:
        found.append(fault(code, "View not found"))
    return found


def _check_view_field(workspace: Workspace, row: Row, creating: bool) -> list[Fault]:
    found = _field_and_view_faults(workspace, row, _VIEW)
    view = workspace.store.find("view", row["viewId"])
    if view is None:
        return found
    others = [
        other
        for other in workspace.children("viewField", "viewId", row["viewId"])
        if other["id"] != row["id"]
    ]
    if creating and any(other["fieldMetadataId"] == row["fieldMetadataId"] for other in others):
        message = (
            "View field with same fieldMetadataUniversalIdentifier and "
            "viewUniversalIdentifier already exists"
        )
        found.append(fault(_VIEW, message))
    obj = workspace.object(view["objectMetadataId"]) or {}
    return found + _label_faults(row, others, obj.get("labelIdentifierFieldMetadataId"), creating)


def _label_faults(row: Row, others: list[Row], label: str | None, creating: bool) -> list[Fault]:
    """The label identifier is the first column and visible."""
    active = [other for other in others if other["isActive"] and other["deletedAt"] is None]
    if row["fieldMetadataId"] == label:
        found = []
        if active and row["position"] >= min(other["position"] for other in active):
            found.append(
                fault(_VIEW, "Label identifier view field has to be in the lowest position")
            )
        if not row["isVisible"]:
            found.append(fault(_VIEW, "Label identifier view field has to be visible"))
        return found
    own = next((other for other in active if other["fieldMetadataId"] == label), None)
    if own and creating and row["position"] <= own["position"]:
        return [
            fault(
                _VIEW,
                "View field position cannot be lower than label identifier view field position",
            )
        ]
    return []


def _check_filter(workspace: Workspace, row: Row, _creating: bool) -> list[Fault]:
    found = _field_and_view_faults(workspace, row, _FILTER)
    target = workspace.field(row["relationTargetFieldMetadataId"] or row["fieldMetadataId"])
    if target:
        found += _operand_faults(row, target) or _option_faults(row, target)
    group = row["viewFilterGroupId"]
    if group and workspace.store.find("viewFilterGroup", group) is None:
        found.append(fault(_FILTER, "View filter group not found"))
    return found


def _operand_faults(row: Row, target: Row) -> list[Fault]:
    allowed = _SUB_OPERANDS.get(row["subFieldName"] or "", OPERANDS.get(target["type"]))
    if allowed is None or row["operand"] in allowed:
        return []
    message = (
        f'Operand "{row["operand"]}" is not supported on field type "{target["type"]}". '
        f"Supported operands: {', '.join(allowed)}."
    )
    return [fault(_FILTER, message)]


def _option_faults(row: Row, target: Row) -> list[Fault]:
    if target["type"] not in ("SELECT", "MULTI_SELECT") or row["operand"] in _EMPTY:
        return []
    value = row["value"]
    values = json.loads(value) if isinstance(value, str) and value.startswith("[") else value
    allowed = [option["value"] for option in target["options"] or []]
    unknown = (
        [str(item) for item in values if item not in allowed] if isinstance(values, list) else []
    )
    if not unknown:
        return []
    message = (
        f'Filter on "{target["label"]}" uses option(s) {", ".join(unknown)} that do not exist. '
        f"Allowed values: {', '.join(allowed)}."
    )
    return [fault(_FILTER, message)]


def _check_filter_group(workspace: Workspace, row: Row, _creating: bool) -> list[Fault]:
    """Groups nest two deep: a root and one below."""
    if workspace.store.find("view", row["viewId"]) is None:
        return [fault("VIEW_NOT_FOUND", "View not found")]
    parent_id = row["parentViewFilterGroupId"]
    if parent_id is None:
        return []
    if parent_id == row["id"]:
        return [fault("CIRCULAR_DEPENDENCY", "View filter group cannot be its own parent")]
    parent = workspace.store.find("viewFilterGroup", parent_id)
    if parent is None:
        return [fault("VIEW_FILTER_GROUP_NOT_FOUND", "Parent view filter group not found")]
    if parent["parentViewFilterGroupId"]:
        return [
            fault("MAX_DEPTH_EXCEEDED", "View filter group hierarchy exceeds maximum depth of 2")
        ]
    return []


def _check_sort(workspace: Workspace, row: Row, creating: bool) -> list[Fault]:
    found = []
    if workspace.field(row["fieldMetadataId"]) is None:
        found.append(fault(_SORT, "Field metadata not found"))
    if workspace.store.find("view", row["viewId"]) is None:
        found.append(fault("VIEW_NOT_FOUND", "View not found"))
    same = [
        other
        for other in workspace.children("viewSort", "viewId", row["viewId"])
        if other["fieldMetadataId"] == row["fieldMetadataId"] and other["id"] != row["id"]
    ]
    if creating and same:
        found.append(fault(_SORT, "View sort with same fieldMetadataId and viewId already exists"))
    return found


def _check_view(workspace: Workspace, row: Row, _creating: bool) -> list[Fault]:
    missing = workspace.store.find("view", row["viewId"]) is None
    return [fault(_VIEW, "View not found")] if missing else []


PARTS: dict[str, Part] = {
    part.label: part
    for part in (
        Part(
            "viewField",
            "ViewField",
            ("isVisible", "size", "position", "aggregateOperation", "viewFieldGroupId"),
            {"isVisible": True, "size": 0, "position": 0, "isActive": True},
            _check_view_field,
        ),
        Part(
            "viewFilter",
            "ViewFilter",
            (
                "fieldMetadataId",
                "operand",
                "value",
                "viewFilterGroupId",
                "positionInViewFilterGroup",
                "subFieldName",
                "relationTargetFieldMetadataId",
            ),
            {"operand": "CONTAINS"},
            _check_filter,
        ),
        Part(
            "viewFilterGroup",
            "ViewFilterGroup",
            ("parentViewFilterGroupId", "logicalOperator", "positionInViewFilterGroup"),
            {"logicalOperator": "AND"},
            _check_filter_group,
        ),
        Part(
            "viewSort", "ViewSort", ("direction", "subFieldName"), {"direction": "ASC"}, _check_sort
        ),
        Part(
            "viewGroup",
            "ViewGroup",
            ("isVisible", "fieldValue", "position"),
            {"isVisible": True, "position": 0},
            _check_view,
        ),
        Part(
            "viewFieldGroup",
            "ViewFieldGroup",
            ("name", "position", "isVisible"),
            {"isVisible": True, "position": 0, "isActive": True},
            _check_view,
        ),
    )
}


def create_part(workspace: Workspace, part: Part, given: Row) -> Row:
    """Create one part of a view; ids may be chosen by the caller."""
    fixed = [key for key in ("viewId", "fieldMetadataId") if key in given]
    field_id = given.get("fieldMetadataId")
    if field_id and workspace.field(field_id) is None:
        raise PlainError(
            "Could not find fieldMetadata for given fieldMetadataId", "An error occurred."
        )
    if workspace.store.find("view", given["viewId"]) is None:
        raise PlainError("Could not find view for given viewId", "An error occurred.")
    if workspace.store.find(part.family, given.get("id") or ""):
        raise Refusal(f"{part.label} with this id already exists", sub_code=_VIEW)
    row = {**stamp(workspace), **dict.fromkeys(part.writable), **part.defaults, "deletedAt": None}
    row |= {key: given[key] for key in (*fixed, *part.writable, "id") if given.get(key) is not None}
    if isinstance(row.get("name"), str):
        row["name"] = collapse(row["name"])
    _refuse(workspace, part, part.check(workspace, row, True), "create")
    if part.family == "viewSort":
        row["createdAt"] = _after(workspace, row)
    return workspace.store.put(part.family, row)


def _after(workspace: Workspace, row: Row) -> str:
    """When a sort was made: later than the one before it, for no server makes two in a moment."""
    others = workspace.children("viewSort", "viewId", row["viewId"])
    last = max((other["createdAt"] for other in others), default="")
    if row["createdAt"] > last:
        return str(row["createdAt"])
    return iso(datetime.fromisoformat(last).timestamp() + 0.001)


def update_part(workspace: Workspace, part: Part, ident: str, update: Row) -> Row:
    """Change one part of a view."""
    row = find_part(workspace, part, ident)
    new = {**row, **{key: value for key, value in update.items() if key in part.writable}}
    _refuse(workspace, part, part.check(workspace, new, False), "update")
    return workspace.store.put(part.family, {**new, "updatedAt": workspace.now()})


def find_part(workspace: Workspace, part: Part, ident: str) -> Row:
    """One part of a view, or a refusal."""
    row = workspace.store.find(part.family, ident)
    if row is None:
        raise Refusal(f"{part.label} not found", code="NOT_FOUND")
    return row


def delete_part(workspace: Workspace, part: Part, ident: str) -> Row:
    """Soft delete: hidden, but a deleted column still occupies its place."""
    find_part(workspace, part, ident)
    return workspace.store.change(part.family, ident, deletedAt=workspace.now())


def destroy_part(workspace: Workspace, part: Part, ident: str) -> Row:
    """Remove one part of a view for good."""
    row = find_part(workspace, part, ident)
    workspace.store.drop(part.family, ident)
    return {**row, "deletedAt": workspace.now()}


def _refuse(workspace: Workspace, part: Part, faults: list[Fault], action: str) -> None:
    verb = {"create": "creating", "update": "updating"}[action]
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in part.label).strip()
    report = Report(f"{verb} {words}")
    report.add(part.family, faults, {"universalIdentifier": workspace.new_id()}, action=action)
    report.refuse()


def list_parts(workspace: Workspace, part: Part, view_id: str | None) -> list[Row]:
    """The parts of one view, or of all, that are not deleted."""
    rows = (
        workspace.children(part.family, "viewId", view_id)
        if view_id
        else workspace.store.rows(part.family)
    )
    return [row for row in rows if row["deletedAt"] is None and row.get("isActive", True)]
