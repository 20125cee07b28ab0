"""Totals over records: counts, sums, bounds."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from twentysync.sandbox.state.shape import SUB_FIELDS, Shape
from twentysync.sandbox.state.store import Row

PREFIXES = (
    "countUniqueValues countNotEmpty countEmpty percentageNotEmpty percentageEmpty countTrue "
    "countFalse "
    "min max avg sum"
).split()
_NUMERIC = ("sum", "avg", "min", "max")


def _split(name: str) -> tuple[str, str] | None:
    for prefix in PREFIXES:
        rest = name.removeprefix(prefix)
        if rest != name and rest[:1].isupper():
            return prefix, rest[0].lower() + rest[1:]
    return None


def is_aggregate(shape: Shape, name: str) -> bool:
    """Whether a selected name is a total this object has."""
    parts = _split(name)
    return name == "totalCount" or (parts is not None and _reader(shape, parts[1]) is not None)


def _reader(shape: Shape, target: str) -> Callable[[Row], Any] | None:
    field = shape.fields.get(target)
    if field and not field["relationTargetObjectMetadataId"]:
        if field["type"] in SUB_FIELDS:
            return lambda row: _filled(row.get(target))
        return lambda row: row.get(target)
    for name, owner in shape.fields.items():
        sub = target.removeprefix(name)
        sub = sub[:1].lower() + sub[1:]
        if sub != target and sub in SUB_FIELDS.get(owner["type"], ()):
            return _sub_reader(name, sub)
    return None


def _sub_reader(name: str, sub: str) -> Callable[[Row], Any]:
    return lambda row: (row.get(name) or {}).get(sub)


def _filled(value: Row | None) -> Row | None:
    return (
        value if value and any(item not in (None, "", [], {}) for item in value.values()) else None
    )


def aggregate(shape: Shape, name: str, rows: list[Row]) -> Any:
    """One total over ``rows``; null for a name that is none."""
    if name == "totalCount":
        return len(rows)
    parts = _split(name)
    read = _reader(shape, parts[1]) if parts else None
    if parts is None or read is None:
        return None
    values = [read(row) for row in rows]
    kept = [value for value in values if value not in (None, "", [])]
    return _compute(parts[0], values, kept)


def _compute(operation: str, values: list[Any], kept: list[Any]) -> Any:
    if operation in _NUMERIC:
        return _bounds(operation, kept)
    counts: dict[str, Callable[[], Any]] = {
        "countUniqueValues": lambda: len({json.dumps(value, sort_keys=True) for value in kept}),
        "countNotEmpty": lambda: len(kept),
        "countEmpty": lambda: len(values) - len(kept),
        "percentageNotEmpty": lambda: len(kept) / len(values) if values else None,
        "percentageEmpty": lambda: (len(values) - len(kept)) / len(values) if values else None,
        "countTrue": lambda: sum(value is True for value in values),
        "countFalse": lambda: sum(value is False for value in values),
    }
    return counts[operation]()


def _bounds(operation: str, kept: list[Any]) -> Any:
    if not kept:
        return None
    if operation == "min":
        return min(kept)
    if operation == "max":
        return max(kept)
    total = sum(kept)
    return total if operation == "sum" else total / len(kept)
