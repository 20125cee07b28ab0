"""Views: reading them as a key sees them, creating, changing, deleting."""

from __future__ import annotations

from twentysync.sandbox.metadata.field_updates import view_group_row
from twentysync.sandbox.metadata.report import Fault, Report, fault
from twentysync.sandbox.metadata.side_effects import drop_view, view_row
from twentysync.sandbox.state.errors import PlainError, Refusal, forbidden
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.text import collapse
from twentysync.sandbox.state.workspace import Workspace

VISIBLE_GROUPS = 20
_BAD = "INVALID_VIEW_DATA"
_WRITABLE = (
    "name type icon position isCompact shouldHideEmptyGroups kanbanColumnWidth openRecordIn "
    "kanbanAggregateOperation kanbanAggregateOperationFieldMetadataId anyFieldFilterValue "
    "calendarLayout "
    "calendarFieldMetadataId calendarEndFieldMetadataId mainGroupByFieldMetadataId visibility "
    "groupLoadLimit"
).split()


def list_views(workspace: Workspace, object_id: str | None, kinds: list[str] | None) -> list[Row]:
    """``getViews``: what a key may see; personal and deleted views are left out, inactive ones are
    not."""
    return [
        view
        for view in workspace.store.rows("view")
        if view["deletedAt"] is None
        and view["visibility"] == "WORKSPACE"
        and object_id in (None, view["objectMetadataId"])
        and (kinds is None or view["type"] in kinds)
    ]


def get_view(workspace: Workspace, ident: str) -> Row | None:
    """``getView``: null for an id nobody has."""
    view = workspace.store.find("view", ident)
    return view if view and view["deletedAt"] is None else None


def resolved_name(workspace: Workspace, view: Row) -> str:
    """The name of an INDEX view is a template over the object's label."""
    obj = workspace.object(view["objectMetadataId"]) or {}
    return str(view["name"]).replace("{objectLabelPlural}", obj.get("labelPlural", ""))


def create_view(workspace: Workspace, given: Row) -> Row:
    """``createView``; a view grouped by a SELECT gets its groups at once."""
    if given.get("visibility") == "UNLISTED":
        raise forbidden("API keys cannot create unlisted views")
    kept = {
        key: value
        for key, value in given.items()
        if value is not None and key in (*_WRITABLE, "id", "key")
    }
    if workspace.store.find("view", kept.get("id", "")):
        raise Refusal("View with same id already exists", sub_code=_BAD)
    if workspace.object(given["objectMetadataId"]) is None:
        raise PlainError(
            "Could not find objectMetadata for given objectMetadataId", "An error occurred."
        )
    view = view_row(workspace, given["objectMetadataId"], **kept)
    view["name"] = collapse(view["name"])
    _check_fields(workspace, view)
    _report("creating view", view, _faults(workspace, view), "create")
    _check_calendar(view, "create")
    workspace.store.put("view", view)
    _make_groups(workspace, view)
    return view


def _check_fields(workspace: Workspace, view: Row) -> None:
    for key in (
        "mainGroupByFieldMetadataId",
        "kanbanAggregateOperationFieldMetadataId",
        "calendarFieldMetadataId",
    ):
        if view[key] and workspace.field(view[key]) is None:
            raise PlainError(f"Could not find fieldMetadata for given {key}", "An error occurred.")


def _faults(workspace: Workspace, view: Row) -> list[Fault]:
    group = view["mainGroupByFieldMetadataId"]
    if group is None:
        return (
            [fault(_BAD, "Kanban view must have a main group by field")]
            if view["type"] == "KANBAN"
            else []
        )
    row = workspace.field(group) or {}
    settings = row.get("settings") or {}
    if row.get("type") == "SELECT" or settings.get("relationType") == "MANY_TO_ONE":
        return []
    return [
        fault(_BAD, "Kanban main group by field must be a SELECT or a many-to-one relation field")
    ]


def _report(doing: str, view: Row, faults: list[Fault], action: str) -> None:
    report = Report(doing)
    report.add("view", faults, {"universalIdentifier": view["universalIdentifier"]}, action=action)
    report.refuse()


def _check_calendar(view: Row, action: str) -> None:
    """A database check, not a validation: the refusal is an internal error (observed on 2.21.0)."""
    if view["type"] == "CALENDAR" and not (
        view["calendarFieldMetadataId"] and view["calendarLayout"]
    ):
        message = (
            f"Migration action '{action}' for 'view' (universalIdentifier: "
            f"{view['universalIdentifier']}) failed"
        )
        raise PlainError(message, "Migration execution failed.")


def _make_groups(workspace: Workspace, view: Row) -> None:
    row = workspace.field(view["mainGroupByFieldMetadataId"] or "")
    if row is None:
        return
    values = [option["value"] for option in row["options"] or []] + (
        [""] if row["isNullable"] else []
    )
    for position, value in enumerate(values):
        group = view_group_row(workspace, view["id"], value, position)
        group["isVisible"] = position < VISIBLE_GROUPS
        workspace.store.put("viewGroup", group)


def _existing(workspace: Workspace, ident: str) -> Row:
    view = workspace.store.find("view", ident)
    if view is None:
        raise Refusal("View not found", code="NOT_FOUND", sub_code="VIEW_NOT_FOUND")
    return view


def update_view(workspace: Workspace, ident: str, given: Row) -> Row:
    """``updateView``; another group-by field makes new groups."""
    view = _existing(workspace, ident)
    changes = {key: value for key, value in given.items() if key in _WRITABLE}
    if isinstance(changes.get("name"), str):
        changes["name"] = collapse(changes["name"])
    new = {**view, **changes, "updatedAt": workspace.now()}
    _check_fields(workspace, new)
    _report("updating view", new, _faults(workspace, new), "update")
    _check_calendar(new, "update")
    workspace.store.put("view", new)
    if new["mainGroupByFieldMetadataId"] != view["mainGroupByFieldMetadataId"]:
        for group in workspace.children("viewGroup", "viewId", ident):
            workspace.store.drop("viewGroup", group["id"])
        _make_groups(workspace, new)
    return new


def _check_last(workspace: Workspace, view: Row, doing: str) -> None:
    views = [
        other
        for other in workspace.children("view", "objectMetadataId", view["objectMetadataId"])
        if other["deletedAt"] is None
    ]
    if len(views) <= 1:
        _report(
            doing,
            view,
            [fault(_BAD, "Cannot delete the only view for this object")],
            "delete",
        )


def _only_deactivated(workspace: Workspace, view: Row) -> bool:
    return workspace.is_standard(view) or bool(view["isSystemSideEffect"])


def delete_view(workspace: Workspace, ident: str) -> bool:
    """``deleteView``: hidden from now on; Twenty's own views are only deactivated."""
    view = _existing(workspace, ident)
    if _only_deactivated(workspace, view):
        workspace.store.change("view", ident, isActive=False, updatedAt=workspace.now())
    else:
        workspace.store.change("view", ident, deletedAt=workspace.now())
    return True


def destroy_view(workspace: Workspace, ident: str) -> bool:
    """``destroyView``: gone for good; Twenty's own views are only deactivated."""
    view = _existing(workspace, ident)
    if _only_deactivated(workspace, view):
        workspace.store.change("view", ident, isActive=False, updatedAt=workspace.now())
    else:
        _check_last(workspace, view, "destroying view")
        drop_view(workspace, ident)
    return True
