"""How a mutation wants an id and a row, read from its arguments instead of written down by hand.

Seen: `updateView(id, input)`, `updateViewField(input: {id, update})`, `deleteView(id)`,
`createOneObject(input: {object})`, `updateWebhook(input: {id, ...})`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLInputObjectType, get_named_type

from twentysync.twenty.metadata.schema import ServerSchema


@dataclass(frozen=True, slots=True)
class ArgumentLayout:
    """The arguments of one mutation.

    `scalar` is the argument that takes the id by itself, `boxed` the one that takes an input,
    `inner` the key inside that input which takes the row, `holds_id` whether the input has the id.
    """

    scalar: str | None
    boxed: str | None
    inner: str | None
    holds_id: bool
    attributes: frozenset[str]

    @classmethod
    def of(cls, schema: ServerSchema, mutation: str) -> ArgumentLayout:
        """Read the shape of `mutation`. Raises Unsupported when the server lacks it."""
        types = {name: schema.argument_type(mutation, name) for name in schema.arguments(mutation)}
        scalar = next((name for name, kind in types.items() if kind is None), None)
        boxed = next((name for name, kind in types.items() if kind is not None), None)
        kind = types.get(boxed) if boxed else None
        if kind is None:
            return cls(scalar, None, None, False, frozenset())
        holds_id = scalar is None and "id" in kind.fields
        inner, row = _inner(kind) if scalar is None else (None, kind)
        return cls(scalar, boxed, inner, holds_id, frozenset(row.fields))

    def pack(self, thing_id: str | None, row: Mapping[str, Any]) -> dict[str, Any]:
        """The variables that send `row` for the thing with this id (None when it is created)."""
        variables: dict[str, Any] = {}
        if self.scalar and thing_id is not None:
            variables[self.scalar] = thing_id
        if self.boxed:
            box: dict[str, Any] = {self.inner: dict(row)} if self.inner else dict(row)
            if self.holds_id and thing_id is not None:
                box["id"] = thing_id
            variables[self.boxed] = box
        return variables


def _inner(kind: GraphQLInputObjectType) -> tuple[str | None, GraphQLInputObjectType]:
    rest = [name for name in kind.fields if name != "id"]
    if len(rest) == 1:
        nested = get_named_type(kind.fields[rest[0]].type)
        if isinstance(nested, GraphQLInputObjectType):
            return rest[0], nested
    return None, kind
