"""Rows of page layouts: what Twenty ships, from facts, and what comes with a new object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from twentysync.sandbox.state.inserting import complete, save
from twentysync.sandbox.state.rows import stamp
from twentysync.sandbox.state.store import Row
from twentysync.sandbox.state.workspace import Workspace
from twentysync.standard.layouts import load_layouts

#: The tabs of the record page that comes with an object (2.21.0): title, icon, widget's type.
_OBJECT_TABS = (
    ("Home", "IconHome", "FIELDS"),
    ("Timeline", "IconTimelineEvent", "TIMELINE"),
    ("Tasks", "IconCheckbox", "TASKS"),
    ("Notes", "IconNotes", "NOTES"),
    ("Files", "IconPaperclip", "FILES"),
)


def layout_row(workspace: Workspace, **attributes: Any) -> Row:
    """A page layout without tabs."""
    row = {
        **stamp(workspace),
        "type": "RECORD_PAGE",
        "objectMetadataId": None,
        "defaultTabToFocusOnMobileAndSidePanelId": None,
        "deletedAt": None,
        "tabs": [],
        **attributes,
    }
    return {"universalIdentifier": row["id"], **row}


def tab_row(workspace: Workspace, layout: Row, **attributes: Any) -> Row:
    """A tab without widgets."""
    return {
        **stamp(workspace),
        "applicationId": workspace.custom_application,
        "pageLayoutId": layout["id"],
        "title": "",
        "icon": None,
        "position": 0,
        "layoutMode": "GRID",
        "isActive": True,
        "isOverridden": False,
        "deletedAt": None,
        "widgets": [],
        **attributes,
    }


def widget_row(workspace: Workspace, tab: Row, **attributes: Any) -> Row:
    """A widget; position and configuration get the type by which the schema knows them."""
    row = {
        **stamp(workspace),
        "applicationId": workspace.custom_application,
        "pageLayoutTabId": tab["id"],
        "title": "",
        "objectMetadataId": None,
        "conditionalDisplay": None,
        "conditionalAvailabilityExpression": None,
        "isActive": True,
        "isOverridden": False,
        "deletedAt": None,
        "gridPosition": {"row": 0, "column": 0, "rowSpan": 1, "columnSpan": 1},
        "position": None,
        **attributes,
    }
    row["configuration"] = typed_configuration(row.get("configuration") or {}, row["type"])
    row["position"] = typed_position(row["position"], tab["layoutMode"])
    if tab["layoutMode"] == "GRID" and "rowSpan" in row["position"]:
        row["gridPosition"] = {key: row["position"][key] for key in row["gridPosition"]}
    return row


def typed_configuration(given: Mapping[str, Any], kind: str) -> Row:
    """`AGGREGATE_CHART` is an `AggregateChartConfiguration`."""
    name = str(given.get("configurationType") or kind)
    words = "".join(word.capitalize() for word in name.lower().split("_"))
    kept = {key: value for key, value in given.items() if value is not None}
    return {"__typename": f"{words}Configuration", **kept, "configurationType": name}


def typed_position(given: Mapping[str, Any] | None, mode: str) -> Row:
    """A place in a grid, in a list, or the whole of a canvas."""
    words = "".join(word.capitalize() for word in mode.lower().split("_"))
    kept = {k: v for k, v in (given or {}).items() if k not in ("__typename", "layoutMode")}
    return {"__typename": f"PageLayoutWidget{words}Position", "layoutMode": mode, **kept}


def create_object_page(workspace: Workspace, obj: Row) -> None:
    """The record page of a new object, and its line in the command menu."""
    if workspace.is_v1:
        return
    layout = layout_row(
        workspace, name=f"Default {obj['labelSingular']} Layout", objectMetadataId=obj["id"]
    )
    for place, (title, icon, kind) in enumerate(_OBJECT_TABS):
        fields = kind == "FIELDS"
        mode = "VERTICAL_LIST" if fields else "CANVAS"
        tab = tab_row(
            workspace, layout, title=title, icon=icon, layoutMode=mode, position=10 + 10 * place
        )
        view = {"viewId": _fields_view(workspace, obj["id"]), "newFieldDefaultVisibility": True}
        widget = widget_row(
            workspace,
            tab,
            title="Fields" if fields else title,
            type=kind,
            objectMetadataId=obj["id"],
            position={"index": 0} if fields else None,
            configuration=view if fields else {},
        )
        layout["tabs"].append({**tab, "widgets": [widget]})
    workspace.store.put("pageLayout", layout)
    last = max((r["position"] for r in workspace.store.rows("commandMenuItem")), default=0)
    workspace.store.put(
        "commandMenuItem",
        command_row(
            workspace,
            engineComponentKey="NAVIGATION",
            **_told_by_object(obj),
            hotKeys=["G", obj["shortcut"]] if obj.get("shortcut") else None,
            position=last + 1,
            payload={"objectMetadataItemId": obj["id"]},
            conditionalAvailabilityExpression=(
                f"targetObjectReadPermissions.{obj['nameSingular']}"
            ),
        ),
    )


def _told_by_object(obj: Row) -> Row:
    """What the line of an object in the command menu takes over from the object."""
    return {
        "label": f"Go to {obj['labelPlural']}",
        "shortLabel": obj["labelPlural"],
        "icon": obj["icon"],
        "isActive": obj["isActive"],
    }


def follow_object(workspace: Workspace, old: Row, new: Row) -> None:
    """The line of an object in the command menu changes with the object."""
    was, told = _told_by_object(old), _told_by_object(new)
    for item in workspace.store.rows("commandMenuItem"):
        if (item.get("payload") or {}).get("objectMetadataItemId") == new["id"]:
            changes = {k: v for k, v in told.items() if v != was[k] and item.get(k) == was[k]}
            workspace.store.change("commandMenuItem", item["id"], **changes)


def drop_object_pages(workspace: Workspace, object_id: str) -> None:
    """The pages of an object and its line in the command menu go with it."""
    for layout in workspace.children("pageLayout", "objectMetadataId", object_id):
        workspace.store.drop("pageLayout", layout["id"])
    for item in workspace.store.rows("commandMenuItem"):
        if (item.get("payload") or {}).get("objectMetadataItemId") == object_id:
            workspace.store.drop("commandMenuItem", item["id"])


def _fields_view(workspace: Workspace, object_id: str) -> str | None:
    views = workspace.children("view", "objectMetadataId", object_id)
    return next((view["id"] for view in views if view["type"] == "FIELDS_WIDGET"), None)


def command_row(workspace: Workspace, **attributes: Any) -> Row:
    """An item of the command menu."""
    row = {
        **stamp(workspace),
        "applicationId": workspace.custom_application,
        "universalIdentifier": None,
        "workflowVersionId": None,
        "frontComponentId": None,
        "frontComponent": None,
        "icon": None,
        "shortLabel": None,
        "position": 0,
        "isPinned": False,
        "availabilityType": "GLOBAL",
        "hotKeys": None,
        "conditionalAvailabilityExpression": None,
        "availabilityObjectMetadataId": None,
        "pageLayoutId": None,
        "isActive": True,
        **attributes,
    }
    payload = row.get("payload")
    if payload:
        kind = "Path" if "path" in payload else "ObjectMetadata"
        payload = {"__typename": f"{kind}CommandMenuItemPayload", **payload}
    return {**row, "payload": payload}


def navigation_row(workspace: Workspace, **attributes: Any) -> Row:
    """An item of the sidebar."""
    names = "userWorkspaceId targetRecordId targetObjectMetadataId viewId name link icon color"
    return {
        **stamp(workspace),
        **dict.fromkeys([*names.split(), "folderId", "pageLayoutId", "targetRecordIdentifier"]),
        "applicationId": workspace.custom_application,
        "position": 0,
        **attributes,
    }


class LayoutInstaller:
    """Writes what Twenty ships of layouts, sidebar and command menu."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._facts = load_layouts(workspace.version)
        self._owned = {"applicationId": workspace.standard_application}

    def install(self) -> None:
        """Write everything."""
        for name, tabs in self._facts.get("recordPages", {}).items():
            obj = self._workspace.object_named(name)
            if obj is not None:
                title = f"Default {obj['labelSingular']} Layout"
                self._layout(tabs, obj, name=title, objectMetadataId=obj["id"])
        for given in self._facts.get("dashboards", []):
            identifier = given.get("universalIdentifier")
            named = {"universalIdentifier": identifier} if identifier else {}
            self._layout(given["tabs"], None, name=given["title"], type="DASHBOARD", **named)
        self._navigation()
        for given in self._facts.get("commandMenuItems", []):
            self._command(given)

    def _layout(self, tabs: Sequence[Row], obj: Row | None, **attributes: Any) -> None:
        layout = layout_row(self._workspace, **attributes)
        for node in tabs:
            plain = {key: value for key, value in node.items() if key != "widgets"}
            tab = tab_row(self._workspace, layout, **plain, **self._owned)
            widgets = [self._widget(tab, item, obj) for item in node.get("widgets", [])]
            layout["tabs"].append({**tab, "widgets": widgets})
        self._workspace.store.put("pageLayout", layout)

    def _widget(self, tab: Row, node: Row, page: Row | None) -> Row:
        owner = self._workspace.object_named(node["object"]) if "object" in node else page
        configuration = self._ids(node.get("configuration", {}), owner)
        if owner and ("groups" in node or "fields" in node):
            configuration["viewId"] = _fields_view(self._workspace, owner["id"])
        left = ("object", "groups", "fields", "configuration")
        plain = {key: value for key, value in node.items() if key not in left}
        return widget_row(
            self._workspace,
            tab,
            **plain,
            **self._owned,
            objectMetadataId=owner["id"] if owner else None,
            configuration=configuration,
        )

    def _ids(self, given: Row, owner: Row | None) -> Row:
        """A configuration with ids for the names of fields."""
        found: Row = {}
        for name, value in given.items():
            if name == "filters":
                found["filter"] = self._filter(value, owner)
            elif (name == "field" or name.endswith("Field")) and owner:
                row = self._workspace.field_named(owner["id"], value.partition(".")[0])
                found[f"{name}MetadataId"] = row["id"] if row else None
            else:
                found[name] = value
        return found

    def _filter(self, given: Sequence[Row], owner: Row | None) -> Row:
        found: Row = {"recordFilters": [], "recordFilterGroups": []}
        self._add_filters(found, given, owner, None)
        return found

    def _add_filters(
        self, found: Row, given: Sequence[Row], owner: Row | None, group: str | None
    ) -> None:
        """Filters and groups as a chart holds them. The product has a codec of its own for these:
        a mirror that shared it would agree with each of its mistakes."""
        for item in given:
            row: Row = {"id": self._workspace.new_id()}
            if "rules" in item:
                row["logicalOperator"] = item["logicalOperator"]
                row["parentRecordFilterGroupId"] = group
                found["recordFilterGroups"].append(row)
                self._add_filters(found, item["rules"], owner, row["id"])
                continue
            field = self._workspace.field_named(owner["id"], item["field"]) if owner else None
            row["fieldMetadataId"] = field["id"] if field else None
            row |= {"operand": item["operand"], "value": item.get("value", "")}
            row["recordFilterGroupId"] = group
            found["recordFilters"].append(row)

    def _navigation(self) -> None:
        folders: dict[str, str] = {}
        for given in self._facts.get("navigationMenuItems", []):
            obj = self._workspace.object_named(given.get("object", ""))
            if "object" in given and obj is None:
                continue
            if self._workspace.is_v1 and obj:
                self._favourite(obj, given["position"])
                continue
            plain = {k: v for k, v in given.items() if k not in ("object", "folder")}
            row = navigation_row(
                self._workspace,
                **plain,
                **self._owned,
                targetObjectMetadataId=obj["id"] if obj else None,
                folderId=folders.get(given.get("folder", "")),
            )
            self._workspace.store.put("navigationMenuItem", row)
            if given["type"] == "FOLDER":
                folders[given["name"]] = row["id"]

    def _favourite(self, obj: Row, position: float) -> None:
        """The sidebar of 1.x: a favourite of the object's INDEX view, that belongs to nobody."""
        favourites = self._workspace.object_named("favorite")
        views = self._workspace.children("view", "objectMetadataId", obj["id"])
        index = next((view["id"] for view in views if view["key"] == "INDEX"), None)
        if favourites and index:
            shape = self._workspace.shape(favourites["id"])
            given = {"viewId": index, "position": position}
            save(
                self._workspace,
                shape,
                complete(self._workspace, shape, given),
                new=True,
                batch=frozenset(),
            )

    def _command(self, given: Row) -> None:
        named = {key: self._workspace.object_named(given.get(key, "")) for key in _OBJECT_KEYS}
        plain = {k: v for k, v in given.items() if k not in (*_OBJECT_KEYS, "path", "occurrence")}
        target, limit = (named[key] for key in _OBJECT_KEYS)
        payload = {"path": given["path"]} if "path" in given else None
        if target:
            payload = {"objectMetadataItemId": target["id"]}
        row = command_row(
            self._workspace,
            **plain,
            **self._owned,
            payload=payload,
            availabilityObjectMetadataId=limit["id"] if limit else None,
        )
        self._workspace.store.put("commandMenuItem", row)


_OBJECT_KEYS = ("object", "availabilityObject")
