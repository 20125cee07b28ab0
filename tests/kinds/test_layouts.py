"""Pages, dashboards, sidebar and command menu over the sandbox: there, back, change by change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.changing import Case, Change, Made, made, put, rounds
from tests.kinds.layout_documents import LAYOUTS
from tests.support import connect, fresh, plan_of, pull_to, write_documents
from twentysync.applying.apply import apply_plan
from twentysync.kinds.base.resources import State
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.planning.make import make_plan
from twentysync.planning.plan import Action
from twentysync.twenty.workspace import Workspace

DASH, DOCS = "dashboards/harbour.yaml", "page-layouts/docs.yaml"
BOAT, COMPANY = "page-layouts/boat.yaml", "page-layouts/company.yaml"
SIDEBAR, MENU = "navigation.yaml", "command-menu.yaml"
OURS = ("pageLayout", "dashboard", "navigationMenuItem", "commandMenuItem", "index")


@pytest.mark.parametrize("version", ["1.17.0", "2.21.0", "2.30.0"])
def test_a_fresh_workspace_yields_no_manifest(version: str) -> None:
    with fresh(version=version) as sandbox:
        workspace = Workspace.connect(
            "fresh", sandbox.url, sandbox.api_key, http=sandbox.transport()
        )
        state = read_workspace(workspace)
    assert [t.address for t in state.resources.values() if t.carried and t.kind in OURS] == []
    assert state.coverage["navigationMenuItem"].found == (7 if version[0] == "1" else 10)


def item(index: int, **to: Any) -> Change:
    """Change an item of a list that is a file."""
    return lambda d: next(iter(d.values()))[index].update(to)


def _money(place: int, *path: Any) -> tuple[Any, ...]:
    return ("tabs", 0, "widgets", place, *path)


_CHART = "tabs.Money.widgets"
CASES = [
    Case(*row)
    for row in (
        ("dashboard[Harbour]", DASH, put("position", to=5), ["position"]),
        ("dashboard[Harbour]", DASH, put("tabs", 0, "icon", to="IconCash"), ["tabs.Money.icon"]),
        ("dashboard[Harbour]", DASH, put("tabs", 1, "position", to=4), ["tabs.Words.position"]),
        ("dashboard[Harbour]", DASH, put("tabs", 0, "title", to="Cash"), ["tabs.Cash.title"]),
        (
            "dashboard[Harbour]",
            DASH,
            put(*_money(2, "title"), to="Beams"),
            [f"{_CHART}.Beams.title"],
        ),
        (
            "dashboard[Harbour]",
            DASH,
            put(*_money(2, "position", "column"), to=6),
            [f"{_CHART}.Bars.position.column"],
        ),
        *(
            (
                "dashboard[Harbour]",
                DASH,
                put(*_money(place, "configuration", name), to=value),
                [f"{_CHART}.{title}.configuration.{name}"],
            )
            for place, title, name, value in (
                (0, "Total", "aggregateField", "amount"),
                (0, "Total", "aggregateOperation", "COUNT_EMPTY"),
                (0, "Total", "label", "All"),
                (0, "Total", "suffix", "!"),
                (0, "Total", "numberFormat", "FULL"),
                (0, "Total", "timezone", "Europe/Berlin"),
                (0, "Total", "firstDayOfTheWeek", 0),
                (0, "Total", "displayDataLabel", True),
                (2, "Bars", "layout", "HORIZONTAL"),
                (2, "Bars", "color", "blue"),
                (2, "Bars", "groupMode", "STACKED"),
                (2, "Bars", "primaryAxisOrderBy", "VALUE_DESC"),
                (2, "Bars", "primaryAxisOrderBy", "FIELD_ASC"),
                (2, "Bars", "secondaryAxisGroupByField", "closeDate"),
                (2, "Bars", "axisNameDisplay", "BOTH"),
                (2, "Bars", "rangeMax", 10),
                (2, "Bars", "omitNullValues", True),
                (3, "Lines", "isStacked", False),
                (3, "Lines", "isCumulative", True),
                (3, "Lines", "primaryAxisDateGranularity", "YEAR"),
                (4, "Pie", "displayLegend", True),
                (4, "Pie", "hideEmptyCategory", True),
                (4, "Pie", "groupByField", "closeDate"),
            )
        ),
        (
            "dashboard[Harbour]",
            DASH,
            put(*_money(1, "configuration", "ratioAggregateConfig", "optionValue"), to="MEETING"),
            [f"{_CHART}.Ratio.configuration.ratioAggregateConfig.optionValue"],
        ),
        (
            "dashboard[Harbour]",
            DASH,
            put(*_money(0, "configuration", "filters", 0, "rules", 0, "operand"), to="IS_NOT"),
            [f"{_CHART}.Total.configuration.filters.0.rules.0.operand"],
        ),
        (
            "dashboard[Harbour]",
            DASH,
            put("tabs", 1, "widgets", 0, "configuration", "url", to="https://b.example/"),
            ["tabs.Words.widgets.Site.configuration.url"],
        ),
        (
            "dashboard[Harbour]",
            DASH,
            put("tabs", 1, "widgets", 1, "configuration", "body", "markdown", to="bye"),
            ["tabs.Words.widgets.Text.configuration.body.markdown"],
        ),
        (
            "dashboard[Harbour]",
            DASH,
            put("tabs", 1, "widgets", 2, "records", "viewFields", 1, "size", to=90),
            ["tabs.Words.widgets.Fleet.records.viewFields.rig.size"],
        ),
        (
            "dashboard[Harbour]",
            DASH,
            put("tabs", 1, "widgets", 2, "configuration", "recordLimit", to=7),
            ["tabs.Words.widgets.Fleet.configuration.recordLimit"],
        ),
        (
            "pageLayout.boat",
            BOAT,
            put("tabs", 2, "title", to="Chores"),
            ["tabs.Tasks.title"],
        ),
        (
            "pageLayout.boat",
            BOAT,
            put("tabs", 1, "widgets", 0, "groups", 0, "fields", to=["length", "rig"]),
            [f"tabs.Home.widgets.Fields.groups.Vessel.fields.{place}" for place in (0, 1)],
        ),
        (
            "pageLayout.boat",
            BOAT,
            put("tabs", 1, "widgets", 0, "groups", 1, "isVisible", to=False),
            ["tabs.Home.widgets.Fields.groups.Admin.isVisible"],
        ),
        (
            "pageLayout.boat",
            BOAT,
            put("tabs", 1, "widgets", 1, "fields", to=["built", "length"]),
            [
                "tabs.Home.widgets.More.fields.0",
                "tabs.Home.widgets.More.fields.1",
            ],
        ),
        (
            "pageLayout.company",
            COMPANY,
            put("tabs", 0, "title", to="Start"),
            ["tabs.Home.title"],
        ),
        ("pageLayout.company", COMPANY, put("tabs", 1, "position", to=36), ["tabs.Notes.position"]),
        (
            "pageLayout.company",
            COMPANY,
            put("tabs", 0, "widgets", 1, "configuration", "fieldDisplayMode", to="FIELD"),
            ["tabs.Home.widgets.Owner.configuration.fieldDisplayMode"],
        ),
        (
            "pageLayout.company",
            COMPANY,
            put("tabs", 0, "widgets", 1, "conditionalAvailabilityExpression", to="false"),
            ["tabs.Home.widgets.Owner.conditionalAvailabilityExpression"],
        ),
        (
            "pageLayout[Docs]",
            DOCS,
            put("tabs", 0, "widgets", 0, "position", "rowSpan", to=9),
            ["tabs.Read.widgets.Site.position.rowSpan"],
        ),
        ("navigationMenuItem.object[note]", SIDEBAR, item(0, isShown=True), ["isShown"]),
        ("navigationMenuItem.object[company]", SIDEBAR, item(1, color="red"), ["color"]),
        ("navigationMenuItem.object[boat]", SIDEBAR, item(2, position=1.5), ["position"]),
        ("navigationMenuItem.folder[Sales]", SIDEBAR, item(3, icon="IconBox"), ["icon"]),
        ("navigationMenuItem.view[company[Hot]]", SIDEBAR, item(4, folder=None), ["folder"]),
        ("navigationMenuItem.link[Docs]", SIDEBAR, item(5, link="https://b.example/"), ["link"]),
        ("navigationMenuItem.pageLayout[Docs]", SIDEBAR, item(8, name="See"), ["name"]),
        ("commandMenuItem[DELETE_RECORDS]", MENU, item(0, isActive=True), ["isActive"]),
        ("commandMenuItem[EXPORT_RECORDS]", MENU, item(1, label="Out"), ["label"]),
        ("commandMenuItem[EXPORT_RECORDS]", MENU, item(1, isPinned=False), ["isPinned"]),
        *(
            ("commandMenuItem[NAVIGATION//settings/x]", MENU, item(2, **{name: value}), [name])
            for name, value in (
                ("label", "Yours"),
                ("icon", "IconStar"),
                ("shortLabel", "S"),
                ("position", 7),
                ("isPinned", True),
                ("hotKeys", None),
                ("availabilityType", "RECORD_SELECTION"),
                ("availabilityObject", "company"),
                ("pageLayout", None),
            )
        ),
    )
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    with made(LAYOUTS, tmp_path_factory.mktemp("base")) as found:
        yield found


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exactly_that(workspace: Made, case: Case, tmp_path: Path) -> None:
    workspace.tells(case, tmp_path)


@pytest.mark.parametrize("cases", rounds(CASES))
@pytest.mark.slow
def test_it_is_made_and_taken_back(workspace: Made, cases: list[Case], tmp_path: Path) -> None:
    workspace.makes(cases, tmp_path)


def test_what_was_applied_comes_back_as_it_was(workspace: Made, tmp_path: Path) -> None:
    first = pull_to(workspace.workspace, tmp_path / "first")
    workspace.workspace.refresh()
    assert pull_to(workspace.workspace, tmp_path / "second") == first
    with fresh(seed=9) as other:
        target = connect(other)
        plan = plan_of(tmp_path / "first" / "manifests", target)
        assert apply_plan(plan, target, tmp_path / "state").complete
        target.refresh()
        assert pull_to(target, tmp_path / "third") == first


def test_the_menu_item_of_an_object_changes_with_the_object(tmp_path: Path) -> None:
    boxes = {
        "nameSingular": "box",
        "namePlural": "boxes",
        "labelSingular": "Box",
        "labelPlural": "Boxes",
        "icon": "IconBox",
        "shortcut": "B",
    }
    changed = {"icon": "IconStar", "labelPlural": "Cases", "isActive": False}
    with fresh() as sandbox:
        workspace = connect(sandbox)
        plan = plan_of(write_documents(tmp_path / "a", {"objects/box.yaml": boxes}), workspace)
        assert apply_plan(plan, workspace, tmp_path / "state").complete
        documents = {
            "objects/box.yaml": boxes | changed,
            "objects/company.yaml": {"nameSingular": "company", "icon": "IconStar"},
        }
        manifests = write_documents(tmp_path / "b", documents)
        workspace.refresh()
        plan = plan_of(manifests, workspace)
        assert apply_plan(plan, workspace, tmp_path / "state").complete
        assert sandbox.workspace.store.rows("commandMenuItem")[-1]["icon"] == "IconStar"
        workspace.refresh()
        assert "command-menu.yaml" not in pull_to(workspace, tmp_path)


def test_a_plan_that_prunes_leaves_what_came_along(workspace: Made, tmp_path: Path) -> None:
    documents = {name: body for name, body in LAYOUTS.items() if name.startswith("objects/")}
    desired = load_manifests(write_documents(tmp_path, documents))
    # As if somebody had changed each of them, so that a pull carries it.
    things = workspace.state.resources.values()
    changed = State(replace(t, skip_reason=None) if t.kind in OURS else t for t in things)
    changed.coverage = workspace.state.coverage
    plan = make_plan(desired, changed, workspace.workspace, prune=True)
    going = {change.address for change in plan.changes if change.action is Action.DELETE}
    assert {"commandMenuItem[NAVIGATION//settings/x]", "dashboard[Harbour]"} <= going
    assert "commandMenuItem[NAVIGATION/boat]" in changed
    assert not {address for address in going if "boat" in address}


def test_a_page_of_its_own_and_its_absence_are_told(tmp_path: Path) -> None:
    with fresh() as sandbox:
        workspace = connect(sandbox)
        documents = {
            "navigation.yaml": {"navigationMenuItems": [{"type": "OBJECT", "object": "none"}]}
        }
        with pytest.raises(Exception, match=r"no object\.none"):
            plan_of(write_documents(tmp_path / "wrong", documents), workspace)


def test_a_dashboard_written_by_hand_needs_no_places(tmp_path: Path) -> None:
    count = {"configurationType": "AGGREGATE_CHART", "aggregateField": "id"}
    count["aggregateOperation"] = "COUNT"
    chart_of = {"type": "GRAPH", "object": "company", "configuration": count}
    tabs = [
        {"title": "One", "widgets": [{"title": "A", **chart_of}, {"title": "B", **chart_of}]},
        {"title": "Two", "widgets": [{"title": "C", **chart_of}]},
    ]
    document = {"title": "By hand", "id": "5b0c2a55-0000-4000-8000-00000000d009", "tabs": tabs}
    folder = write_documents(tmp_path / "desired", {"dashboards/by-hand.yaml": document})
    with fresh() as sandbox:
        plan = plan_of(folder, connect(sandbox))
        assert apply_plan(plan, connect(sandbox), tmp_path / "state").complete
        assert plan_of(folder, connect(sandbox)).changes == []
        pulled = pull_to(connect(sandbox), tmp_path)["dashboards/by-hand.yaml"]
    assert "position: {row: 6, column: 0, rowSpan: 6, columnSpan: 6}" in pulled


def test_lists_of_one_page_whose_groups_have_the_same_names(tmp_path: Path) -> None:
    """Refused by 2.21.0 when both got one id: "flat entity to add already exists"."""
    groups = [{"group": "First", "fields": ["address"]}, {"group": "First", "fields": ["name"]}]
    page = {
        "object": "company",
        "tabs": [
            {
                "title": title,
                "layoutMode": "VERTICAL_LIST",
                "widgets": [{"title": "Chosen", "type": "FIELDS", "groups": groups}],
            }
            for title in ("One", "Two")
        ],
    }
    with fresh() as sandbox:
        workspace = connect(sandbox)
        folder = write_documents(tmp_path, {"page-layouts/company.yaml": page})
        outcome = apply_plan(plan_of(folder, workspace), workspace, tmp_path / "state")
        assert (outcome.failed, outcome.complete) == ({}, True)
        workspace.refresh()
        assert plan_of(folder, workspace).changes == []
