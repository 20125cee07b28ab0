"""Tabs and widgets of pages and dashboards as manifests say them.

A page that Twenty ships, or makes with an object, is told by what differs from it: a tab or widget
of Twenty's that was changed starts with `shipped` (its title as shipped) and has just the changed
attributes, `isActive: false` where it was taken away; one of the customer's own is told whole.
A page of the customer's own has only the latter. Sources: metadata-api reference 7.1 to 7.5;
observed 8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twentysync.kinds.base.resources import Attributes
from twentysync.kinds.base.schemas import FLAG, NAME, NUMBER, STRING, TEXT, one_of, schema_of
from twentysync.kinds.base.skip_reasons import SHIPPED, TAKEN_AWAY, WITH_OBJECT
from twentysync.kinds.layouts.field_lists import (
    AS_MADE,
    SCHEMAS,
    lacks,
    list_names,
    only_grown,
    tidy,
)
from twentysync.kinds.layouts.pairing import pair, tab_score, widget_score
from twentysync.kinds.layouts.widgets import (
    DanglingWidgetError,
    UnsupportedWidgetError,
    WidgetReader,
    without_filled,
)
from twentysync.kinds.shipped.comparison import delta
from twentysync.twenty.model.ownership import made_after, touched, verdict
from twentysync.twenty.model.types import Owner

Row = Mapping[str, Any]
LAYOUT_MODES = ("GRID", "VERTICAL_LIST", "CANVAS")
_SHIPPED = {**STRING, "description": "Original title, for a built-in one."}
_GONE = {**FLAG, "description": "False for a built-in one that was removed."}
#: What says where a widget is.
PLACES = ("row", "column", "rowSpan", "columnSpan", "index")
_WIDGET_SCHEMA = schema_of(
    {
        "shipped": _SHIPPED,
        "isActive": _GONE,
        "title": {"type": "string"},
        "type": STRING,
        "object": {**NAME, "description": "Object shown; defaults to the object of the page."},
        "position": {
            "type": "object",
            "description": "row, column, rowSpan and columnSpan in a grid; index in a list.",
            "properties": {name: {"type": ["number", "null"]} for name in PLACES},
            "additionalProperties": {"type": ["number", "string", "null"]},
        },
        "view": {**STRING, "description": "View shown, e.g. `company[Hot accounts]`."},
        "records": {
            "type": "object",
            "description": "Configuration of a record table, written like a view.",
        },
        **SCHEMAS,
        "configuration": {
            "type": ["object", "null"],
            "description": "Configuration as in the API, with field names instead of ids, and the "
            "filters of a chart like those of a view.",
        },
        "conditionalDisplay": {"description": "Condition for showing the widget."},
        "conditionalAvailabilityExpression": TEXT,
    }
)
TABS_SCHEMA: Row = {
    "type": "array",
    "items": schema_of(
        {
            "shipped": _SHIPPED,
            "isActive": _GONE,
            "title": {"type": "string"},
            "icon": TEXT,
            "position": NUMBER,
            "layoutMode": one_of(LAYOUT_MODES),
            "widgets": {"type": "array", "items": _WIDGET_SCHEMA},
        }
    ),
}
_TAB = ("title", "icon", "position", "layoutMode")
_WIDGET = (
    "title type object position view records fields groups configuration conditionalDisplay "
    "conditionalAvailabilityExpression"
).split()


@dataclass(frozen=True, slots=True)
class PageFacts:
    """The tabs of a page as each line of versions ships it, the likeliest first.

    They are `certain` where whatever differs is a person's work. `with_object` is the page that
    comes with an object of the workspace's own, whose tabs have the workspace's application.
    """

    lines: Sequence[Sequence[Row]] = ()
    certain: bool = True
    with_object: bool = False

    @property
    def tabs(self) -> Sequence[Row]:
        """The tabs of the likeliest line."""
        return self.lines[0] if self.lines else ()

    def others(self, title: Any) -> list[Row]:
        """The tab of this title in the other lines."""
        return [tab for line in self.lines[1:] for tab in line if tab["title"] == title]

    def all_have(self, title: Any) -> bool:
        """Whether each line ships a tab of this title."""
        return all(any(tab["title"] == title for tab in line) for line in self.lines)


#: A page that somebody made: nothing of it is shipped.
OWN_PAGE = PageFacts()


class TreeReader:
    """Reads the tabs of one layout."""

    def __init__(self, reader: WidgetReader, layout: Row, made: PageFacts, where: str) -> None:
        self._reader = reader
        self._layout = layout
        self._made = made
        self._where = where
        self._state = reader.state

    def tabs(self, page: str | None) -> list[Any]:
        """The tabs of the layout, or what differs in them from what Twenty ships."""
        pairs = pair(self._made.tabs, self._layout.get("tabs") or [], tab_score)
        told = [
            node
            for fact, row in pairs.shipped
            if (node := self._changed_tab(fact, row, page)) is not None
        ]
        told += [self._tab(row, page) for row in pairs.rest if self._is_carried(row, "tab")]
        return normal_tabs(told)

    def _is_carried(self, row: Row, what: str) -> bool:
        """Whether a row without a fact is the customer's. How it ends stands in the ledger."""
        reason = None if _live(row) else TAKEN_AWAY
        reason = reason or self._why_shipped(row, what)
        self._state.ledger.settle(row["id"], reason)
        return reason is None

    def _why_shipped(self, row: Row, what: str) -> str | None:
        """Why a row without a fact is Twenty's all the same; None for one of the customer's.

        A version without facts may ship more than its neighbours.
        """
        made = self._made
        if made.certain or not made.tabs or touched(row) or made_after(row, self._layout):
            return None
        owner = verdict(self._reader.workspace.identity, row).owner
        if made.with_object:
            return WITH_OBJECT
        if owner is Owner.STANDARD:
            return SHIPPED
        if owner is None:
            self._note(f"{what} {row.get('title')!r}: the server does not say whose it is; carried")
        return None

    def _note(self, text: str) -> None:
        self._state.notes.append(f"{self._where}: {text}")

    def _tab(self, row: Row, page: str | None) -> Attributes:
        node = _head(row)
        node["widgets"] = list(self._widgets(row, page))
        return {name: value for name, value in node.items() if value not in (None, [])}

    def _widgets(self, tab: Row, page: str | None) -> Iterator[Attributes]:
        for row in tab.get("widgets") or []:
            self._state.ledger.settle(row["id"], None if _live(row) else TAKEN_AWAY)
            node = self.widget(row, page) if _live(row) else None
            if node is not None:
                yield node

    def widget(self, row: Row, page: str | None) -> Attributes | None:
        """One widget told whole; None, and a note, for one of an application."""
        try:
            return self._reader.node(row, page, self._where)
        except UnsupportedWidgetError as fault:
            self._state.ledger.settle(row["id"], str(fault))
            self._note(f"{row.get('title')}: {fault}; left out")
            return None

    def is_broken(self, row: Row, page: str | None) -> bool:
        """Whether a widget has lost what it shows."""
        try:
            self._reader.node(row, page, "")
        except DanglingWidgetError:
            return True
        except UnsupportedWidgetError:
            return False
        return False

    def _taken_away(self, fact: Row, what: str, *, sure: bool) -> Attributes | None:
        """What is said of something shipped that is not there."""
        if not self._made.certain:
            self._note(
                f"{what} {fact['title']!r} is not there"
                + ("; carried as taken away" if sure else ", as in some of the versions around it")
            )
        return {"shipped": fact["title"], "isActive": False} if sure else None

    def _changed_tab(self, fact: Row, row: Row | None, page: str | None) -> Attributes | None:
        made = self._made
        if row is None:
            sure = made.certain or made.all_have(fact["title"])
            return self._taken_away(fact, "the tab", sure=sure)
        if not _live(row):
            self._state.ledger.settle(row["id"], None)
            for widget in row.get("widgets") or []:  # 2.21.0 leaves them active inside the tab
                self._state.ledger.settle(widget["id"], TAKEN_AWAY)
            return {"shipped": fact["title"], "isActive": False}
        facts = [fact, *made.others(fact["title"])]
        changes = self._changes(_TAB, facts, _head(row), row)
        widgets = list(self._changed_widgets(facts, row, page))
        self._state.ledger.settle(row["id"], None if changes or widgets else SHIPPED)
        if not changes and not widgets:
            return None
        return {
            "shipped": fact["title"],
            **changes,
            **({"widgets": widgets} if widgets else {}),
        }

    def _changes(
        self, names: Sequence[str], facts: Sequence[Row], now: Row, row: Row
    ) -> Attributes:
        """What differs from each of `facts`; where they may not hold, only in what was written."""
        if not self._made.certain and not touched(row):
            return {}
        return delta(names, now, facts, {})[0]

    def _changed_widgets(
        self, facts: Sequence[Row], tab: Row, page: str | None
    ) -> Iterator[Attributes]:
        lines = [fact.get("widgets") or [] for fact in facts]
        pairs = pair(lines[0], tab.get("widgets") or [], widget_score)
        for made, row in pairs.shipped:
            same = [w for line in lines[1:] for w in line if w["title"] == made["title"]]
            if row is None:
                sure = self._made.certain or len(same) == len(lines) - 1
                gone = self._taken_away(made, f"the widget of tab {tab.get('title')!r},", sure=sure)
                if gone is not None:
                    yield gone
            elif not _live(row):
                self._state.ledger.settle(row["id"], None)
                yield {"shipped": made["title"], "isActive": False}
            elif (node := self.widget(row, page)) is not None:
                changes = self.changes([made, *same], node, row)
                self._state.ledger.settle(row["id"], None if changes else SHIPPED)
                if changes:
                    yield {"shipped": made["title"], **changes}
        for row in pairs.rest:
            if self._is_carried(row, "widget"):
                node = self.widget(row, page)
                if node is not None:
                    yield node

    def changes(self, facts: Sequence[Row], node: Attributes, row: Row) -> Attributes:
        """What differs in a widget from what Twenty ships."""
        lists: Attributes = {name: node[name] for name in ("fields", "groups") if name in node}
        rest = [name for name in _WIDGET if name not in ("fields", "groups")]
        changes = self._changes(rest, facts, node, row)
        if not lists:
            return changes
        bases = [_base(made) for made in facts]
        own, hidden = self._reader.own_fields(row)
        told = self._is_told(lists, bases, row, own)
        if told and (hidden or all(tidy(lists, base, own) for base in bases)):
            changes.update(lists)
        return changes

    def _is_told(
        self, lists: Attributes, bases: Sequence[Row], row: Row, own: frozenset[str]
    ) -> bool:
        """Whether a list is compared with what Twenty ships, though that may not hold here.

        A field of the workspace's own is younger than the list, however short the time between.
        """
        return (
            self._made.certain
            or self._reader.list_touched(row)
            or lacks(lists, bases)
            or not own.isdisjoint(list_names(lists))
        )


def says_nothing(tab: Row, facts: Sequence[Row]) -> bool:
    """Whether all that differs in a shipped tab are fields that were added to its lists."""
    fact = next((fact for fact in facts if fact["title"] == tab.get("shipped")), None)
    if fact is None or tab.keys() - {"shipped", "widgets"}:
        return False
    made = {widget["title"]: widget for widget in fact.get("widgets") or []}
    return all(
        widget.get("shipped") in made
        and not widget.keys() - {"shipped", "fields", "groups"}
        and only_grown(widget, _base(made[widget["shipped"]]))
        for widget in tab.get("widgets") or []
    )


def _base(made: Row) -> Row:
    """The list of a shipped widget."""
    return {name: made[name] for name in ("fields", "groups") if name in made} or AS_MADE


def normal_tabs(tabs: Sequence[Row]) -> list[Attributes]:
    """Tabs as a manifest may say them, in the form in which they are read."""
    told = []
    for tab in sorted(tabs, key=lambda node: (*_shipped_first(node), _place(node))):
        node = _normal({name: value for name, value in tab.items() if name != "widgets"})
        if tab.get("widgets"):
            widgets = [_normal(item) for item in tab["widgets"]]
            node["widgets"] = sorted(widgets, key=lambda w: (*_shipped_first(w), _grid_place(w)))
        told.append(node)
    return told


def placed(tabs: Sequence[Row]) -> list[Attributes]:
    """Tabs of a manifest, each with a place: the one in which it stands, unless it says another."""
    return [
        tab if "shipped" in tab else _placed({"position": number, "layoutMode": "GRID", **tab})
        for number, tab in enumerate(map(dict, tabs))
    ]


def _placed(tab: Attributes) -> Attributes:
    places: dict[str, Callable[[int], Attributes]] = {
        "GRID": lambda number: {"row": 6 * number, "column": 0, "rowSpan": 6, "columnSpan": 6},
        "VERTICAL_LIST": lambda number: {"index": number},
    }
    place = places.get(tab["layoutMode"])
    if place is None or not tab.get("widgets"):
        return tab
    widgets = [{"position": place(n), **widget} for n, widget in enumerate(tab["widgets"])]
    return {**tab, "widgets": widgets}


def _shipped_first(node: Row) -> tuple[bool, str]:
    return "shipped" not in node, str(node.get("shipped", ""))


def _normal(item: Row) -> Attributes:
    if item.get("configuration"):
        item = {**item, "configuration": without_filled(item["configuration"])}
    return {
        name: value
        for name, value in item.items()
        if "shipped" in item or value not in (None, {}, [])
    }


def _head(row: Row) -> Attributes:
    """What a tab says of itself; tabs of 1.x are all grids."""
    return {**{name: row.get(name) for name in _TAB}, "layoutMode": row.get("layoutMode") or "GRID"}


def _live(row: Row) -> bool:
    return row.get("isActive") is not False and not row.get("deletedAt")


def _place(row: Row) -> tuple[float, str]:
    return float(row.get("position") or 0), str(row.get("title"))


def _grid_place(node: Row) -> tuple[float, float, float, str]:
    at = node.get("position") or {}
    index, row, column = (at.get(name) or 0 for name in ("index", "row", "column"))
    return index, row, column, str(node.get("title"))
