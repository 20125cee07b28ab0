"""Whose a row is, which facts hold, and that no row is lost between a listing and a manifest."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.documents import SHOP
from tests.support import connect, fresh, plan_of, write_documents
from twentysync.applying.apply import apply_plan
from twentysync.kinds.base.ledger import Ledger, UnaccountedRowsError
from twentysync.kinds.registry import read_workspace
from twentysync.kinds.shipped.comparison import alike
from twentysync.kinds.shipped.facts import facts_of
from twentysync.standard import load_standard
from twentysync.standard.layouts import load_layouts
from twentysync.standard.lines import LINES, exact_line, nearest_lines
from twentysync.twenty.identity import Application, Identity
from twentysync.twenty.model.ownership import made_after, touched, verdict
from twentysync.twenty.model.types import Owner

STANDARD, CUSTOM, OTHER = "a", "b", "c"
IDENTITY = Identity(
    id="w",
    name="w",
    version=None,
    custom_application=CUSTOM,
    applications=(
        Application(STANDARD, "Standard", "20202020-64aa-4b6f-b003-9c74b97cee20", None),
        Application(OTHER, "Other", "x", None),
    ),
    members=1,
)


@pytest.mark.parametrize(
    ("row", "owner"),
    [
        ({"applicationId": CUSTOM}, Owner.CUSTOM),
        ({"applicationId": STANDARD}, Owner.STANDARD),
        ({"applicationId": OTHER, "isCustom": True}, Owner.APPLICATION),
        ({"applicationId": CUSTOM, "isCustom": False}, Owner.STANDARD),
        ({"isCustom": True}, Owner.CUSTOM),
        ({"isCustom": False}, Owner.STANDARD),
        ({"isEditable": False}, Owner.STANDARD),
        ({"applicationId": "unlisted", "isCustom": False}, Owner.STANDARD),
        ({"applicationId": "unlisted"}, Owner.APPLICATION),
        ({}, None),
    ],
)
def test_what_the_server_says_first(row: dict[str, object], owner: Owner | None) -> None:
    assert verdict(IDENTITY, row).owner is owner


def test_times_tell_what_was_written_and_what_was_made_later() -> None:
    made = {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"}
    assert not touched(made)
    assert touched({**made, "updatedAt": "2026-01-02T00:00:00Z"})
    assert touched({**made, "isOverridden": True})
    assert touched({})  # nothing is told: it may be
    later = {"createdAt": "2026-01-01T00:01:00Z"}
    assert made_after(later, made)
    assert not made_after(made, later)


def test_a_version_finds_its_line_or_its_neighbours() -> None:
    assert exact_line("v2.21.3") == "2.21"
    assert exact_line("2.9.0") is None
    assert set(nearest_lines("2.9.0")) == {"2.7", "2.15"}
    assert nearest_lines("0.40.0") == (LINES[0],)
    assert nearest_lines("2.40.0") == (LINES[-1],)
    assert nearest_lines("") == (LINES[-1],)


@pytest.mark.parametrize("line", LINES)
def test_every_line_has_whole_facts(line: str) -> None:
    assert load_standard(line)["version"].startswith(line)
    assert load_standard(line)["objects"]["company"]["fields"]["name"]
    assert load_layouts(line)["version"].startswith(line)


@pytest.mark.parametrize("version", ["1.17.0", "2.21.0"])
def test_a_server_that_tells_no_version_is_known_by_its_data_model(version: str) -> None:
    with fresh(version=version) as sandbox:
        workspace = connect(sandbox)
        vars(workspace)["version"] = None
        known = facts_of(workspace)
        assert known.certain
        assert [
            t.address for t in read_workspace(workspace).resources.values() if t.overrides
        ] == []


def test_ids_of_text_blocks_say_nothing() -> None:
    one = {"body": {"blocknote": '[{"id":"1","content":[{"text":"a"}]}]'}}
    other = {"body": {"blocknote": '[{"id":"2","content":[{"text":"a"}]}]'}}
    third = {"body": {"blocknote": '[{"id":"2","content":[{"text":"b"}]}]'}}
    assert alike(one, other)
    assert not alike(one, third)


def test_a_row_that_nobody_settled_ends_the_read() -> None:
    ledger = Ledger()
    ledger.enter("view", [{"id": "1", "name": "All", "viewFields": [{"id": "2"}, {"id": "3"}]}])
    ledger.settle("1")
    ledger.settle("2")
    with pytest.raises(UnaccountedRowsError, match=r"1 rows .* view viewFields '3'"):
        ledger.check({"view"})
    ledger.settle("3", "deleted")
    ledger.check({"view"})
    assert {part: (t.found, t.written) for part, t in ledger.tallies("view")} == {
        "": (1, 1),
        "viewFields": (2, 1),
    }


def test_what_is_inside_a_row_that_is_not_written_shares_its_reason() -> None:
    ledger = Ledger()
    ledger.enter("view", [{"id": "1", "viewFields": [{"id": "2"}]}])
    ledger.settle("1", "shipped by Twenty")
    assert ledger.holes({"view"}) == []
    assert ledger.outcome("2") == "shipped by Twenty"


def test_every_row_of_a_fresh_workspace_is_accounted_for() -> None:
    with fresh() as sandbox:
        state = read_workspace(connect(sandbox))
    for kind, coverage in state.coverage.items():
        for part, tally in state.ledger.tallies(kind):
            assert tally.found == tally.written + sum(tally.skipped.values()), (kind, part)
        assert coverage.found == coverage.written + sum(coverage.skipped.values())


def test_a_sidebar_item_of_a_type_that_twenty_never_ships_is_carried() -> None:
    """The server says that it is its own application's, and leads to a page of a person's."""
    with fresh() as sandbox:
        row = sandbox.workspace.store.rows("navigationMenuItem")[0]
        made = {"id": str(uuid.uuid4()), "type": "LINK", "name": "Docs", "position": 99}
        target = {"targetObjectMetadataId": None, "link": "https://docs.example/"}
        sandbox.workspace.store.put("navigationMenuItem", {**row, **made, **target})
        workspace = connect(sandbox)
        vars(workspace)["version"] = "2.20.0"
        assert not facts_of(workspace).certain
        state = read_workspace(workspace)
    carried = [t.attributes["name"] for t in state.of("navigationMenuItem") if not t.skip_reason]
    assert carried == ["Docs"]


@pytest.mark.parametrize(("written", "carried"), [(False, []), (True, [False])])
def test_a_shipped_skill_that_is_off_is_carried_once_somebody_wrote_it(
    written: bool, carried: list[bool]
) -> None:
    """2.15.0 and 2.19.0 ship one that is off (dashboard-building)."""
    with fresh() as sandbox:
        store = sandbox.workspace.store
        row = next(row for row in store.rows("skill") if row["name"] == "dashboard-building")
        later = {"updatedAt": "2030-01-01T00:00:00.000Z"} if written else {}
        store.put("skill", {**row, "isActive": False, **later})
        state = read_workspace(connect(sandbox))
    assert [t.attributes["isActive"] for t in state.of("skill") if not t.skip_reason] == carried


@pytest.mark.parametrize("version", ["2.15.0", "2.19.0", "2.21.0"])
def test_what_differs_on_the_page_of_an_own_object_is_a_persons_where_that_page_is_known(
    version: str, tmp_path: Path
) -> None:
    """The icon of a tab, on a server whose times say nothing."""
    with fresh() as sandbox:
        folder = write_documents(tmp_path / "manifests", SHOP)
        apply_plan(plan_of(folder, connect(sandbox)), connect(sandbox), tmp_path / "state")
        store, model = sandbox.workspace.store, connect(sandbox).model
        shelf = model.objects["shelf"].id
        page = next(row for row in store.rows("pageLayout") if row["objectMetadataId"] == shelf)
        tabs = [
            {**tab, "icon": "IconStar"} if tab["title"] == "Files" else tab for tab in page["tabs"]
        ]
        store.put("pageLayout", {**page, "tabs": tabs})
        workspace = connect(sandbox)
        vars(workspace)["version"] = version
        state = read_workspace(workspace)
    pages = {t.address: t for t in state.of("pageLayout") if not t.skip_reason}
    tabs = pages["pageLayout.shelf"].attributes["tabs"]
    assert {"shipped": "Files", "icon": "IconStar"} in tabs


def test_widgets_of_a_shipped_tab_that_is_off_are_accounted_for() -> None:
    """2.21.0 switches the tab off, and its widgets stay active."""
    with fresh() as sandbox:
        store = sandbox.workspace.store
        page = next(row for row in store.rows("pageLayout") if len(row["tabs"]) > 5)
        tabs = [{**tab, "isActive": tab["title"] != "Files"} for tab in page["tabs"]]
        assert [tab["widgets"][0]["isActive"] for tab in tabs if not tab["isActive"]] == [True]
        store.put("pageLayout", {**page, "tabs": tabs})
        state = read_workspace(connect(sandbox))
    state.ledger.check({"pageLayout"})
    away = [t.attributes["tabs"] for t in state.of("pageLayout") if not t.skip_reason]
    assert away == [[{"shipped": "Files", "isActive": False}]]
