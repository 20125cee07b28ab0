"""Row-level permissions: which records of an object a role sees, as filters and groups of them.

Source: metadata-api reference 5.7. The rows are those of a view's filters under other names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twentysync.kinds.base.identity import object_address
from twentysync.kinds.base.resources import Attributes, Reference
from twentysync.kinds.base.schemas import NAME, STRING, one_of, schema_of
from twentysync.kinds.views.filters import (
    OPERANDS,
    email_of,
    flatten,
    names_members,
    same,
    tree,
    value_in,
    walk,
    with_ids,
)
from twentysync.twenty.metadata.schema import selection

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace

_GROUP_ID = "rowLevelPermissionPredicateGroupId"
_PLACE = "positionInRowLevelPermissionPredicateGroup"
_PARENT = "parentRowLevelPermissionPredicateGroupId"
PREDICATE = selection(
    *(
        "id fieldMetadataId objectMetadataId operand subFieldName value "
        "workspaceMemberFieldMetadataId workspaceMemberSubFieldName"
    ).split(),
    _GROUP_ID,
    _PLACE,
)
GROUP = selection("id", "objectMetadataId", "logicalOperator", _PARENT, _PLACE)
_MEMBER = "workspaceMember"

_RULE = schema_of(
    {
        "field": NAME,
        "operand": one_of(OPERANDS),
        "value": {"description": "Value to compare with; members by e-mail."},
        "subFieldName": STRING,
        "workspaceMemberField": {
            **NAME,
            "description": "Compare with this field of the current member.",
        },
        "workspaceMemberSubFieldName": STRING,
    },
    "field",
    "operand",
)
SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": {
        "anyOf": [
            _RULE,
            schema_of(
                {
                    "logicalOperator": one_of(["AND", "OR"]),
                    "rules": {"type": "array", "items": {"type": "object"}},
                },
                "logicalOperator",
                "rules",
            ),
        ]
    },
}


def incoming(
    workspace: Workspace, role: Mapping[str, Any], note: Callable[[str], object]
) -> dict[str, list[Attributes]]:
    """The rules of a role's row, by object; `note` hears of members who are gone."""
    model = workspace.model
    predicates = [_as_filter(row) for row in role.get("rowLevelPermissionPredicates") or []]
    groups = [_as_group(row) for row in role.get("rowLevelPermissionPredicateGroups") or []]

    def rule(row: Mapping[str, Any]) -> Attributes | None:
        named = model.field_of(row["fieldMetadataId"])
        if named is None:
            return None
        field = model.objects[named[0]].fields[named[1]]
        sub = row.get("subFieldName")
        value = value_in(row.get("value"), field.type, sub, same)
        if names_members(field, sub):
            value = _of_people(workspace, value, note)
        other = model.field_of(row.get("workspaceMemberFieldMetadataId"))
        found: Attributes = {
            "field": named[1],
            "operand": row["operand"],
            "value": value,
            "subFieldName": sub,
            "workspaceMemberField": other[1] if other else None,
            "workspaceMemberSubFieldName": row.get("workspaceMemberSubFieldName"),
        }
        return {key: value for key, value in found.items() if value not in (None, "")}

    rules: dict[str, list[Attributes]] = {}
    for owner_id in {row["objectMetadataId"] for row in predicates}:
        owner = model.object_of(owner_id)
        if owner is None:
            continue
        mine = [row for row in predicates if row["objectMetadataId"] == owner_id]
        over = [row for row in groups if row["objectMetadataId"] == owner_id]
        loose, nested = tree(mine, over, rule)
        rules[owner] = [*loose, *nested]
    return rules


def _of_people(workspace: Workspace, value: Any, note: Callable[[str], object]) -> Any:
    """The value of a rule with e-mails in the place of ids.

    One of nobody could let everybody in, so the ids stay where all of them are gone.
    """
    named = with_ids(value, email_of(workspace, note))
    chosen = named.get("selectedRecordIds") if isinstance(named, Mapping) else named
    return with_ids(value, workspace.member_email) if chosen == [] else named


def outgoing(
    writer: Writer, address: str, owner: str, rules: Sequence[Mapping[str, Any]] | None
) -> dict[str, Any]:
    """What is sent for one object: all its rules, or none."""
    owner_id = writer.id_of(object_address(owner))
    predicates, groups = [], []
    for kind, row in flatten(
        list(rules or []), lambda path: writer.new_id(address, f"rows/{owner}/{path}")
    ):
        if kind == "group":
            groups.append(
                {
                    "id": row["id"],
                    "objectMetadataId": owner_id,
                    _PARENT: row["parentViewFilterGroupId"],
                    "logicalOperator": row["logicalOperator"],
                    _PLACE: row["positionInViewFilterGroup"],
                }
            )
            continue
        predicates.append(_predicate(writer, owner, row))
    return {"objectMetadataId": owner_id, "predicates": predicates, "predicateGroups": groups}


def _predicate(writer: Writer, owner: str, row: Mapping[str, Any]) -> dict[str, Any]:
    field = writer.model.objects[owner].fields.get(row["field"])
    value = row.get("value")
    if field is not None and names_members(field, row.get("subFieldName")):
        value = with_ids(value, writer.member_id)
    sent = {
        "fieldMetadataId": writer.id_of(f"field.{owner}.{row['field']}"),
        "operand": row["operand"],
        "value": value,
        "subFieldName": row.get("subFieldName"),
        "workspaceMemberSubFieldName": row.get("workspaceMemberSubFieldName"),
        _GROUP_ID: row.get("viewFilterGroupId"),
        _PLACE: row.get("positionInViewFilterGroup"),
    }
    if row.get("workspaceMemberField"):
        other = f"field.{_MEMBER}.{row['workspaceMemberField']}"
        sent["workspaceMemberFieldMetadataId"] = writer.id_of(other)
    return {key: value for key, value in sent.items() if value is not None}


def references(rules: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Reference]:
    """The objects and fields that the rules are about."""
    for owner, nodes in rules.items():
        at = f"rowLevelPermissions.{owner}"
        yield Reference(object_address(owner), at)
        for rule in walk(nodes):
            yield Reference(f"field.{owner}.{rule['field']}", at)
            if rule.get("workspaceMemberField"):
                yield Reference(f"field.{_MEMBER}.{rule['workspaceMemberField']}", at)


def _as_filter(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "viewFilterGroupId": row.get(_GROUP_ID),
        "positionInViewFilterGroup": row.get(_PLACE),
    }


def _as_group(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "parentViewFilterGroupId": row.get(_PARENT),
        "positionInViewFilterGroup": row.get(_PLACE),
    }
