"""The JSON of one version of a workflow, as manifests say it and as the server stores it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twentysync.kinds.base.resources import Attributes
from twentysync.kinds.workflows.references import (
    MAILBOX,
    Decoder,
    Encoder,
    globalized,
    is_variable,
    localized,
)
from twentysync.twenty.workflows import Version, step_input

TYPES = (
    "CODE LOGIC_FUNCTION SEND_EMAIL DRAFT_EMAIL CREATE_CALENDAR_EVENT CREATE_RECORD UPDATE_RECORD "
    "DELETE_RECORD UPSERT_RECORD FIND_RECORDS PICK_RECORD FORM FILTER IF_ELSE HTTP_REQUEST "
    "AI_AGENT ITERATOR EMPTY DELAY FILE"
).split()
TRIGGERS = ("DATABASE_EVENT", "MANUAL", "CRON", "WEBHOOK")
#: What is written from a mailbox: which one has to be chosen on every workspace.
MAILING = ("SEND_EMAIL", "DRAFT_EMAIL", "CREATE_CALENDAR_EVENT")
#: Steps whose output somebody described; that of the others follows from the data model.
_DESCRIBED = ("CODE", "HTTP_REQUEST", "LOGIC_FUNCTION", "WEBHOOK")
#: The output that a CODE step is made with (2.21.0).
_UNKNOWN_OUTPUT: Mapping[str, Any] = {
    "link": {
        "isLeaf": True,
        "icon": "IconVariable",
        "tab": "test",
        "label": "Generate Function Output",
    },
    "_outputSchemaType": "LINK",
}
_ON_ERRORS: Mapping[str, Any] = {
    "retryOnFailure": {"value": False},
    "continueOnFailure": {"value": False},
}
_SETTINGS = ("input", "expectedOutputSchema", "outputSchema", "errorHandlingOptions")
#: The order of a step in a manifest.
_STEP = ("step", "name", "type", "position", "agent", "code", *_SETTINGS, "nextStepIds")
_TRIGGER = ("type", "name", "position", "settings", "nextStepIds")


def trigger_in(inward: Decoder, raw: Mapping[str, Any] | None) -> Attributes | None:
    """A trigger as a manifest says it, steps still called by their ids."""
    if raw is None:
        return None
    settings = {k: v for k, v in (raw.get("settings") or {}).items() if k != "outputSchema"}
    given = {**raw, "settings": settings}
    if raw.get("type") in _DESCRIBED and (raw.get("settings") or {}).get("outputSchema"):
        settings["outputSchema"] = raw["settings"]["outputSchema"]
    return tidy_trigger(inward.value(given))


def tidy_trigger(given: Mapping[str, Any]) -> Attributes:
    """A trigger in one order, without what says nothing."""
    row = _said(given, _TRIGGER)
    if "settings" in row:
        settings = localized({k: v for k, v in row["settings"].items() if v is not None})
        row["settings"] = {key: settings[key] for key in sorted(settings)}
    return row


def step_in(inward: Decoder, raw: Mapping[str, Any]) -> Attributes:
    """A step as a manifest says it, called by its id. Its code and agent are added elsewhere."""
    settings = raw.get("settings") or {}
    given: Attributes = inward.value(
        {
            "step": raw["id"],
            "name": raw.get("name"),
            "type": raw["type"],
            "position": raw.get("position"),
            "nextStepIds": raw.get("nextStepIds"),
            **{key: settings[key] for key in _SETTINGS if key in settings},
        }
    )
    kind = raw["type"]
    if kind not in _DESCRIBED or given.get("outputSchema") == _UNKNOWN_OUTPUT:
        given.pop("outputSchema", None)
    if kind == "CODE" and isinstance(given.get("input"), dict):
        given["input"].pop("logicFunctionId", None)
    return tidy_step(given)


def tidy_step(given: Mapping[str, Any]) -> Attributes:
    """A step in one order, without what says nothing."""
    row = _said(given, _STEP)
    if row.get("errorHandlingOptions") == _ON_ERRORS:
        del row["errorHandlingOptions"]
    if "input" in row:
        row["input"] = _sorted(localized({"input": row["input"]})["input"])
    for key in ("outputSchema", "expectedOutputSchema", "agent"):
        if key in row:
            row[key] = _sorted(row[key])
    return row


def trigger_out(
    outward: Encoder, given: Attributes, new_id: Callable[[str], str]
) -> dict[str, Any]:
    """A trigger as the server stores it, steps called by their ids."""
    row = dict(outward.value(given))
    settings = globalized(row.get("settings") or {}, lambda path: new_id(f"trigger/{path}"))
    if row["type"] == "WEBHOOK":  # to say nothing of it is not the same as to want none
        settings = {"authentication": None, **settings}
    row["settings"] = {"outputSchema": {}, **settings}
    row["nextStepIds"] = row.get("nextStepIds") or []
    return row


def step_out(
    outward: Encoder,
    given: Attributes,
    raw: Mapping[str, Any] | None,
    new_id: Callable[[str], str],
) -> dict[str, Any]:
    """A step as the server stores it, called by its id.

    Of `raw`, the step as it stands on the target, is kept what no manifest says: the function of
    a CODE step, the agent that a step made for itself, the mailbox that somebody chose.
    """
    row = outward.value({k: v for k, v in given.items() if k not in ("code", "agent")})
    found = (raw or {}).get("settings") or {}
    body = globalized(
        {"input": row.get("input", {})}, lambda path: new_id(f"{given['step']}/{path}")
    )["input"]
    if isinstance(body, dict):
        held = found.get("input")
        kept: Mapping[str, Any] = held if isinstance(held, Mapping) else {}
        if given["type"] == "CODE":
            body["logicFunctionId"] = kept.get("logicFunctionId", given["step"])
        if given["type"] == "AI_AGENT" and "agentId" not in body:
            body["agentId"] = kept.get("agentId")
        if given["type"] in MAILING and not is_variable(body.get(MAILBOX)):
            body[MAILBOX] = kept.get(MAILBOX, "")
    output = row.get("outputSchema")
    if output is None:
        output = dict(_UNKNOWN_OUTPUT) if given["type"] == "CODE" else found.get("outputSchema", {})
    settings: dict[str, Any] = {
        "input": body,
        "outputSchema": output,
        "errorHandlingOptions": row.get("errorHandlingOptions") or dict(_ON_ERRORS),
    }
    if "expectedOutputSchema" in row:
        settings["expectedOutputSchema"] = row["expectedOutputSchema"]
    step = {
        "id": row["step"],
        "name": row.get("name") or "",
        "type": row["type"],
        "valid": True,
        "settings": settings,
        "nextStepIds": row.get("nextStepIds") or [],
    }
    if "position" in row:
        step["position"] = row["position"]
    return step


def code_of(version: Version) -> dict[str, str]:
    """Step id to function id, for the CODE steps of a version."""
    return {
        step["id"]: step["settings"]["input"]["logicFunctionId"]
        for step in version.steps
        if step.get("type") == "CODE" and step_input(step).get("logicFunctionId")
    }


def agent_of(step: Mapping[str, Any]) -> str | None:
    """The agent that an AI step uses."""
    if step.get("type") != "AI_AGENT":
        return None
    found = step_input(step).get("agentId")
    return str(found) if found else None


def _said(given: Mapping[str, Any], order: Sequence[str]) -> Attributes:
    row = {key: given[key] for key in order if given.get(key) not in (None, [], {})}
    if not row.get("name"):
        row.pop("name", None)  # none, null and an empty one are the same to people
    return row


def _sorted(value: Any) -> Any:
    """Mappings in the order of their keys: the order of JSON objects is nobody's wish."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value
