"""Small questions about a parsed GraphQL document."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

from twentysync.sandbox.state.errors import Refusal


@lru_cache(maxsize=256)
def parsed(source: str) -> DocumentNode:
    """A document, as several ask for it and a client sends the same few again and again. Raises
    GraphQLError."""
    return parse(source)


def pick_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation to run: the named one, or the only one."""
    operations = [
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    ]
    wanted = [
        node for node in operations if name is None or (node.name and node.name.value == name)
    ]
    if not wanted:
        raise Refusal(f'Unknown operation named "{name}".')
    if len(wanted) > 1:
        message = "Must provide operation name when document contains multiple operations."
        raise Refusal(message)
    return wanted[0]


def fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The named fragments of a document."""
    return {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }


def selected(
    selections: SelectionSetNode | None, named: dict[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """The fields of a selection set, fragments opened."""
    for node in selections.selections if selections else ():
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from selected(node.selection_set, named)
        elif isinstance(node, FragmentSpreadNode) and node.name.value in named:
            yield from selected(named[node.name.value].selection_set, named)


def root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> list[FieldNode]:
    """The root fields of an operation."""
    return list(selected(operation.selection_set, fragments(document)))
