"""Changing page layouts, the sidebar and the command menu, as 2.21.0 does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twentysync.sandbox.metadata.layout_rows import (
    command_row,
    layout_row,
    navigation_row,
    tab_row,
    typed_configuration,
    typed_position,
    widget_row,
)
from twentysync.sandbox.metadata.side_effects import drop_view, view_field_row
from twentysync.sandbox.state.errors import Refusal
from twentysync.sandbox.state.rows import stamp
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace

_TAB = ("title", "position", "icon", "layoutMode")
_WIDGET = (
    "title type objectMetadataId conditionalDisplay conditionalAvailabilityExpression "
    "pageLayoutTabId"
).split()
#: What a dashboard's page is made with (2.21.0).
_DASHBOARD_NAME = "Dashboard Layout"


def _existing(workspace: Workspace, family: str, ident: str) -> Row:
    row = workspace.store.find(family, ident)
    if row is None:
        raise Refusal(f"{family} not found", code="NOT_FOUND")
    return row


def create_layout(workspace: Workspace, given: Row) -> Row:
    """``createPageLayout``: without tabs; the caller cannot choose the id."""
    row = layout_row(workspace, **{k: v for k, v in given.items() if v is not None})
    return workspace.store.put("pageLayout", row)


def create_dashboard_page(workspace: Workspace) -> str:
    """The page of a new dashboard: one empty tab."""
    layout = layout_row(workspace, name=_DASHBOARD_NAME, type="DASHBOARD")
    layout["tabs"].append(tab_row(workspace, layout, title="Tab 1"))
    return str(workspace.store.put("pageLayout", layout)["id"])


def destroy_layout(workspace: Workspace, ident: str) -> bool:
    """``destroyPageLayout``: the dashboards that show it go with it."""
    _existing(workspace, "pageLayout", ident)
    workspace.store.drop("pageLayout", ident)
    dashboards = workspace.object_named("dashboard")
    for row in workspace.store.records(dashboards["id"]) if dashboards else []:
        if row.get("pageLayoutId") == ident and dashboards:
            workspace.store.drop_record(dashboards["id"], row["id"])
    return True


def update_tree(workspace: Workspace, ident: str, given: Row) -> Row:
    """``updatePageLayoutWithTabsAndWidgets``: what is left out is taken away."""
    layout = _existing(workspace, "pageLayout", ident)
    before = {tab["id"]: tab for tab in layout["tabs"]}
    widgets = {item["id"]: item for tab in layout["tabs"] for item in tab["widgets"]}
    wanted = {item["id"] for tab in given["tabs"] for item in tab["widgets"]}
    tabs = [_tab(workspace, layout, item, before, widgets) for item in given["tabs"]]
    told = {tab["id"] for tab in tabs}
    for tab in tabs:
        old = before.get(tab["id"], {}).get("widgets", [])
        tab["widgets"] += _removed(workspace, [item for item in old if item["id"] not in wanted])
    tabs += _removed(workspace, [tab for tab in layout["tabs"] if tab["id"] not in told])
    changes = {key: given.get(key) for key in ("name", "type", "objectMetadataId")}
    if "isFirstTabPinned" in given:  # of newer versions
        changes["isFirstTabPinned"] = given["isFirstTabPinned"]
    return workspace.store.change(
        "pageLayout", ident, **changes, tabs=tabs, updatedAt=workspace.now()
    )


def _tab(
    workspace: Workspace, layout: Row, given: Row, before: dict[str, Row], widgets: dict[str, Row]
) -> Row:
    told = {key: given.get(key) for key in _TAB}
    old = before.get(given["id"])
    if old is None:
        # The icon of a new tab is ignored.
        tab = tab_row(workspace, layout, **{**told, "icon": None, "id": given["id"]})
    else:
        tab = _changed(workspace, old, {**told, "isActive": True})
    rows = [_widget(workspace, tab, item, widgets.get(item["id"])) for item in given["widgets"]]
    return {**tab, "widgets": rows}


def _widget(workspace: Workspace, tab: Row, given: Row, old: Row | None) -> Row:
    told = {key: given.get(key) for key in _WIDGET}
    told["configuration"] = typed_configuration(given.get("configuration") or {}, given["type"])
    told["position"] = typed_position(given.get("position"), tab["layoutMode"])
    if old is None:
        return widget_row(workspace, tab, **told, id=given["id"])
    return _changed(workspace, old, {**told, "isActive": True})


def _changed(workspace: Workspace, row: Row, changes: Row) -> Row:
    if all(row.get(key) == value for key, value in changes.items()):
        return dict(row)
    return {**row, **changes, "updatedAt": workspace.now()}


def _removed(workspace: Workspace, rows: list[Row]) -> list[Row]:
    """What stays of rows that are taken away: those of Twenty's, switched off."""
    kept = []
    for row in rows:
        if workspace.is_standard(row):
            kept.append(_changed(workspace, row, {"isActive": False}))
            continue
        for widget in [row, *row.get("widgets", [])]:
            configuration = widget.get("configuration") or {}
            if configuration.get("configurationType") == "FIELDS" and configuration.get("viewId"):
                drop_view(workspace, configuration["viewId"])
    return kept


def upsert_fields(workspace: Workspace, given: Row) -> Row:
    """``upsertFieldsWidget``: groups by id, fields by column; columns that are not told stay."""
    view = _view_of(workspace, given["widgetId"])
    if (given.get("groups") is None) == (given.get("fields") is None):
        raise Refusal('Exactly one of "groups" or "fields" must be provided')
    groups = given.get("groups") or []
    for group in workspace.children("viewFieldGroup", "viewId", view["id"]):
        if group["id"] not in {item["id"] for item in groups}:
            workspace.store.change("viewFieldGroup", group["id"], isActive=False)
    for item in groups:
        row = {key: item[key] for key in ("id", "name", "position", "isVisible")}
        fresh = {**stamp(workspace), "viewId": view["id"], "isActive": True, "deletedAt": None}
        old = workspace.store.find("viewFieldGroup", item["id"])
        if old is not None and old["viewId"] != view["id"]:  # an id is of one list (2.21.0)
            raise Refusal(
                "addFlatEntityToFlatEntityMapsOrThrow: flat entity to add already exists "
                f"(universalIdentifier: {item['id']})"
            )
        workspace.store.put("viewFieldGroup", {**(old or fresh), **row})
        for part in item["fields"]:
            _column(workspace, view, part, item["id"])
    for part in given.get("fields") or []:
        _column(workspace, view, part, None)
    return view


def _view_of(workspace: Workspace, widget_id: str) -> Row:
    for layout in workspace.store.rows("pageLayout"):
        for tab in layout["tabs"]:
            for widget in tab["widgets"]:
                view = workspace.store.find("view", str(widget["configuration"].get("viewId")))
                if widget["id"] == widget_id and view is not None:
                    return view
    raise Refusal("Fields widget not found", code="NOT_FOUND")


def _column(workspace: Workspace, view: Row, part: Row, group: str | None) -> None:
    told = {"isVisible": part["isVisible"], "position": part["position"]}
    if part.get("viewFieldId"):
        workspace.store.change("viewField", part["viewFieldId"], **told, viewFieldGroupId=group)
        return
    row = view_field_row(workspace, view["id"], part["fieldMetadataId"], **told)
    workspace.store.put("viewField", {**row, "viewFieldGroupId": group})


# --- sidebar


def create_items(workspace: Workspace, inputs: list[Row]) -> list[Row]:
    """``createManyNavigationMenuItems``: folders first."""
    rows = []
    for given in sorted(inputs, key=lambda item: bool(item["type"] != "FOLDER")):
        row = navigation_row(workspace, **{k: v for k, v in given.items() if v is not None})
        _check_item(workspace, row)
        rows.append(workspace.store.put("navigationMenuItem", row))
    return rows


def _check_item(workspace: Workspace, row: Row) -> None:
    needs = {
        "FOLDER": ("name",),
        "OBJECT": ("targetObjectMetadataId",),
        "VIEW": ("viewId",),
        "RECORD": ("targetRecordId", "targetObjectMetadataId"),
        "LINK": ("link",),
        "PAGE_LAYOUT": ("pageLayoutId",),
    }[row["type"]]
    for name in needs:
        if not row.get(name):
            raise Refusal(f"{name} is required for {row['type']} type")
    folder = row.get("folderId")
    if folder and workspace.store.find("navigationMenuItem", folder) is None:
        raise Refusal("Parent navigation menu item not found", code="NOT_FOUND")


def update_items(workspace: Workspace, inputs: list[Row]) -> list[Row]:
    """``updateManyNavigationMenuItems``."""
    rows = []
    for given in inputs:
        old = _existing(workspace, "navigationMenuItem", given["id"])
        new = {**old, **given["update"], "updatedAt": workspace.now()}
        _check_item(workspace, new)
        rows.append(workspace.store.put("navigationMenuItem", new))
    return rows


def delete_items(workspace: Workspace, idents: list[str]) -> list[Row]:
    """``deleteManyNavigationMenuItems``: a folder goes with what stands in it."""
    rows = [_existing(workspace, "navigationMenuItem", ident) for ident in idents]
    for row in rows:
        for inside in workspace.children("navigationMenuItem", "folderId", row["id"]):
            workspace.store.drop("navigationMenuItem", inside["id"])
        workspace.store.drop("navigationMenuItem", row["id"])
    return rows


# --- command menu


def create_command(workspace: Workspace, given: Row) -> Row:
    """``createCommandMenuItem``."""
    if given["engineComponentKey"] == "NAVIGATION" and not given.get("payload"):
        raise Refusal("payload is required for NAVIGATION")
    row = command_row(workspace, **{k: v for k, v in given.items() if v is not None})
    return workspace.store.put("commandMenuItem", row)


def update_command(workspace: Workspace, given: Row) -> Row:
    """``updateCommandMenuItem``: what Twenty ships is remembered for a reset."""
    old = _existing(workspace, "commandMenuItem", given["id"])
    base = old.get("base") or (old if workspace.is_standard(old) else None)
    changes = {key: value for key, value in given.items() if key != "id"}
    changes |= {"updatedAt": workspace.now(), "base": base}
    return workspace.store.change("commandMenuItem", old["id"], **changes)


def delete_command(workspace: Workspace, ident: str) -> Row:
    """``deleteCommandMenuItem``: Twenty's own are switched off."""
    row = _existing(workspace, "commandMenuItem", ident)
    if not workspace.is_standard(row):
        workspace.store.drop("commandMenuItem", ident)
        return row
    base = row.get("base") or row
    return workspace.store.change("commandMenuItem", ident, isActive=False, base=base)


def reset_command(workspace: Workspace, ident: str) -> Row:
    """``resetCommandMenuItem``: as Twenty ships it; refused for one's own."""
    row = _existing(workspace, "commandMenuItem", ident)
    if not workspace.is_standard(row):
        raise Refusal("Custom command menu items cannot be reset")
    return workspace.store.put("commandMenuItem", {**(row.get("base") or row), "isActive": True})


ROOTS: dict[str, Callable[[Workspace, Row], Any]] = {
    "createPageLayout": lambda ws, args: create_layout(ws, args["input"]),
    "destroyPageLayout": lambda ws, args: destroy_layout(ws, args["id"]),
    "updatePageLayoutWithTabsAndWidgets": lambda ws, args: update_tree(
        ws, args["id"], args["input"]
    ),
    "upsertFieldsWidget": lambda ws, args: upsert_fields(ws, args["input"]),
    "createNavigationMenuItem": lambda ws, args: create_items(ws, [args["input"]])[0],
    "createManyNavigationMenuItems": lambda ws, args: create_items(ws, args["inputs"]),
    "updateNavigationMenuItem": lambda ws, args: update_items(ws, [args["input"]])[0],
    "updateManyNavigationMenuItems": lambda ws, args: update_items(ws, args["inputs"]),
    "deleteNavigationMenuItem": lambda ws, args: delete_items(ws, [args["id"]])[0],
    "deleteManyNavigationMenuItems": lambda ws, args: delete_items(ws, args["ids"]),
    "createCommandMenuItem": lambda ws, args: create_command(ws, args["input"]),
    "updateCommandMenuItem": lambda ws, args: update_command(ws, args["input"]),
    "deleteCommandMenuItem": lambda ws, args: delete_command(ws, args["id"]),
    "resetCommandMenuItem": lambda ws, args: reset_command(ws, args["id"]),
}
