"""The GraphQL engine of ``/metadata``: a real schema, validated against for real."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from importlib.resources import files
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    get_named_type,
    validate,
)
from graphql.execution.values import get_variable_values

from twentysync.sandbox.metadata import read, views
from twentysync.sandbox.metadata.execution import Execution
from twentysync.sandbox.metadata.roots import ROOTS
from twentysync.sandbox.metadata.unchanged import given_before
from twentysync.sandbox.metadata.view_parts import PARTS, list_parts
from twentysync.sandbox.state.answer import Answer
from twentysync.sandbox.state.documents import parsed, pick_operation, root_fields
from twentysync.sandbox.state.errors import Refusal, denied
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace
from twentysync.standard.lines import number

_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'")
_CHILDREN = {
    "viewFields": "ViewField",
    "viewFilters": "ViewFilter",
    "viewFilterGroups": "ViewFilterGroup",
    "viewSorts": "ViewSort",
    "viewGroups": "ViewGroup",
    "viewFieldGroups": "ViewFieldGroup",
}
# What newer versions have and older captures lack: every object and field is open to everybody.
_LATER = {
    "openRecordIn": "USER_CHOICE",
    "readability": "OPEN",
    "writability": "OPEN",
    "isAuditLogged": True,
    "isSystemSideEffect": False,
    "isFirstTabPinned": True,
}
# What older versions of the same line of schemas lack: 2.7.0 has none.
_SINCE = {"resetCommandMenuItem": (2, 8)}

_WHOLE = frozenset({str, int, bool, type(None)})
_TOO_COMPLEX = (
    "The request is too complex to process. "
    "Please try reducing the amount of requested root resolvers."
)


Resolver = Callable[[Workspace, Row], Any]


def _owner(workspace: Workspace, row: Row) -> Row | None:
    return workspace.object(row["objectMetadataId"])


def _is_custom(workspace: Workspace, row: Row) -> bool:
    return bool(row.get("isCustom", not workspace.is_standard(row)))


def _part_resolver(label: str) -> Resolver:
    return lambda workspace, view: list_parts(workspace, PARTS[label], view["id"])


def _group_fields(workspace: Workspace, group: Row) -> list[Row]:
    return workspace.children("viewField", "viewFieldGroupId", group["id"])


def _members(workspace: Workspace, _row: Row) -> int:
    member = workspace.object_named("workspaceMember")
    return workspace.store.count(member["id"]) if member else 0


def _workspace_id(workspace: Workspace, _row: Row) -> str:
    return str(workspace.row["id"])


_VIEW: dict[str, Resolver] = {
    "name": views.resolved_name,
    "workspaceId": _workspace_id,
    **{name: _part_resolver(label) for name, label in _CHILDREN.items()},
}
RESOLVERS: dict[str, dict[str, Resolver]] = {
    "Object": {
        "fieldsList": read.fields_list,
        "indexMetadataList": read.index_list,
        "searchFieldMetadataList": lambda _ws, obj: obj["search"],
        "isCustom": _is_custom,
        "isUIReadOnly": lambda _ws, obj: not obj["isUIEditable"],
    },
    "Field": {
        "relation": read.relation,
        "morphRelations": read.morph_relations,
        "object": _owner,
        "isCustom": _is_custom,
        "isUIReadOnly": lambda _ws, row: not row["isUIEditable"],
    },
    "Index": {"indexFieldMetadataList": lambda _ws, index: index["fields"]},
    "View": _VIEW,
    "CoreView": _VIEW,
    "ViewFieldGroup": {"viewFields": _group_fields},
    "Workspace": {"workspaceMembersCount": _members},
}
for _label in PARTS:
    for _prefix in ("", "Core"):
        RESOLVERS.setdefault(_prefix + _label, {})["workspaceId"] = _workspace_id


def _resolve(resolver: Resolver, row: Row, info: GraphQLResolveInfo, **_arguments: Any) -> Any:
    return resolver(info.context, row)


def _paged(resolver: Resolver, row: Row, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    return read.connection(resolver(info.context, row), arguments["paging"], arguments["filter"])


def _later(name: str, row: Any, _info: GraphQLResolveInfo, **_arguments: Any) -> Any:
    return row.get(name, _LATER[name]) if isinstance(row, dict) else None


def _root(
    name: str, mutates: bool, boolean: bool, _row: Any, info: GraphQLResolveInfo, **arguments: Any
) -> Any:
    workspace: Workspace = info.context
    root = ROOTS.get(name)
    if root is None:
        raise Refusal(f'The sandbox does not serve "{name}"', code="NOT_IMPLEMENTED")
    if name in workspace.denied:
        raise denied()
    if not mutates:
        return root(workspace, arguments)
    with workspace.store.transaction():
        result = root(workspace, arguments)
    return bool(result) if boolean else result


@lru_cache(maxsize=8)
def load_schema(sdl: str) -> GraphQLSchema:
    """Build a schema from ``sdl`` and put the resolvers in."""
    schema = build_schema(sdl, assume_valid=True)
    for kind, mutates in ((schema.query_type, False), (schema.mutation_type, True)):
        for name, declared in kind.fields.items() if kind else ():
            boolean = get_named_type(declared.type).name == "Boolean"
            declared.resolve = partial(_root, name, mutates, boolean)
    for type_name, kind_ in schema.type_map.items():
        if isinstance(kind_, GraphQLObjectType) and not type_name.startswith("__"):
            _put_resolvers(kind_, RESOLVERS.get(type_name, {}))
    return schema


def _put_resolvers(kind: GraphQLObjectType, resolvers: dict[str, Resolver]) -> None:
    for name, declared in kind.fields.items():
        if name in resolvers:
            declared.resolve = partial(_resolve, resolvers[name])
        elif kind.name == "Object" and name == "fields":
            declared.resolve = partial(_paged, lambda ws, obj: ws.fields_of(obj["id"]))
        elif kind.name == "Object" and name == "indexMetadatas":
            declared.resolve = partial(_paged, read.index_list)
        elif name in _LATER and kind.name in ("Object", "Field", "View", "PageLayout"):
            declared.resolve = partial(_later, name)


def own_sdl(version: str) -> str:
    """The part of the metadata schema that the sandbox serves, for the line of ``version``."""
    line = "1.17" if version.startswith("1.") else "2.21"
    folder = files("twentysync.sandbox") / "schema"
    parts = (folder / f"{name}.graphql" for name in ("both", line))
    text = "\n".join(part.read_text(encoding="utf-8") for part in parts)
    later = [name for name, since in _SINCE.items() if (number(version) or since) < since]
    rows = text.splitlines(keepends=True)
    return "".join(row for row in rows if row.strip().partition("(")[0] not in later)


def answer(workspace: Workspace, schema: GraphQLSchema, request: Row) -> Answer:
    """Answer one GraphQL request as the real server does."""
    try:
        document, faults = _checked(schema, str(request.get("query") or ""))
    except GraphQLError as error:
        return Answer({"errors": [_located(workspace, error)]})
    if faults:
        return Answer({"errors": [_located(workspace, error) for error in faults]})
    operation = pick_operation(document, request.get("operationName"))
    refusal = _too_much(workspace, document, operation)
    if refusal:
        return Answer({"errors": [refusal.payload()]})
    variables = request.get("variables") or {}
    checked = get_variable_values(schema, operation.variable_definitions or (), variables)
    if isinstance(checked, list):
        return Answer({"errors": [_bad_variable(checked[0])]}, status=400)
    if not variables and _asks_for_schema(document, operation):
        return _introspected(schema, str(request["query"]), request.get("operationName"))
    name = request.get("operationName")
    execute = partial(_execute, workspace, schema, document, variables, name)
    return given_before(workspace, schema, document, operation, request, execute)


def _asks_for_schema(document: DocumentNode, operation: OperationDefinitionNode) -> bool:
    return all(field.name.value.startswith("__") for field in root_fields(document, operation))


@lru_cache(maxsize=8)
def _introspected(schema: GraphQLSchema, source: str, name: str | None) -> Answer:
    """What a server says of its schema: the same each time, and the longest of its answers."""
    return Answer({"data": execute_sync(schema, parsed(source), operation_name=name).data})


@lru_cache(maxsize=256)
def _checked(schema: GraphQLSchema, source: str) -> tuple[DocumentNode, list[GraphQLError]]:
    """A document and what is wrong with it: a client asks the same few again and again."""
    document = parsed(source)
    return document, validate(schema, document)


def _execute(
    workspace: Workspace,
    schema: GraphQLSchema,
    document: DocumentNode,
    variables: Row,
    name: str | None,
) -> Answer:
    result = execute_sync(
        schema,
        document,
        context_value=workspace,
        variable_values=variables,
        operation_name=name,
        execution_context_class=Execution,
    )
    body: Row = {}
    if result.errors:
        body["errors"] = [_executed(error) for error in result.errors]
    body["data"] = _whole(result.data)
    return Answer(body)


def _whole(value: Any) -> Any:
    """JavaScript writes 3.0 as 3."""
    kind = type(value)
    if kind is dict:
        return {key: item if type(item) in _WHOLE else _whole(item) for key, item in value.items()}
    if kind is list:
        return [item if type(item) in _WHOLE else _whole(item) for item in value]
    return int(value) if kind is float and value.is_integer() else value


def _too_much(
    workspace: Workspace, document: DocumentNode, operation: OperationDefinitionNode
) -> Refusal | None:
    names = [field.name.value for field in root_fields(document, operation)]
    for name in names:
        if names.count(name) > 1 and not name.startswith("__"):
            message = (
                "Duplicate root resolver found. Each root resolver can only be called "
                "once per document."
            )
            return Refusal(
                f'Duplicate root resolver: "{name}"', friendly={"id": "UrzTjS", "message": message}
            )
    most = workspace.limits.metadata_root_fields
    if len(names) > most:
        complaint = (
            f"Query too complex - Too many root resolvers requested: {len(names)} - "
            f"Maximum allowed root resolvers: {most}"
        )
        return Refusal(complaint, friendly={"id": "4LVaa7", "message": _TOO_COMPLEX})
    return None


def _js(message: str) -> str:
    """Python's GraphQL quotes names with ', JavaScript's with "."""
    return _QUOTED.sub(r'"\1"', message)


def _located(workspace: Workspace, error: GraphQLError) -> Row:
    places = [{"line": place.line, "column": place.column} for place in error.locations or []]
    entry: Row = {"message": _js(error.message), "locations": places}
    if workspace.is_v1:
        entry["extensions"] = {"code": "GRAPHQL_VALIDATION_FAILED"}
    return entry


def _bad_variable(error: GraphQLError) -> Row:
    message = _js(error.message)
    if isinstance(error.original_error, GraphQLError) or (
        "; " in message and "was not provided" not in message
    ):
        message = message.rpartition("; ")[2]
    extensions = {
        "http": {"status": 400},
        "code": "BAD_USER_INPUT",
        "userFriendlyMessage": "An error occurred.",
    }
    return {"message": message, "extensions": extensions}


def _executed(error: GraphQLError) -> Row:
    if isinstance(error.original_error, Refusal):
        return error.original_error.payload()
    if error.original_error is not None and not isinstance(
        error.original_error, GraphQLError | TypeError
    ):
        raise error.original_error
    entry: Row = {"message": _js(error.message), "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
    if error.path:
        entry["path"] = list(error.path)
    return entry
