"""A key that may not read something: it is told so, and no file or thing is taken for gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.automation import automated
from tests.support import connect, fresh, plan_of, pull_to
from twentysync.kinds.registry import read_workspace
from twentysync.rendering.plan_text import plan_text
from twentysync.sandbox import Sandbox
from twentysync.twenty.records.api import RecordApi

#: What 2.21.0 refuses to a key whose role may read records and nothing else.
DENIED = {"getRoles", "skills", "findManyAgents", "webhooks", "workflows", "people"}


@pytest.fixture(scope="module")
def source() -> Iterator[Sandbox]:
    with automated() as sandbox:
        yield sandbox


@pytest.fixture
def narrow(source: Sandbox) -> Iterator[Sandbox]:
    source.workspace.denied |= DENIED
    yield source
    source.workspace.denied.clear()


def test_a_pull_leaves_the_files_of_what_it_cannot_read(source: Sandbox, tmp_path: Path) -> None:
    whole = pull_to(connect(source), tmp_path)
    assert {"roles/sales.yaml", "skills/scoring.yaml", "functions/score.yaml"} <= set(whole)
    source.workspace.denied |= DENIED
    try:
        state = read_workspace(connect(source))
        assert pull_to(connect(source), tmp_path) == whole
        assert plan_of(tmp_path / "manifests", connect(source), prune=True).changes == []
    finally:
        source.workspace.denied.clear()
    unread = {name for name, found in state.coverage.items() if found.unreadable}
    # Who has which role, and which functions are a step's, is not known without those.
    assert unread == {"role", "skill", "agent", "webhook", "workflow", "member", "function"}


def test_counts_leave_out_what_the_key_may_not_read(narrow: Sandbox) -> None:
    api = RecordApi(connect(narrow))
    assert api.counts(["company", "person", "note"]) == {"company": 5, "note": 0}


def test_a_plan_of_what_could_not_be_read_does_not_say_that_all_is_well(
    source: Sandbox, tmp_path: Path
) -> None:
    pull_to(connect(source), tmp_path)
    source.workspace.denied.add("getRoles")
    try:
        plan = plan_of(tmp_path / "manifests", connect(source))
    finally:
        source.workspace.denied.clear()
    assert plan.changes == []
    assert plan.unread == ["roles", "agents"]
    assert "No changes in what could be read; not read: roles, agents" in plan_text(plan)


def test_nothing_is_said_of_a_sidebar_whose_views_cannot_be_read() -> None:
    """0.55 has no API for views: each item of Twenty's was told as taken away, and none written."""
    with fresh(version="1.17.0") as sandbox:
        sandbox.workspace.denied.add("getCoreViews")
        workspace = connect(sandbox)
        vars(workspace)["version"] = "1.5.0"  # no facts are certain for it
        state = read_workspace(workspace)
        assert not state.readable("navigationMenuItem")
        assert [note for note in state.notes if note.startswith("navigationMenuItem")] == []
