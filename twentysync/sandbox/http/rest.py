"""The REST side of records, as far as a mover needs it: lists, one record, create one or many."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request

from twentysync.sandbox.records import reading, writing
from twentysync.sandbox.state.answer import Answer
from twentysync.sandbox.state.errors import Refusal
from twentysync.sandbox.state.limits import TokenBucket
from twentysync.sandbox.state.shape import Shape
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.text import capitalize
from twentysync.sandbox.state.workspace import Workspace

_STATUS = {"LIMIT_REACHED": (429, "HttpException"), "RECORD_NOT_FOUND": (404, "NotFoundException")}
DEFAULT_LIMIT = 60
MOST = 200


def _problem(status: int, error: str, message: str) -> Answer:
    return Answer({"statusCode": status, "error": error, "messages": [message]}, status)


def answer(workspace: Workspace, bucket: TokenBucket, request: Request, body: Any) -> Answer:
    """Answer one REST request."""
    parts = request.path.strip("/").split("/")[1:]
    batch = parts[:1] == ["batch"]
    name = parts[1 if batch else 0] if len(parts) > int(batch) else ""
    obj = next(
        (each for each in workspace.objects() if each["namePlural"] == name and each["isActive"]),
        None,
    )
    if obj is None:
        return _problem(400, "BadRequestException", f"object '{name}' not found. eg: companies")
    shape = workspace.shape(obj["id"])
    try:
        bucket.take(workspace.clock.now() * 1000)
        with workspace.store.transaction():
            return _run(
                workspace, shape, request, body, None if batch or len(parts) < 2 else parts[1]
            )
    except Refusal as refusal:
        status, error = _STATUS.get(refusal.sub_code or "", (400, "BadRequestException"))
        return _problem(status, error, refusal.message)


def _run(
    workspace: Workspace, shape: Shape, request: Request, body: Any, ident: str | None
) -> Answer:
    singular, plural = shape.obj["nameSingular"], shape.obj["namePlural"]
    if request.method == "GET":
        return _list(workspace, shape, request) if ident is None else _get(workspace, shape, ident)
    upsert = request.args.get("upsert") == "true"
    if request.method == "POST":
        many = isinstance(body, list)
        rows = writing.create(workspace, shape, body if many else [body], upsert=upsert)
        seen = [reading.present_all(shape, row) for row in rows]
        key = f"create{capitalize(plural if many else singular)}"
        return Answer({"data": {key: seen if many else seen[0]}}, 201)
    if request.method in ("PATCH", "PUT") and ident:
        row = writing.update_one(workspace, shape, ident, body)
        return Answer({"data": {f"update{capitalize(singular)}": reading.present_all(shape, row)}})
    if request.method == "DELETE" and ident:
        act = writing.delete if request.args.get("soft_delete") == "true" else writing.destroy
        act(workspace, shape, {"id": {"eq": ident}})
        return Answer({"data": {f"delete{capitalize(singular)}": {"id": ident}}})
    return _problem(405, "MethodNotAllowedException", f"{request.method} is not served")


def _get(workspace: Workspace, shape: Shape, ident: str) -> Answer:
    row = reading.find_one(workspace, shape, {"filter": {"id": {"eq": ident}}})
    return Answer({"data": {shape.obj["nameSingular"]: reading.present_all(shape, row)}})


def _list(workspace: Workspace, shape: Shape, request: Request) -> Answer:
    limit = min(int(request.args.get("limit", DEFAULT_LIMIT)), MOST)
    arguments: Row = {"first": limit, "after": request.args.get("starting_after")}
    page = reading.find_many(workspace, shape, arguments, ["totalCount"])
    rows = [reading.present_all(shape, edge["node"]) for edge in page["edges"]]
    body = {
        "data": {shape.obj["namePlural"]: rows},
        "totalCount": page["totalCount"],
        "pageInfo": page["pageInfo"],
    }
    return Answer(body)
