"""The shape that the answer to a `/metadata` document has, as the server's own schema says it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    parse,
)

from twentysync.twenty.http import shapes
from twentysync.twenty.http.shapes import Fields, ListOf, OneOf, Shape

_SCALARS: dict[str, Shape] = {
    "ID": shapes.ID,
    "UUID": shapes.ID,
    "String": shapes.TEXT,
    "Int": shapes.WHOLE,
    "Float": shapes.NUMBER,
    "Boolean": shapes.FLAG,
    "DateTime": shapes.TIME,
}
#: What is not there is left out of rows when they are parsed (`answers.sharing`).
_LEFT_OUT = frozenset({"deletedAt"})


@lru_cache(maxsize=512)
def answer_shape(schema: GraphQLSchema, document: str) -> Shape:
    """The shape of `data` in the answer to a document of one operation, without fragments' names.

    What the schema does not know is not looked at: a server may know more than it tells.
    """
    operation = next(
        found
        for found in parse(document, no_location=True).definitions
        if isinstance(found, OperationDefinitionNode)
    )
    root = (
        schema.mutation_type if operation.operation is OperationType.MUTATION else schema.query_type
    )
    return _fields(root, operation.selection_set) if root else shapes.JSON


def _fields(owner: GraphQLObjectType | GraphQLInterfaceType, selected: SelectionSetNode) -> Fields:
    found: dict[str, Shape] = {}
    for name, node in _named(selected.selections):
        field = owner.fields.get(node.name.value)
        found[name] = _shape(field.type, node) if field else shapes.JSON
    return Fields(found, optional=_LEFT_OUT)


def _named(nodes: Iterable[SelectionNode]) -> Iterable[tuple[str, FieldNode]]:
    for node in nodes:
        if isinstance(node, FieldNode) and node.name.value != "__typename":
            yield (node.alias.value if node.alias else node.name.value), node


def _shape(kind: GraphQLOutputType, node: FieldNode) -> Shape:
    if isinstance(kind, GraphQLNonNull):
        return _needed(kind.of_type, node)
    return shapes.nullable(_needed(kind, node))


def _needed(kind: GraphQLOutputType, node: FieldNode) -> Shape:
    if isinstance(kind, GraphQLList):
        return ListOf(_shape(kind.of_type, node))
    if isinstance(kind, GraphQLEnumType):
        return shapes.choice(kind.values)
    if node.selection_set is None:
        return _SCALARS.get(getattr(kind, "name", ""), shapes.JSON)
    if isinstance(kind, GraphQLUnionType):
        return _union(kind, node.selection_set)
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        return _fields(kind, node.selection_set)
    return shapes.JSON


def _union(kind: GraphQLUnionType, selected: SelectionSetNode) -> Shape:
    members: dict[str, Shape] = {member.name: Fields({}) for member in kind.types}
    by_name = {member.name: member for member in kind.types}
    for node in selected.selections:
        if isinstance(node, InlineFragmentNode) and node.type_condition is not None:
            name = node.type_condition.name.value
            members[name] = _fields(by_name[name], node.selection_set)
    return OneOf(members)
