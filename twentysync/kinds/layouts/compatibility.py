"""Pages as another version can have them: widgets that it has no type for are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twentysync.kinds.base.resources import Resource

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace


#: What charts were called before 1.15, and what its upgrade made of them.
_CHARTS: Mapping[str, Mapping[str, str]] = {
    "AGGREGATE": {"configurationType": "AGGREGATE_CHART"},
    "GAUGE": {"configurationType": "GAUGE_CHART"},
    "HORIZONTAL_BAR": {"configurationType": "BAR_CHART", "layout": "HORIZONTAL"},
    "LINE": {"configurationType": "LINE_CHART"},
    "PIE": {"configurationType": "PIE_CHART"},
    "VERTICAL_BAR": {"configurationType": "BAR_CHART", "layout": "VERTICAL"},
}


def current_configuration(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The configuration of a widget as servers since 1.15 say it; theirs is answered unchanged."""
    chart = _CHARTS.get(str(given.get("graphType")))
    if chart is None or given.get("configurationType"):
        return given
    return {**chart, **{name: value for name, value in given.items() if name != "graphType"}}


def fit_tree(workspace: Workspace, thing: Resource) -> tuple[Resource, list[str]]:
    """The page without the widgets that the server has no type for, and a line for each."""
    types = workspace.schema.enum_values("WidgetConfigurationType")
    told: list[str] = []
    tabs = []
    for tab in thing.attributes.get("tabs") or []:
        kept = []
        for widget in tab.get("widgets") or []:
            kind = _kind(widget)
            if kind is None or not types or kind in types:
                kept.append(widget)
                continue
            name = widget.get("title") or "a widget"
            told.append(f"{thing.address}: {workspace.name} has no {kind}: left out {name}")
        rest = {name: value for name, value in tab.items() if name != "widgets"}
        tabs.append({**rest, "widgets": kept} if kept else rest)
    if not told:
        return thing, []
    return replace(thing, attributes={**thing.attributes, "tabs": tabs}), told


def _kind(widget: Mapping[str, Any]) -> str | None:
    given = widget.get("configuration") or {}
    return given.get("configurationType") or widget.get("type")
