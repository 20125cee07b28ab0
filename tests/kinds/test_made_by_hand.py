"""What people make by the API and no manifest of ours made: it arrives, and comes back the same."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.documents import SHOP, named
from tests.support import connect, fresh, plan_of, pull_to, write_documents
from twentysync.applying.apply import apply_plan
from twentysync.kinds.navigation.command_menu_reading import COMMAND_ROWS
from twentysync.kinds.registry import read_workspace
from twentysync.planning.plan import Plan
from twentysync.sandbox import Sandbox
from twentysync.sandbox.metadata.graph import own_sdl
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.metadata.operations import COMMAND_MENU
from twentysync.twenty.workspace import Workspace


@dataclass
class Hand:
    """A person with the API of a sandbox, some time after it was made."""

    sandbox: Sandbox
    workspace: Workspace = field(init=False)

    def __post_init__(self) -> None:
        self.workspace = connect(self.sandbox)
        self.sandbox.clock.sleep(3600)

    def call(self, mutation: str, kind: str, given: Any, *, name: str = "input") -> Any:
        """Run a mutation with one argument."""
        document = f"mutation M($i: {kind}) {{ {mutation}({name}: $i) {{ id }} }}"
        return self._send(document, {"i": given})[mutation]

    def update(self, mutation: str, kind: str, ident: str, given: Any) -> None:
        """Run a mutation that takes an id beside its input."""
        document = (
            f"mutation M($id: String!, $i: {kind}) {{ {mutation}(id: $id, input: $i) {{ id }} }}"
        )
        self._send(document, {"id": ident, "i": given})

    def destroy(self, view: str) -> None:
        """Take a view away."""
        self._send("mutation M($id: String!) { destroyView(id: $id) }", {"id": view})

    def _send(self, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        return self.workspace.transport.graphql(
            Endpoint.METADATA, document, variables, operation="M", write=True
        )

    def view(self, owner: str, name: str) -> str:
        """The id of a view by its key or name."""
        self.workspace.refresh()
        address = f"view.{owner}.INDEX" if name == "INDEX" else f"view.{owner}[{name}]"
        found = read_workspace(self.workspace).get(address)
        assert found is not None
        return found.id

    def object_id(self, name: str) -> str:
        """The id of an object."""
        return self.workspace.model.objects[name].id

    def field_id(self, owner: str, name: str) -> str:
        """The id of a field."""
        return self.workspace.model.objects[owner].fields[name].id


@pytest.fixture
def hand() -> Iterator[Hand]:
    with fresh() as sandbox:
        yield Hand(sandbox)


def carried(hand: Hand, root: Path, *, changes: int | None = None) -> tuple[dict[str, str], Plan]:
    """What is pulled, after it was applied to another fresh workspace and came back the same."""
    hand.workspace.refresh()
    pulled = pull_to(hand.workspace, root / "source")
    with fresh(seed=9) as other:
        other.clock.sleep(3600)
        target = connect(other)
        plan = plan_of(root / "source" / "manifests", target)
        outcome = apply_plan(plan, target, root / "state")
        assert (outcome.failed, outcome.blocked) == ({}, {})
        assert changes is None or len(plan.changes) == changes
        target.refresh()
        assert plan_of(root / "source" / "manifests", target).changes == []
        target.refresh()
        assert pull_to(target, root / "target") == pulled
    return pulled, plan


def test_views_of_twentys_that_were_changed_in_each_way_alone(hand: Hand, tmp_path: Path) -> None:
    sort = {"viewId": hand.view("person", "INDEX"), "direction": "DESC"}
    sort["fieldMetadataId"] = hand.field_id("person", "name")
    hand.call("createViewSort", "CreateViewSortInput!", sort)
    only = {"viewId": hand.view("company", "INDEX"), "operand": "CONTAINS", "value": "x"}
    only["fieldMetadataId"] = hand.field_id("company", "name")
    hand.call("createViewFilter", "CreateViewFilterInput!", only)
    mine = hand.view("task", "Assigned to Me")
    hand.update("updateView", "UpdateViewInput!", mine, {"name": "My own"})
    hand.update("updateView", "UpdateViewInput!", hand.view("note", "INDEX"), {"name": "Jottings"})
    hand.destroy(hand.view("opportunity", "By Stage"))
    hand.destroy(hand.view("dashboard", "INDEX"))

    pulled, plan = carried(hand, tmp_path, changes=6)

    assert "viewSorts:" in pulled["views/person/index.yaml"]
    assert "shipped: Assigned to Me\nname: My own\n" in pulled["views/task/assigned-to-me.yaml"]
    assert "viewFilters" not in pulled["views/task/assigned-to-me.yaml"]
    assert "name: Jottings\n" in pulled["views/note/index.yaml"]
    assert "isActive: false\n" in pulled["views/opportunity/by-stage.yaml"]
    away = [change for change in plan.changes if (change.after or {}).get("isActive") is False]
    assert [change.needs_consent for change in away] == [False, False]
    assert all("no key can bring it back" in fact for change in away for fact in change.facts)


def test_views_of_twentys_of_1_17(tmp_path: Path) -> None:
    with fresh(version="1.17.0") as sandbox:
        hand = Hand(sandbox)
        sort = {"viewId": hand.view("person", "INDEX"), "direction": "DESC"}
        sort["fieldMetadataId"] = hand.field_id("person", "name")
        hand.call("createCoreViewSort", "CreateViewSortInput!", sort)
        mine = hand.view("task", "Assigned to Me")
        hand.update("updateCoreView", "UpdateViewInput!", mine, {"name": "My own"})
        hand.workspace.refresh()
        pulled = pull_to(hand.workspace, tmp_path / "source")
    views = [name for name in pulled if name.startswith("views/")]
    assert views == ["views/person/index.yaml", "views/task/assigned-to-me.yaml"]
    assert "name: My own\n" in pulled["views/task/assigned-to-me.yaml"]
    with fresh() as other:
        target = connect(other)
        plan = plan_of(tmp_path / "source" / "manifests", target)
        told = {change.address for change in plan.changes if change.kind == "view"}
        assert told == {"view.person.INDEX", "view.task[Assigned to Me]"}
        assert apply_plan(plan, target, tmp_path / "state").complete
        target.refresh()
        assert plan_of(tmp_path / "source" / "manifests", target).changes == []


def test_taking_away_what_somebody_changed_there_needs_consent(hand: Hand, tmp_path: Path) -> None:
    stage = hand.view("opportunity", "By Stage")
    hand.update("updateView", "UpdateViewInput!", stage, {"icon": "IconStar"})
    hand.workspace.refresh()
    gone = {"object": "opportunity", "name": "By Stage", "shipped": True, "isActive": False}
    manifests = write_documents(tmp_path, {"views/opportunity/by-stage.yaml": gone})
    (change,) = plan_of(manifests, hand.workspace).changes
    assert change.needs_consent


def test_an_own_objects_first_view_renamed_or_taken_away(hand: Hand, tmp_path: Path) -> None:
    for name in ("boat", "crate"):
        made = {"nameSingular": name, "namePlural": f"{name}s"}
        labels = {"labelSingular": name.title(), "labelPlural": f"{name.title()}s"}
        hand.call("createOneObject", "CreateOneObjectInput!", {"object": {**made, **labels}})
    hand.update("updateView", "UpdateViewInput!", hand.view("boat", "INDEX"), {"name": "Fleet"})
    hand.destroy(hand.view("crate", "INDEX"))
    pulled, _ = carried(hand, tmp_path)
    assert "name: Fleet\n" in pulled["views/boat/index.yaml"]
    assert "isActive: false\n" in pulled["views/crate/index.yaml"]


def test_more_relations_than_an_object_may_have_indexes(hand: Hand, tmp_path: Path) -> None:
    """The server counts the indexes of relations and unique fields, but refuses only other ones."""
    columns = {"code": {"type": "TEXT", "label": "Code"}, "rank": {"type": "NUMBER", "label": "R"}}
    unique = {"type": "TEXT", "label": "Id", "isUnique": True}
    relations = {
        f"place{n}": {
            "type": "RELATION",
            "label": f"Place {n}",
            "relation": {"object": "company", "inverse": {"name": f"visits{n}", "label": f"V {n}"}},
        }
        for n in range(10)
    }
    visit = {
        "nameSingular": "visit",
        "namePlural": "visits",
        "labelSingular": "Visit",
        "labelPlural": "Visits",
        "fields": {**columns, **relations, "ident": unique},
        "indexes": {
            "a": {"columns": ["code"]},
            "b": {"columns": ["rank", "code"]},
            "c": {"columns": ["place3", "code"]},
        },
    }
    manifests = write_documents(tmp_path, {"objects/visit.yaml": visit})
    outcome = apply_plan(plan_of(manifests, hand.workspace), hand.workspace, tmp_path / "state")
    assert (outcome.failed, outcome.blocked) == ({}, {})
    hand.workspace.refresh()
    assert plan_of(manifests, hand.workspace).changes == []


def test_a_relation_of_twentys_with_another_label(hand: Hand, tmp_path: Path) -> None:
    fields = {"people": {"label": "Staff"}, "accountOwner": {"label": "Rep", "icon": "IconUser"}}
    company = {"nameSingular": "company", "fields": fields}
    manifests = write_documents(tmp_path, {"objects/company.yaml": company})
    plan = plan_of(manifests, hand.workspace)
    assert [change.address for change in plan.changes] == [
        "field.company.people",
        "field.company.accountOwner",
    ]
    assert apply_plan(plan, hand.workspace, tmp_path / "state").complete
    hand.workspace.refresh()
    assert plan_of(manifests, hand.workspace).changes == []


def test_fields_that_nobody_edits_and_fields_marked_as_the_servers(
    hand: Hand, tmp_path: Path
) -> None:
    owner = {"objectMetadataId": hand.object_id("company"), "type": "TEXT"}
    for name, more in (("fixed", {"isUIEditable": False}), ("deep", {"isSystem": True})):
        given = {**owner, "name": name, "label": name.title(), **more}
        hand.call("createOneField", "CreateOneFieldMetadataInput!", {"field": given})
    pulled, _ = carried(hand, tmp_path)
    assert "isUIEditable: false" in pulled["objects/company.yaml"]
    assert "isSystem: true" in pulled["objects/company.yaml"]


@pytest.mark.parametrize("fields", [("score",), ("score", "motto")])
def test_an_own_field_that_somebody_hid_on_a_page_of_twentys(
    hand: Hand, tmp_path: Path, fields: tuple[str, ...]
) -> None:
    owner = {"objectMetadataId": hand.object_id("company"), "type": "TEXT"}
    for name in fields:
        given = {**owner, "name": name, "label": name.title()}
        hand.call("createOneField", "CreateOneFieldMetadataInput!", {"field": given})
    hand.workspace.refresh()
    column = next(
        row["id"]
        for view in hand.sandbox.workspace.store.rows("view")
        if view["type"] == "FIELDS_WIDGET" and view["objectMetadataId"] == hand.object_id("company")
        for row in hand.sandbox.workspace.children("viewField", "viewId", view["id"])
        if row["fieldMetadataId"] == hand.field_id("company", fields[-1])
    )
    hide = {"id": column, "update": {"isVisible": False}}
    hand.call("updateViewField", "UpdateViewFieldInput!", hide)
    pulled, _ = carried(hand, tmp_path)
    assert "shipped: Fields" in pulled["page-layouts/company.yaml"]


def test_one_row_of_several_of_a_relation_that_somebody_hid(hand: Hand, tmp_path: Path) -> None:
    manifests = write_documents(tmp_path, SHOP)
    assert apply_plan(plan_of(manifests, hand.workspace), hand.workspace, tmp_path / "s").complete
    hand.workspace.refresh()
    model, shelf = hand.workspace.model, hand.object_id("shelf")
    rows = [
        row
        for view in hand.sandbox.workspace.store.rows("view")
        if view["type"] == "FIELDS_WIDGET" and view["objectMetadataId"] == shelf
        for row in hand.sandbox.workspace.children("viewField", "viewId", view["id"])
        if model.field_of(row["fieldMetadataId"]) == ("shelf", "holder")
    ]
    assert len(rows) == 2
    said = "pageLayout.shelf: of holder, a relation to several objects, a list of fields shows some"
    for hidden, told in ((1, True), (2, False)):
        for row in rows[:hidden]:
            hide = {"id": row["id"], "update": {"isVisible": False}}
            hand.call("updateViewField", "UpdateViewFieldInput!", hide)
        hand.workspace.refresh()
        notes = read_workspace(hand.workspace).notes
        assert any(note.startswith(said) for note in notes) is told


def test_a_member_in_a_filter_through_a_relation(hand: Hand, tmp_path: Path) -> None:
    (member,) = read_workspace(hand.workspace).of("member")
    view = {"id": str(uuid.uuid4()), "name": "Ours", "icon": "IconList"}
    view["objectMetadataId"] = hand.object_id("person")
    hand.call("createView", "CreateViewInput!", view)
    chosen = {"isCurrentWorkspaceMemberSelected": False, "selectedRecordIds": [member.id]}
    row = {"viewId": view["id"], "operand": "IS", "value": json.dumps(chosen)}
    row["fieldMetadataId"] = hand.field_id("person", "company")
    row["relationTargetFieldMetadataId"] = hand.field_id("company", "accountOwner")
    hand.call("createViewFilter", "CreateViewFilterInput!", row)
    pulled, _ = carried(hand, tmp_path)
    assert f"selectedRecordIds: [{member.name}]" in pulled["views/person/ours.yaml"]


def test_items_of_the_sidebar_with_one_place_and_names_with_brackets(
    hand: Hand, tmp_path: Path
) -> None:
    folders = []
    for name in ("Plan [2]", "Stock", "Stock"):
        row = {"id": str(uuid.uuid4()), "type": "FOLDER", "name": name, "position": 30}
        folders.append(hand.call("createNavigationMenuItem", _ITEM, row)["id"])
    for place, folder in enumerate([*folders, None, None]):
        row = {"type": "LINK", "name": "Docs", "link": f"https://x.example/{9 - place}"}
        hand.call("createNavigationMenuItem", _ITEM, {**row, "folderId": folder, "position": 40})
    pulled, _ = carried(hand, tmp_path)
    sidebar = pulled["navigation.yaml"]
    assert "folder: Plan [2][1]" in sidebar
    assert "folder: Stock[2]" in sidebar


_ITEM = "CreateNavigationMenuItemInput!"


def test_a_chart_of_a_field_that_is_gone_is_left_out_and_told(hand: Hand, tmp_path: Path) -> None:
    def chart(title: str, field: str) -> dict[str, Any]:
        shown = {"configurationType": "AGGREGATE_CHART", "aggregateField": field}
        shown["aggregateOperation"] = "COUNT"
        return {"title": title, "type": "GRAPH", "object": "company", "configuration": shown}

    company = {"nameSingular": "company", "fields": {"rank": {"type": "NUMBER", "label": "Rank"}}}
    widgets = [chart("All", "id"), chart("Ranked", "rank")]
    board = {"title": "Firms", "tabs": [{"title": "Main", "widgets": widgets}]}
    documents = {"objects/company.yaml": company, "dashboards/firms.yaml": board}
    manifests = write_documents(tmp_path, documents)
    assert apply_plan(plan_of(manifests, hand.workspace), hand.workspace, tmp_path / "s").complete
    hand.workspace.refresh()
    hand.call("deleteOneField", "DeleteOneFieldInput!", {"id": hand.field_id("company", "rank")})
    pulled, _ = carried(hand, tmp_path)
    assert "Ranked" not in pulled["dashboards/firms.yaml"]
    notes = read_workspace(hand.workspace).notes
    assert "dashboard[Firms]: Ranked: shows a field that is gone; left out" in notes

    # What is broken there does not keep the page from being written.
    board["tabs"] = [{"title": "First", "widgets": widgets[:1]}]
    manifests = write_documents(tmp_path / "b", {"dashboards/firms.yaml": board})
    hand.workspace.refresh()
    plan = plan_of(manifests, hand.workspace)
    assert apply_plan(plan, hand.workspace, tmp_path / "s").complete


def test_an_own_command_that_leads_to_an_object(hand: Hand, tmp_path: Path) -> None:
    row = {"engineComponentKey": "NAVIGATION", "label": "Firms", "position": 200}
    row["payload"] = {"objectMetadataItemId": hand.object_id("company")}
    hand.call("createCommandMenuItem", "CreateCommandMenuItemInput!", row)
    pulled, _ = carried(hand, tmp_path)
    assert "label: Firms" in pulled["command-menu.yaml"]


def test_an_object_s_command_that_was_moved_behind_all_others(hand: Hand, tmp_path: Path) -> None:
    crate = {**named("crate", "crates"), "icon": "IconBox"}
    manifests = write_documents(tmp_path, {"objects/crate.yaml": crate})
    assert apply_plan(plan_of(manifests, hand.workspace), hand.workspace, tmp_path / "s").complete
    made = hand.sandbox.workspace.store.rows("commandMenuItem")[-1]
    place = made["position"] + 20
    hand.sandbox.clock.sleep(60)
    hand.call(
        "updateCommandMenuItem",
        "UpdateCommandMenuItemInput!",
        {"id": made["id"], "position": place},
    )
    pulled, _ = carried(hand, tmp_path)
    assert f"position: {place}" in pulled["command-menu.yaml"]


def test_commands_of_a_version_without_a_reset(tmp_path: Path) -> None:
    with fresh(version="2.7.0") as sandbox:
        assert "resetCommandMenuItem" not in own_sdl("2.7.0")
        hand = Hand(sandbox)
        given = {"engineComponentKey": "NAVIGATION", "label": "Open the shop", "position": 3}
        given["payload"] = {"path": "/objects/companies"}
        hand.call("createCommandMenuItem", "CreateCommandMenuItemInput!", given)
        rows = hand.workspace.metadata.rows(COMMAND_MENU, COMMAND_ROWS)
        notes = next(row for row in rows if row["label"] == "Go to Notes")
        change = {"id": notes["id"], "isPinned": True}
        hand.call("updateCommandMenuItem", "UpdateCommandMenuItemInput!", change)
        away = next(row for row in rows if row["engineComponentKey"] == "EXPORT_NOTE_TO_PDF")
        sandbox.workspace.store.drop("commandMenuItem", away["id"])  # 2.7.0 keeps no row of it
        hand.workspace.refresh()
        pulled = pull_to(hand.workspace, tmp_path / "source")
        notes = read_workspace(hand.workspace).notes
    menu = pulled["command-menu.yaml"]
    assert "label: Open the shop" in menu
    assert "object: note, isPinned: true}" in menu
    told = "commandMenuItem[EXPORT_NOTE_TO_PDF], which Twenty ships, is not there; not carried"
    assert sum(note.startswith(told) for note in notes) == 1
    with fresh() as other:
        target = connect(other)
        plan = plan_of(tmp_path / "source" / "manifests", target)
        assert sum(change.kind == "commandMenuItem" for change in plan.changes) == 2
        assert apply_plan(plan, target, tmp_path / "state").complete


@pytest.mark.parametrize(("label", "noted"), [("Search vector", False), ("What is searched", True)])
def test_a_search_vector_that_the_server_wrote_again(
    label: str, noted: bool, tmp_path: Path
) -> None:
    """As 2.7.0 answers for an object whose records are labelled by another field than at first."""
    with fresh(version="2.7.0") as sandbox:
        hand = Hand(sandbox)
        made = plan_of(write_documents(tmp_path / "shop", SHOP), hand.workspace)
        assert apply_plan(made, hand.workspace, tmp_path / "made").complete
        store = sandbox.workspace.store
        shelf = next(row for row in store.rows("object") if row["nameSingular"] == "shelf")
        sandbox.clock.sleep(60)
        for row in [row for row in store.rows("field") if row["objectMetadataId"] == shelf["id"]]:
            if row["isSystem"]:
                twentys = hand.workspace.identity.standard_application
                store.change("field", row["id"], applicationId=twentys)
            if row["name"] == "searchVector":
                settings = {"asExpression": "to_tsvector('simple', 'x')", "generatedType": "STORED"}
                now = sandbox.workspace.now()
                store.change("field", row["id"], settings=settings, label=label, updatedAt=now)
        hand.workspace.refresh()
        pulled = pull_to(hand.workspace, tmp_path / "source")
        notes = read_workspace(hand.workspace).notes
    assert "searchVector" not in pulled["objects/shelf.yaml"]
    told = "field.shelf.searchVector comes with its object and was changed since"
    assert any(told in note for note in notes) is noted
    with fresh() as other:
        plan = plan_of(tmp_path / "source" / "manifests", connect(other))
        assert apply_plan(plan, connect(other), tmp_path / "state").failed == {}


def test_the_command_of_an_own_object_that_the_server_calls_twentys(tmp_path: Path) -> None:
    """As 2.15.0 answers for an object that was switched off: its command was written with it."""
    with fresh(version="2.15.0") as sandbox:
        hand = Hand(sandbox)
        made = plan_of(write_documents(tmp_path / "shop", SHOP), hand.workspace)
        assert apply_plan(made, hand.workspace, tmp_path / "made").complete
        hand.workspace.refresh()
        store, shelf = sandbox.workspace.store, hand.object_id("shelf")
        sandbox.clock.sleep(60)
        for row in store.rows("commandMenuItem"):
            if (row.get("payload") or {}).get("objectMetadataItemId") == shelf:
                twentys = hand.workspace.identity.standard_application
                now = sandbox.workspace.now()
                store.change("commandMenuItem", row["id"], applicationId=twentys, updatedAt=now)
        hand.workspace.refresh()
        pull_to(hand.workspace, tmp_path / "source")
    with fresh() as other:
        plan = plan_of(tmp_path / "source" / "manifests", connect(other))
        assert "commandMenuItem[NAVIGATION/shelf]" not in {c.address for c in plan.changes}
