"""Direct execution: ``/graphql`` of 2.x, parsed but not validated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    ValueNode,
    VariableNode,
    value_from_ast_untyped,
)

from twentysync.sandbox.records import grouping, hidden, reading, timeline, writing
from twentysync.sandbox.records.selection import Selector, type_name
from twentysync.sandbox.records.strict import undeclared
from twentysync.sandbox.state.answer import Answer
from twentysync.sandbox.state.documents import fragments, parsed, pick_operation, root_fields
from twentysync.sandbox.state.errors import Refusal, bad_query, denied, forbidden
from twentysync.sandbox.state.limits import TokenBucket
from twentysync.sandbox.state.shape import Shape
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.text import capitalize
from twentysync.sandbox.state.workspace import Workspace

# Core mutations that need a signed-in person; a key stops at their guard (observed on 2.21.0).
_USER_ONLY = frozenset(
    "activateWorkflowVersion deactivateWorkflowVersion runWorkflowVersion stopWorkflowRun "
    "createWorkflowVersionStep updateWorkflowVersionStep deleteWorkflowVersionStep "
    "createWorkflowVersionEdge deleteWorkflowVersionEdge createDraftFromWorkflowVersion "
    "submitFormStep updateWorkflowRunStep duplicateWorkflow duplicateWorkflowVersionStep "
    "updateWorkflowVersionPositions".split()
)
_FIND = frozenset("filter orderBy first last before after offset".split())


@dataclass(frozen=True)
class Call:
    """One root field, resolved to an object and an operation."""

    node: FieldNode
    shape: Shape
    operation: str
    arguments: Row


@dataclass(frozen=True)
class Operation:
    """What a record operation takes, and what answers it."""

    allowed: frozenset[str]
    required: dict[str, tuple[type, str]]
    run: Callable[[Workspace, Selector, Call], Any]


def _run_find_many(workspace: Workspace, selector: Selector, call: Call) -> Row:
    aggregates = selector.aggregates(call.node, call.shape)
    page = reading.find_many(workspace, call.shape, call.arguments, aggregates)
    page = hidden.hide(workspace, call.shape, page)
    return selector.connection(call.node, call.shape, page)


def _run_find_one(workspace: Workspace, selector: Selector, call: Call) -> Row:
    row = reading.find_one(workspace, call.shape, call.arguments)
    return selector.record(call.node, call.shape, row)


def _one(act: Callable[[Workspace, Shape, Row], Row]) -> Callable[[Workspace, Selector, Call], Row]:
    def run(workspace: Workspace, selector: Selector, call: Call) -> Row:
        return selector.record(call.node, call.shape, act(workspace, call.shape, call.arguments))

    return run


def _many(
    act: Callable[[Workspace, Shape, Row], list[Row]],
) -> Callable[[Workspace, Selector, Call], list[Row]]:
    def run(workspace: Workspace, selector: Selector, call: Call) -> list[Row]:
        rows = act(workspace, call.shape, call.arguments)
        return [selector.record(call.node, call.shape, row) for row in rows]

    return run


def _by_id(
    act: Callable[[Workspace, Shape, Row], list[Row]],
) -> Callable[[Workspace, Shape, Row], Row]:
    def one(workspace: Workspace, shape: Shape, arguments: Row) -> Row:
        writing.check_id(arguments["id"])
        rows = act(workspace, shape, {"id": {"eq": arguments["id"]}})
        if not rows:
            friendly = "This record does not exist or has been deleted."
            raise Refusal(
                "Record not found", code="NOT_FOUND", sub_code="RECORD_NOT_FOUND", friendly=friendly
            )
        return rows[0]

    return one


def _by_filter(
    act: Callable[[Workspace, Shape, Row], list[Row]],
) -> Callable[[Workspace, Shape, Row], list[Row]]:
    return lambda workspace, shape, arguments: act(workspace, shape, arguments["filter"])


_TYPED: dict[str, tuple[type | tuple[type, ...], str]] = {
    "first": ((int, float), "a number"),
    "last": ((int, float), "a number"),
    "offset": ((int, float), "a number"),
    "before": (str, "a string"),
    "after": (str, "a string"),
    "orderBy": ((list, dict), "an array"),
    "filter": (dict, "an object"),
    "upsert": (bool, "a boolean"),
}
_ID: dict[str, tuple[type, str]] = {"id": (str, "(UUID)")}
_FILTER: dict[str, tuple[type, str]] = {"filter": (dict, "(object)")}
_DATA: dict[str, tuple[type, str]] = {"data": (dict, "(object)")}
OPERATIONS: dict[str, Operation] = {
    "findMany": Operation(_FIND, {}, _run_find_many),
    "findOne": Operation(frozenset({"filter"}), {}, _run_find_one),
    "groupBy": Operation(
        frozenset("groupBy filter orderBy orderByForRecords viewId limit offsetForRecords".split()),
        {"groupBy": (list, "must be an array.")},
        lambda workspace, selector, call: grouping.group_by(
            workspace,
            call.shape,
            call.arguments,
            [node.name.value for node in selector.children(call.node)],
        ),
    ),
    "createOne": Operation(
        frozenset({"data", "upsert"}),
        _DATA,
        _one(
            lambda ws, shape, args: writing.create(
                ws, shape, [args["data"]], upsert=bool(args.get("upsert"))
            )[0]
        ),
    ),
    "createMany": Operation(
        frozenset({"data", "upsert"}),
        {"data": (list, "(array)")},
        _many(
            lambda ws, shape, args: writing.create(
                ws, shape, args["data"], upsert=bool(args.get("upsert"))
            )
        ),
    ),
    "updateOne": Operation(
        frozenset({"id", "data"}),
        _ID | _DATA,
        _one(lambda ws, shape, args: writing.update_one(ws, shape, args["id"], args["data"])),
    ),
    "updateMany": Operation(
        frozenset({"filter", "data"}),
        _FILTER | _DATA,
        _many(lambda ws, shape, args: writing.update(ws, shape, args["filter"], args["data"])),
    ),
    "deleteOne": Operation(frozenset({"id"}), _ID, _one(_by_id(writing.delete))),
    "deleteMany": Operation(frozenset({"filter"}), _FILTER, _many(_by_filter(writing.delete))),
    "destroyOne": Operation(frozenset({"id"}), _ID, _one(_by_id(writing.destroy))),
    "destroyMany": Operation(frozenset({"filter"}), _FILTER, _many(_by_filter(writing.destroy))),
    "restoreOne": Operation(frozenset({"id"}), _ID, _one(_by_id(writing.restore))),
    "restoreMany": Operation(frozenset({"filter"}), _FILTER, _many(_by_filter(writing.restore))),
}
_MUTATING = ("create", "update", "delete", "destroy", "restore")


def operation_names(workspace: Workspace) -> dict[str, tuple[str, str]]:
    """Root field → object id and operation, for the objects that the API knows."""
    names: dict[str, tuple[str, str]] = {}
    for obj in workspace.objects():
        if not workspace.answers(obj):
            continue
        singular, plural = obj["nameSingular"], obj["namePlural"]
        names[plural] = (obj["id"], "findMany")
        names[singular] = (obj["id"], "findOne")
        names[f"{plural}GroupBy"] = (obj["id"], "groupBy")
        for verb in _MUTATING:
            names[verb + capitalize(singular)] = (obj["id"], f"{verb}One")
            names[verb + capitalize(plural)] = (obj["id"], f"{verb}Many")
    return names


def answer(workspace: Workspace, bucket: TokenBucket, request: Row) -> Answer:
    """Answer one record request."""
    if workspace.events:
        with workspace.store.transaction():
            timeline.work_off(workspace)
    try:
        document = parsed(str(request.get("query") or ""))
    except GraphQLError as error:
        places = [{"line": place.line, "column": place.column} for place in error.locations or []]
        located = {"message": error.message, "locations": places}
        return Answer({"errors": [located]}, static=True)
    operation = pick_operation(document, request.get("operationName"))
    nodes = root_fields(document, operation)
    names = operation_names(workspace)
    refusal = _refuse_document(workspace, operation, nodes, names)
    if refusal:
        return refusal
    selector = Selector(workspace, fragments(document))
    if workspace.is_v1 and (faults := undeclared(workspace, selector, nodes, names)):
        return Answer({"errors": faults})
    return _run_all(workspace, bucket, selector, nodes, names, request.get("variables") or {})


def _refuse_document(
    workspace: Workspace,
    operation: OperationDefinitionNode,
    nodes: list[FieldNode],
    names: dict[str, tuple[str, str]],
) -> Answer | None:
    given = [node.name.value for node in nodes]
    unknown = [
        node
        for node in nodes
        if node.name.value not in names and not node.name.value.startswith("__")
    ]
    mutates = operation.operation is OperationType.MUTATION
    if unknown and mutates and all(node.name.value in _USER_ONLY for node in unknown):
        return Answer({"errors": [forbidden().payload()], "data": None}, static=True)
    if unknown and len(unknown) < len(nodes):
        message = (
            "This query cannot be executed as a single request. "
            "Please split it into separate queries."
        )
        return Answer({"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]})
    if unknown:
        errors = [_unknown_root(operation, node) for node in unknown]
        return Answer({"errors": errors}, static=True)
    resolvers = [name for name in given if not name.startswith("__")]
    twice = next((name for name in resolvers if resolvers.count(name) > 1), None)
    if twice:
        error = {
            "message": f'Duplicate root resolver: "{twice}"',
            "extensions": {"code": "BAD_USER_INPUT"},
        }
        return Answer({"data": {}, "errors": [error]})
    most = workspace.limits.record_root_fields
    if len(given) > most:
        message = (
            f"Query too complex - Too many root resolvers requested: {len(given)} - "
            f"Maximum allowed root resolvers: {most}"
        )
        return Answer(
            {"data": {}, "errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]}
        )
    return None


def _unknown_root(operation: OperationDefinitionNode, node: FieldNode) -> Row:
    kind = capitalize(operation.operation.value)
    place = node.loc.start_token if node.loc else None
    return {
        "message": f'Cannot query field "{node.name.value}" on type "{kind}".',
        "locations": [{"line": place.line, "column": place.column}] if place else [],
    }


def _run_all(
    workspace: Workspace,
    bucket: TokenBucket,
    selector: Selector,
    nodes: list[FieldNode],
    names: dict[str, tuple[str, str]],
    variables: Row,
) -> Answer:
    data: Row = {}
    errors: list[Row] = []
    for node in nodes:
        key = node.alias.value if node.alias else node.name.value
        if node.name.value.startswith("__"):
            data[key] = _introspected(workspace, selector, node, variables)
            continue
        object_id, operation = names[node.name.value]
        try:
            bucket.take(workspace.clock.now() * 1000)
            if node.name.value in workspace.denied:
                raise denied()
            call = Call(node, workspace.shape(object_id), operation, _arguments(node, variables))
            data[key] = run(workspace, selector, call)
        except Refusal as refusal:
            data[key] = None
            errors.append(refusal.payload())
    return Answer({"data": data, "errors": errors} if errors else {"data": data})


def _introspected(workspace: Workspace, selector: Selector, node: FieldNode, variables: Row) -> Any:
    """``__type`` of an object's records, whose fields are those that the API knows; little else."""
    if node.name.value == "__typename":
        return "Query"
    if node.name.value != "__type":
        return {"queryType": {"name": "Query"}}
    name = _arguments(node, variables).get("name")
    for obj in workspace.objects():
        shape = workspace.shape(obj["id"])
        if type_name(shape) == name and workspace.answers(obj):
            fields = [{"name": each} for each in (*shape.fields, *shape.joins)]
            found: Row = {"name": name, "fields": fields}
            return {
                child.name.value: found.get(child.name.value) for child in selector.children(node)
            }
    return None


def run(workspace: Workspace, selector: Selector, call: Call) -> Any:
    """Run one operation in a transaction of its own."""
    operation = OPERATIONS[call.operation]
    for name in call.arguments:
        if name not in operation.allowed:
            raise bad_query(f"Argument not allowed: {name}")
    for name, (kind, word) in _TYPED.items():
        value = call.arguments.get(name)
        if value is not None and name in operation.allowed and not isinstance(value, kind):
            raise bad_query(f'Invalid argument: "{name}" must be {word}')
    for name, (required, word) in operation.required.items():
        if not isinstance(call.arguments.get(name), required):
            raise bad_query(f'Missing required argument: "{name}" {word}')
    with workspace.store.transaction():
        return operation.run(workspace, selector, call)


def _arguments(node: FieldNode, variables: Row) -> Row:
    """Arguments with raw variables: declared types and defaults count for nothing."""
    found = {}
    for argument in node.arguments:
        missing, value = _value(argument.value, variables)
        if not missing:
            found[argument.name.value] = value
    return found


def _value(node: ValueNode, variables: Row) -> tuple[bool, Any]:
    if isinstance(node, VariableNode):
        return node.name.value not in variables, variables.get(node.name.value)
    if isinstance(node, ListValueNode):
        return False, [_value(item, variables)[1] for item in node.values]
    if isinstance(node, ObjectValueNode):
        pairs = {item.name.value: _value(item.value, variables) for item in node.fields}
        return False, {key: value for key, (missing, value) in pairs.items() if not missing}
    return False, value_from_ast_untyped(node)
