"""Tabs and widgets of pages and dashboards as manifests say them.

A page that Twenty ships, or makes with an object, is told by what differs from it: a tab or widget
of Twenty's that was changed starts with `shipped` (its title as shipped) and has just the changed
attributes, `isActive: false` where it was taken away; one of the customer's own is told whole.
A page of the customer's own has only the latter. Sources: metadata-api reference 7.1 to 7.5;
observed 8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from twentysync.kinds.base.resources import Attributes
from twentysync.kinds.base.schemas import FLAG, NAME, NUMBER, STRING, TEXT, one_of, schema_of
from twentysync.kinds.layouts.field_lists import AS_MADE, SCHEMAS, only_grown, tidy
from twentysync.kinds.layouts.widgets import (
    DanglingWidgetError,
    UnsupportedWidgetError,
    WidgetReader,
    without_filled,
)

Row = Mapping[str, Any]
LAYOUT_MODES = ("GRID", "VERTICAL_LIST", "CANVAS")
_SHIPPED = {**STRING, "description": "Original title, for a built-in one."}
_GONE = {**FLAG, "description": "False for a built-in one that was removed."}
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


@dataclass(slots=True)
class Pairs:
    """What belongs together: shipped things with their rows, and the rows that are left."""

    shipped: list[tuple[Row, Row | None]] = field(default_factory=list)
    rest: list[Row] = field(default_factory=list)


def pair(facts: Sequence[Row], rows: Sequence[Row], score: Callable[[Row, Row], int]) -> Pairs:
    """Match each fact with the row that is most like it; a score of 0 is no match."""
    scored = sorted(
        (
            (-score(fact, row), a, b)
            for a, fact in enumerate(facts)
            for b, row in enumerate(rows)
            if score(fact, row)
        ),
    )
    found: dict[int, int] = {}
    for _, a, b in scored:
        if a not in found and b not in found.values():
            found[a] = b
    taken = set(found.values())
    return Pairs(
        [(fact, rows[found[a]] if a in found else None) for a, fact in enumerate(facts)],
        [row for b, row in enumerate(rows) if b not in taken],
    )


def tab_score(fact: Row, row: Row) -> int:
    """How alike two tabs are; title first, then what is on them."""
    mine = [item.get("type") for item in fact.get("widgets") or []]
    theirs = [item.get("type") for item in row.get("widgets") or []]
    same = sum(1 for kind in mine if kind in theirs)
    if fact.get("title") != row.get("title") and not same:
        return 0
    return (
        8 * (fact.get("title") == row.get("title"))
        + 4 * (fact.get("icon") == row.get("icon") and bool(same))
        + 2 * (fact.get("position") == row.get("position"))
        + min(same, 1)
    )


def widget_score(fact: Row, row: Row) -> int:
    """How alike two widgets are: of one type, and then by title and place."""
    if fact.get("type") != row.get("type"):
        return 0
    place = {k: v for k, v in (row.get("position") or {}).items() if k != "layoutMode"}
    return (
        1
        + 8 * (fact.get("title") == row.get("title"))
        + 2 * ((fact.get("position") or {}) == place)
    )


class TreeReader:
    """Reads the tabs of layouts."""

    def __init__(self, reader: WidgetReader, *, known: bool) -> None:
        self._reader = reader
        self._known = known

    def tabs(self, layout: Row, page: str | None, facts: Sequence[Row], where: str) -> list[Any]:
        """The tabs of a layout, or what differs in them from what Twenty ships."""
        pairs = pair(facts, layout.get("tabs") or [], tab_score)
        told = [
            node
            for fact, row in pairs.shipped
            if (node := self._changed_tab(fact, row, page, where)) is not None
        ]
        own = filter(_live, pairs.rest)
        told += [self._tab(row, page, where) for row in own if self._is_own(row, facts)]
        return normal_tabs(told)

    def _is_own(self, row: Row, facts: Sequence[Row]) -> bool:
        """Whether a row without a fact is the customer's: an unknown version may ship more."""
        return self._known or not facts or touched(row)

    def _tab(self, row: Row, page: str | None, where: str) -> Attributes:
        node = _head(row)
        node["widgets"] = list(self._widgets(row, page, where))
        return {name: value for name, value in node.items() if value not in (None, [])}

    def _widgets(self, tab: Row, page: str | None, where: str) -> Iterator[Attributes]:
        rows = filter(_live, tab.get("widgets") or [])
        nodes = (self.widget(row, page, where) for row in rows)
        yield from (node for node in nodes if node is not None)

    def widget(self, row: Row, page: str | None, where: str) -> Attributes | None:
        """One widget told whole; None, and a note, for one of an application."""
        try:
            return self._reader.node(row, page, where)
        except UnsupportedWidgetError as fault:
            self._reader.state.notes.append(f"{where}: {row.get('title')}: {fault}; left out")
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

    def _changed_tab(
        self, fact: Row, row: Row | None, page: str | None, where: str
    ) -> Attributes | None:
        head: Attributes = {"shipped": fact["title"]}
        if row is None or not _live(row):
            return {**head, "isActive": False} if self._known or row is not None else None
        changes = _delta(fact, _head(row), _TAB) if self._known or touched(row) else {}
        widgets = list(self._changed_widgets(fact, row, page, where))
        if not changes and not widgets:
            return None
        return {**head, **changes, **({"widgets": widgets} if widgets else {})}

    def _changed_widgets(
        self, fact: Row, tab: Row, page: str | None, where: str
    ) -> Iterator[Attributes]:
        pairs = pair(fact.get("widgets") or [], tab.get("widgets") or [], widget_score)
        for made, row in pairs.shipped:
            head: Attributes = {"shipped": made["title"]}
            if row is None or not _live(row):
                if self._known or row is not None:
                    yield {**head, "isActive": False}
                continue
            node = self.widget(row, page, where)
            if node is None:
                continue
            changes = self.changes(made, node, row)
            if changes:
                yield {**head, **changes}
        own = [row for row in pairs.rest if _live(row) and self._is_own(row, [fact])]
        nodes = (self.widget(row, page, where) for row in own)
        yield from (node for node in nodes if node is not None)

    def changes(self, made: Row, node: Attributes, row: Row) -> Attributes:
        """What differs in a widget from what Twenty ships."""
        lists: Attributes = {name: node[name] for name in ("fields", "groups") if name in node}
        rest = [name for name in _WIDGET if name not in ("fields", "groups")]
        changes = _delta(made, node, rest) if self._known or touched(row) else {}
        if lists:
            changes.update(tidy(lists, _base(made)))
        return changes


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


def touched(row: Row) -> bool:
    """Whether somebody changed a row since it was made: for versions without known facts."""
    return str(row.get("updatedAt")) != str(row.get("createdAt"))


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


def _delta(fact: Row, now: Row, names: Sequence[str]) -> Attributes:
    return {name: now.get(name) for name in names if now.get(name) != fact.get(name)}


def _live(row: Row) -> bool:
    return row.get("isActive") is not False and not row.get("deletedAt")


def _place(row: Row) -> tuple[float, str]:
    return float(row.get("position") or 0), str(row.get("title"))


def _grid_place(node: Row) -> tuple[float, float, float, str]:
    at = node.get("position") or {}
    return at.get("index", 0), at.get("row", 0), at.get("column", 0), str(node.get("title"))
