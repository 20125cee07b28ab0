"""Charts of before 1.15, and dashboards of which a target can show nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support import connect, fresh, plan_of, write_documents
from twentysync.applying.apply import apply_plan
from twentysync.kinds.layouts.compatibility import current_configuration
from twentysync.kinds.registry import read_workspace


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"graphType": "PIE", "x": 1}, {"configurationType": "PIE_CHART", "x": 1}),
        (
            {"graphType": "VERTICAL_BAR"},
            {"configurationType": "BAR_CHART", "layout": "VERTICAL"},
        ),
        (
            {"graphType": "HORIZONTAL_BAR"},
            {"configurationType": "BAR_CHART", "layout": "HORIZONTAL"},
        ),
        ({"graphType": "SOMETHING"}, {"graphType": "SOMETHING"}),
        ({"configurationType": "LINE_CHART"}, {"configurationType": "LINE_CHART"}),
    ],
)
def test_a_chart_of_before_1_15_has_the_name_it_has_since(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert current_configuration(before) == after


def test_a_tab_of_which_the_target_can_show_nothing_is_made_once(tmp_path: Path) -> None:
    """Seen from 1.11 to 2.21: the tab was there, and each apply ended with "did not keep it"."""
    gauge = {"configurationType": "NO_CHART", "aggregateField": "id", "aggregateOperation": "COUNT"}
    widget = {"title": "A", "type": "GRAPH", "object": "company", "configuration": gauge}
    document = {
        "title": "Old",
        "id": "5b0c2a55-0000-4000-8000-00000000d019",
        "tabs": [{"title": "One", "widgets": [widget]}],
    }
    folder = write_documents(tmp_path / "desired", {"dashboards/old.yaml": document})
    with fresh() as sandbox:
        plan = plan_of(folder, connect(sandbox))
        assert any("has no NO_CHART: left out A" in note for note in plan.notes)
        assert apply_plan(plan, connect(sandbox), tmp_path / "state").complete
        assert plan_of(folder, connect(sandbox)).changes == []


def test_a_chart_of_all_parts_of_a_field_is_left_out_and_told(tmp_path: Path) -> None:
    """A 1.11 keeps it; a 2.21 refuses the whole dashboard for it."""
    count = {"aggregateField": "id", "aggregateOperation": "COUNT"}
    pie = {"configurationType": "PIE_CHART", "groupByField": "linkedinLink", **count}
    part = {**pie, "groupBySubFieldName": "primaryLinkUrl"}
    widgets = [
        {"title": title, "type": "GRAPH", "object": "company", "configuration": given}
        for title, given in (("Whole", pie), ("Part", part))
    ]
    document = {
        "title": "Links",
        "id": "5b0c2a55-0000-4000-8000-00000000d029",
        "tabs": [{"title": "One", "widgets": widgets}],
    }
    folder = write_documents(tmp_path / "desired", {"dashboards/links.yaml": document})
    with fresh() as sandbox:
        apply_plan(plan_of(folder, connect(sandbox)), connect(sandbox), tmp_path / "state")
        state = read_workspace(connect(sandbox))
    found = state.resources["dashboard[Links]"].attributes["tabs"][0]["widgets"]
    assert [widget["title"] for widget in found] == ["Part"]
    assert any("Whole: grouped by the whole of linkedinLink" in note for note in state.notes)
