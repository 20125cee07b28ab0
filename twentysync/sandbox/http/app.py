"""The HTTP side: routes, keys, the request log, and the faults."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError
from werkzeug.wrappers import Request, Response

from twentysync.sandbox.http import rest
from twentysync.sandbox.http.faults import Fault, FaultKind, Faults, Seen
from twentysync.sandbox.http.log import RequestEntry, RequestLog
from twentysync.sandbox.mcp import tools
from twentysync.sandbox.metadata.graph import answer as answer_metadata
from twentysync.sandbox.records.engine import answer as answer_records
from twentysync.sandbox.state import files
from twentysync.sandbox.state.answer import Answer
from twentysync.sandbox.state.documents import parsed, pick_operation, root_fields
from twentysync.sandbox.state.errors import PlainError, Refusal, forbidden
from twentysync.sandbox.state.limits import TokenBucket, limit_reached
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from graphql import GraphQLSchema

JSON = "application/json"
JSON_UTF8 = "application/json; charset=utf-8"
_BAD_TOKEN: Row = {
    "message": "Token invalid.",
    "extensions": {
        "userFriendlyMessage": {
            "id": "z+7x/s",
            "message": "You must be authenticated to perform this action.",
        },
        "subCode": "UNAUTHENTICATED",
        "code": "UNAUTHENTICATED",
    },
}
_GATEWAY = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


class ConnectionLost(ConnectionError):
    """The client gets no answer; ``reached`` tells whether its request arrived."""

    def __init__(self, *, reached: bool, partial: bytes | None = None) -> None:
        super().__init__("connection lost")
        self.reached = reached
        self.partial = partial


class App:
    """Answers requests, one at a time."""

    def __init__(self, workspace: Workspace, schema: GraphQLSchema, api_key: str) -> None:
        self.workspace = workspace
        self.schema = schema
        self.api_key = api_key
        self.faults = Faults()
        self.requests = RequestLog()
        self.bucket = TokenBucket(workspace.limits)
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI. A lost connection is a ConnectionError, which makes the HTTP server drop the
        socket."""
        try:
            response = self.respond(Request(environ))
        except ConnectionLost as lost:
            if lost.partial is None:
                raise
            length = str(2 * len(lost.partial) + 2)
            start_response("200 OK", [("Content-Type", JSON), ("Content-Length", length)])
            return _cut(lost)
        return response(environ, start_response)

    def respond(self, request: Request) -> Response:
        """Answer one request, with whatever fault strikes it."""
        with self._lock:
            return self._respond(request)

    def _respond(self, request: Request) -> Response:
        body = request.get_data()
        seen = self._see(request, body)
        fault = self.faults.hit(seen)
        if fault is not None:
            self._before(seen, fault)
        response = (
            self._answer(request, body)
            if fault is None or _carries_out(fault)
            else self._instead(fault)
        )
        refused = response.status_code >= 400 or _has_errors(response)
        self._log(seen, fault, response.status_code, refused=refused)
        return response if fault is None else self._after(fault, response)

    def _see(self, request: Request, body: bytes) -> Seen:
        operation, kind = _describe(request, body)
        return Seen(len(self.requests) + 1, request.path, operation, kind)

    def _log(self, seen: Seen, fault: Fault | None, status: int | None, *, refused: bool) -> None:
        name = fault.kind.name if fault else None
        entry = RequestEntry(
            seen.number, seen.endpoint, seen.operation, seen.kind, status, refused, name
        )
        self.requests.add(entry)

    def _before(self, seen: Seen, fault: Fault) -> None:
        if fault.kind is FaultKind.SLOW:
            self.workspace.clock.sleep(fault.seconds)
        elif fault.kind is FaultKind.CRASH_BEFORE:
            self._log(seen, fault, None, refused=True)
            raise fault.exception()
        elif fault.kind in (FaultKind.REFUSED, FaultKind.STOPPED):
            self._log(seen, fault, None, refused=True)
            raise ConnectionLost(reached=False)

    def _instead(self, fault: Fault) -> Response:
        if fault.kind is FaultKind.LIMIT_REACHED:
            limits = self.workspace.limits
            error = limit_reached(limits.requests or 100, limits.window_ms).payload()
            return _json({"data": None, "errors": [error]}, 200, JSON)
        return Response(_GATEWAY.format(fault.status), status=fault.status, mimetype="text/html")

    def _after(self, fault: Fault, response: Response) -> Response:
        data = response.get_data()
        if fault.kind is FaultKind.ANSWER_LOST:
            raise ConnectionLost(reached=True)
        if fault.kind is FaultKind.CRASH_AFTER:
            raise fault.exception()
        if fault.kind is FaultKind.CUT:
            raise ConnectionLost(reached=True, partial=data[: len(data) // 2])
        if fault.kind is FaultKind.FAILED_AFTER:
            error = PlainError("e.toString is not a function").payload()
            return _json({"data": None, "errors": [error]}, 200, JSON)
        if fault.kind is FaultKind.TRUNCATED:
            response.set_data(data[: len(data) // 2])
        return response

    # --- answers

    def _answer(self, request: Request, body: bytes) -> Response:
        if request.path.startswith(files.PATHS):
            return files.serve(self.workspace, request, body)
        if len(body) > self.workspace.limits.body_bytes:
            return _json("request entity too large", 500)
        path = request.path.rstrip("/") or "/"
        if path == "/client-config":
            return _json(self._client_config(), 200)
        if path == "/healthz":
            return _json({"status": "ok"}, 200)
        routes: dict[str, Callable[[Request, bytes], Response]] = {
            "/metadata": self._metadata,
            "/graphql": self._records,
            "/mcp": self._tools,
        }
        if path in routes and request.method == "POST":
            return routes[path](request, body)
        if path.startswith("/rest/"):
            return self._rest(request, body)
        problem = {
            "statusCode": 404,
            "error": "Not Found",
            "message": f"Cannot {request.method} {request.path}",
        }
        return _json(problem, 404)

    def _client_config(self) -> Row:
        return {
            "appVersion": self.workspace.version,
            "isMultiWorkspaceEnabled": False,
            "isWorkspaceSchemaDDLLocked": False,
            "maintenance": None,
            "publicFeatureFlags": [],
            "aiModels": [],
            "signInPrefilled": False,
        }

    def _token(self, request: Request) -> str | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None

    def _metadata(self, request: Request, body: bytes) -> Response:
        token = self._token(request)
        if token is None:
            return _json({"errors": [forbidden().payload()], "data": None}, 200)
        if token != self.api_key:
            return _json({"errors": [_BAD_TOKEN]}, 200, JSON)
        return self._graphql(
            lambda asked: answer_metadata(self.workspace, self.schema, asked),
            files.operations(request, body),
            JSON_UTF8,
        )

    def _records(self, request: Request, body: bytes) -> Response:
        token = self._token(request)
        if token is None:
            return _json(_unknown_fields(body), 200)
        if token != self.api_key:
            return _json({"errors": [_BAD_TOKEN]}, 200, JSON)
        return self._graphql(
            lambda asked: answer_records(self.workspace, self.bucket, asked), body, JSON
        )

    def _graphql(self, answer: Callable[[Row], Answer], body: bytes, content_type: str) -> Response:
        asked = _parse(body)
        if asked is None:
            problem = {
                "message": "POST body sent invalid JSON.",
                "extensions": {"code": "BAD_REQUEST"},
            }
            return _json({"errors": [problem]}, 400)
        try:
            result = answer(asked)
        except Refusal as refusal:
            result = Answer({"errors": [refusal.payload()]})
        kind = JSON_UTF8 if result.static else content_type
        return Response(result.text, status=result.status, content_type=kind)

    def _tools(self, request: Request, body: bytes) -> Response:
        if self._token(request) != self.api_key:
            problem = {"statusCode": 403, "message": "Forbidden resource", "error": "Forbidden"}
            return _json(problem, 403)
        asked = _parse(body)
        reply = tools.answer(self.workspace, asked)
        if reply is None:
            return Response(status=202)
        if "text/event-stream" in request.headers.get("Accept", "text/event-stream"):
            return Response(tools.as_events(asked or {}, reply), content_type="text/event-stream")
        return _json(reply, 200)

    def _rest(self, request: Request, body: bytes) -> Response:
        token = self._token(request)
        if token != self.api_key:
            status, error = (403, "Forbidden") if token is None else (401, "UNAUTHENTICATED")
            return _json(
                {
                    "statusCode": status,
                    "error": error,
                    "messages": ["Missing authentication token"],
                },
                status,
            )
        result = rest.answer(self.workspace, self.bucket, request, _parse(body))
        return _json(result.body, result.status)


def _cut(lost: ConnectionLost) -> Iterator[bytes]:
    yield lost.partial or b""
    raise lost


def _carries_out(fault: Fault) -> bool:
    return fault.kind not in (FaultKind.STATUS, FaultKind.LIMIT_REACHED)


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _json(body: Any, status: int, content_type: str = JSON_UTF8) -> Response:
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Response(text, status=status, content_type=content_type)


def _has_errors(response: Response) -> bool:
    data = response.get_data()
    return data[:10] == b'{"errors":' or b'"errors":[{"message"' in data


def _unknown_fields(body: bytes) -> Row:
    """Without a key ``/graphql`` falls through to a schema without records (record-api.md 1.2)."""
    asked = _parse(body) or {}
    try:
        document = parsed(str(asked.get("query") or ""))
    except GraphQLError as error:
        return {"errors": [{"message": error.message}]}
    operation = pick_operation(document, None)
    kind = operation.operation.value.capitalize()
    names = [node.name.value for node in root_fields(document, operation)]
    return {
        "errors": [{"message": f'Cannot query field "{name}" on type "{kind}".'} for name in names]
    }


def _describe(request: Request, body: bytes) -> tuple[str, str]:
    """Operation name and kind of a request."""
    if request.path.startswith("/rest/"):
        return (
            f"{request.method} {request.path}",
            "query" if request.method == "GET" else "mutation",
        )
    if request.path.startswith(files.PATHS):
        return f"{request.method} file", "query" if request.method == "GET" else "mutation"
    asked = _parse(files.operations(request, body))
    if not isinstance(asked, dict):
        return request.path, "query"
    if request.path == "/mcp":
        return tools.describe(asked)
    try:
        document = parsed(str(asked.get("query") or ""))
        operation = pick_operation(document, asked.get("operationName"))
    except (GraphQLError, Refusal):
        return request.path, "query"
    fields = root_fields(document, operation)
    return fields[0].name.value if fields else "", operation.operation.value
