"""What happens by itself in a workspace now, by name: for people to know before records arrive."""

from __future__ import annotations

from typing import Any

from twentysync.errors import TwentysyncError
from twentysync.records.automations.listeners import (
    CLOCK,
    EVENT,
    NOTHING,
    WEBHOOK_COLUMNS,
    function_name,
    webhook_name,
)
from twentysync.twenty.metadata.operations import FUNCTION, WEBHOOK, Operations
from twentysync.twenty.metadata.schema import selection
from twentysync.twenty.records.api import RecordApi
from twentysync.twenty.workspace import Workspace

_ACTIVE = {"statuses": {"containsAny": ["ACTIVE"]}}


def active_workflows(workspace: Workspace) -> list[str]:
    """The workflows that run. One request."""
    if "workflow" not in workspace.model.objects:
        return []
    columns = {"id": "UUID", "name": "TEXT"}
    pages = RecordApi(workspace).pages("workflow", columns, where=_ACTIVE)
    return sorted(str(row.get("name") or row["id"]) for page in pages for row in page)


def webhooks(workspace: Workspace) -> list[str]:
    """The webhooks that listen to something, by host. One request."""
    rows = _rows(workspace, WEBHOOK, *WEBHOOK_COLUMNS)
    heard = [row for row in rows if not row.get("deletedAt") and row["operations"] != [NOTHING]]
    return sorted(webhook_name(row) for row in heard)


def own_functions(workspace: Workspace) -> list[str]:
    """The workspace's own functions that records or the clock set off. One request."""
    rows = _rows(workspace, FUNCTION, "name", "applicationId", EVENT, CLOCK)
    own = workspace.identity.custom_application
    return sorted(
        function_name(row)
        for row in rows
        if row.get("applicationId") == own and (row.get(EVENT) or row.get(CLOCK))
    )


def _rows(workspace: Workspace, family: Operations, *columns: str) -> list[dict[str, Any]]:
    try:
        return workspace.metadata.rows(family, selection("id", *columns))
    except TwentysyncError:  # a server without them, or a key that may not see them
        return []
