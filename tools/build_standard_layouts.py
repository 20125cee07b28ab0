"""Turns a read of a fresh workspace into the file of what Twenty ships of layouts and sidebar.

Run as ``python -m tools.build_standard_layouts URL KEY FILE``. What belongs to the
workspace's own objects is left out.
"""

from __future__ import annotations

import json
import sys
from itertools import chain
from pathlib import Path
from typing import Any

from twentysync.errors import ServerRefused, Unsupported
from twentysync.kinds.access.roles import RoleKind
from twentysync.kinds.automation.agents import AgentKind
from twentysync.kinds.automation.skills import SkillKind
from twentysync.kinds.layouts.page_layouts import layout_rows
from twentysync.kinds.layouts.tree import OWN_PAGE, TreeReader
from twentysync.kinds.layouts.widgets import WidgetReader
from twentysync.kinds.navigation.command_menu import CommandMenuKind
from twentysync.kinds.navigation.sidebar import NavigationKind
from twentysync.kinds.registry import read_workspace
from twentysync.kinds.row_kind import RowKind
from twentysync.twenty.model.types import Owner
from twentysync.twenty.workspace import Workspace

Row = dict[str, Any]


def build(workspace: Workspace) -> Row:
    """The facts, in the form of manifests."""
    state = read_workspace(workspace, only=frozenset({"object", "field", "view"}))
    reader = WidgetReader(workspace, state)
    facts: Row = {"version": workspace.version, "recordPages": {}, "dashboards": []}
    layouts = (layout_rows(workspace, state, dashboards=flag) for flag in (False, True))
    for layout in chain.from_iterable(layouts):
        tree = TreeReader(reader, layout, OWN_PAGE, "")
        page = workspace.model.object_of(layout.get("objectMetadataId"))
        if layout["type"] == "DASHBOARD" and _is_shipped(layout):
            tabs = tree.tabs(None)
            identifier = layout.get("universalIdentifier")
            facts["dashboards"].append(
                {"universalIdentifier": identifier, "title": layout["name"], "tabs": tabs}
            )
        elif page and workspace.model.objects[page].owner is Owner.STANDARD:
            facts["recordPages"][page] = tree.tabs(page)
    facts["recordPages"] = dict(sorted(facts["recordPages"].items()))
    sidebar, menu = NavigationKind(), CommandMenuKind()
    facts[sidebar.plural] = list(sidebar.shipped_items(workspace, state))
    facts[menu.plural] = list(menu.shipped_items(workspace, state))
    for kind in (SkillKind(), AgentKind(), RoleKind()):
        facts[kind.plural] = _names(kind, workspace)
    return facts


def _names(kind: RowKind, workspace: Workspace) -> list[str]:
    """The names of all rows of a kind; none where the version has no such thing, or hides it."""
    try:
        return sorted(str(row[kind.key]) for row in kind.fetch(workspace))
    except (Unsupported, ServerRefused):
        return []


def _is_shipped(layout: Row) -> bool:
    return str(layout.get("universalIdentifier", "20202020")).startswith("20202020") and (
        "universalIdentifier" in layout or layout["name"] == "My First Dashboard"
    )


def dump(facts: Row) -> str:
    """The facts as JSON with a line for each page, dashboard and item."""
    parts = []
    for name, value in facts.items():
        if isinstance(value, dict):
            lines = [f"  {json.dumps(k)}: {_line(v)}" for k, v in value.items()]
            parts.append(f" {json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n }")
        elif isinstance(value, list):
            items = ",\n".join(f"  {_line(item)}" for item in value)
            parts.append(f" {json.dumps(name)}: [\n{items}\n ]" if value else f' "{name}": []')
        else:
            parts.append(f" {json.dumps(name)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def main(arguments: list[str]) -> None:
    """Read the fresh workspace at URL with KEY and write FILE."""
    url, key, target = arguments
    facts = build(Workspace.connect("fresh", url, key))
    Path(target).write_text(dump(facts), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
