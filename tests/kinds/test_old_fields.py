"""Fields of 1.x that a newer server takes in another form only (seen from 1.11 to 2.21)."""

from __future__ import annotations

from pathlib import Path

from tests.automation import Maker
from tests.support import connect, fresh, plan_of, pull_to
from twentysync.applying.apply import apply_plan
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.save import save_manifests
from twentysync.sandbox import Sandbox


def _field(sandbox: Sandbox, owner: str, name: str, **changes: object) -> None:
    """Change the row of a field as a server of that version has it."""
    ident = Maker(sandbox).field(owner, name)
    later = "2031-01-01T00:00:00.000Z"
    sandbox.workspace.store.change("field", ident, updatedAt=later, **changes)


def test_a_field_that_is_dropped_since_arrives_under_the_label_that_somebody_gave_it(
    tmp_path: Path,
) -> None:
    """`employees` called "Headcount" was refused: "Name is not synced with label"."""
    with fresh(version="1.17.0") as old, fresh() as new:
        _field(old, "company", "employees", label="Headcount", isLabelSyncedWithName=True)
        pulled = pull_to(connect(old, "source"), tmp_path)
        assert "label: Headcount" in pulled["objects/company.yaml"]
        target = connect(new)
        outcome = apply_plan(plan_of(tmp_path / "manifests", target), target, tmp_path / "s")
        assert (outcome.failed, outcome.blocked) == ({}, {})
        target.refresh()
        assert plan_of(tmp_path / "manifests", target).changes == []
        assert target.model.objects["company"].fields["employees"].label == "Headcount"


def test_a_unique_text_that_may_not_be_empty_arrives_as_one_that_may(tmp_path: Path) -> None:
    """2.21.0 takes no text that may not be empty without a default, and none with one if unique."""
    with fresh() as old, fresh() as new:
        make = Maker(old)
        owner = make.object("company")
        field = {"objectMetadataId": owner, "name": "code", "label": "Code", "type": "TEXT"}
        make.write("createOneField", "CreateOneFieldMetadataInput", "input", {"field": field})
        _field(old, "company", "code", isUnique=True, isNullable=False)
        state = read_workspace(connect(old))
        save_manifests(state, tmp_path / "manifests", tmp_path / "schemas")
        (note,) = [note for note in state.notes if note.startswith("field.company.code")]
        assert "its isNullable is left out: a unique text has no default" in note
        target = connect(new)
        outcome = apply_plan(plan_of(tmp_path / "manifests", target), target, tmp_path / "s")
        assert (outcome.failed, outcome.blocked) == ({}, {})
        target.refresh()
        assert plan_of(tmp_path / "manifests", target).changes == []
