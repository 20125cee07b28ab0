"""Manifests that say the least: what they leave open is the server's, and no plan asks for more."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from tests.documents import named
from tests.support import connect, fresh, notes_of, plan_of, write_documents
from twentysync.applying.apply import apply_plan

FRAME = {"title": "Web", "type": "IFRAME", "configuration": {"url": "https://x.example"}}
COUNT = {"aggregateField": "id", "aggregateOperation": "COUNT"}
SPARSE: dict[str, Any] = {
    "objects/boat.yaml": {
        **named("boat", "boats"),
        "fields": {
            "hull": {"type": "TEXT", "label": "Hull"},
            "state": {
                "type": "SELECT",
                "label": "State",
                "options": [{"value": "NEW", "label": "New"}, {"value": "OLD", "label": "Old"}],
            },
        },
        "indexes": {"mine": {"columns": ["hull"]}},
    },
    "views/boat/a.yaml": {"object": "boat", "name": "A", "viewFields": [{"field": "hull"}]},
    "views/boat/b.yaml": {
        "object": "boat",
        "name": "B",
        "type": "KANBAN",
        "mainGroupByField": "state",
        "viewFields": [{"field": "name"}, {"field": "hull"}],
        "viewFilters": [{"field": "state", "operand": "IS", "value": ["NEW"]}],
        "viewSorts": [{"field": "hull"}],
    },
    "dashboards/fleet.yaml": {
        "title": "Fleet",
        "tabs": [
            {
                "title": "Main",
                "widgets": [
                    {
                        "title": "Count",
                        "type": "GRAPH",
                        "object": "boat",
                        "configuration": {"configurationType": "AGGREGATE_CHART", **COUNT},
                    },
                    FRAME,
                ],
            }
        ],
    },
    "page-layouts/help.yaml": {
        "name": "Help",
        "type": "STANDALONE_PAGE",
        "tabs": [{"title": "Help", "widgets": [FRAME]}],
    },
    "page-layouts/boat.yaml": {"object": "boat", "tabs": [{"title": "Extra", "widgets": [FRAME]}]},
    "navigation.yaml": {
        "navigationMenuItems": [
            {"type": "FOLDER", "name": "Ships"},
            {"type": "LINK", "name": "Docs", "link": "https://x.example"},
            {"type": "VIEW", "view": "boat[A]", "folder": "Ships"},
            {"type": "OBJECT", "object": "company", "folder": "Ships"},
            {"type": "PAGE_LAYOUT", "pageLayout": "Help", "name": "Help"},
            {"type": "RECORD", "object": "dashboard", "record": "Fleet"},
        ]
    },
    "command-menu.yaml": {
        "commandMenuItems": [
            {
                "engineComponentKey": "NAVIGATION",
                "path": "/settings",
                "isOwn": True,
                "label": "Settings!",
            }
        ]
    },
    "roles/sailor.yaml": {"label": "Sailor"},
    "skills/knots.yaml": {"name": "knots", "label": "Knots", "content": "Tie"},
    "agents/mate.yaml": {"name": "mate", "label": "Mate", "prompt": "Help", "modelId": "auto"},
    "webhooks.yaml": {"webhooks": [{"targetUrl": "https://h.example/a", "operations": ["boat.*"]}]},
}


def test_what_a_manifest_does_not_say_is_left_as_the_server_makes_it(tmp_path: Path) -> None:
    manifests = write_documents(tmp_path, SPARSE)
    with fresh() as sandbox:
        workspace = connect(sandbox)
        outcome = apply_plan(plan_of(manifests, workspace), workspace, tmp_path / "state")
        assert (outcome.failed, outcome.blocked) == ({}, {})
        workspace.refresh()
        plan = plan_of(manifests, workspace)
        assert (plan.changes, notes_of(plan)) == ([], [])

        # A change of something else does not touch what nobody said either.
        documents = copy.deepcopy(SPARSE)
        documents["views/boat/a.yaml"]["isCompact"] = True
        documents["navigation.yaml"]["navigationMenuItems"][1]["color"] = "red"
        manifests = write_documents(tmp_path, documents)
        workspace.refresh()
        plan = plan_of(manifests, workspace)
        told = {change.address: [d.path for d in change.differences] for change in plan.changes}
        assert told == {
            "view.boat[A]": ["isCompact"],
            "navigationMenuItem.link[Docs]": ["color"],
        }
        assert apply_plan(plan, workspace, tmp_path / "state").complete
