"""Applications and settings: what is told instead of carried."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support import connect, fresh, plan_of, pull_to, write_documents
from twentysync.kinds.registry import read_workspace
from twentysync.sandbox import Sandbox

IDENTIFIER = "5a1f3c0e-0000-4000-8000-000000000001"
TOLD: dict[str, Any] = {
    "applications.yaml": {
        "applications": [
            {"universalIdentifier": IDENTIFIER, "name": "Invoices", "version": "1.2.0"}
        ]
    }
}


def change(sandbox: Sandbox, **facts: object) -> None:
    """What the workspace says of itself."""
    row = sandbox.workspace.store.rows("workspace")[0]
    sandbox.workspace.store.change("workspace", row["id"], **facts)


def install(sandbox: Sandbox) -> None:
    row = sandbox.workspace.store.rows("workspace")[0]
    made = {"id": IDENTIFIER, **TOLD["applications.yaml"]["applications"][0]}
    change(sandbox, installedApplications=[*row["installedApplications"], made])


def test_a_plan_says_what_to_install_first(tmp_path: Path) -> None:
    root = write_documents(tmp_path, TOLD)
    with fresh() as sandbox:
        plan = plan_of(root, connect(sandbox), prune=True)
    assert plan.changes == []
    (note,) = plan.notes
    assert "install it first: Settings, Applications" in note
    assert "name Invoices" in note
    assert "version 1.2.0" in note


def test_what_is_installed_is_told_and_left_alone(tmp_path: Path) -> None:
    with fresh() as sandbox:
        install(sandbox)
        text = pull_to(connect(sandbox), tmp_path)["applications.yaml"]
        assert IDENTIFIER in text
        assert "version: 1.2.0" in text
        plan = plan_of(tmp_path / "manifests", connect(sandbox), prune=True)
        assert (plan.changes, plan.notes) == ([], [])
        (tmp_path / "manifests" / "applications.yaml").unlink()
        plan = plan_of(tmp_path / "manifests", connect(sandbox), prune=True)
        assert (plan.changes, plan.unmanaged) == ([], {})


def test_settings_that_stay_behind_have_their_reason() -> None:
    with fresh() as sandbox:
        change(sandbox, logo="x.png", customDomain="x.example", trashRetentionDays=30)
        state = read_workspace(connect(sandbox))
    found = state.coverage["workspace"]
    assert found.written == 1
    assert found.found == 3
    reasons = " ".join(found.skipped)
    assert "logo is who the workspace is" in reasons
    assert "customDomain is who the workspace is" in reasons
    assert state.resources["workspace"].attributes == {"trashRetentionDays": 30}
