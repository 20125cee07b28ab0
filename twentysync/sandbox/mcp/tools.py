"""``POST /mcp``: JSON-RPC, and the tools that write the data model and views in bulk."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twentysync.sandbox.mcp import workflows
from twentysync.sandbox.metadata import view_parts, views
from twentysync.sandbox.metadata.field_updates import update_field
from twentysync.sandbox.metadata.fields import create_fields, delete_field
from twentysync.sandbox.metadata.objects import create_object, delete_object, update_object
from twentysync.sandbox.state.errors import Refusal
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

PROTOCOL = "2025-06-18"


@dataclass(frozen=True)
class Tool:
    """A tool: what it is for, the list it takes (with its bound), and what runs."""

    description: str
    run: Callable[[Workspace, Row], Any]
    items: str | None = None
    most: int = 20


class ToolFailure(Exception):
    """A tool that threw; its message is the answer."""


def _brief(row: Row, *keys: str) -> Row:
    return {key: row.get(key) for key in ("id", "name", "label", "type", *keys)}


def _side_by_side(workspace: Workspace, items: list[Row], run: Callable[[Row], Any]) -> bool:
    """Each for itself: where one is refused, the others are done all the same (2.21.0)."""
    refused: list[Refusal] = []
    for item in items:
        try:
            with workspace.store.transaction():
                run(item)
        except Refusal as refusal:
            refused.append(refusal)
    if refused:
        raise refused[0]
    return True


def _without_id(item: Row) -> Row:
    return {key: value for key, value in item.items() if key != "id"}


def _create_objects(workspace: Workspace, arguments: Row) -> bool:
    return _side_by_side(
        workspace, arguments["objects"], lambda item: create_object(workspace, item)
    )


def _update_objects(workspace: Workspace, arguments: Row) -> bool:
    return _side_by_side(
        workspace,
        arguments["objects"],
        lambda item: update_object(workspace, item["id"], _without_id(item)),
    )


def _create_fields(workspace: Workspace, arguments: Row) -> bool:
    """All in one migration: one bad field, and none is made."""
    with workspace.store.transaction():
        create_fields(workspace, arguments["fields"])
    return True


def _update_fields(workspace: Workspace, arguments: Row) -> bool:
    return _side_by_side(
        workspace,
        arguments["fields"],
        lambda item: update_field(workspace, item["id"], _without_id(item)),
    )


def _create_relations(workspace: Workspace, arguments: Row) -> bool:
    payload = ("type", "targetObjectMetadataId", "targetFieldLabel", "targetFieldIcon")
    fields = [
        {
            **{key: value for key, value in item.items() if key not in payload},
            "type": "RELATION",
            "relationCreationPayload": {key: item[key] for key in payload if key in item},
        }
        for item in arguments["relations"]
    ]
    return _create_fields(workspace, {"fields": fields})


def _create_parts(label: str, key: str) -> Callable[[Workspace, Row], Any]:
    def run(workspace: Workspace, arguments: Row) -> Any:
        part = view_parts.PARTS[label]
        with workspace.store.transaction():
            defaults = {"size": 150} if label == "ViewField" else {}
            rows = [
                view_parts.create_part(workspace, part, {**defaults, **item})
                for item in arguments[key]
            ]
        return bool(rows)

    return run


def _update_view_fields(workspace: Workspace, arguments: Row) -> bool:
    part = view_parts.PARTS["ViewField"]
    return _side_by_side(
        workspace,
        arguments["viewFields"],
        lambda item: view_parts.update_part(workspace, part, item["id"], item),
    )


def _named_field(workspace: Workspace, object_id: str, item: Row) -> str:
    ident = item.get("fieldMetadataId")
    if ident:
        return str(ident)
    row = workspace.field_named(object_id, item["fieldName"])
    if row is None:
        raise ToolFailure(f'Field "{item["fieldName"]}" not found on object')
    return str(row["id"])


def _upsert_view(workspace: Workspace, arguments: Row) -> Row:
    """A view with its columns, filters and sorts; each list that is given replaces all of its
    kind."""
    with workspace.store.transaction():
        view = _view_of(workspace, arguments)
        for key, label in (
            ("fields", "ViewField"),
            ("filters", "ViewFilter"),
            ("sorts", "ViewSort"),
        ):
            if arguments.get(key) is not None:
                _replace_parts(workspace, view, view_parts.PARTS[label], arguments[key])
    return {"success": True, "viewId": view["id"], "id": view["id"], "name": view["name"]}


def _view_of(workspace: Workspace, arguments: Row) -> Row:
    names = {
        "mainGroupByFieldName": "mainGroupByFieldMetadataId",
        "calendarFieldName": "calendarFieldMetadataId",
    }
    view = workspace.store.find("view", arguments.get("id") or "")
    obj = workspace.object_named(arguments.get("objectNameSingular") or "")
    if view is None and obj is None:
        raise ToolFailure("objectNameSingular is required to create a view")
    object_id = view["objectMetadataId"] if view else (obj or {})["id"]
    given = {key: value for key, value in arguments.items() if key not in names and key != "id"}
    given |= {
        names[key]: _named_field(workspace, object_id, {"fieldName": value})
        for key, value in arguments.items()
        if key in names and value
    }
    if view:
        return views.update_view(workspace, view["id"], given)
    return views.create_view(
        workspace, {"icon": "IconList", **given, "objectMetadataId": object_id}
    )


def _replace_parts(
    workspace: Workspace, view: Row, part: view_parts.Part, items: list[Row]
) -> None:
    for row in workspace.children(part.family, "viewId", view["id"]):
        workspace.store.drop(part.family, row["id"])
    for position, item in enumerate(items):
        given = {"position": position, "size": 150, **item, "viewId": view["id"]}
        given["fieldMetadataId"] = _named_field(workspace, view["objectMetadataId"], item)
        view_parts.create_part(workspace, part, given)


def _created(make: Callable[[Workspace, Row], Row]) -> Callable[[Workspace, Row], Row]:
    def run(workspace: Workspace, arguments: Row) -> Row:
        with workspace.store.transaction():
            return _brief(make(workspace, arguments), "objectMetadataId")

    return run


def _listed(workspace: Workspace, arguments: Row) -> list[Row]:
    wanted = arguments.get("objectMetadataId")
    return [
        row for row in workspace.store.rows("field") if wanted in (None, row["objectMetadataId"])
    ]


TOOLS: dict[str, Tool] = {
    "create_many_object_metadata": Tool(
        "Create multiple objects at once.", _create_objects, "objects"
    ),
    "update_many_object_metadata": Tool(
        "Update multiple objects at once.", _update_objects, "objects"
    ),
    "create_many_field_metadata": Tool("Create multiple fields at once.", _create_fields, "fields"),
    "update_many_field_metadata": Tool("Update multiple fields at once.", _update_fields, "fields"),
    "create_many_relation_fields": Tool(
        "Create multiple relations.", _create_relations, "relations"
    ),
    "create_many_view_fields": Tool(
        "Add multiple columns.", _create_parts("ViewField", "viewFields"), "viewFields", 50
    ),
    "update_many_view_fields": Tool(
        "Change multiple columns.", _update_view_fields, "viewFields", 50
    ),
    "create_many_view_filters": Tool(
        "Add filters.", _create_parts("ViewFilter", "filters"), "filters"
    ),
    "create_many_view_sorts": Tool("Add sorts.", _create_parts("ViewSort", "sorts"), "sorts"),
    "upsert_complete_view": Tool("Create or update a complete view.", _upsert_view),
    "create_field_metadata": Tool(
        "Create a field.", _created(lambda ws, args: create_fields(ws, [args])[0])
    ),
    "create_object_metadata": Tool("Create an object.", _created(create_object)),
    "delete_object_metadata": Tool(
        "Delete an object.", _created(lambda ws, args: delete_object(ws, args["id"]))
    ),
    "delete_field_metadata": Tool(
        "Delete a field.", _created(lambda ws, args: delete_field(ws, args["id"]))
    ),
    "get_object_metadata": Tool("List objects.", lambda ws, _: ws.objects()),
    "get_field_metadata": Tool("List fields.", _listed),
}


def _transacted(run: Callable[[Workspace, Row], Any]) -> Callable[[Workspace, Row], Any]:
    def inside(workspace: Workspace, arguments: Row) -> Any:
        with workspace.store.transaction():
            return run(workspace, arguments)

    return inside


TOOLS |= {name: Tool(name, _transacted(run)) for name, run in workflows.TOOLS.items()}


def _execute(workspace: Workspace, arguments: Row) -> Any:
    name = str(arguments.get("toolName"))
    given = arguments.get("arguments") or {}
    tool = TOOLS.get(name)
    if tool is None:
        message = f'Tool "{name}" not found'
        error = f"{message}. Use learn_tools to discover available tools."
        return {"success": False, "message": message, "error": error}
    try:
        _check_items(tool, given)
        return tool.run(workspace, given)
    except Refusal as refusal:
        return _failed(name, _words(refusal))
    except (ToolFailure, KeyError) as problem:
        return _failed(name, str(problem))


def _failed(name: str, error: str) -> Row:
    return {"success": False, "message": f"Failed to execute {name}", "error": error}


def _check_items(tool: Tool, given: Row) -> None:
    if tool.items is None:
        return
    items = given.get(tool.items)
    if not isinstance(items, list) or not 1 <= len(items) <= tool.most:
        raise ToolFailure(f"Invalid arguments: {tool.items} must have 1 to {tool.most} items")


def _words(refusal: Refusal) -> str:
    """A validation report as one line a message, with what it is about in brackets."""
    errors: dict[str, list[Row]] = refusal.extra.get("errors") or {}
    grouped: dict[str, list[str]] = {}
    for kind, entries in errors.items():
        for entry in entries:
            info = entry["flatEntityMinimalInformation"]
            about = info.get("name") or info.get("nameSingular") or info.get("label")
            for fault in entry["errors"]:
                names = grouped.setdefault(f"[{kind}] {fault['message']}", [])
                names.extend([about] if about else [])
    if not grouped:
        return refusal.message
    lines = [f"{text} ({', '.join(names)})" if names else text for text, names in grouped.items()]
    return "\n".join(["Validation errors:", *lines])


def _catalog(_workspace: Workspace, _arguments: Row) -> Row:
    listed = [{"name": name, "description": tool.description} for name, tool in TOOLS.items()]
    return {"catalog": {"METADATA": listed}}


def _learn(_workspace: Workspace, arguments: Row) -> Row:
    wanted = arguments.get("toolNames") or []
    known = [
        {"name": name, "description": TOOLS[name].description} for name in wanted if name in TOOLS
    ]
    unknown = [name for name in wanted if name not in TOOLS]
    return {"tools": known, "notFound": unknown, "message": f"Learned {len(known)} tool(s)"}


_VISIBLE: dict[str, tuple[str, Callable[[Workspace, Row], Any]]] = {
    "get_tool_catalog": ("What tools there are.", _catalog),
    "learn_tools": ("What tools take.", _learn),
    "execute_tool": ("Run a tool.", _execute),
}


def _call(workspace: Workspace, params: Row) -> Row:
    visible = _VISIBLE.get(str(params.get("name")))
    if visible is None:
        return {
            "content": [{"type": "text", "text": f"Unknown tool: {params.get('name')}"}],
            "isError": True,
        }
    result = visible[1](workspace, params.get("arguments") or {})
    text = json.dumps(result, separators=(",", ":"), ensure_ascii=False)
    return {"content": [{"type": "text", "text": text}], "isError": False}


def _initialize(workspace: Workspace) -> Row:
    return {
        "protocolVersion": PROTOCOL,
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": {"name": "Twenty MCP Server", "version": workspace.version},
    }


def answer(workspace: Workspace, asked: Any) -> Row | None:
    """Answer one JSON-RPC message; None for a notification."""
    if not isinstance(asked, dict) or asked.get("jsonrpc") != "2.0":
        return {
            "id": None,
            "jsonrpc": "2.0",
            "error": {"code": -32600, "message": "Invalid Request"},
        }
    if "id" not in asked:
        return None
    params = asked.get("params") or {}
    methods: dict[str, Callable[[], Row]] = {
        "initialize": lambda: _initialize(workspace),
        "ping": dict,
        "prompts/list": lambda: {"prompts": []},
        "resources/list": lambda: {"resources": []},
        "tools/list": lambda: {
            "tools": [
                {"name": name, "description": words, "inputSchema": {"type": "object"}}
                for name, (words, _) in _VISIBLE.items()
            ]
        },
        "tools/call": lambda: _call(workspace, params),
    }
    method = methods.get(str(asked.get("method")))
    reply: Row = {"id": asked["id"], "jsonrpc": "2.0"}
    if method is None:
        message = f"Method '{asked.get('method')}' not found"
        return {**reply, "error": {"code": -32601, "message": message}}
    return {**reply, "result": method()}


def as_events(asked: Row, reply: Row) -> str:
    """The answer as server-sent events; a tool call begins with a notice of progress."""
    events = [reply]
    if asked.get("method") == "tools/call":
        token = f"tool-call-{asked.get('id')}"
        progress = {"progressToken": token, "progress": 0, "total": 1}
        events.insert(0, {"jsonrpc": "2.0", "method": "notifications/progress", "params": progress})
    lines = [json.dumps(event, separators=(",", ":"), ensure_ascii=False) for event in events]
    return "".join(f"event: message\ndata: {line}\n\n" for line in lines)


def describe(asked: Row) -> tuple[str, str]:
    """Operation name and kind of a message, for the request log."""
    arguments = (asked.get("params") or {}).get("arguments") or {}
    name = str(
        arguments.get("toolName") or (asked.get("params") or {}).get("name") or asked.get("method")
    )
    return name, "mutation" if name.startswith(
        ("create", "update", "delete", "upsert")
    ) else "query"
