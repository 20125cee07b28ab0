"""Reading unions whole: every member of `WidgetConfiguration` with everything that it has.

Two members may have a field of one name and different types (`String`, `String!`), which GraphQL
does not merge; so in a union each field is asked for under the name of its member, then renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    get_named_type,
)

#: Between the name of a member and the name of its field, in an alias.
_MARK = "__of__"
#: How deep objects inside a member are followed.
_DEEP = 3


def select_union(union: GraphQLUnionType) -> str:
    """GraphQL text that selects all of every member."""
    members = (_member(member) for member in union.types)
    return "{ __typename " + " ".join(members) + " }"


def _member(member: GraphQLObjectType) -> str:
    fields = " ".join(
        f"{name}{_MARK}{member.name}: {name}{inner}"
        for name in member.fields
        if (inner := _inner(member, name, _DEEP)) is not None
    )
    return f"... on {member.name} {{ {fields} }}"


def _inner(owner: GraphQLObjectType, name: str, deep: int) -> str | None:
    """What follows the name of a field: nothing for a leaf, None for what is not followed."""
    found = get_named_type(owner.fields[name].type)
    if isinstance(found, GraphQLScalarType | GraphQLEnumType):
        return ""
    if not isinstance(found, GraphQLObjectType) or deep == 0:
        return None
    parts = [
        f"{inside}{inner}"
        for inside in found.fields
        if (inner := _inner(found, inside, deep - 1)) is not None
    ]
    return f" {{ {' '.join(parts)} }}" if parts else None


def plain(value: Any) -> Any:
    """An answer with the fields of unions under their own names, and without `__typename`."""
    if isinstance(value, Mapping):
        return {
            str(key).partition(_MARK)[0]: plain(item)
            for key, item in value.items()
            if key != "__typename"
        }
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
