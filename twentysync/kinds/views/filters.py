"""Filters of views: their values as data instead of text in text, and the tree of their groups.

Source: metadata-api reference 4.6, 4.7. Values are text to the server; for some types of field
that text holds JSON, in which members are named by id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twentysync.kinds.base.resources import Attributes
from twentysync.kinds.base.schemas import NAME, STRING, one_of, schema_of

if TYPE_CHECKING:
    from twentysync.twenty.model.types import Field, Model, Object
    from twentysync.twenty.workspace import Workspace

OPERANDS = (
    "IS IS_NOT IS_NOT_NULL LESS_THAN_OR_EQUAL GREATER_THAN_OR_EQUAL IS_BEFORE IS_AFTER CONTAINS "
    "DOES_NOT_CONTAIN IS_EMPTY IS_NOT_EMPTY IS_RELATIVE IS_IN_PAST IS_IN_FUTURE IS_TODAY "
    "VECTOR_SEARCH"
).split()
#: Fields whose filter values are JSON in text.
_JSON_TYPES = frozenset({"SELECT", "MULTI_SELECT", "RELATION", "MORPH_RELATION", "ACTOR"})
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_JSON_SUBFIELDS = frozenset({"addressCountry", "currencyCode", "source", "workspaceMemberId"})

FILTER_SCHEMA = schema_of(
    {
        "field": {"type": "string", "description": "API name of the field."},
        "operand": one_of(OPERANDS),
        "value": {
            "description": "Value to compare with: option values, text, or members by e-mail."
        },
        "subFieldName": STRING,
        "relationTargetField": NAME,
    },
    "field",
    "operand",
)
GROUP_SCHEMA: dict[str, Any] = schema_of(
    {
        "logicalOperator": one_of(["AND", "OR", "NOT"]),
        "rules": {
            "type": "array",
            "items": {"anyOf": [FILTER_SCHEMA, {"$ref": "#/definitions/filterGroup"}]},
            "description": "Filters and nested groups, in order.",
        },
    },
    "logicalOperator",
    "rules",
)


def names_members(field: Field, sub_field: str | None) -> bool:
    """Whether the values of a filter on a field, or on what it leads to, are members."""
    return sub_field == "workspaceMemberId" or any(
        end.object == "workspaceMember" for end in field.ends
    )


def compared(model: Model, field: Field, name: str | None) -> tuple[Field, Object | None]:
    """The field whose values a filter holds: this one, or that of this `name` in the object to
    which it leads, which comes with it."""
    if not name or not field.ends:
        return field, None
    there = model.objects[field.ends[0].object]
    return there.fields.get(name, field), there


def same(value: Any) -> Any:
    """What a value is that names nobody."""
    return value


def value_in(
    text: Any, field_type: str, sub_field: str | None, member: Callable[[str], Any]
) -> Any:
    """A stored value as data; `member` turns the id of a member into what a manifest says."""
    if not isinstance(text, str):
        value = "" if text is None else text
    elif _is_json(field_type, sub_field):
        value = _parsed(text)
    else:
        return text
    return with_ids(value, member)


def value_out(
    value: Any, field_type: str, sub_field: str | None, member: Callable[[Any], Any]
) -> Any:
    """What the server is sent for a value as data.

    For some types of field the product writes JSON in text (compact), and reads it back as data.
    Elsewhere text is text, so a list or an object goes as what it is: 2.21 stores any JSON as it
    was sent.
    """
    value = with_ids(value, member)
    if isinstance(value, list | dict) and _is_json(field_type, sub_field):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "" if value is None else value


def _is_json(field_type: str, sub_field: str | None) -> bool:
    return field_type in _JSON_TYPES or sub_field in _JSON_SUBFIELDS


def _parsed(text: str) -> Any:
    if not text.startswith(("[", "{")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def with_ids(value: Any, member: Callable[[Any], Any]) -> Any:
    """The value with `member` of every id: in the product's form, or the older list of ids."""
    if isinstance(value, Mapping) and isinstance(value.get("selectedRecordIds"), list):
        return {**value, "selectedRecordIds": _named(value["selectedRecordIds"], member)}
    return _named(value, member) if isinstance(value, list) else value


def _named(items: Sequence[Any], member: Callable[[Any], Any]) -> list[Any]:
    return [named for item in items if (named := member(item)) is not None]


def email_of(workspace: Workspace, note: Callable[[str], object]) -> Callable[[Any], Any]:
    """Turns the id of a member into their e-mail; of one who is gone into None, with a note.

    No other workspace could tell who that was, so the id is left out of what is carried.
    """

    def named(item: Any) -> Any:
        if not isinstance(item, str) or not _ID.fullmatch(item):
            return item
        found = workspace.members.by_id(item)
        if found is not None and found.email:
            return found.email
        note(f"a filter names a member who is not in {workspace.name} any more ({item}): left out")
        return None

    return named


def tree(
    filters: Sequence[Mapping[str, Any]],
    groups: Sequence[Mapping[str, Any]],
    convert: Callable[[Mapping[str, Any]], Attributes | None],
) -> tuple[list[Attributes], list[Attributes]]:
    """(ungrouped filters, groups with their rules in order) of a view's rows."""

    def position(row: Mapping[str, Any]) -> tuple[float, str]:
        place = row.get("positionInViewFilterGroup")
        return (float("inf") if place is None else float(place), str(row.get("createdAt") or ""))

    def rules(parent: str) -> list[Attributes]:
        inside = [row for row in filters if row.get("viewFilterGroupId") == parent]
        below = [row for row in groups if row.get("parentViewFilterGroupId") == parent]
        found = [node(row) for row in sorted([*inside, *below], key=position)]
        return [item for item in found if item is not None]

    def node(row: Mapping[str, Any]) -> Attributes | None:
        if "logicalOperator" in row:
            return {"logicalOperator": row["logicalOperator"], "rules": rules(row["id"])}
        return convert(row)

    known = {row["id"] for row in groups}
    loose = [row for row in filters if row.get("viewFilterGroupId") not in known]
    roots = [row for row in groups if row.get("parentViewFilterGroupId") not in known]
    flat = [item for row in sorted(loose, key=position) if (item := convert(row)) is not None]
    nested = [item for row in sorted(roots, key=position) if (item := node(row)) is not None]
    return in_order(flat), nested


def in_order(filters: Sequence[Attributes]) -> list[Attributes]:
    """Filters outside of groups in the order in which manifests have them."""
    return sorted(filters, key=_order)


def _order(item: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(item["field"]), str(item["operand"]), json.dumps(item.get("value"), sort_keys=True)


def flatten(
    nodes: Sequence[Mapping[str, Any]], new_id: Callable[[str], str], parent: str | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows that make a tree: ("group" | "filter", row), parents before what is inside."""
    for position, item in enumerate(nodes):
        if "rules" not in item:
            yield (
                "filter",
                {**item, "viewFilterGroupId": parent, "positionInViewFilterGroup": position},
            )
            continue
        group_id = new_id(f"{parent or 'root'}/{position}")
        yield (
            "group",
            {
                "id": group_id,
                "parentViewFilterGroupId": parent,
                "logicalOperator": item["logicalOperator"],
                "positionInViewFilterGroup": position,
            },
        )
        yield from flatten(item["rules"], new_id, group_id)


def walk(nodes: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Every filter in a list of filters and groups."""
    for item in nodes:
        if "rules" in item:
            yield from walk(item["rules"])
        else:
            yield item
