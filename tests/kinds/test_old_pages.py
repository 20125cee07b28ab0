"""Pages of records in 1.x: the server makes none, so each one is a person's work."""

from __future__ import annotations

from pathlib import Path

from tests.documents import named
from tests.support import connect, fresh, plan_of, pull_to, write_documents
from twentysync.applying.apply import apply_plan
from twentysync.kinds.registry import read_workspace
from twentysync.sandbox import Sandbox
from twentysync.sandbox.metadata.layout_rows import layout_row, tab_row

CRATE = {**named("crate", "crates"), "icon": "IconBox"}
LID = named("lid", "lids")


def _make_page(sandbox: Sandbox, owner: str) -> None:
    """A page as a person's interface made it."""
    workspace = sandbox.workspace
    page = layout_row(workspace, name="Ours", objectMetadataId=owner)
    tab = tab_row(workspace, page, title="Loading", icon=None, layoutMode="GRID", position=10)
    page["tabs"].append({**tab, "widgets": []})
    workspace.store.put("pageLayout", page)


def test_a_page_of_1_x_takes_no_tab_away_that_the_target_makes(tmp_path: Path) -> None:
    """Seen on 1.11 and 1.17: each tab of a 2.x page was switched off, and pages missed."""
    objects = {"objects/crate.yaml": CRATE, "objects/lid.yaml": LID}
    with fresh(version="1.17.0") as old, fresh() as new:
        source, target = connect(old, "source"), connect(new)
        plan = plan_of(write_documents(tmp_path / "a", objects), source)
        assert apply_plan(plan, source, tmp_path / "s").complete
        source.refresh()
        crate = source.model.objects["crate"].id
        _make_page(old, crate)
        source.refresh()
        pulled = pull_to(source, tmp_path / "b")
        assert "title: Loading" in pulled["page-layouts/crate.yaml"]
        assert "shipped" not in pulled["page-layouts/crate.yaml"]
        notes = read_workspace(source).notes
        assert [note for note in notes if "pageLayout.lid" in note or "taken away" in note] == []

        manifests = tmp_path / "b" / "manifests"
        assert apply_plan(plan_of(manifests, target), target, tmp_path / "t").complete
        target.refresh()
        assert plan_of(manifests, target).changes == []
        rows = new.workspace.store.rows("pageLayout")
        there = target.model.objects["crate"].id
        tabs = [
            tab
            for row in rows
            if row["objectMetadataId"] == there
            for tab in row["tabs"]
            if tab["isActive"]
        ]
        assert {"Home", "Timeline", "Loading"} <= {tab["title"] for tab in tabs}
