"""What single objects do beyond the rest: bans, injected actors, and rows that come along."""

from __future__ import annotations

from twentysync.sandbox.metadata.layouts import create_dashboard_page
from twentysync.sandbox.records import timeline
from twentysync.sandbox.state.errors import STANDARD_MESSAGE, Refusal
from twentysync.sandbox.state.inserting import complete, save
from twentysync.sandbox.state.shape import Shape
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

_TARGETS = {"note": ("noteTarget", "noteId"), "task": ("taskTarget", "taskId")}


def _denied() -> Refusal:
    message = "Entity performing the request does not have permission"
    friendly = "You do not have permission to perform this action."
    return Refusal(message, code="FORBIDDEN", sub_code="PERMISSION_DENIED", friendly=friendly)


def _not_allowed(message: str = "Method not allowed.") -> Refusal:
    return Refusal(message, code="FORBIDDEN", sub_code="FORBIDDEN", friendly=STANDARD_MESSAGE)


def _needs_user() -> Refusal:
    return Refusal(
        "User id is required",
        code="UNAUTHENTICATED",
        sub_code="INVALID_AUTH_CONTEXT",
        friendly="User id is required.",
    )


def actor(workspace: Workspace) -> Row:
    """Who a key is."""
    return {
        "source": "API",
        "workspaceMemberId": None,
        "name": workspace.row["apiKeyName"],
        "context": {},
    }


def before_create(workspace: Workspace, shape: Shape, rows: list[Row]) -> None:
    """Objects that a key may not create, and the actors of the rest."""
    name = shape.obj["nameSingular"]
    if name == "workspaceMember":
        raise _denied()
    if name == "blocklist":
        raise _needs_user()
    if name in ("workflowVersion", "workflowRun"):
        raise _not_allowed()
    me = actor(workspace)
    for row in rows:
        if name == "dashboard" and not row.get("pageLayoutId"):
            row["pageLayoutId"] = create_dashboard_page(workspace)
        if name == "workflow":
            row.pop("statuses", None)
        if "createdBy" in shape.fields and not (row.get("createdBy") or {}).get("name"):
            source = (row.get("createdBy") or {}).get("source") or me["source"]
            row["createdBy"] = {**me, "source": source}
        if "updatedBy" in shape.fields:
            row["updatedBy"] = me


def after_create(workspace: Workspace, shape: Shape, rows: list[Row]) -> None:
    """A workflow gets its first draft; with a worker running, every record a line in its
    timeline."""
    if shape.obj["nameSingular"] == "workflow":
        versions = workspace.object_named("workflowVersion")
        for row in rows if versions else ():
            draft = {"name": "v1", "status": "DRAFT", "workflowId": row["id"]}
            _add(workspace, "workflowVersion", draft)
    for row in rows:
        timeline.tell(workspace, shape, "created", row)


def _add(workspace: Workspace, object_name: str, given: Row) -> None:
    obj = workspace.object_named(object_name)
    if obj:
        shape = workspace.shape(obj["id"])
        save(workspace, shape, complete(workspace, shape, given), new=True, batch=frozenset())


def before_update(workspace: Workspace, shape: Shape, changes: Row) -> None:
    """Objects and attributes that a key may not change."""
    name = shape.obj["nameSingular"]
    if name == "workflowRun":
        raise _not_allowed()
    if name == "workflow" and "statuses" in changes:
        raise _not_allowed("Statuses cannot be set manually.")
    if name == "workflowVersion" and "steps" in changes:
        raise _not_allowed("Updating workflowVersion steps directly is forbidden.")
    if name == "workflowVersion" and "status" in changes:
        raise _not_allowed("Cannot update workflow version status manually.")
    if "updatedBy" in shape.fields:
        changes["updatedBy"] = actor(workspace)


def after_update(workspace: Workspace, shape: Shape, old: Row, row: Row) -> None:
    """With a worker running, what changed shows in the timeline."""
    timeline.tell(workspace, shape, "updated", row, old)


def before_delete(shape: Shape) -> None:
    """Objects that a key may not delete."""
    if shape.obj["nameSingular"] == "workspaceMember":
        raise _denied()


def after_delete(workspace: Workspace, shape: Shape, rows: list[Row], when: str | None) -> None:
    """Deleting or restoring notes and tasks takes their targets along."""
    for row in rows:
        timeline.tell(workspace, shape, "deleted" if when else "restored", row)
    target = _TARGETS.get(shape.obj["nameSingular"])
    obj = workspace.object_named(target[0]) if target else None
    if target is None or obj is None:
        return
    other = workspace.shape(obj["id"])
    field = other.joins[target[1]]
    for row in rows:
        for ident in workspace.store.referring(field["id"], row["id"]):
            found = workspace.store.record(obj["id"], ident)
            if found:
                save(workspace, other, {**found, "deletedAt": when}, new=False, batch=frozenset())
