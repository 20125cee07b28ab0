"""``xGroupBy``: totals per value of one or more fields."""

from __future__ import annotations

from typing import Any

from twentysync.sandbox.records.aggregates import aggregate
from twentysync.sandbox.records.filters import compile_filter, mentions_trash
from twentysync.sandbox.state.errors import bad_query
from twentysync.sandbox.state.shape import Shape
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

DEFAULT_GROUPS = 50


def group_by(workspace: Workspace, shape: Shape, arguments: Row, selected: list[str]) -> list[Row]:
    """Groups of records by field value, largest number of groups 50 unless asked otherwise."""
    paths = [_path(shape, item) for item in arguments["groupBy"]]
    condition = arguments.get("filter") or {}
    test = compile_filter(workspace, shape, condition)
    rows = workspace.store.records(shape.obj["id"], trashed=mentions_trash(condition))
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if test(row):
            groups.setdefault(tuple(str(_value(row, path)) for path in paths), []).append(row)
    limit = int(arguments.get("limit") or DEFAULT_GROUPS)
    return [_format(shape, paths, members, selected) for members in list(groups.values())[:limit]]


def _path(shape: Shape, item: Row) -> tuple[str, ...]:
    name, way = next(iter(item.items()))
    if shape.column(name) is None:
        raise bad_query(f"Unidentified field in groupBy: {name}")
    return (name, next(iter(way))) if isinstance(way, dict) else (name,)


def _value(row: Row, path: tuple[str, ...]) -> Any:
    value = row.get(path[0])
    return (value or {}).get(path[1]) if len(path) > 1 else value


def _format(
    shape: Shape, paths: list[tuple[str, ...]], members: list[Row], selected: list[str]
) -> Row:
    result: Row = {}
    for name in selected:
        if name == "groupByDimensionValues":
            result[name] = [_value(members[0], path) for path in paths]
        else:
            result[name] = aggregate(shape, name, members)
    return result
