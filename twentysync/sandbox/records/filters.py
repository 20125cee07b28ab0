"""Record filters: checked as 2.x checks them, then evaluated row by row."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from twentysync.sandbox.records.inspect import inspect
from twentysync.sandbox.records.values import ACTOR_SOURCES, is_uuid, parse_instant
from twentysync.sandbox.state.errors import PlainError, Refusal, bad_filter, bad_query
from twentysync.sandbox.state.shape import (
    LIST_SUB_FIELDS,
    SUB_FIELDS,
    Shape,
    is_many_to_one,
    join_column,
)
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

Test = Callable[[Row], bool]

_ORDERED = "eq neq gt gte lt lte in is".split()
_STRING = [*_ORDERED, "like", "ilike", "startsWith", "endsWith"]
_ARRAY = ["containsIlike", "is", "isEmptyArray"]
_OPERATORS: dict[str, list[str]] = {
    "TEXT": _STRING,
    **dict.fromkeys(
        "UUID NUMBER NUMERIC POSITION DATE DATE_TIME RELATION MORPH_RELATION".split(), _ORDERED
    ),
    "BOOLEAN": ["eq", "is"],
    "ARRAY": _ARRAY,
    "MULTI_SELECT": ["containsAny", "is", "isEmptyArray"],
    "SELECT": [*_ORDERED[:7], "containsAny", "is", "isEmptyArray"],
    "RATING": [*_ORDERED[:7], "containsAny", "is", "isEmptyArray"],
    "RAW_JSON": ["is", "like"],
    "FILES": ["is", "like"],
    "TS_VECTOR": ["eq", "neq", "is"],
}
_NUMBERS = ("amountMicros", "addressLat", "addressLng")
_JSON_SUBS = (*LIST_SUB_FIELDS, "context")


def compile_filter(workspace: Workspace, shape: Shape, condition: Row, depth: int = 0) -> Test:
    """A predicate over stored rows; refuses what 2.21.0 refuses."""
    tests = [_compile_key(workspace, shape, key, value, depth) for key, value in condition.items()]
    return lambda row: all(test(row) for test in tests)


def _compile_key(workspace: Workspace, shape: Shape, key: str, value: Any, depth: int) -> Test:
    if key in ("and", "or"):
        if not isinstance(value, list):
            raise PlainError("value.map is not a function")
        tests = [compile_filter(workspace, shape, condition, depth) for condition in value]
        combine = all if key == "and" else any
        return lambda row: combine(test(row) for test in tests) if tests else True
    if key == "not":
        inner = compile_filter(workspace, shape, value, depth)
        return lambda row: not inner(row)
    field = shape.column(key)
    if field is None:
        missing = f"""doesn't have any "{key}" field."""
        name = shape.obj["nameSingular"]
        message, friendly = f"Object {name} {missing}", f"Invalid filter : {name} object {missing}"
        raise bad_filter(message, friendly)
    if field["relationTargetObjectMetadataId"] and key not in shape.joins:
        return _compile_relation(workspace, field, key, value, depth)
    _check_choices(workspace, shape, field, key, value)
    if field["type"] in SUB_FIELDS:
        return _compile_composite(field, key, value)
    return _compile_operators(key, field["type"], value, lambda row: row.get(key))


def _check_choices(workspace: Workspace, shape: Shape, field: Row, key: str, value: Any) -> None:
    schema, table = workspace.row["databaseSchema"], workspace.table_name(shape.obj)
    if not isinstance(value, dict):
        return
    if field["type"] in ("SELECT", "RATING"):
        options = [option["value"] for option in field["options"] or []]
        _check_choice(schema, f"{table}_{key}", options, value)
    elif field["type"] == "ACTOR" and isinstance(value.get("source"), dict):
        _check_choice(schema, f"{table}_{key}Source", ACTOR_SOURCES, value["source"])


def _compile_relation(workspace: Workspace, field: Row, key: str, value: Any, depth: int) -> Test:
    if not is_many_to_one(field):
        friendly = f'Invalid filter: filtering by relation field "{key}" is not supported'
        raise bad_filter(f'Cannot filter by relation field "{key}"', friendly)
    if depth >= 1:
        friendly = "Relation filters can only traverse one relation deep"
        raise bad_filter("Relation filter nesting deeper than 1 hop is not supported", friendly)
    target = field["relationTargetObjectMetadataId"]
    inner = compile_filter(workspace, workspace.shape(target), value, depth + 1)
    join = join_column(field)

    def test(row: Row) -> bool:
        other = workspace.store.record(target, row[join]) if row.get(join) else None
        return other is not None and inner(other)

    return test


def _compile_composite(field: Row, key: str, value: Any) -> Test:
    tests = []
    for sub, operators in value.items():
        if sub not in SUB_FIELDS[field["type"]]:
            message = f'Sub field "{sub}" not found for composite type: {field["type"]}'
            raise bad_filter(message)
        kind = "NUMERIC" if sub in _NUMBERS else "RAW_JSON" if sub in _JSON_SUBS else "TEXT"
        kind = "UUID" if sub == "workspaceMemberId" else kind
        tests.append(_compile_operators(f"{key}.{sub}", kind, operators, _sub_reader(key, sub)))
    return lambda row: all(test(row) for test in tests)


def _sub_reader(key: str, sub: str) -> Callable[[Row], Any]:
    return lambda row: (row.get(key) or {}).get(sub)


def _compile_operators(key: str, kind: str, operators: Any, get: Callable[[Row], Any]) -> Test:
    if not isinstance(operators, dict):
        raise bad_filter(f'Invalid filter value for field "{key}"')
    tests = []
    for operator, operand in operators.items():
        _check(key, kind, operator, operand)
        tests.append(_operator(kind, operator, operand, get))
    return lambda row: all(test(row) for test in tests)


def _check(key: str, kind: str, operator: str, operand: Any) -> None:
    allowed = _OPERATORS.get(kind, _STRING)
    if kind == "RAW_JSON" and key.rpartition(".")[2] in LIST_SUB_FIELDS:
        allowed = [*allowed, *_ARRAY]
    if operator not in allowed:
        message = (
            f'Operator "{operator}" is not valid for field "{key}" of type {kind} - '
            f"Allowed operators: {', '.join(allowed)}"
        )
        friendly = (
            f'Invalid filter : Operator "{operator}" is not valid for this "{key}" {kind} field'
        )
        raise bad_filter(message, friendly)
    if operator == "is" and operand not in ("NULL", "NOT_NULL"):
        message = 'Invalid filter value for "is" operator. Expected "NULL" or "NOT_NULL"'
        raise bad_filter(message, 'Invalid value for "is" operator')
    if operator == "in" and not operand:
        friendly = 'Invalid filter value: ""'
        raise bad_query(f"Invalid filter value for field {key}. Expected non-empty array", friendly)
    check = _OPERANDS.get(kind)
    if check and operator in _ORDERED and operator != "is":
        for item in operand if isinstance(operand, list) else [operand]:
            check(key, item)


def _check_uuid(key: str, item: Any) -> None:
    if not is_uuid(item):
        message = f'Invalid UUID value {inspect(item)} for field "{key}"'
        raise bad_filter(message, f'Invalid value for UUID: "{inspect(item)}"')


def _check_instant(key: str, item: Any) -> None:
    if not isinstance(item, str) or parse_instant(item) is None:
        form = "Expected format: 'YYYY-MM-DDTHH:mm:ssZ'"
        message = f'Invalid value {inspect(item)} for date-time field "{key}". {form}'
        raise bad_filter(message, f'Invalid value for date-time: "{inspect(item)}". {form}')


def _check_number(key: str, item: Any) -> None:
    try:
        float(item)
    except (TypeError, ValueError):
        message = f'Invalid number value NaN for field "{key}"'
        raise bad_filter(message, 'Invalid value for number: "NaN"') from None


_OPERANDS: dict[str, Callable[[str, Any], None]] = {
    **dict.fromkeys(("UUID", "RELATION", "MORPH_RELATION"), _check_uuid),
    "DATE_TIME": _check_instant,
    **dict.fromkeys(("NUMBER", "NUMERIC", "POSITION"), _check_number),
}


def _check_choice(schema: str, column: str, options: list[str], operators: Any) -> None:
    """Columns of options are database enums: an unknown value is refused by the database."""
    for operator, operand in operators.items():
        if operator not in ("eq", "neq", "in"):
            continue
        for item in operand if isinstance(operand, list) else [operand]:
            if item not in options:
                name = f"{column}_enum"
                quoted = f'"{name}"' if name != name.lower() else name
                message = f'invalid input value for enum {schema}.{quoted}: "{item}"'
                raise Refusal(message, friendly="Invalid input provided.")


def _operator(kind: str, operator: str, operand: Any, get: Callable[[Row], Any]) -> Test:
    if operator == "is":
        return _is(kind, operand, get)
    if operator in ("like", "ilike", "startsWith", "endsWith"):
        return _pattern(operator, str(operand), get)
    if operator in ("containsIlike", "containsAny", "isEmptyArray"):
        return _list(operator, operand, get)
    convert = (
        _instant if kind == "DATE_TIME" else _number if kind in ("NUMERIC", "NUMBER") else _same
    )
    return _comparison(operator, operand, get, convert)


def _is(kind: str, operand: Any, get: Callable[[Row], Any]) -> Test:
    empty = (None, "") if kind == "TEXT" else (None,)
    if operand == "NULL":
        return lambda row: get(row) in empty
    return lambda row: get(row) not in empty


def _pattern(operator: str, operand: str, get: Callable[[Row], Any]) -> Test:
    text = {"startsWith": f"{operand}%", "endsWith": f"%{operand}"}.get(operator, operand)
    regex = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in text)
    flags = re.DOTALL | (re.IGNORECASE if operator == "ilike" else 0)
    pattern = re.compile(regex, flags)
    return lambda row: pattern.fullmatch(str(get(row) or "")) is not None


def _list(operator: str, operand: Any, get: Callable[[Row], Any]) -> Test:
    if operator == "isEmptyArray":
        return lambda row: bool(get(row)) != bool(operand)
    if operator == "containsAny":
        wanted = set(operand if isinstance(operand, list) else [operand])
        return lambda row: bool(wanted & set(get(row) or []))
    inner = _pattern("ilike", str(operand), lambda item: item["value"])
    return lambda row: any(inner({"value": item}) for item in get(row) or [])


def _same(value: Any) -> Any:
    return value.lower() if isinstance(value, str) and is_uuid(value) else value


def _number(value: Any) -> Any:
    return float(value) if value is not None else None


def _instant(value: Any) -> Any:
    """Milliseconds: comparisons of date-times are a millisecond wide."""
    parsed = parse_instant(str(value)) if value is not None else None
    return None if parsed is None else round(parsed * 1000)


def _comparison(
    operator: str, operand: Any, get: Callable[[Row], Any], convert: Callable[[Any], Any]
) -> Test:
    if operator == "in":
        wanted = [convert(item) for item in operand]
        return lambda row: convert(get(row)) in wanted
    right = convert(operand)
    compare: dict[str, Callable[[Any], bool]] = {
        "eq": lambda left: left == right,
        "neq": lambda left: left != right,
        "gt": lambda left: left > right,
        "gte": lambda left: left >= right,
        "lt": lambda left: left < right,
        "lte": lambda left: left <= right,
    }
    test = compare[operator]

    def matches(row: Row) -> bool:
        left = convert(get(row))
        if left is None:
            return operator == "neq"
        return test(left)

    return matches


def mentions_trash(condition: Any) -> bool:
    """Whether a root filter names ``deletedAt`` anywhere: then trashed rows are read, too."""
    if isinstance(condition, list):
        return any(mentions_trash(item) for item in condition)
    if not isinstance(condition, dict):
        return False
    return "deletedAt" in condition or any(
        mentions_trash(value) for key, value in condition.items() if key in ("and", "or", "not")
    )
