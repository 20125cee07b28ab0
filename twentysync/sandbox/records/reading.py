"""Reading records: what a stored row looks like to the outside, pages, order, totals."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

from twentysync.sandbox.records.aggregates import aggregate
from twentysync.sandbox.records.filters import compile_filter, mentions_trash
from twentysync.sandbox.state.errors import Refusal, bad_query
from twentysync.sandbox.state.shape import (
    LIST_SUB_FIELDS,
    SUB_FIELDS,
    TEXT_SUB_FIELDS,
    Shape,
    is_many_to_one,
    join_column,
)
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

DEFAULT_PAGE = 200
NESTED_PAGE = 60
# Field, sub-field or '', descending, nulls first.
Order = tuple[str, str, bool, bool]
_CONFLICTS = (("first", "last"), ("before", "after"), ("before", "first"), ("after", "last"))


def present(field: Row, row: Row) -> Any:
    """A stored value as it reads: null text is '', null lists are [] (observed on 2.21.0)."""
    value = row.get(field["name"])
    kind = field["type"]
    if kind in SUB_FIELDS:
        stored = value or {}
        return {sub: _present_sub(sub, stored.get(sub)) for sub in SUB_FIELDS[kind]}
    if value is None and kind == "TEXT":
        return ""
    if value is None and kind in ("ARRAY", "MULTI_SELECT"):
        return []
    return value


def _present_sub(sub: str, value: Any) -> Any:
    if value is None and sub in TEXT_SUB_FIELDS:
        return ""
    if value is None and sub in LIST_SUB_FIELDS:
        return []
    return value


def present_all(shape: Shape, row: Row) -> Row:
    """Every scalar column of a record, as REST returns it."""
    seen: Row = {}
    for name, field in shape.fields.items():
        if not field["relationTargetObjectMetadataId"]:
            seen[name] = present(field, row)
    seen.update({join: row.get(join) for join in shape.joins})
    return seen


def check_paging(arguments: Row) -> None:
    """Refuse contradictory paging arguments."""
    for left, right in _CONFLICTS:
        if arguments.get(left) and arguments.get(right):
            raise Refusal(f"Cannot provide both {left} and {right}", sub_code="ARGS_CONFLICT")
    for name in ("first", "last"):
        if isinstance(arguments.get(name), int) and arguments[name] < 0:
            code = f"INVALID_ARGS_{name.upper()}"
            raise Refusal(f"{name.capitalize()} argument must be non-negative", sub_code=code)


def find_many(workspace: Workspace, shape: Shape, arguments: Row, aggregates: list[str]) -> Row:
    """A page of records with page info and the aggregates that were selected."""
    check_paging(arguments)
    condition = arguments.get("filter") or {}
    orders = _orders(shape, arguments.get("orderBy"))
    test = compile_filter(workspace, shape, condition)
    trashed = mentions_trash(condition)
    cursor = _decode(arguments.get("after") or arguments.get("before"))
    size = _size(arguments)
    plain = (
        not condition and not orders and not arguments.get("before") and not arguments.get("offset")
    )
    if plain:
        after = (cursor or {}).get("id", "")
        found = workspace.store.records(shape.obj["id"], after=after, limit=size + 1)
        every: list[Row] | None = None
    else:
        rows = workspace.store.records(shape.obj["id"], trashed=trashed)
        every = _sort([row for row in rows if test(row)], shape, orders)
        found = _window(every, shape, orders, cursor, arguments)
    page, more = _cut(found, size, backward=bool(arguments.get("before")))
    return {
        # One more is read than answered: what fails over that one fails over the page (2.21.0).
        "beyond": found[size : size + 1],
        "edges": [{"node": row, "cursor": _encode(row, orders)} for row in page],
        "pageInfo": _page_info(page, orders, more, arguments),
        **_totals(workspace, shape, every, aggregates),
    }


def _size(arguments: Row) -> int:
    for name in ("first", "last"):
        if arguments.get(name) is not None:
            return int(arguments[name])
    return DEFAULT_PAGE


def _window(
    every: list[Row],
    shape: Shape,
    orders: list[Order],
    cursor: Row | None,
    arguments: Row,
) -> list[Row]:
    offset = int(arguments.get("offset") or 0)
    if cursor is None:
        return every[offset:]
    compare = _comparer(shape, orders)
    mark = {**cursor}
    if arguments.get("before"):
        return [row for row in every if compare(row, mark) < 0]
    return [row for row in every if compare(row, mark) > 0][offset:]


def _cut(found: list[Row], size: int, *, backward: bool) -> tuple[list[Row], bool]:
    if backward:
        return (found[-size:] if size else []), len(found) > size
    return found[:size], len(found) > size


def _page_info(page: list[Row], orders: list[Order], more: bool, arguments: Row) -> Row:
    backward = bool(arguments.get("before"))
    return {
        "hasNextPage": more if not backward else True,
        "hasPreviousPage": more if backward else False,
        "startCursor": _encode(page[0], orders) if page else None,
        "endCursor": _encode(page[-1], orders) if page else None,
    }


def _totals(workspace: Workspace, shape: Shape, every: list[Row] | None, names: list[str]) -> Row:
    if not names:
        return {}
    if every is None and names == ["totalCount"]:
        return {"totalCount": workspace.store.count(shape.obj["id"])}
    rows = workspace.store.records(shape.obj["id"]) if every is None else every
    return {name: aggregate(shape, name, rows) for name in names}


# --- order and cursors


_DIRECTIONS = ("AscNullsFirst", "AscNullsLast", "DescNullsFirst", "DescNullsLast")


def _orders(shape: Shape, given: Any) -> list[Order]:
    orders = []
    for item in given if isinstance(given, list) else [given] if given else []:
        for name, direction in item.items():
            if shape.column(name) is None:
                message = f'Field "{name}" does not exist or is not sortable'
                raise Refusal(message, sub_code="FIELD_NOT_FOUND")
            if not isinstance(direction, dict) and direction not in _DIRECTIONS:
                ways = ", ".join(_DIRECTIONS)
                raise bad_query(f'Scalar field "{name}" requires a direction value ({ways})')
            pairs = direction.items() if isinstance(direction, dict) else [("", direction)]
            for sub, way in pairs:
                orders.append((name, sub, str(way).startswith("Desc"), str(way).endswith("First")))
    return orders


def _value(shape: Shape, row: Row, name: str, sub: str) -> Any:
    value = row.get(name)
    if sub and isinstance(value, dict):
        return value.get(sub)
    field = shape.fields.get(name)
    if isinstance(value, dict) and field and field["type"] in SUB_FIELDS:
        return tuple(str(value.get(each) or "") for each in SUB_FIELDS[field["type"]])
    return value


def _comparer(shape: Shape, orders: list[Order]) -> Callable[[Row, Row], int]:
    def compare(left: Row, right: Row) -> int:
        for name, sub, descending, nulls_first in orders:
            a, b = _value(shape, left, name, sub), _value(shape, right, name, sub)
            if a == b:
                continue
            if a is None or b is None:
                return -1 if (a is None) == nulls_first else 1
            later = bool(a > b)
            return -1 if later == descending else 1
        return int(left["id"] > right["id"]) - int(left["id"] < right["id"])

    return compare


def _sort(rows: list[Row], shape: Shape, orders: list[Order]) -> list[Row]:
    return sorted(rows, key=cmp_to_key(_comparer(shape, orders))) if orders else rows


def _encode(row: Row, orders: list[Order]) -> str:
    values = {name: row.get(name) for name, _, _, _ in orders} | {"id": row["id"]}
    return base64.b64encode(
        json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()
    ).decode()


def _decode(cursor: str | None) -> Row | None:
    if not cursor:
        return None
    try:
        decoded = json.loads(base64.b64decode(cursor, validate=True))
    except ValueError:
        decoded = None
    if not isinstance(decoded, dict):
        raise Refusal(f"Invalid cursor: {cursor}", sub_code="INVALID_CURSOR")
    return decoded


def find_one(workspace: Workspace, shape: Shape, arguments: Row) -> Row:
    """The first record that matches; a refusal when there is none."""
    condition = arguments.get("filter")
    if not condition:
        raise bad_query("Missing filter argument")
    found = find_many(workspace, shape, {"filter": condition, "first": 1}, [])
    if not found["edges"]:
        friendly = "This record does not exist or has been deleted."
        raise Refusal(
            "Record not found", code="NOT_FOUND", sub_code="RECORD_NOT_FOUND", friendly=friendly
        )
    row: Row = found["edges"][0]["node"]
    return row


def related_many(workspace: Workspace, field: Row, row: Row) -> tuple[Shape, list[Row]]:
    """The records on the many side of ``field``; deleted ones are left out."""
    other = workspace.field(field["relationTargetFieldMetadataId"]) or {}
    target = workspace.shape(other["objectMetadataId"])
    found = [
        workspace.store.record(target.obj["id"], ident)
        for ident in workspace.store.referring(other["id"], row["id"])
    ]
    return target, [each for each in found if each and each.get("deletedAt") is None]


def related_one(workspace: Workspace, field: Row, row: Row) -> tuple[Shape, Row | None]:
    """The record a many-to-one field refers to; none when that is in the trash."""
    assert is_many_to_one(field)
    target = workspace.shape(field["relationTargetObjectMetadataId"])
    ident = row.get(join_column(field))
    found = workspace.store.record(target.obj["id"], ident) if ident else None
    return target, found if found and found.get("deletedAt") is None else None
