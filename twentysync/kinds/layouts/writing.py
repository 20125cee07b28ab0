"""Writing page layouts: the whole document of tabs and widgets at once, then what is inside them.

Sources: metadata-api reference 7.2 (what the document leaves out is taken away, a widget without
its configuration loses it; the icon of a new tab is ignored), 7.3 (grid positions are needed up to
2.2x and refused later), 4.5, 4.6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twentysync.kinds.base.resources import Attributes, Resource, State
from twentysync.kinds.layouts.field_lists import AS_MADE, write_list
from twentysync.kinds.layouts.pairing import pair, tab_score, widget_score
from twentysync.kinds.layouts.tree import OWN_PAGE, TreeReader
from twentysync.kinds.layouts.widgets import WidgetReader, WidgetWriter, view_thing
from twentysync.kinds.views.writing import create_view, update_view
from twentysync.twenty.metadata.operations import PAGE_LAYOUT_TREE, VIEW

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer

Row = Mapping[str, Any]
_LISTS = ("fields", "groups")
#: What the server wants as a grid position where there is none.
_NOWHERE = {"row": 0, "column": 0, "rowSpan": 1, "columnSpan": 1}


@dataclass(slots=True)
class _Widget:
    """One widget as it shall be: its id, what it says, and its row if there is one."""

    id: str
    node: Row
    row: Row | None
    view: str | None = None


@dataclass(slots=True)
class _Tab:
    """One tab as it shall be."""

    id: str
    node: Row
    row: Row | None
    widgets: list[_Widget] = field(default_factory=list)
    kept: list[Row] = field(default_factory=list)


class LayoutWriter:
    """Brings the tabs of one layout to what is desired."""

    def __init__(
        self, writer: Writer, desired: Resource, layout: Row, page: str | None, facts: Sequence[Row]
    ) -> None:
        self._writer = writer
        self._address = desired.address
        self._layout = layout
        self._page = page
        self._facts = facts
        self._desired: Sequence[Row] = desired.attributes.get("tabs") or []
        self._pins_first = desired.attributes.get("isFirstTabPinned", True)
        self._widgets = WidgetWriter(writer, desired.address)
        self._reader = WidgetReader(writer.workspace, State())
        self._tree = TreeReader(self._reader, layout, OWN_PAGE, "")

    def write(self, name: str, kind: str) -> None:
        """Send the document, again where a new tab has an icon, and then lists and views."""
        with self._writer.batched():
            self._write(self._tabs(), name, kind)

    def _write(self, tabs: Sequence[_Tab], name: str, kind: str) -> None:
        for tab in tabs:
            for widget in tab.widgets:
                self._prepare_view(widget)
        document = self._document(tabs, name, kind)
        new_icons = any(tab.row is None and tab.node.get("icon") for tab in tabs)
        for _ in range(2 if new_icons else 1):
            self._writer.update_one(PAGE_LAYOUT_TREE, self._address, self._layout["id"], document)
        for tab in tabs:
            for widget in tab.widgets:
                self._write_list(widget)

    # -- what shall be --------------------------------------------------------------------------

    def _tabs(self) -> list[_Tab]:
        rows = self._layout.get("tabs") or []
        changed = {node["shipped"]: node for node in self._desired if "shipped" in node}
        own = [node for node in self._desired if "shipped" not in node]
        pairs = pair(self._facts, rows, tab_score)
        tabs = []
        for fact, row in pairs.shipped:
            node = changed.get(fact["title"], {})
            if node.get("isActive", True):
                tabs.append(self._shipped_tab(fact, node, row))
        found = pair(own, [row for row in pairs.rest if _live(row)], tab_score)
        for place, (node, row) in enumerate(found.shipped):
            tab_id = row["id"] if row else self._id(f"tab/{place}/{node.get('title')}")
            tab = _Tab(tab_id, node, row)
            self._own_widgets(tab, node.get("widgets") or [], (row or {}).get("widgets") or [])
            tabs.append(tab)
        return tabs

    def _shipped_tab(self, fact: Row, node: Row, row: Row | None) -> _Tab:
        told = {**fact, **node}
        tab = _Tab(row["id"] if row else self._id(f"tab/shipped/{fact['title']}"), told, row)
        nodes = node.get("widgets") or []
        changed = {item["shipped"]: item for item in nodes if "shipped" in item}
        pairs = pair(fact.get("widgets") or [], (row or {}).get("widgets") or [], widget_score)
        for made, found in pairs.shipped:
            change = changed.get(made["title"], {})
            if change.get("isActive", True):
                widget_id = found["id"] if found else self._id(f"{tab.id}/{made['title']}")
                tab.widgets.append(_Widget(widget_id, self._merged(made, change), found))
        self._own_widgets(tab, [item for item in nodes if "shipped" not in item], pairs.rest)
        return tab

    def _merged(self, made: Row, change: Row) -> Attributes:
        """A shipped widget with what was changed; a list of fields replaces either kind."""
        base = {k: v for k, v in made.items() if not (k in _LISTS and _has_list(change))}
        if made["type"] == "FIELDS" and not _has_list({**base, **change}):
            base.update(AS_MADE)
        return {**base, **change}

    def _own_widgets(self, tab: _Tab, nodes: Sequence[Row], rows: Sequence[Row]) -> None:
        # One that lost what it shows would have the server refuse the whole page.
        live = [row for row in rows if _live(row) and not self._tree.is_broken(row, self._page)]
        tab.kept = [row for row in live if self._tree.widget(row, self._page) is None]
        found = pair(nodes, [row for row in live if row not in tab.kept], widget_score)
        for place, (node, row) in enumerate(found.shipped):
            widget_id = row["id"] if row else self._id(f"{tab.id}/{place}/{node.get('title')}")
            tab.widgets.append(_Widget(widget_id, node, row))

    def _id(self, part: str) -> str:
        return self._writer.new_id(self._address, part)

    # -- views inside widgets ---------------------------------------------------------------------

    def _prepare_view(self, widget: _Widget) -> None:
        """Find or make the view that a widget shows."""
        row = widget.row
        widget.view = (row.get("configuration") or {}).get("viewId") if row else None
        node = widget.node
        if node.get("view"):
            widget.view = self._writer.id_of(f"view.{node['view']}")
        elif "records" in node:
            self._prepare_records(widget)
        elif node.get("type") == "FIELDS" and widget.view not in self._reader.views:
            widget.view = self._new_list(widget)

    def _new_list(self, widget: _Widget) -> str:
        view_id = self._id(f"view/{widget.id}")
        owner = str(widget.node.get("object") or self._page)
        title = widget.node.get("title") or "Fields"
        view: Row = {
            "id": view_id,
            "name": f"{owner} {title}",
            "icon": "IconList",
            "type": "FIELDS_WIDGET",
            "objectMetadataId": self._writer.id_of(f"object.{owner}"),
        }
        self._writer.create_one(VIEW, self._address, view)
        return view_id

    def _prepare_records(self, widget: _Widget) -> None:
        desired = view_thing(widget.node, f"{self._address}/{widget.id}")
        row = self._reader.views.get(widget.view or "")
        shown = None if row is None else self._tree.widget(widget.row or {}, self._page)
        if row is None or shown is None or "records" not in shown:
            create_view(self._writer, desired)
            widget.view = self._writer.new_id(desired.address)
            return
        actual = view_thing(shown, desired.address)
        actual.attributes["name"] = desired.attributes["name"]
        owner = self._writer.model.objects[shown["records"]["object"]]
        found = self._reader.view_of(row, owner)
        actual.id, actual.handle = found.id, found.handle
        if actual.attributes != desired.attributes:
            update_view(self._writer, desired, actual)

    # -- the document -----------------------------------------------------------------------------

    def _document(self, tabs: Sequence[_Tab], name: str, kind: str) -> dict[str, Any]:
        document: dict[str, Any] = {
            "name": name,
            "type": kind,
            "tabs": [self._tab_input(tab) for tab in tabs],
        }
        keys = self._writer.workspace.schema.input_keys("UpdatePageLayoutWithTabsInput")
        if "isFirstTabPinned" in keys:
            document["isFirstTabPinned"] = self._pins_first
        if self._page:
            document["objectMetadataId"] = self._writer.id_of(f"object.{self._page}")
        return document

    def _tab_input(self, tab: _Tab) -> dict[str, Any]:
        node = tab.node
        mode = node.get("layoutMode") or "GRID"
        widgets = [self._widget_input(widget, tab.id, mode) for widget in tab.widgets]
        widgets += [self._kept_input(row, tab.id) for row in tab.kept]
        return {
            "id": tab.id,
            "title": node.get("title") or "",
            "position": node.get("position") or 0,
            "icon": node.get("icon"),
            "layoutMode": mode,
            "widgets": widgets,
        }

    def _widget_input(self, widget: _Widget, tab_id: str, mode: str) -> dict[str, Any]:
        node = widget.node
        owner = node.get("object") or self._page
        position = {"layoutMode": mode, **(node.get("position") or {})}
        row = {
            "id": widget.id,
            "pageLayoutTabId": tab_id,
            "title": node.get("title") or "",
            "type": node["type"],
            "objectMetadataId": self._writer.id_of(f"object.{owner}") if owner else None,
            "position": position,
            "configuration": self._widgets.configuration(node, owner, widget.view),
            "conditionalDisplay": node.get("conditionalDisplay"),
            "conditionalAvailabilityExpression": node.get("conditionalAvailabilityExpression"),
        }
        return self._with_grid(row, position if mode == "GRID" else None)

    def _kept_input(self, row: Row, tab_id: str) -> dict[str, Any]:
        """A widget that no manifest can describe, as it is."""
        names = ("id", "title", "type", "objectMetadataId", "position", "conditionalDisplay")
        given = {name: row.get(name) for name in names}
        given["configuration"] = {
            k: v for k, v in (row.get("configuration") or {}).items() if v is not None
        }
        return self._with_grid({**given, "pageLayoutTabId": tab_id}, row.get("position"))

    def _with_grid(self, row: dict[str, Any], position: Row | None) -> dict[str, Any]:
        keys = self._writer.workspace.schema.input_keys("UpdatePageLayoutWidgetWithIdInput")
        if "gridPosition" in keys:
            row["gridPosition"] = {k: (position or {}).get(k, v) for k, v in _NOWHERE.items()}
        return {name: value for name, value in row.items() if name in keys}

    # -- lists of fields -----------------------------------------------------------------------

    def _write_list(self, widget: _Widget) -> None:
        node = widget.node
        if node.get("type") != "FIELDS" or not _has_list(node) or widget.view is None:
            return
        packed = self._reader.views.get(widget.view)
        view = packed.unpack() if packed else {}
        owner = str(node.get("object") or self._page)
        desired = {name: node[name] for name in _LISTS if name in node}
        shown = self._tree.widget(widget.row, self._page) if widget.row else {}
        now = {name: value for name, value in (shown or {}).items() if name in _LISTS}
        if desired == AS_MADE:
            # As made, and what was added to the object since, as the server adds it.
            named = set(desired["fields"])
            rest = [name for name in now.get("fields", []) if name not in named]
            desired = {"fields": [*desired["fields"], *rest]}
        if desired != now:
            write_list(self._writer, self._address, widget.id, owner, desired, view)


def _has_list(node: Row) -> bool:
    return any(name in node for name in _LISTS)


def _live(row: Row) -> bool:
    return row.get("isActive") is not False and not row.get("deletedAt")
