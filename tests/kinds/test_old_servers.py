"""What servers of 1.x have or lack: what stays behind is named, and nothing else is."""

from __future__ import annotations

from pathlib import Path

from tests.documents import SHOP
from tests.support import connect, fresh, plan_of, pull_to, write_documents
from twentysync.applying.apply import apply_plan
from twentysync.kinds.registry import read_workspace
from twentysync.sandbox.metadata.layout_rows import layout_row, tab_row
from twentysync.sandbox.state.rows import stamp


def test_a_serverless_function_is_named() -> None:
    with fresh(version="1.17.0") as sandbox:
        row = {"name": "greet", **stamp(sandbox.workspace)}
        sandbox.workspace.store.put("serverlessFunction", row)
        state = read_workspace(connect(sandbox))
    assert sum(note.startswith("function[greet] is a serverless") for note in state.notes) == 1
    assert state.coverage["function"].skipped == {"a serverless function of 1.x": 1}
    assert not state.readable("function")


def test_no_page_is_missed_where_twentys_objects_have_none(tmp_path: Path) -> None:
    with fresh(version="1.17.0") as sandbox:
        workspace = connect(sandbox)
        plan = plan_of(write_documents(tmp_path, SHOP), workspace)
        apply_plan(plan, workspace, tmp_path / "state")
        workspace.refresh()
        shelf = workspace.model.objects["shelf"]
        page = layout_row(sandbox.workspace, name="Own page", objectMetadataId=shelf.id)
        sandbox.workspace.store.put("pageLayout", page)
        workspace.refresh()
        notes = read_workspace(workspace).notes
    assert any("pageLayout.shelf: its name 'Own page'" in note for note in notes)
    assert not any("pageLayout." in note and "makes with its object" in note for note in notes)


def test_the_tabs_of_a_page_that_somebody_made_are_theirs(tmp_path: Path) -> None:
    """Of a server whose version has no facts: the page and its tabs are made within a second."""
    with fresh(version="1.18.0") as sandbox:
        workspace = connect(sandbox)
        plan = plan_of(write_documents(tmp_path / "shop", SHOP), workspace)
        apply_plan(plan, workspace, tmp_path / "state")
        sandbox.clock.sleep(60)
        workspace.refresh()
        shelf = workspace.model.objects["shelf"]
        page = layout_row(sandbox.workspace, name="Own page", objectMetadataId=shelf.id)
        tab = tab_row(sandbox.workspace, page, title="Mine", position=10, layoutMode="GRID")
        page["tabs"] = [{**tab, "widgets": []}]
        sandbox.workspace.store.put("pageLayout", page)
        workspace.refresh()
        pulled = pull_to(workspace, tmp_path / "pulled")
    assert "title: Mine" in pulled["page-layouts/shelf.yaml"]


def test_items_of_the_newer_sidebar_of_1_17_are_named() -> None:
    """1.17.0 keeps favourites, and behind a switch items of a sidebar, which have no type."""
    with fresh(version="1.17.0") as sandbox:
        for name in ("Sales", None):
            row = {"name": name, "position": 3, **stamp(sandbox.workspace)}
            sandbox.workspace.store.put("navigationMenuItem", row)
        state = read_workspace(connect(sandbox))
    said = [note for note in state.notes if "sidebar that 1.x has behind a switch" in note]
    assert said == [
        "2 items of the sidebar that 1.x has behind a switch are not carried (Sales, and 1 without "
        "a name): make them again on the target; favourites are"
    ]
    assert (
        state.coverage["navigationMenuItem"].skipped["of the sidebar behind a switch of 1.x"] == 2
    )
