"""Putting rows into the store under the rules a database would keep."""

from __future__ import annotations

import hashlib
from typing import Any

from twentysync.sandbox.state.columns import unique_value
from twentysync.sandbox.state.defaults import is_function, unquote
from twentysync.sandbox.state.errors import Refusal
from twentysync.sandbox.state.search import search_vector
from twentysync.sandbox.state.shape import SUB_FIELDS, Constraint, Shape, is_many_to_one
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

_DUPLICATE = "A duplicate entry was detected"
_MISSING = "A required field is missing. Please provide all required values and try again."
_DANGLING = (
    "This operation references a record that does not exist or cannot be modified due "
    "to existing relationships."
)


def complete(workspace: Workspace, shape: Shape, given: Row) -> Row:
    """``given`` with the defaults of what was left out; a composite that is null counts as left
    out. All times of one row are one instant, as `now()` of one statement is.
    """
    row: Row = {}
    now = workspace.now()
    for name, field in shape.fields.items():
        if field["relationTargetObjectMetadataId"] or field["type"] == "TS_VECTOR":
            continue
        default = _default(workspace, field, now)
        if field["type"] in SUB_FIELDS:
            value = {**(default or {}), **(given.get(name) or {})}
            row[name] = value or None
        else:
            row[name] = given.get(name, default)
    row.update({join: given[join] for join in shape.joins if given.get(join) is not None})
    return row


def _default(workspace: Workspace, field: Row, now: str) -> Any:
    default = field["defaultValue"]
    if is_function(default):
        return now if default == "now" else workspace.new_id()
    return unquote(default)


def check_required(shape: Shape, row: Row) -> None:
    """NOT NULL columns."""
    for name, field in shape.fields.items():
        if is_many_to_one(field):
            name = f"{name}Id"
        elif field["relationTargetObjectMetadataId"]:
            continue
        if not field["isNullable"] and row.get(name) is None and field["type"] not in SUB_FIELDS:
            message = (
                f'null value in column "{name}" of relation "{shape.obj["nameSingular"]}" '
                "violates not-null constraint"
            )
            raise Refusal(message, friendly=_MISSING)


def save(
    workspace: Workspace,
    shape: Shape,
    row: Row,
    *,
    new: bool,
    batch: frozenset[str],
    checked: bool = True,
) -> None:
    """Insert or overwrite one row and claim its unique values.

    ``batch`` names the rows of this statement: a clash among them names no conflicting record.
    Rows of a seed are not ``checked`` for what they lack.
    """
    object_id = shape.obj["id"]
    if checked:
        check_required(shape, row)
    vector = search_vector(workspace, shape, row)
    if "searchVector" in shape.fields:
        row = {**row, "searchVector": vector}
    if not new:
        workspace.store.forget_values(object_id, row["id"])
        workspace.store.replace_record(object_id, row)
    elif not workspace.store.insert_record(object_id, row):
        friendly = "This record already exists. Please check your data and try again."
        raise Refusal(_DUPLICATE, friendly=friendly)
    for constraint in shape.constraints:
        _claim(workspace, shape, constraint, row, batch)
    links = [
        (field["id"], row[join], object_id, row["id"])
        for join, field in shape.joins.items()
        if row.get(join)
    ]
    workspace.store.add_links(links)


def _claim(
    workspace: Workspace, shape: Shape, constraint: Constraint, row: Row, batch: frozenset[str]
) -> None:
    value = unique_value(constraint, row)
    object_id = shape.obj["id"]
    if value is None or workspace.store.claim(constraint.ident, value, object_id, row["id"]):
        return
    owner = workspace.store.owner(constraint.ident, value) or ""
    other = workspace.store.record(object_id, owner) or {}
    if constraint.field is None or owner in batch or other.get("deletedAt") is not None:
        friendly = "This record already exists. Please check your data and try again."
        raise Refusal(_DUPLICATE, friendly=friendly)
    label = constraint.field["label"]
    friendly = f"This {label} value is already in use. Please check your data and try again."
    extra = {
        "conflictingRecordId": owner,
        "conflictingObjectNameSingular": shape.obj["nameSingular"],
    }
    raise Refusal(_DUPLICATE, friendly=friendly, extra=extra)


def check_references(workspace: Workspace, shape: Shape, rows: list[Row]) -> None:
    """Foreign keys are checked at the end of a statement, so rows of one batch may refer to each
    other."""
    for join, field in shape.joins.items():
        target = field["relationTargetObjectMetadataId"]
        for ident in {row[join] for row in rows if row.get(join)}:
            if not workspace.store.has_record(target, ident):
                table = workspace.table_name(shape.obj)
                digest = hashlib.sha1(f"{table}_{join}".encode(), usedforsecurity=False).hexdigest()
                message = (
                    f'insert or update on table "{table}" violates foreign key '
                    f'constraint "FK_{digest[:27]}"'
                )
                raise Refusal(message, friendly=_DANGLING)
