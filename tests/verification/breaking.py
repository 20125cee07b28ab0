"""Changes of a workspace, one column after the other, and what the second look says to each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    get_named_type,
)

from tests.support import connect
from twentysync.sandbox import Sandbox
from twentysync.verification.comparison import Difference
from twentysync.verification.explanations import Evidence
from twentysync.verification.naming import Side, named
from twentysync.verification.reading import read_configuration
from twentysync.verification.report import ConfigurationReport
from twentysync.verification.row_types import DROPPED, ROW_TYPES
from twentysync.verification.verify import compare

#: What the sandbox keeps, and which type of rows that is; parts are keys of their rows.
FAMILIES = {
    "object": "object",
    "field": "field",
    "view": "view",
    "viewField": "view field",
    "viewFieldGroup": "view field group",
    "viewFilter": "view filter",
    "viewFilterGroup": "view filter group",
    "viewGroup": "view group",
    "viewSort": "view sort",
    "role": "role",
    "skill": "skill",
    "webhook": "webhook",
    "navigationMenuItem": "navigation item",
    "commandMenuItem": "command menu item",
    "pageLayout": "page layout",
    "index": "index",
}
#: How many rows of a family have a column changed, beside one where it says nothing.
_SAMPLED = 2
#: Objects whose records are read: with another name or field nothing could be read at all.
_READ_BY_RECORDS = frozenset({"workspaceMember", "workflow", "workflowVersion", "dashboard"})
#: Columns that no person changes: what a row belongs to.
_UNMOVED = frozenset({"objectMetadataId", "fieldMetadataId"})
_NOWHERE = "00000000-0000-4000-8000-0000000000aa"
LATER = "2031-01-01T00:00:00.000Z"


def read(sandbox: Sandbox, name: str = "target") -> Side:
    """A workspace as the second look reads it."""
    return named(read_configuration(connect(sandbox, name)))


Mutation = tuple[str, dict[str, Any], str, Any]


def _columns(sandbox: Sandbox, family: str) -> list[tuple[str, GraphQLOutputType]]:
    """The columns of a family that the server shows, the store keeps and nobody dropped."""
    kind = next(one for one in ROW_TYPES if one.name == FAMILIES[family])
    schema = connect(sandbox).schema.graphql
    shown = next(
        t for name in kind.types if isinstance(t := schema.get_type(name), GraphQLObjectType)
    )
    kept = {name for row in sandbox.workspace.store.rows(family) for name in row}
    # The sandbox, like the server, answers whether a field is unique by its index.
    left = {*DROPPED, *kind.dropped, *kind.children, *(["isUnique"] if family == "field" else [])}
    return [(n, f.type) for n, f in shown.fields.items() if n in kept - left]


def rounds(sandbox: Sandbox) -> Iterator[list[Mutation]]:
    """Mutations, each of another row; none of a row whose parent changes in the same round."""
    columns = {family: _columns(sandbox, family) for family in FAMILIES}
    read_by = {
        row["id"] for row in sandbox.workspace.objects() if row["nameSingular"] in _READ_BY_RECORDS
    }
    for number in range(max(len(found) for found in columns.values())):
        these: list[Mutation] = []
        changed = set(read_by)
        for family, found in columns.items():
            if number >= len(found):
                continue
            column, kind = found[number]
            rows = sandbox.workspace.store.rows(family)
            free = [
                r
                for r in rows
                if changed.isdisjoint((r["id"], r.get("viewId"), r.get("objectMetadataId")))
            ]
            free.sort(key=lambda row: (row.get(column) in (None, "", False), row["id"]))
            for row in (free[:_SAMPLED] + free[-1:])[: len(free)]:
                if row["id"] not in changed:
                    these.append((family, row, column, _other(row.get(column), kind, rows, column)))
                    changed.add(row["id"])
        yield these


def _other(value: Any, kind: GraphQLOutputType, rows: list[dict[str, Any]], column: str) -> Any:
    """Another value of a column's type."""
    named = get_named_type(kind)
    if isinstance(named, GraphQLEnumType):
        return next((name for name in named.values if name != value), None)
    if isinstance(value, bool) or named.name == "Boolean":
        return not value
    if named.name in ("Float", "Int"):
        return (value or 0) + 1000
    if named.name == "UUID":
        others = (row.get(column) for row in rows)
        return next((o for o in others if o not in (None, value)), _NOWHERE)
    if "[" in str(kind):
        return [*(value or []), "company.created"]
    if isinstance(named, GraphQLObjectType | GraphQLUnionType):
        return {**(value or {}), "path": "/elsewhere"}
    if isinstance(value, list):
        return value[1:]
    if isinstance(value, dict):
        return {**value, "another": "x"}
    return f"{value} changed" if isinstance(value, str) else "changed"


@dataclass(slots=True)
class Told:
    """How many changes were seen, how many told with a reason, and which were missed."""

    seen: int = 0
    told: list[tuple[str, str, str]] = field(default_factory=list)
    missed: list[tuple[str, str, Any, Any]] = field(default_factory=list)


def break_target(found: Side, target: Sandbox) -> Told:
    """Change each column of the target, some rows of each type, and look again each time."""
    result = Told()
    for these, side in _broken(target):
        report = compare(found, side, Evidence())
        own = set(report.own)
        labels = {row.id: row.label for row in side.all()}
        left = {
            ident
            for ident in (row["id"] for _, row, _, _ in these)
            if labels.get(ident) in own or ident not in labels or _is_own(ident, side, own)
        }
        _judge(result, report, these, left, there=True)
    return result


def break_source(source: Sandbox, found: Side) -> Told:
    """Change each column of the source, as a person would, and look again each time."""
    result = Told()
    for changes, side in _broken(source):
        these = [one for one in changes if one[2] not in _UNMOVED]
        known = {row.id for row in side.all()}
        left = {row["id"] for _, row, _, _ in these if row["id"] not in known}
        _judge(result, compare(side, found, Evidence()), these, left, there=False)
    return result


def _broken(sandbox: Sandbox) -> Iterator[tuple[list[Mutation], Side]]:
    """Each round of changes, and the workspace with them; afterwards it is as before."""
    store = sandbox.workspace.store
    for these in rounds(sandbox):
        images = [(family, dict(row)) for family, row, _, _ in these]
        for family, row, column, value in these:
            store.put(family, {**row, column: value, "updatedAt": LATER})
        try:
            yield these, read(sandbox)
        finally:
            for family, image in images:
                store.put(family, image)


def _judge(
    result: Told, report: ConfigurationReport, these: list[Mutation], left: set[str], there: bool
) -> None:
    def of(one: Difference) -> str:
        row = one.there if there else one.row
        return row.id if row else ""

    differing = {of(one) for one in report.differences}
    reasons = {of(one.difference): one.reason for one in report.explained}
    for family, row, column, value in these:
        if row["id"] in differing or row["id"] in left:
            result.seen += 1
        elif row["id"] in reasons:
            result.told.append((family, column, reasons[row["id"]]))
        else:
            result.missed.append((family, column, row.get(column), value))


def _is_own(row_id: str, side: Side, own: set[str]) -> bool:
    """Whether a row belongs to one that only the target has."""
    row = next((one for one in side.all() if one.id == row_id), None)
    while row is not None:
        if row.label in own:
            return True
        row = row.parent
    return False
