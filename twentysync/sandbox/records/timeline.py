"""The entries that a worker writes into the timeline for each record that comes, changes or goes.

As 2.21.0 writes them (observed): a little later than the record, by nobody, "System" as their
author, made and happened at one instant; a note or task that is linked shows on what it is
linked to.
"""

from __future__ import annotations

from typing import Any

from twentysync.sandbox.state.inserting import complete, save
from twentysync.sandbox.state.shape import Shape
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

_LINKS = {"noteTarget": ("note", "noteId"), "taskTarget": ("task", "taskId")}
_QUIET = frozenset({"updatedAt", "updatedBy", "searchVector", "position"})


def tell(workspace: Workspace, shape: Shape, action: str, row: Row, old: Row | None = None) -> None:
    """Have the worker note that a record was ``created``, ``updated``, ``deleted`` and so on."""
    name = str(shape.obj["nameSingular"])
    if not workspace.timeline or name == "timelineActivity":
        return
    diff = _diff(shape, old, row) if old is not None else None
    if diff == {}:
        return
    if name in _LINKS:
        _tell_linked(workspace, shape, action, row)
        return
    given: Row = {"name": f"{name}.{action}", _join(name): row["id"]}
    _note(workspace, given | {"properties": {"diff": diff}} if diff else given)


def _tell_linked(workspace: Workspace, shape: Shape, action: str, row: Row) -> None:
    linked, column = _LINKS[str(shape.obj["nameSingular"])]
    obj = workspace.object_named(linked)
    found = workspace.store.record(obj["id"], row[column]) if obj and row.get(column) else None
    if obj is None or found is None or action != "created":
        return
    for join in shape.joins:
        if join.startswith("target") and row.get(join):
            given = {
                "name": f"linked-{linked}.{action}",
                join: row[join],
                "linkedRecordId": found["id"],
                "linkedRecordCachedName": found.get("title"),
                "linkedObjectMetadataId": obj["id"],
            }
            _note(workspace, given)


def _join(name: str) -> str:
    return f"target{name[0].upper()}{name[1:]}Id"


def _diff(shape: Shape, old: Row, new: Row) -> Row:
    names = [*shape.fields, *shape.joins]
    return {
        name: {"before": old.get(name), "after": new.get(name)}
        for name in names
        if name not in _QUIET and old.get(name) != new.get(name)
    }


def _note(workspace: Workspace, given: Row) -> None:
    workspace.events.append((workspace.clock.now() + workspace.worker_lag, given))
    work_off(workspace)


def work_off(workspace: Workspace) -> None:
    """Write the entries that are due by now."""
    due = [given for when, given in workspace.events if when <= workspace.clock.now()]
    if not due:
        return
    workspace.events = [one for one in workspace.events if one[0] > workspace.clock.now()]
    obj = workspace.object_named("timelineActivity")
    if obj is None:
        return
    shape = workspace.shape(obj["id"])
    author: dict[str, Any] = {"source": "MANUAL", "name": "System", "workspaceMemberId": None}
    for given in due:
        if all(key in shape.joins for key in given if key.startswith("target")):
            now = workspace.now()
            row = {"createdAt": now, "updatedAt": now, "happensAt": now, "createdBy": author}
            row = {key: value for key, value in row.items() if shape.column(key)} | given
            save(workspace, shape, complete(workspace, shape, row), new=True, batch=frozenset())
