"""What an answer of Twenty means. Errors, and even rate limits, arrive as HTTP 200.

Shapes: `2.21-errors.json` of the captures, replayed in `tests/twenty/test_answers.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from twentysync.errors import NotPermitted, ServerRefused, TwentysyncError, Unreachable
from twentysync.twenty.http.bodies import read_json
from twentysync.twenty.http.shapes import TEXT, Fields, ListOf, filled, nullable

_TOOL = Fields(
    {
        "result": Fields(
            {
                "content": filled(
                    ListOf(Fields({"text": nullable(TEXT)}, optional=frozenset({"text"})))
                )
            }
        )
    }
)
_SIGNED_OUT = frozenset({"UNAUTHENTICATED"})
_PERMISSION = frozenset({"FORBIDDEN", "PERMISSION_DENIED"})


#: Letters of one sentence of a server, how many of them, and letters of all else that it says:
#: each is shown to a person and looked through for keys.
_LONGEST, _MOST, _LONGEST_REST = 12_000, 20, 40_000


class RateLimited(TwentysyncError):
    """The request was refused unread because the bucket is empty: always safe to send again.

    `after` is in how many seconds, where the server says it.
    """

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Malformed(Unreachable):
    """An answer that is not what was asked for; `misfit` is what in it is not."""

    def __init__(self, message: str, *, hint: str | None = None, misfit: str = "") -> None:
        super().__init__(message, hint=hint)
        self.misfit = misfit


class TransientError(TwentysyncError):
    """The server failed in a way that a later try of a read may not meet; `after` is in how many
    seconds, where the server says it."""

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


def graphql_data(body: Any, operation: str, *, partial_ok: bool = False) -> dict[str, Any]:
    """Return `data` of a GraphQL answer, or raise what its errors mean.

    With `partial_ok`, errors beside usable data are passed over: some reads of 2.21 fail in one
    branch only ("Cannot return null for non-nullable field Application.agents").
    """
    if not isinstance(body, Mapping):
        raise TransientError(f"{operation}: the answer is not a GraphQL answer")
    if body.get("statusCode") == 400 and "data" not in body:  # the request was not even read
        raise ServerRefused(operation, [_brief(str(body.get("message") or "Bad Request"))])
    errors, data = body.get("errors"), body.get("data")
    if errors and not (partial_ok and isinstance(data, Mapping)):
        raise refusal(errors, operation)
    if not isinstance(data, Mapping):
        raise TransientError(f"{operation}: the answer holds neither data nor errors")
    return dict(data)


def refusal(errors: Any, operation: str) -> TwentysyncError:
    """The exception for the `errors` of a GraphQL answer."""
    first: Mapping[str, Any] = next((e for e in _listed(errors) if isinstance(e, Mapping)), {})
    message = _brief(str(first.get("message") or "no reason given"))
    extensions = first.get("extensions")
    extensions = extensions if isinstance(extensions, Mapping) else {}
    code, subcode = _text(extensions.get("code")), _text(extensions.get("subCode"))
    if subcode == "LIMIT_REACHED" or message.startswith("Limit reached"):
        return RateLimited(message)
    if code in _SIGNED_OUT or subcode in _SIGNED_OUT:
        return NotPermitted(
            f"{operation}: the key was refused ({message})",
            hint="is it the key of this workspace, not revoked and not expired?",
        )
    if code in _PERMISSION or subcode in _PERMISSION:
        return NotPermitted(
            f"{operation}: this key may not do that ({message})",
            hint="give the key the Admin role: Settings, API & Webhooks, the key, Role",
        )
    if message == "Query read timeout":
        return TransientError(f"{operation}: {message}")
    return ServerRefused(
        operation,
        [_brief(words) for words in islice(validation_details(extensions), _MOST)] or [message],
        code=code,
        subcode=subcode,
        extensions=extensions if len(repr(extensions)) < _LONGEST_REST else {},
    )


def validation_details(extensions: Mapping[str, Any]) -> Iterable[str]:
    """The sentences inside a METADATA_VALIDATION_FAILED answer, the cause before its echoes.

    The server reports what follows from a fault too (each field of an object that was refused,
    "Object metadata not found"), so details that only say that something else is missing come last.
    """
    families = extensions.get("errors")
    if not isinstance(families, Mapping):
        return []
    found: dict[str, bool] = {}
    for reports in families.values():
        for report in _listed(reports):
            for sentence, echo in _sentences(report):
                found[sentence] = found.get(sentence, True) and echo
    causes = [sentence for sentence, echo in found.items() if not echo]
    return causes or list(found)


def _sentences(report: Any) -> Iterable[tuple[str, bool]]:
    if not isinstance(report, Mapping):
        return
    if isinstance(report.get("message"), str):
        yield report["message"], False
    about = report.get("flatEntityMinimalInformation")
    name = about.get("name") if isinstance(about, Mapping) else None
    for error in _listed(report.get("errors")):
        if not isinstance(error, Mapping):
            continue
        message = str(error.get("message") or error.get("code"))
        value = error.get("value")
        echo = "not found" in message or "Could not find" in message
        extra = f" ({json.dumps(value, ensure_ascii=False)})" if value not in (None, "") else ""
        yield (f"{name}: {message}{extra}" if name else f"{message}{extra}"), echo


def tool_result(payload: Any, tool: str) -> Any:
    """The result of a tool call, or what its failure means.

    Tool failures arrive as `{"success": false, "error": ..., "message": ...}` inside a success.
    """
    if isinstance(payload, Mapping) and payload.get("success") is False:
        words = _brief(str(payload.get("error") or payload.get("message") or "no reason given"))
        if words.startswith("Limit reached"):
            raise RateLimited(words)
        lines = [line.strip() for line in words.splitlines() if line.strip()]
        causes = [
            line for line in lines if "not found" not in line and line != "Validation errors:"
        ]
        code = "TOOL_NOT_FOUND" if words.startswith(f'Tool "{tool}" not found') else "TOOL_FAILED"
        raise ServerRefused(tool, causes or lines, code=code)
    if isinstance(payload, Mapping) and "result" in payload:
        return payload["result"]
    return payload


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def event_stream(text: str, operation: str) -> Any:
    """The JSON-RPC answer in a stream of server-sent events: the `data:` line that has a result."""
    for line in reversed(text.splitlines()):
        if not line.startswith("data:") or not any(word in line for word in ("result", "error")):
            continue
        try:
            event = read_json(line[5:])
        except ValueError:
            continue
        if isinstance(event, dict) and ("result" in event or "error" in event):
            return event
    raise TransientError(f"{operation}: the stream ended without a result")


def tool_payload(answer: Any, tool: str) -> Any:
    """The tool's own answer inside a JSON-RPC answer: JSON text in `result.content[0].text`."""
    if isinstance(answer, Mapping) and answer.get("errors"):
        return graphql_data(answer, tool)
    if isinstance(answer, Mapping) and isinstance(answer.get("error"), Mapping):
        return {"success": False, "error": answer["error"].get("message")}
    if not _TOOL.fits([answer]):
        raise TransientError(f"{tool}: {_TOOL.misfit(answer, '')}")
    text = answer["result"]["content"][0].get("text")
    if text is None:  # a tool that has nothing to say (update_workflow_version_positions, 2.21.0)
        return None
    try:
        return read_json(text)
    except ValueError:
        return {"success": False, "error": text} if answer["result"].get("isError") else text


def sharing() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Keeps texts that stand in many rows (ids of owners, times, icons) once in memory.

    A row that nobody deleted does not say so: the last key too many doubles a column's size.
    """
    known: dict[str, str] = {}

    def share(row: dict[str, Any]) -> dict[str, Any]:
        return {
            key: known.setdefault(value, value) if type(value) is str and key != "id" else value
            for key, value in row.items()
            if value is not None or key != "deletedAt"
        }

    return share
