"""1.x validates record queries: an unknown field is refused before anything runs."""

from __future__ import annotations

from graphql import FieldNode

from twentysync.sandbox.records.aggregates import is_aggregate
from twentysync.sandbox.records.selection import Selector, type_name
from twentysync.sandbox.state.shape import SUB_FIELDS, Shape, is_many_to_one
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

_LISTS = ("findMany",)


def undeclared(
    workspace: Workspace,
    selector: Selector,
    nodes: list[FieldNode],
    names: dict[str, tuple[str, str]],
) -> list[Row]:
    """The errors for the selected names that the schema of a 1.x workspace would not have."""
    faults: list[Row] = []
    for node in nodes:
        if node.name.value not in names:
            continue
        object_id, operation = names[node.name.value]
        checker = _Checker(workspace, selector, faults)
        shape = workspace.shape(object_id)
        if operation in _LISTS:
            checker.connection(node, shape)
        elif operation != "groupBy":
            checker.record(node, shape)
    return faults


class _Checker:
    def __init__(self, workspace: Workspace, selector: Selector, faults: list[Row]) -> None:
        self._workspace = workspace
        self._selector = selector
        self._faults = faults

    def _unknown(self, node: FieldNode, kind: str) -> None:
        place = node.loc.start_token if node.loc else None
        self._faults.append(
            {
                "message": f'Cannot query field "{node.name.value}" on type "{kind}".',
                "locations": [{"line": place.line, "column": place.column}] if place else [],
                "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
            }
        )

    def connection(self, node: FieldNode, shape: Shape) -> None:
        for child in self._selector.children(node):
            name = child.name.value
            if name == "edges":
                for each in self._selector.children(child):
                    if each.name.value == "node":
                        self.record(each, shape)
            elif name not in ("pageInfo", "__typename") and not is_aggregate(shape, name):
                self._unknown(child, f"{type_name(shape)}Connection")

    def record(self, node: FieldNode, shape: Shape) -> None:
        for child in self._selector.children(node):
            name = child.name.value
            field = shape.fields.get(name)
            if name in shape.joins or name == "__typename":
                continue
            if field is None:
                self._unknown(child, type_name(shape))
            elif field["relationTargetObjectMetadataId"]:
                self._relation(child, field)
            else:
                for sub in self._selector.children(child):
                    if sub.name.value not in SUB_FIELDS.get(field["type"], ()):
                        self._unknown(sub, field["type"])

    def _relation(self, node: FieldNode, field: Row) -> None:
        other = self._workspace.shape(field["relationTargetObjectMetadataId"])
        if is_many_to_one(field):
            self.record(node, other)
        else:
            self.connection(node, other)
