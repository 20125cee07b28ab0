"""Roles, agents, functions and workflows from one workspace to another, and switched on there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.automation import CANARIES, automated
from tests.support import connect, fresh, plan_of, pull_to
from twentysync.applying.activation import running, switch
from twentysync.applying.apply import apply_plan
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.sandbox import FaultKind, Sandbox, SimulatedCrash

#: What runs in a new workspace.
SHIPPED = ["workflow[Create company when adding a new person]", "workflow[Quick Lead]"]
MAIN = "TWENTYSYNC_SECRET_LEAD_ROUTING_TELL"
SECRETS = {
    f"{MAIN}_TOKEN": "canary-query",
    f"{MAIN}_AUTHORIZATION": "Bearer canary-header",
    f"{MAIN}_API_KEY": "canary-body",
    f"{MAIN}_USERINFO": "canary-userinfo",
}


@pytest.fixture
def source() -> Iterator[Sandbox]:
    with automated(seed=1) as sandbox:
        yield sandbox


@pytest.fixture
def target() -> Iterator[Sandbox]:
    with fresh(seed=2) as sandbox:
        yield sandbox


def carry(source: Sandbox, target: Sandbox, folder: Path) -> None:
    """Pull from one, apply to the other; the next plan has to be empty."""
    pull_to(connect(source, "source"), folder)
    plan = plan_of(folder / "manifests", connect(target))
    outcome = apply_plan(plan, connect(target), folder / ".twentysync")
    assert outcome.complete, (outcome.failed, outcome.blocked)
    assert plan_of(folder / "manifests", connect(target)).changes == []


def files(folder: Path) -> dict[str, bytes]:
    root = folder / "manifests"
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_a_second_pull_changes_nothing(source: Sandbox, tmp_path: Path) -> None:
    pull_to(connect(source), tmp_path)
    first = files(tmp_path)
    pull_to(connect(source), tmp_path)
    assert files(tmp_path) == first
    assert "workflows/lead-routing/choose.ts" in first
    assert "workflows/lead-routing/choose-2.ts" in first


def test_all_of_it_arrives_and_runs_as_on_the_source(
    source: Sandbox, target: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    carry(source, target, tmp_path)
    desired = load_manifests(tmp_path / "manifests")
    assert running(read_workspace(connect(target))) == SHIPPED

    done = switch(desired, connect(target), tmp_path / ".twentysync")

    assert done.left == {}
    assert done.on == ["workflow[Lead routing]", "workflow[Two minds]"]
    assert done.drafts == ["workflow[Two minds]"]
    before = running(read_workspace(connect(source)))
    assert running(read_workspace(connect(target))) == before
    pull_to(connect(target), tmp_path / "there")
    assert files(tmp_path / "there") == files(tmp_path)
    again = switch(desired, connect(target), tmp_path / ".twentysync")
    assert again.already == [name for name in before if name not in SHIPPED]


def test_what_is_not_whole_is_never_switched_on(
    source: Sandbox, target: Sandbox, tmp_path: Path
) -> None:
    carry(source, target, tmp_path)
    desired = load_manifests(tmp_path / "manifests")
    for name in ("Broken", "Thank them"):
        thing = desired.get(f"workflow[{name}]")
        assert thing is not None
        thing.attributes["active"] = True

    done = switch(desired, connect(target), tmp_path / ".twentysync")

    assert "names what is gone" in done.left["workflow[Broken]"]
    assert "choose a mailbox" in done.left["workflow[Thank them]"]
    assert "its secrets are not set" in done.left["workflow[Lead routing]"]
    assert running(read_workspace(connect(target))) == [*SHIPPED, "workflow[Two minds]"]


def test_a_change_to_what_runs_waits_in_a_draft(
    source: Sandbox, target: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    carry(source, target, tmp_path)
    switch(load_manifests(tmp_path / "manifests"), connect(target), tmp_path / ".twentysync")
    file = tmp_path / "manifests" / "workflows" / "lead-routing" / "choose.ts"
    file.write_text("export const main = async () => ({ changed: true });\n", encoding="utf-8")

    plan = plan_of(tmp_path / "manifests", connect(target))
    assert [change.address for change in plan.changes] == ["workflow[Lead routing]"]
    assert [item.path for item in plan.changes[0].differences] == ["steps.choose.code"]
    assert apply_plan(plan, connect(target), tmp_path / ".twentysync").complete

    assert plan_of(tmp_path / "manifests", connect(target)).changes == []
    now = read_workspace(connect(target)).get("workflow[Lead routing]")
    assert now is not None
    assert "changed: true" not in json.dumps(now.attributes["steps"])
    assert "changed: true" in json.dumps(now.attributes["draft"])
    # A draft that we made ourselves is in nobody's way.
    file.write_text("export const main = async () => ({ changed: 'again' });\n", encoding="utf-8")
    plan = plan_of(tmp_path / "manifests", connect(target))
    assert apply_plan(plan, connect(target), tmp_path / ".twentysync").complete
    assert plan_of(tmp_path / "manifests", connect(target)).changes == []
    done = switch(load_manifests(tmp_path / "manifests"), connect(target), tmp_path / ".twentysync")
    assert done.on == ["workflow[Lead routing]"]
    now = read_workspace(connect(target)).get("workflow[Lead routing]")
    assert now is not None
    assert "draft" not in now.attributes


def test_a_draft_of_somebody_else_is_not_overwritten(
    source: Sandbox, target: Sandbox, tmp_path: Path
) -> None:
    carry(source, target, tmp_path)
    switch(load_manifests(tmp_path / "manifests"), connect(target), tmp_path / ".twentysync")
    path = tmp_path / "manifests" / "workflows" / "two-minds.yaml"
    path.write_text(path.read_text("utf-8").replace("first", "third"), encoding="utf-8")
    plan = plan_of(tmp_path / "manifests", connect(target))
    outcome = apply_plan(plan, connect(target), tmp_path / ".twentysync")
    assert "open draft" in outcome.failed["workflow[Two minds]"]


def test_no_secret_is_in_any_file(
    source: Sandbox, target: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    carry(source, target, tmp_path)
    switch(load_manifests(tmp_path / "manifests"), connect(target), tmp_path / ".twentysync")
    keys = [source.api_key, target.api_key]
    for path in tmp_path.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not [word for word in (*CANARIES, *keys) if word in text], path
    stored = json.dumps(target.records("workflowVersion"))
    assert "canary-header" in stored
    assert "${secret:" not in stored


@pytest.mark.parametrize("after", range(3, 60, 7))
def test_killed_anywhere_the_next_run_ends_the_same(
    source: Sandbox, target: Sandbox, tmp_path: Path, after: int
) -> None:
    pull_to(connect(source, "source"), tmp_path)
    plan = plan_of(tmp_path / "manifests", connect(target))
    target.faults.add(FaultKind.CRASH_AFTER, after=after, request_kind="mutation")
    with suppress(SimulatedCrash):
        apply_plan(plan, connect(target), tmp_path / ".twentysync")
    target.faults.clear()
    outcome = apply_plan(plan, connect(target), tmp_path / ".twentysync")
    assert outcome.complete, (outcome.failed, outcome.blocked)
    assert plan_of(tmp_path / "manifests", connect(target)).changes == []
