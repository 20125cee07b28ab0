"""What the server does on its own when objects and fields come and go."""

from __future__ import annotations

from typing import Any

from twentysync.sandbox.state.rows import stamp
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

NEW_COLUMN_SIZE = 180
VIEW_CHILDREN = (
    "viewField",
    "viewFilter",
    "viewFilterGroup",
    "viewSort",
    "viewGroup",
    "viewFieldGroup",
)
_NOT_COLUMNS = ("TS_VECTOR", "POSITION", "RELATION", "MORPH_RELATION")


def view_field_row(workspace: Workspace, view_id: str, field_id: str, **attributes: Any) -> Row:
    """A column of a view."""
    return {
        **stamp(workspace),
        "viewId": view_id,
        "fieldMetadataId": field_id,
        "isVisible": True,
        "size": NEW_COLUMN_SIZE,
        "position": 0,
        "aggregateOperation": None,
        "viewFieldGroupId": None,
        "isActive": True,
        "deletedAt": None,
        **attributes,
    }


def view_row(workspace: Workspace, object_id: str, **attributes: Any) -> Row:
    """A view the customer owns, with the defaults of a create."""
    return {
        **stamp(workspace),
        "objectMetadataId": object_id,
        "applicationId": workspace.custom_application,
        "universalIdentifier": workspace.new_id(),
        "type": "TABLE",
        "key": None,
        "icon": "IconList",
        "position": 0,
        "isCompact": False,
        "isCustom": True,
        "isSystemSideEffect": False,
        "openRecordIn": "SIDE_PANEL",
        "kanbanAggregateOperation": None,
        "kanbanAggregateOperationFieldMetadataId": None,
        "mainGroupByFieldMetadataId": None,
        "shouldHideEmptyGroups": False,
        "kanbanColumnWidth": None,
        "groupLoadLimit": None,
        "calendarFieldMetadataId": None,
        "anyFieldFilterValue": None,
        "calendarLayout": None,
        "visibility": "WORKSPACE",
        "createdByUserWorkspaceId": None,
        "isActive": True,
        "deletedAt": None,
        **attributes,
    }


def default_columns(obj: Row, rows: list[Row]) -> list[Row]:
    """The fields that the views of a new object show, the label identifier first."""
    label = obj["labelIdentifierFieldMetadataId"]
    shown = [
        row
        for row in rows
        if row["type"] not in _NOT_COLUMNS
        and row["name"] != "deletedAt"
        and (row["name"] != "id" or row["id"] == label)
    ]
    return sorted(shown, key=lambda row: row["id"] != label)


def create_object_views(workspace: Workspace, obj: Row, rows: list[Row]) -> None:
    """The INDEX view of a new object, and the view behind the fields of its record page."""
    columns = default_columns(obj, rows)
    index = view_row(
        workspace,
        obj["id"],
        name="All {objectLabelPlural}",
        key="INDEX",
        isSystemSideEffect=True,
    )
    workspace.store.put("view", index)
    _add_columns(workspace, index["id"], columns)
    if workspace.is_v1:
        return
    widget = view_row(
        workspace,
        obj["id"],
        name=f"{obj['labelSingular']} Record Page Fields",
        type="FIELDS_WIDGET",
        isSystemSideEffect=True,
    )
    workspace.store.put("view", widget)
    label = obj["labelIdentifierFieldMetadataId"]
    _add_columns(workspace, widget["id"], [row for row in columns if row["id"] != label])


def _add_columns(workspace: Workspace, view_id: str, columns: list[Row]) -> None:
    for position, row in enumerate(columns):
        workspace.store.put(
            "viewField", view_field_row(workspace, view_id, row["id"], position=position)
        )


def create_navigation_item(workspace: Workspace, obj: Row) -> None:
    """The sidebar entry of a new object, last among the workspace's own."""
    if workspace.is_v1:
        return
    items = workspace.store.rows("navigationMenuItem")
    last = max(
        (
            item["position"]
            for item in items
            if not item["folderId"] and item["type"] != "PAGE_LAYOUT"
        ),
        default=-1,
    )
    item = {
        **stamp(workspace),
        "userWorkspaceId": None,
        "targetRecordId": None,
        "targetObjectMetadataId": obj["id"],
        "viewId": None,
        "type": "OBJECT",
        "name": None,
        "link": None,
        "icon": None,
        "color": None,
        "folderId": None,
        "pageLayoutId": None,
        "position": last + 1,
        "applicationId": workspace.custom_application,
        "targetRecordIdentifier": None,
    }
    workspace.store.put("navigationMenuItem", item)


def add_view_fields(workspace: Workspace, created: list[Row]) -> None:
    """New fields become hidden columns of INDEX views and visible ones of record pages.

    Observed on 2.21.0, for standard objects and for both sides of a relation, too.
    """
    for row in created:
        for view in column_views(workspace, row["objectMetadataId"]):
            group = _last_group(workspace, view["id"])
            taken = [
                column["position"]
                for column in workspace.children("viewField", "viewId", view["id"])
                if column["isActive"] and column["viewFieldGroupId"] == group
            ]
            column = view_field_row(
                workspace,
                view["id"],
                row["id"],
                isVisible=view["type"] == "FIELDS_WIDGET",
                viewFieldGroupId=group,
                position=max(taken, default=-1) + 1,
            )
            workspace.store.put("viewField", column)


def column_views(workspace: Workspace, object_id: str) -> list[Row]:
    """The views that new fields of an object are added to."""
    if workspace.is_v1:
        return []
    return [
        view
        for view in workspace.children("view", "objectMetadataId", object_id)
        if view["isActive"]
        and view["deletedAt"] is None
        and (view["key"] == "INDEX" or view["type"] == "FIELDS_WIDGET")
    ]


def _last_group(workspace: Workspace, view_id: str) -> str | None:
    groups = workspace.children("viewFieldGroup", "viewId", view_id)
    last = max(groups, key=lambda group: float(group["position"]), default=None)
    return str(last["id"]) if last else None


def drop_view(workspace: Workspace, view_id: str) -> None:
    """Remove a view with all its parts."""
    for family in VIEW_CHILDREN:
        for row in workspace.children(family, "viewId", view_id):
            workspace.store.drop(family, row["id"])
    workspace.store.drop("view", view_id)


def forget_field(workspace: Workspace, field_id: str) -> None:
    """Deactivating or deleting a field takes its columns, filters and the views that hang on it."""
    for family in ("viewField", "viewFilter", "viewSort"):
        for row in workspace.children(family, "fieldMetadataId", field_id):
            workspace.store.drop(family, row["id"])
    for view in workspace.store.rows("view"):
        if field_id in (view["mainGroupByFieldMetadataId"], view["calendarFieldMetadataId"]):
            drop_view(workspace, view["id"])
        elif view["kanbanAggregateOperationFieldMetadataId"] == field_id:
            nothing = {
                "kanbanAggregateOperation": None,
                "kanbanAggregateOperationFieldMetadataId": None,
            }
            workspace.store.change("view", view["id"], **nothing)
