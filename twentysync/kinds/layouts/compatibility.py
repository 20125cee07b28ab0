"""Pages as another version can have them: widgets that it has no type for are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twentysync.kinds.base.resources import Resource

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace


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
        tabs.append({**tab, "widgets": kept} if "widgets" in tab else tab)
    if not told:
        return thing, []
    return replace(thing, attributes={**thing.attributes, "tabs": tabs}), told


def _kind(widget: Mapping[str, Any]) -> str | None:
    given = widget.get("configuration") or {}
    return given.get("configurationType") or widget.get("type")
