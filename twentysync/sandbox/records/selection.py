"""Cuts records to what a query selects, with the quirks of direct execution.

Aliases inside selections are not honoured, unknown names read as null, a composite without a
selection reads as null, an unknown sub-field of a composite refuses the root field (all observed
on 2.21.0).
"""

from __future__ import annotations

from typing import Any

from graphql import FieldNode, FragmentDefinitionNode

from twentysync.sandbox.records.aggregates import is_aggregate
from twentysync.sandbox.records.reading import NESTED_PAGE, present, related_many, related_one
from twentysync.sandbox.state import files
from twentysync.sandbox.state.documents import selected
from twentysync.sandbox.state.errors import PlainError
from twentysync.sandbox.state.shape import SUB_FIELDS, Shape, is_many_to_one, join_column
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.text import capitalize
from twentysync.sandbox.state.workspace import Workspace

Fragments = dict[str, FragmentDefinitionNode]
#: Times that the database keeps and the API fails over, with its name for them (2.21.0).
_ENDLESS = {"infinity": "Infinity", "-infinity": "-Infinity"}


class Selector:
    """Formats rows for one document."""

    def __init__(self, workspace: Workspace, fragments: Fragments) -> None:
        self._workspace = workspace
        self._fragments = fragments

    def children(self, node: FieldNode) -> list[FieldNode]:
        """The fields selected below ``node``."""
        return list(selected(node.selection_set, self._fragments))

    def aggregates(self, node: FieldNode, shape: Shape) -> list[str]:
        """The totals that a list selection asks for."""
        names = [child.name.value for child in self.children(node)]
        return [name for name in names if is_aggregate(shape, name)]

    def connection(self, node: FieldNode, shape: Shape, page: Row) -> Row:
        """A page of records as it was selected."""
        result: Row = {}
        for child in self.children(node):
            name = child.name.value
            if name == "edges":
                result[name] = [self._edge(child, shape, edge) for edge in page["edges"]]
                for row in page.get("beyond", ()):
                    self._edge(child, shape, {"node": row})
            elif name == "pageInfo":
                wanted = [each.name.value for each in self.children(child)]
                result[name] = {key: page["pageInfo"].get(key) for key in wanted}
            elif name == "__typename":
                result[name] = f"{type_name(shape)}Connection"
            else:
                result[name] = page.get(name)
        return result

    def _edge(self, node: FieldNode, shape: Shape, edge: Row) -> Row:
        result: Row = {}
        for child in self.children(node):
            name = child.name.value
            if name == "node":
                result[name] = self.record(child, shape, edge["node"])
            elif name == "__typename":
                result[name] = f"{type_name(shape)}Edge"
            else:
                result[name] = edge.get(name)
        return result

    def record(self, node: FieldNode, shape: Shape, row: Row) -> Row:
        """One record as it was selected.

        A relation to a record in the trash is empty where that record is selected, and so is its
        column beside it; the column alone says its id (observed on 2.21.0).
        """
        children = self.children(node)
        found = {child.name.value: self._value(child, shape, row) for child in children}
        for child in children:
            field = shape.fields.get(child.name.value)
            if field and is_many_to_one(field) and found[child.name.value] is None:
                found.update(dict.fromkeys({join_column(field)} & found.keys()))
        return found

    def _value(self, node: FieldNode, shape: Shape, row: Row) -> Any:
        name = node.name.value
        if name == "__typename":
            return type_name(shape)
        if name in shape.joins:
            return row.get(name)
        field = shape.fields.get(name)
        if field is None:
            return None
        if field["relationTargetObjectMetadataId"]:
            return self._relation(node, field, row)
        value = present(field, row)
        if field["type"] == "DATE_TIME" and value in _ENDLESS:
            message = (
                f'Invalid DATE_TIME field "{name}", value: "{_ENDLESS[value]}", it should be a '
                "string, Date instance or plain object, (current type : number)."
            )
            raise PlainError(message)
        if field["type"] == "FILES":
            return files.seen(self._workspace, value)
        if (shape.obj["nameSingular"], name) == ("workspaceMember", "avatarUrl"):
            return files.picture_seen(self._workspace, value)
        if field["type"] == "RICH_TEXT" and value:
            value = files.text_seen(self._workspace, value)
        return self._composite(node, field, value) if field["type"] in SUB_FIELDS else value

    def _composite(self, node: FieldNode, field: Row, value: Row) -> Row | None:
        wanted = [child.name.value for child in self.children(node)]
        if not wanted:
            return None
        known = {*SUB_FIELDS[field["type"]], "__typename"}
        if any(name not in known for name in wanted):
            raise PlainError(f"Sub field metadata not found for composite type: {field['type']}")
        kind = "".join(capitalize(word) for word in field["type"].lower().split("_"))
        return {name: kind if name == "__typename" else value.get(name) for name in wanted}

    def _relation(self, node: FieldNode, field: Row, row: Row) -> Any:
        if node.selection_set is None:
            return None
        if is_many_to_one(field):
            shape, other = related_one(self._workspace, field, row)
            return self.record(node, shape, other) if other else None
        shape, rows = related_many(self._workspace, field, row)
        edges = [{"node": each, "cursor": ""} for each in rows[:NESTED_PAGE]]
        info = {"hasNextPage": len(rows) > NESTED_PAGE, "hasPreviousPage": False}
        return self.connection(
            node, shape, {"edges": edges, "pageInfo": info, "totalCount": len(rows)}
        )


def type_name(shape: Shape) -> str:
    """The GraphQL type of an object's records."""
    return capitalize(str(shape.obj["nameSingular"]))
