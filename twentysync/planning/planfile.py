"""The saved plan: JSON with a published schema, apply's only input, without any secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twentysync.documents.atomic import write_atomically
from twentysync.documents.paths import read_text
from twentysync.documents.validation import Checker
from twentysync.errors import UsageError
from twentysync.kinds.base.difference import Difference, Origin
from twentysync.kinds.base.resources import Risk
from twentysync.planning.plan import Action, Change, Plan, digest_of
from twentysync.planning.plan_check import check_itself

FORMAT = 1

_ORIGIN: Mapping[str, Any] = {
    "enum": [origin.value for origin in Origin],
    "description": "Who changed it since the last apply: the manifests, the target, or both (a "
    "conflict); unknown without a last applied state.",
}
_CHANGE: Mapping[str, Any] = {
    "type": "object",
    "required": ["address", "kind", "action", "before", "after", "digest"],
    "properties": {
        "address": {
            "type": "string",
            "description": "Address of the resource, e.g. field.pet.age.",
        },
        "kind": {"type": "string"},
        "action": {"enum": [action.value for action in Action]},
        "risk": {"enum": [risk.value for risk in Risk]},
        "before": {
            "type": ["object", "null"],
            "description": "Attributes when the plan was made; null for a creation.",
        },
        "after": {
            "type": ["object", "null"],
            "description": "Attributes after the apply; null for a deletion.",
        },
        "differences": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "before", "after"],
                "properties": {
                    "path": {"type": "string"},
                    "before": {},
                    "after": {},
                    "risk": {"enum": [risk.value for risk in Risk]},
                    "line": {"type": ["integer", "null"]},
                    "origin": _ORIGIN,
                    "applied": {
                        "description": "Value of the last apply, where manifests and target both "
                        "changed it since."
                    },
                },
                "additionalProperties": False,
            },
        },
        "origin": _ORIGIN,
        "partial": {"type": "boolean"},
        "parent": {"type": ["string", "null"]},
        "name": {"type": "string"},
        "was": {
            "type": "string",
            "description": "Address on the target before a rename.",
        },
        "file": {"type": "string"},
        "line": {"type": "integer"},
        "facts": {"type": "array", "items": {"type": "string"}},
        "warnings": {"type": "array", "items": {"type": "string"}},
        "needs": {"type": "array", "items": {"type": "string"}},
        "digest": {
            "type": "string",
            "description": "SHA-256 of the resource when the plan was made.",
        },
    },
    "additionalProperties": False,
}
PLAN_SCHEMA: Mapping[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "plan",
    "description": "A twentysync plan: the changes that an apply makes.",
    "type": "object",
    "required": ["format", "target", "manifests", "changes"],
    "properties": {
        "format": {"const": FORMAT},
        "tool": {"type": "string"},
        "created": {"type": "string"},
        "checksum": {"type": "string", "description": "SHA-256 of the rest: not to be edited."},
        "target": {
            "type": "object",
            "required": ["name", "url", "id"],
            "properties": {
                "name": {"type": "string"},
                "url": {"type": "string"},
                "id": {
                    "type": "string",
                    "description": "Workspace id; apply refuses any other workspace.",
                },
                "workspace": {"type": "string"},
                "version": {"type": ["string", "null"]},
            },
            "additionalProperties": False,
        },
        "manifests": {"type": "string", "description": "SHA-256 of the manifests."},
        "renames": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Renames declared in the project that the target does not have yet.",
        },
        "summary": {"type": "string"},
        "lastApplied": {
            "type": "object",
            "properties": {"at": {"type": "string"}, "unknown": {"type": "string"}},
            "additionalProperties": False,
            "description": "When manifests and target agreed last, or why that is not known.",
        },
        "drift": {
            "type": "boolean",
            "description": "Whether it says what changed on the target since the last apply; such "
            "a document cannot be applied.",
        },
        "cost": {
            "type": "object",
            "properties": {"requests": {"type": "integer"}, "minutes": {"type": "number"}},
            "additionalProperties": False,
        },
        "changes": {"type": "array", "items": _CHANGE},
        "unmanaged": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "notes": {"type": "array", "items": {"type": "string"}},
        "unread": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Kinds that could not be read on the target and were left alone.",
        },
    },
    "additionalProperties": False,
}

_CHECKER = Checker(PLAN_SCHEMA)


def to_data(plan: Plan) -> dict[str, Any]:
    """The plan as JSON data."""
    data = {
        "format": FORMAT,
        "tool": plan.tool,
        "created": plan.created,
        "target": plan.target,
        "manifests": plan.manifests,
        "renames": plan.renames,
        "summary": plan.summary,
        **_last_applied(plan),
        **({"drift": True} if plan.drift else {}),
        "cost": {"requests": plan.requests, "minutes": round(plan.minutes, 1)},
        "changes": [change_data(change) for change in plan.changes],
        "unmanaged": plan.unmanaged,
        "notes": plan.notes,
        "unread": plan.unread,
    }
    return {**data, "checksum": _checksum(json.loads(json.dumps(data)))}


def _last_applied(plan: Plan) -> dict[str, Any]:
    if plan.unattributed:
        return {"lastApplied": {"unknown": plan.unattributed}}
    return {"lastApplied": {"at": plan.applied_at}} if plan.applied_at else {}


def change_data(change: Change) -> dict[str, Any]:
    """One change as JSON data."""
    return {
        "address": change.address,
        "kind": change.kind,
        "action": change.action.value,
        "risk": change.risk.value,
        "file": change.file,
        "line": change.line,
        **({} if change.differences else {"origin": change.origin.value}),
        "differences": [_difference_data(item, change) for item in change.differences],
        "facts": change.facts,
        "warnings": change.warnings,
        "before": change.before,
        "after": change.after,
        "partial": change.partial,
        "parent": change.parent,
        "name": change.name,
        **({"was": change.was} if change.was else {}),
        "needs": change.needs,
        "digest": change.digest,
    }


def _difference_data(item: Difference, change: Change) -> dict[str, Any]:
    return {
        "path": item.path,
        "before": item.before,
        "after": item.after,
        "risk": item.risk.value,
        "line": change.lines.get(item.path),
        "origin": item.origin.value,
        **({"applied": item.applied} if item.origin is Origin.BOTH else {}),
    }


def from_data(data: Mapping[str, Any]) -> Plan:
    """The plan that JSON data describes. The data has to be valid against `PLAN_SCHEMA`."""
    cost = data.get("cost") or {}
    return Plan(
        target=dict(data["target"]),
        manifests=data["manifests"],
        renames=dict(data.get("renames") or {}),
        changes=[_change(row) for row in data["changes"]],
        unmanaged=dict(data.get("unmanaged") or {}),
        notes=list(data.get("notes") or []),
        unread=list(data.get("unread") or []),
        requests=cost.get("requests", 0),
        minutes=cost.get("minutes", 0.0),
        created=data.get("created", ""),
        applied_at=(data.get("lastApplied") or {}).get("at", ""),
        unattributed=(data.get("lastApplied") or {}).get("unknown", ""),
        drift=data.get("drift", False),
        tool=data.get("tool", ""),
    )


def _change(row: Mapping[str, Any]) -> Change:
    found = [
        Difference(
            item["path"],
            item["before"],
            item["after"],
            Risk(item.get("risk", "none")),
            Origin(item.get("origin", "unknown")),
            item.get("applied"),
        )
        for item in row.get("differences", [])
    ]
    return Change(
        address=row["address"],
        kind=row["kind"],
        action=Action(row["action"]),
        before=row["before"],
        after=row["after"],
        differences=found,
        partial=row.get("partial", False),
        parent=row.get("parent"),
        name=row.get("name", ""),
        was=row.get("was", ""),
        file=row.get("file", ""),
        line=row.get("line", 0),
        lines={
            item["path"]: item["line"] for item in row.get("differences", []) if item.get("line")
        },
        facts=list(row.get("facts", [])),
        warnings=list(row.get("warnings", [])),
        needs=list(row.get("needs", [])),
        digest=row["digest"],
        origin=Origin(row.get("origin", "unknown")),
    )


def write_plan(plan: Plan, path: Path) -> None:
    """Save the plan. Raises UsageError when the file cannot be written."""
    text = json.dumps(to_data(plan), indent=2, ensure_ascii=False) + "\n"
    try:
        write_atomically(path, text)
    except OSError as fault:
        raise UsageError(f"{path}: the plan cannot be written ({fault.strerror})") from fault


def read_plan(path: Path) -> Plan:
    """Read a saved plan. Raises UsageError for a file that is none, naming what is wrong."""
    try:
        data = json.loads(read_text(path, follow=True))
    except OSError as fault:
        raise UsageError(f"{path}: cannot be read ({fault.strerror})") from fault
    except (ValueError, RecursionError) as fault:
        raise UsageError(f"{path}: not a plan ({fault})", hint=_AGAIN) from fault
    error = next(iter(_CHECKER.complaints(data)), None)
    if error is not None:
        at = ".".join(str(step) for step in error.absolute_path) or "the file"
        raise UsageError(f"{path}: not a plan of this version: {at}: {error.message}", hint=_AGAIN)
    if "checksum" in data and data["checksum"] != _checksum(data):
        raise UsageError(f"{path}: changed since it was written", hint=_AGAIN)
    plan = from_data(data)
    if plan.drift:
        raise UsageError(f"{path}: says what drifted, and is no plan", hint=_AGAIN)
    for change, row in zip(plan.changes, data["changes"], strict=True):
        if row.get("risk", change.risk.value) != change.risk.value:
            words = f"{change.address} has the risk {change.risk.value!r}, not {row['risk']!r}"
            raise UsageError(f"{path}: the plan does not fit itself: {words}", hint=_AGAIN)
    check_itself(plan)
    return plan


def _checksum(data: Mapping[str, Any]) -> str:
    """What tells a plan that was edited; it guards from slips, and risks are computed anew."""
    return digest_of({name: value for name, value in data.items() if name != "checksum"})


_AGAIN = "make it anew with `twentysync plan --out FILE`"
