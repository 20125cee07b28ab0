"""Rows of a workspace's configuration, every column of them, read by what its schema offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    get_named_type,
    is_required_argument,
)

from twentysync.errors import NotPermitted, ServerRefused, Unsupported
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.members import Members
from twentysync.twenty.metadata.aliases import plain
from twentysync.twenty.metadata.operations import SWITCHED_OFF, Operations
from twentysync.twenty.metadata.schema import Selection, ServerSchema, selection
from twentysync.twenty.workflows import Workflow, read_workflows, sources_of
from twentysync.twenty.workspace import Workspace
from twentysync.verification.row_types import (
    BY_NAME,
    DROPPED,
    NOT_CONFIGURATION,
    ROW_TYPES,
    SETTINGS_DROPPED,
    RowType,
)

Raw = dict[str, Any]
#: How deep objects without an id, which are values, are followed.
_DEEP = 4
_DASHBOARDS = """query TwentysyncDashboards($after: String) {
  dashboards(first: 500, after: $after) {
    edges { node { id title pageLayoutId } } pageInfo { hasNextPage endCursor }
  }
}"""


@dataclass(slots=True)
class Reading:
    """What one workspace answered: rows by type, and what it did not answer, with its words.

    `columns` are the columns that the server has, by type, and `parts` what it has inside those
    that are objects, by type and column.
    """

    workspace: Workspace
    rows: dict[str, list[Raw]] = field(default_factory=dict)
    columns: dict[str, frozenset[str]] = field(default_factory=dict)
    parts: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    workflows: list[Workflow] = field(default_factory=list)
    dashboards: list[Raw] = field(default_factory=list)
    members: Members = field(default_factory=lambda: Members([]))


def read_configuration(workspace: Workspace) -> Reading:
    """All rows of a workspace: about ten requests, and one for each function with code.

    What the server refuses to list ends in `unread`. Raises what reading the schema raises.
    """
    found = Reading(workspace)
    types = [*_listed(workspace.schema), *_unforeseen(workspace.schema)]
    wanted = {one.name: _everything(workspace.schema, one) for one in types}
    asked = [(_operations(one), wanted[one.name]) for one in types if not one.page]
    workspace.metadata.ask_ahead(asked)
    for one in types:
        try:
            rows = workspace.metadata.rows(_operations(one), wanted[one.name])
        except (NotPermitted, ServerRefused, Unsupported) as fault:
            if SWITCHED_OFF in fault.message:  # the workspace has no such thing, by its server
                found.rows[one.name] = []
            else:
                found.unread[one.name] = fault.message
            continue
        found.rows[one.name] = [overridden(plain(row)) for row in rows]
    _columns(found, types)
    _settings(found)
    _records(found)
    return found


def overridden(row: Raw) -> Raw:
    """A row as people see it: the `fields` of 1.17.0 answer without what somebody changed."""
    changed = row.get("standardOverrides") or {}
    return {**row, **{n: v for n, v in changed.items() if n in row and v is not None}}


def _listed(schema: ServerSchema) -> Iterator[RowType]:
    return (one for one in ROW_TYPES if one.listing and schema.query(*one.listing))


def unforeseen(schema: ServerSchema) -> Iterator[str]:
    """Listing queries of a server that nobody said anything about: a newer version's."""
    known = {name for one in ROW_TYPES for name in one.listing} | set(NOT_CONFIGURATION)
    root = schema.graphql.query_type
    for name, query in root.fields.items() if root else ():
        if name not in known and _lists(query):
            yield name


def _lists(query: GraphQLField) -> bool:
    """Whether a query answers with rows, and needs nothing said."""
    named = get_named_type(query.type)
    return (
        "[" in str(query.type)
        and isinstance(named, GraphQLObjectType)
        and "id" in named.fields
        and not any(is_required_argument(argument) for argument in query.args.values())
    )


def _unforeseen(schema: ServerSchema) -> Iterator[RowType]:
    """A type for each of them: rows are known by what most rows are known by."""
    root = schema.graphql.query_type
    for name in unforeseen(schema):
        assert root is not None
        named = get_named_type(root.fields[name].type)
        assert isinstance(named, GraphQLObjectType)
        key = next((key for key in ("name", "label", "title", "key") if key in named.fields), "")
        yield RowType(
            name=name, types=(named.name,), listing=(name,), key=(key,) if key else (), plural=name
        )


def _operations(one: RowType) -> Operations:
    return Operations(one.name, one.types, one.listing, page=one.page)


def _everything(schema: ServerSchema, one: RowType) -> Selection:
    """All columns of a type, with the rows and the values inside."""
    for name in one.types:
        found = schema.graphql.get_type(name)
        if isinstance(found, GraphQLObjectType):
            return _columns_of(schema, found, one)
    return selection("id")


def _columns_of(schema: ServerSchema, found: GraphQLObjectType, one: RowType) -> Selection:
    if "*" in one.dropped:
        return selection("id")
    wanted: dict[str, Selection | None] = {}
    for name, column in found.fields.items():
        if name in one.children:
            wanted[name] = _everything(schema, BY_NAME[one.children[name]])
        elif not any(is_required_argument(argument) for argument in column.args.values()):
            inner = _value(get_named_type(column.type), _DEEP)
            if inner is not _NOT_FOLLOWED and not _by_the_way(one, name):
                wanted[name] = inner
    return wanted


_NOT_FOLLOWED: Selection = {"": None}


def _by_the_way(one: RowType, name: str) -> bool:
    """Whether a column that is not compared need not be asked for: what is no plain value."""
    asked = {one.parent, one.folder, "id", "createdAt", "updatedAt", "deletedAt", "isCustom"}
    asked |= {"applicationId", "object", "morphId", "standardOverrides", "isEditable"}
    return (name in one.dropped or name in DROPPED) and name not in asked


def _value(found: Any, deep: int) -> Selection | None:
    """What to ask of a column's type: nothing more of a leaf, the id of a row, all of a value."""
    if isinstance(found, GraphQLScalarType | GraphQLEnumType):
        return None
    if isinstance(found, GraphQLUnionType):
        return selection("__typename")
    if not isinstance(found, GraphQLObjectType) or found.name.endswith("Connection") or not deep:
        return _NOT_FOLLOWED
    if "id" in found.fields:
        return selection("id")
    inner = {
        name: asked
        for name, column in found.fields.items()
        if (asked := _value(get_named_type(column.type), deep - 1)) is not _NOT_FOLLOWED
        and not any(is_required_argument(argument) for argument in column.args.values())
    }
    return inner or _NOT_FOLLOWED


def _columns(found: Reading, types: list[RowType]) -> None:
    """Note which columns the server has of each type, the inner types too."""
    schema = found.workspace.schema.graphql
    for one in {*(inner.name for inner in ROW_TYPES), *(inner.name for inner in types)}:
        declared = BY_NAME.get(one) or next(inner for inner in types if inner.name == one)
        for name in declared.types:
            row = schema.get_type(name)
            if isinstance(row, GraphQLObjectType):
                found.columns[one] = frozenset(row.fields)
                found.parts |= {(one, name): parts for name, parts in _parts(row)}
                break


def _parts(row: GraphQLObjectType) -> Iterator[tuple[str, frozenset[str]]]:
    """What is inside the columns of a type that are objects, of one type or of several."""
    for name, column in row.fields.items():
        inner = get_named_type(column.type)
        types = inner.types if isinstance(inner, GraphQLUnionType) else (inner,)
        names = {part for one in types if isinstance(one, GraphQLObjectType) for part in one.fields}
        if names and "id" not in names:
            yield name, frozenset(names)


def _settings(found: Reading) -> None:
    """The columns of the workspace's own row, each a row of its own."""
    schema = found.workspace.schema
    row = schema.graphql.get_type("Workspace")
    if not isinstance(row, GraphQLObjectType):
        return
    dropped = RowType(name="workspace", dropped=SETTINGS_DROPPED)
    wanted = {**_columns_of(schema, row, dropped), "id": None}
    for name in SETTINGS_DROPPED:
        wanted.pop(name, None)
    document = schema.read("currentWorkspace", wanted)
    try:
        data = found.workspace.transport.graphql(
            Endpoint.METADATA, document, operation="currentWorkspace", partial_ok=True
        )
    except (NotPermitted, ServerRefused) as fault:
        found.unread["workspace setting"] = fault.message
        return
    answer = data.get("currentWorkspace") or {}
    found.rows["workspace setting"] = [
        {"name": name, "value": plain(value)} for name, value in answer.items()
    ]


def _records(found: Reading) -> None:
    """What is configuration and kept as records: workflows and dashboards, and the members."""
    workspace = found.workspace
    found.members = workspace.members
    for name, read in (("workflow", _workflows), ("dashboard", _dashboards)):
        try:
            read(found)
        except (NotPermitted, ServerRefused, Unsupported) as fault:
            found.unread[name] = fault.message


def _workflows(found: Reading) -> None:
    found.workflows = read_workflows(found.workspace)
    _sources(found)


def _sources(found: Reading) -> None:
    """The code of each function, as a column of its row."""
    functions = found.rows.get("logic function") or []
    in_steps = {
        str(given["logicFunctionId"])
        for workflow in found.workflows
        for step in (workflow.main.steps if workflow.main else [])
        if isinstance(given := (step.get("settings") or {}).get("input"), Mapping)
        and given.get("logicFunctionId")
    }
    wanted = dict.fromkeys(in_steps, "")
    known = {name.partition("@")[0] for name in in_steps}
    wanted |= {row["id"]: "" for row in functions if row["id"] not in known}
    codes = sources_of(found.workspace).of(wanted)
    by_id = {name.partition("@")[0]: code for name, code in codes.items()}
    for row in functions:
        row["sourceCode"] = by_id.get(row["id"])


def _dashboards(found: Reading) -> None:
    if "dashboard" not in {row["nameSingular"] for row in found.rows.get("object", [])}:
        return
    after: str | None = None
    while True:
        data = found.workspace.transport.graphql(
            Endpoint.RECORDS, _DASHBOARDS, {"after": after}, operation="dashboards"
        )
        page = data.get("dashboards") or {"edges": [], "pageInfo": {"hasNextPage": False}}
        found.dashboards += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]
