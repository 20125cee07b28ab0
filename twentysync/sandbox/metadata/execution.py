"""Runs a checked document.

Most of what a client reads is a plain value of a plain row, and a workspace has tens of thousands
of them: these are taken without the ceremony of a resolver.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from graphql import (
    ExecutionContext,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    Undefined,
    get_nullable_type,
    is_leaf_type,
    is_non_null_type,
)
from graphql.pyutils import Path

Fields = dict[str, list[FieldNode]]


class _Plain(NamedTuple):
    """A field that nothing resolves: where its value stands in a row, and how it is written."""

    key: str
    nullable: bool
    serialize: Callable[[Any], Any]


class Execution(ExecutionContext):
    """Answers to the letter what its base answers, faster."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # By the identity of a selection: the base keeps each for as long as it runs.
        self._plain: dict[tuple[str, int], dict[str, _Plain | None]] = {}

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        fields: Fields,
    ) -> dict[str, Any]:
        """What was selected of one object, by name."""
        results: dict[str, Any] = {}
        is_row = isinstance(source_value, dict)
        for name, plain in self._fields(parent_type, fields).items():
            value = _written(plain, source_value) if plain and is_row else Undefined
            if value is Undefined:
                place = Path(path, name, parent_type.name)
                value = self.execute_field(parent_type, source_value, fields[name], place)
            if value is not Undefined:
                results[name] = value
        return results

    def _fields(self, parent: GraphQLObjectType, fields: Fields) -> dict[str, _Plain | None]:
        key = (parent.name, id(fields))
        known = self._plain.get(key)
        if known is None:
            known = {name: _plain(parent, nodes[0]) for name, nodes in fields.items()}
            self._plain[key] = known
        return known


def _plain(parent: GraphQLObjectType, node: FieldNode) -> _Plain | None:
    declared = parent.fields.get(node.name.value)
    if declared is None or declared.resolve or declared.args:
        return None
    kind = get_nullable_type(declared.type)
    if not is_leaf_type(kind):
        return None
    return _Plain(node.name.value, not is_non_null_type(declared.type), kind.serialize)


def _written(plain: _Plain, row: dict[str, Any]) -> Any:
    """A value as it is sent; Undefined for what may be refused, as the base knows the words."""
    value = row.get(plain.key)
    if value is None:
        return None if plain.nullable else Undefined
    try:
        written = plain.serialize(value)
    except GraphQLError:
        return Undefined
    return Undefined if written is None else written
